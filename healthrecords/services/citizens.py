"""Register a citizen, mend the administrative part of a record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import CareAccess, CareRelation, Citizen, CitizenIdentifier, FormerName
from healthrecords.services.access import care_for, open_for
from healthrecords.services.addresses import keep_address, keep_residence
from healthrecords.services.births import check_birth
from healthrecords.services.coverage import keep_coverage
from healthrecords.services.entries import CitizenEntry
from healthrecords.services.households import keep_relative
from healthrecords.services.identity import ask_about, count_open
from healthrecords.services.numbers import (
    change_numbers,
    claim_numbers,
    give_temporary_number,
)
from healthrecords.services.sources import Source, Spoken, held_number, note_changes, values_of
from healthrecords.services.standing import standing
from healthrecords.services.twins import Twin, find_twins, keep_cases
from healthrecords.services.versions import require_citizen_version
from portal.names import display_name, sort_key
from portal.places.models import Area, Catchment, Organisation
from portal.scope import scope_of

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Saved(Generic[R]):
    """What was stored; ``is_new`` is False when the same form had been stored before."""

    row: R
    is_new: bool


def require_place(actor: Any, organisation: Organisation) -> None:
    """Refuse to write for an organisation where the actor may not enter records."""
    if organisation.pk not in scope_of(actor, "enter_records"):
        raise PermissionDenied(
            _("Entering records at %(place)s needs the role of a clerk or clinician there.")
            % {"place": organisation.name}
        )


def home_station_of(area: Area | None, on: date) -> Organisation | None:
    """Return the station in whose catchment a commune lies on a day."""
    if area is None:
        return None
    catchment = (
        Catchment.objects.filter(area=area, valid_from__lte=on)
        .exclude(valid_until__lt=on)
        .select_related("organisation")
        .order_by("valid_from", "id")
        .first()
    )
    return catchment.organisation if catchment else None


@transaction.atomic
def register_citizen(
    *,
    actor: Any,
    place: Organisation,
    entry: CitizenEntry,
    client_key: UUID,
    at: datetime,
    not_twins: frozenset[UUID] = frozenset(),
) -> Saved[Citizen]:
    """Create a record, unless the form that sends it was stored before.

    Likely twins must have been answered; a number that another record holds is stored all the same
    and becomes an open case.
    """
    require_place(actor, place)
    if (earlier := _stored_before(client_key, place)) is not None:
        return Saved(earlier, is_new=False)
    check_entry(entry, at=at)
    twins = find_twins(entry, scope=scope_of(actor, "view_records"))
    require_answers(twins, not_twins)
    citizen = Citizen(registered_at=place, client_key=client_key, origin=entry.origin)
    _fill(citizen, entry, on=timezone.localdate(at))
    try:
        with transaction.atomic():
            citizen.save(force_insert=True)
    except IntegrityError:
        # The same form came twice at once; the first one has just been stored.
        if (earlier := _stored_before(client_key, place)) is None:
            raise
        return Saved(earlier, is_new=False)
    spoken = Spoken(Source.TYPED, at, actor, place)
    claim_numbers(citizen, entry.numbers, spoken=spoken)
    if citizen.standing != Citizen.Standing.KNOWN and not held_number(citizen):
        give_temporary_number(citizen, spoken=spoken)
    _keep_around(citizen, entry, before=("", None), spoken=spoken)
    note_changes(citizen, {}, from_card=entry.from_card, spoken=spoken)
    keep_cases(citizen=citizen, twins=twins, answered=not_twins, actor=actor, at=at)
    ask_about(actor=actor, citizen=citizen, place=place, at=at)
    _open_to_registrar(citizen, actor=actor, place=place, at=at)
    return Saved(citizen, is_new=True)


def _stored_before(client_key: UUID, place: Organisation) -> Citizen | None:
    """Return what this form stored before, or refuse a form that another place has sent."""
    stored: Citizen | None = Citizen.objects.filter(client_key=client_key).first()
    if stored is not None and stored.registered_at_id != place.pk:
        raise ValidationError(
            _("This form was already sent from another place of work; open a new one."),
            code="key_used_elsewhere",
        )
    return stored


@transaction.atomic
def mend_citizen(
    *,
    actor: Any,
    citizen: Citizen,
    entry: CitizenEntry,
    version: str,
    at: datetime,
    not_twins: frozenset[UUID] = frozenset(),
) -> Citizen:
    """Set the administrative part of a record right; numbers no longer claimed are ended.

    ``version`` is that of the record as the mender read it; what somebody else saved since is not
    overwritten unread.
    """
    citizen = standing(citizen)
    require_mendable(actor, citizen)
    require_citizen_version(citizen, version)
    on = timezone.localdate(at)
    check_entry(entry, at=at)
    if entry.birth != citizen.birth:
        check_birth(citizen, entry.birth)
    twins = find_twins(entry, scope=scope_of(actor, "view_records"), besides=citizen)
    known = _answered_before(citizen)
    require_answers(twins, not_twins | known)
    before = values_of(citizen, held_number(citizen))
    lived, named = (citizen.address, citizen.area), citizen.name
    _fill(citizen, entry, on=on)
    citizen.save()
    citizen.refresh_from_db(fields=["name_norm"])
    if entry.was_renamed and citizen.name != named:
        FormerName.objects.create(citizen=citizen, name=named, until=on)
    place = actor.place_of_work
    spoken = Spoken(Source.TYPED, at, actor, place)
    change_numbers(citizen, entry.numbers, renewed=entry.renewed, spoken=spoken)
    _keep_around(citizen, entry, before=lived, spoken=spoken)
    note_changes(citizen, before, from_card=entry.from_card, spoken=spoken)
    keep_cases(citizen=citizen, twins=twins, answered=not_twins, actor=actor, at=at)
    _ask_again(citizen, before, actor=actor, place=place, at=at)
    return citizen


def _ask_again(
    citizen: Citizen, before: Mapping[str, str], *, actor: Any, place: Any, at: datetime
) -> None:
    """Ask the population database once more when what it was asked about has changed."""
    count_open(citizen)
    after = values_of(citizen, held_number(citizen))
    if any(after[name] != before[name] for name in ("name", "birth", "sex", "personal_number")):
        ask_about(actor=actor, citizen=citizen, place=place, at=at)


def _keep_around(
    citizen: Citizen, entry: CitizenEntry, *, before: tuple[str, Area | None], spoken: Spoken
) -> None:
    """Keep what stands around a person: addresses, insurance, who belongs to them."""
    on = timezone.localdate(spoken.at)
    origin = "card" if "address" in entry.from_card else "typed"
    keep_residence(citizen, before=before, on=on, origin=origin)
    if entry.permanent is not None:
        keep_address(citizen, entry.permanent, spoken=spoken)
    if entry.coverage is not None:
        keep_coverage(citizen, entry.coverage, spoken=spoken)
    if entry.relative is not None:
        keep_relative(citizen, entry.relative, spoken=spoken)


def require_mendable(actor: Any, citizen: Citizen) -> None:
    """Refuse to mend a record that no place of the actor keeps or cares for."""
    if not Citizen.objects.within(scope_of(actor, "enter_records")).filter(pk=citizen.pk).exists():
        raise PermissionDenied(_("This record is kept by another place; ask it to mend the entry."))


def _answered_before(citizen: Citizen) -> frozenset[UUID]:
    older = citizen.older_twins.values_list("older", flat=True)
    newer = citizen.younger_twins.values_list("newer", flat=True)
    return frozenset(older) | frozenset(newer)


def require_answers(twins: Sequence[Twin], not_twins: frozenset[UUID]) -> None:
    """Refuse while a likely twin has not been answered."""
    if any(twin.asks and twin.citizen.pk not in not_twins for twin in twins):
        raise ValidationError(
            _("This person may already have a record; open it, or say that it is another person."),
            code="confirm_twin",
        )


def check_entry(entry: CitizenEntry, *, at: datetime) -> None:
    """Refuse what no citizen can be: no letters in the name, not born yet, older than anyone."""
    errors: dict[str, ValidationError] = {}
    now = timezone.localtime(at)
    on = now.date()
    if not any(character.isalpha() for character in entry.name):
        errors["name"] = ValidationError(
            _("The name has no letters; write the name as on the card, or a description."),
            code="name_without_letters",
        )
    if entry.birth.is_after(on):
        errors["birth"] = ValidationError(
            _("%(birth)s is still to come; check the date of birth."),
            code="born_later",
            params={"birth": str(entry.birth)},
        )
    elif entry.birth.as_date() == on and entry.birth_time and entry.birth_time > now.time():
        errors["birth"] = ValidationError(
            _("%(hour)s today is still to come; check the hour of birth."),
            code="born_later",
            params={"hour": f"{entry.birth_time:%H:%M}"},
        )
    elif on.year - entry.birth.year > 130:
        errors["birth"] = ValidationError(
            _("Born in %(year)d would make %(age)d years of age; check the year."),
            code="born_too_early",
            params={"year": entry.birth.year, "age": on.year - entry.birth.year},
        )
    if errors:
        raise ValidationError(errors)


def _fill(citizen: Citizen, entry: CitizenEntry, *, on: date) -> None:
    citizen.name = display_name(entry.name)
    citizen.name_sort = sort_key(citizen.name)
    citizen.sex = entry.sex
    citizen.birth = entry.birth
    citizen.ethnic_group, citizen.occupation = entry.ethnic_group, entry.occupation
    citizen.nationality, citizen.phone = entry.nationality, entry.phone
    citizen.address, citizen.area = " ".join(entry.address.split()), entry.area
    citizen.home_station = home_station_of(entry.area, on)
    citizen.birth_time = entry.birth_time
    citizen.birth_is_estimated = entry.birth_is_estimated
    citizen.standing = _standing(citizen, entry)
    for name in ("blood_group", "rhesus"):
        if (said := getattr(entry, name)) is not None:
            setattr(citizen, name, said)
    citizen.full_clean(exclude=["name_norm", "client_key"])


def _standing(citizen: Citizen, entry: CitizenEntry) -> str:
    """Who has a personal number is identified by it; else as the entry says, or as it was."""
    if any(number.kind == CitizenIdentifier.Kind.PERSONAL for number in entry.numbers):
        return str(Citizen.Standing.KNOWN)
    return str(entry.standing or citizen.standing)


def _open_to_registrar(citizen: Citizen, *, actor: Any, place: Organisation, at: datetime) -> None:
    """The place that registers a person cares for them from now on, wherever they live."""
    if citizen.home_station_id != place.pk:
        care_for(citizen=citizen, organisation=place, ground=CareRelation.Ground.VISIT, at=at)
    lives_here = citizen.home_station_id == place.pk
    CareAccess.objects.create(
        user=actor,
        citizen=citizen,
        organisation=place,
        ground=CareAccess.Ground.RESIDENCE if lives_here else CareAccess.Ground.VISIT,
        opened_at=at,
        until=at + open_for(),
    )
