"""Register a trainee of a facility: somebody new to the register, or a person it knows already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.dates import PartialDate
from portal.identifiers import PersonalNumber
from portal.names import display_name, name_norm, sort_key
from portal.places.models import Organisation
from practitioners.models import (
    PracticalTraining,
    Practitioner,
    PractitionerIdentifier,
    ProfileSource,
)
from practitioners.querysets import department_of
from practitioners.services.practical_training import Contract, begin_practical_training
from practitioners.services.sources import note_row

Kind = PractitionerIdentifier.Kind


@dataclass(frozen=True, slots=True)
class Trainee:
    """Who is to be trained, as on the identity card."""

    name: str
    birth_date: str
    sex: str
    personal_number: str


@transaction.atomic
def register_trainee(
    *, actor: Any, facility: Organisation, trainee: Trainee, contract: Contract, at: datetime
) -> PracticalTraining:
    """Begin a practical training for somebody by their contract (Law 15/2023/QH15, article 23(2)(d)).

    A number that is another person's in the register is refused. Nobody becomes public by it: the
    profile stays unverified until a licence is reviewed.
    """
    with connection.cursor() as cursor:
        # One person sent by two clicks, or by two facilities, must not enter twice.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('register of practitioners'))")
    person = _known(trainee, timezone.localdate(at)) or _enter(actor, facility, trainee, at)
    _require_none_under_way(person, contract.valid_from)
    return begin_practical_training(
        actor=actor, practitioner=person, facility=facility, contract=contract, at=at
    )


def _read(trainee: Trainee, on: date) -> tuple[PartialDate, str]:
    try:
        born = PartialDate.parse(trainee.birth_date, on=on)
    except ValidationError as refused:
        raise ValidationError({"birth_date": refused}) from None
    try:
        return born, str(PersonalNumber.parse(trainee.personal_number))
    except ValidationError as refused:
        raise ValidationError({"personal_number": refused}) from None


def _known(trainee: Trainee, on: date) -> Practitioner | None:
    """Return whom the register knows by this number; refuse one of another name or birth."""
    born, number = _read(trainee, on)
    rows = PractitionerIdentifier.objects.filter(kind=Kind.PERSONAL, value=number, valid_until=None)
    held = rows.select_related("practitioner").order_by("-is_verified", "id").first()
    if held is None:
        return None
    person = held.practitioner
    if person.name_norm == name_norm(trainee.name) and person.birth.may_be(born):
        return person
    raise ValidationError(
        {
            "personal_number": ValidationError(
                _(
                    "In the register the number %(number)s belongs to somebody of another name or"
                    " birth; compare it with the card."
                ),
                code="identifier_taken",
                params={"number": number},
            )
        }
    )


def _enter(actor: Any, facility: Organisation, trainee: Trainee, at: datetime) -> Practitioner:
    born, number = _read(trainee, timezone.localdate(at))
    person = Practitioner(
        name=display_name(trainee.name), sex=trainee.sex, keeper=department_of(facility)
    )
    person.name_sort, person.birth = sort_key(person.name), born
    person.full_clean(exclude=["name_norm"])
    person.save(force_insert=True)
    row = PractitionerIdentifier(practitioner=person, kind=Kind.PERSONAL, value=number)
    row.full_clean()
    row.save(force_insert=True)
    for written in (person, row):
        note_row(written, source=ProfileSource.Source.FACILITY, by=actor, at=at)
    return person


def _require_none_under_way(person: Practitioner, first: date) -> None:
    rows = PracticalTraining.objects.filter(practitioner=person, completed_on=None)
    still = rows.exclude(valid_until__lt=first).select_related("facility").first()
    if still is not None:
        raise ValidationError(
            _("%(name)s is in practical training at %(facility)s since %(day)s already."),
            code="training_under_way",
            params={
                "name": person.name,
                "facility": still.facility.name,
                "day": f"{still.valid_from:%d/%m/%Y}",
            },
        )
