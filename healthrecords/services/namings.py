"""Deeds on the numbers that files name practitioners and facilities by: find whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Naming
from portal.identifiers import PracticeLicenseNumber
from portal.intake.models import Finding
from portal.intake.problems import msgid
from portal.places.models import OrganisationIdentifier
from practitioners.models import PracticeLicense, PractitionerIdentifier

CHUNK = 5_000
LEARNT = _("%(value)s was not in the register when the file came; now it is.")
NOTHING_TO_DO = _("Nothing to do.")


def practitioners_of(numbers: Iterable[str]) -> Mapping[str, UUID]:
    """Return whose licence numbers, or ten-digit social insurance numbers, these are.

    A number of two people is nobody's: a person has to settle that in the register first.
    """
    numbers = set(numbers)
    ten_digits = {number for number in numbers if len(number) == 10 and number.isdigit()}
    owners: dict[str, set[UUID]] = {}
    rows = PractitionerIdentifier.objects.filter(
        kind=PractitionerIdentifier.Kind.INSURANCE, value__in=ten_digits, valid_until=None
    )
    for value, practitioner in rows.values_list("value", "practitioner_id"):
        owners.setdefault(value, set()).add(practitioner)
    keys = {number: key for number in numbers - ten_digits if (key := _license_key(number))}
    licenses = PracticeLicense.objects.filter(
        serial__in={serial for serial, _issuer, _kind in keys.values()},
        issuer_code__in={issuer for _serial, issuer, _kind in keys.values()},
    )
    held: dict[tuple[int, str, str], set[UUID]] = {}
    for serial, issuer, kind, practitioner in licenses.values_list(
        "serial", "issuer_code", "kind", "practitioner_id"
    ):
        held.setdefault((serial, issuer, kind.upper()), set()).add(practitioner)
    for number, key in keys.items():
        if key in held:
            owners[number] = held[key]
    return {number: next(iter(found)) for number, found in owners.items() if len(found) == 1}


def _license_key(number: str) -> tuple[int, str, str] | None:
    try:
        return PracticeLicenseNumber.parse(number).key
    except ValidationError:
        return None


def facilities_of(codes: Iterable[str]) -> Mapping[str, UUID]:
    """Return the facilities that bear these insurance codes, former ones included."""
    rows = OrganisationIdentifier.objects.filter(scheme="insurance", value__in=set(codes))
    return dict(rows.order_by("valid_from", "id").values_list("value", "organisation_id"))


def resolve(namings: Iterable[Naming], *, at: datetime) -> list[Naming]:
    """Set whose numbers these are where the registers know; return those that were resolved."""
    open_ = [naming for naming in namings if naming.resolved_at is None]
    people = practitioners_of(n.number for n in open_ if n.register == "practitioner")
    places = facilities_of(n.number for n in open_ if n.register == "facility")
    resolved = []
    for naming in open_:
        known = people if naming.register == Naming.Register.PRACTITIONER else places
        if (owner := known.get(naming.number)) is None:
            continue
        if naming.register == Naming.Register.PRACTITIONER:
            naming.practitioner_id = owner
        else:
            naming.facility_id = owner
        naming.resolved_at = at
        resolved.append(naming)
    return resolved


def resolve_waiting(*, at: datetime) -> int:
    """Look once more for every number that no register knew; its remark then says that it is known."""
    count, last = 0, None
    waiting = Naming.objects.filter(resolved_at=None).order_by("id")
    while chunk := list((waiting.filter(id__gt=last) if last else waiting)[:CHUNK]):
        last = chunk[-1].pk
        count += _resolve_chunk(chunk, at)
    return count


@transaction.atomic
def _resolve_chunk(chunk: list[Naming], at: datetime) -> int:
    resolved = resolve(chunk, at=at)
    Naming.objects.bulk_update(resolved, ["practitioner", "facility", "resolved_at"])
    Finding.objects.filter(
        pk__in=[naming.finding_id for naming in resolved if naming.finding_id]
    ).update(code="number_learnt", message=msgid(LEARNT), remedy=msgid(NOTHING_TO_DO))
    return len(resolved)
