"""Record a visit, and correct it on the day it was entered."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import CareAccess, Citizen, Visit
from healthrecords.queue import open_here
from healthrecords.services import following
from healthrecords.services.access import care_for, require_access, sees_sensitive
from healthrecords.services.appointments import keep_appointment, note_kept
from healthrecords.services.betraying import words_on
from healthrecords.services.changes import bands_on, expected_on, last_taken
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.diagnoses import ages_in_days, check_diagnoses
from healthrecords.services.entries import VisitEntry
from healthrecords.services.fatal_visits import (
    check_death,
    follow_death,
    is_fatal,
    may_follow_death,
)
from healthrecords.services.inheriting import inherit_sensitivity
from healthrecords.services.kinds import (
    CLOCK_ASTRAY,
    KindRules,
    care_days_of,
    check_kind,
    end_of,
    list_day,
)
from healthrecords.services.medicines import check_medicines
from healthrecords.services.parts import Sure, write_parts
from healthrecords.services.receiving import note_arrival
from healthrecords.services.seals import open_amendment_of, require_never_signed, require_unsealed
from healthrecords.services.standing import hold_visit, standing
from healthrecords.services.told import check_told, write_told
from healthrecords.services.versions import require_version
from healthrecords.services.vitals import ASK, check_vitals, ranges_on
from healthrecords.services.weighing import Weighed, weigh
from portal.codelists.lookup import code_on, lists_held
from portal.codelists.sensitivity import sensitivity_of, strictest
from portal.places.models import Organisation

CODED = {
    "kind": "visit_kinds",
    "coverage": "coverage_kinds",
    "identified_by": "identity_methods",
    "outcome": "treatment_outcomes",
    "discharge": "discharge_kinds",
    "department": "departments",
    "injury_kind": "injury_kinds",
}
TEXTS = (
    "reason",
    "symptoms",
    "advice",
    "next_visit_on",
    "held_at",
    "admitted_at",
    "admission_reason",
    "treatment",
)
# What the service itself sets from rows it holds is not asked of the database once more.
GIVEN = ("id", "client_key", "citizen", "facility", "entered_by", "finished_by")
Errors = dict[str, list[ValidationError]]


@lists_held()
@transaction.atomic
def record_visit(
    *,
    actor: Any,
    citizen: Citizen,
    facility: Organisation,
    entry: VisitEntry,
    client_key: UUID,
    at: datetime,
) -> Saved[Visit]:
    """Record a visit at ``facility``, unless the form that sends it was stored before.

    Needs an open access to the record; the facility cares for the citizen from now on.
    """
    require_place(actor, facility)
    citizen = standing(citizen)
    stored = Visit.objects.filter(client_key=client_key).first()
    if stored is None:
        access = require_access(actor, citizen, at)
        seen = sees_sensitive(access)
        weighed = weigh(entry, citizen=citizen, sees_sensitive=seen)
        refuse(
            check_visit(citizen=citizen, entry=entry, at=at, weighed=weighed)
            | check_told(entry, access=access)
            | _check_open(entry, citizen, facility, sees_sensitive=seen)
        )
        visit = Visit(
            citizen=citizen,
            facility=facility,
            client_key=client_key,
            entered_by=actor,
            entered_at=at,
            finished_by=actor if entry.is_finished else None,
        )
        _fill(visit, entry, at=at)
        try:
            with transaction.atomic():
                visit.save(force_insert=True)
        except IntegrityError:
            # The same form came twice at once; the first one has just been stored.
            stored = Visit.objects.get(client_key=client_key)
        else:
            write_parts(visit, entry, actor=actor, weighed=weighed)
            write_told(visit, entry, access=access, at=at)
            follow_death(visit, died_at=entry.died_at, was_fatal=False, actor=actor, at=at)
            following.tell([visit.pk])
            care_for(citizen=citizen, organisation=facility, ground=CareAccess.Ground.VISIT, at=at)
            if visit.next_visit_on:  # no slip can name a day yet
                keep_appointment(visit, at=at)
            note_kept(visit)
            note_arrival(actor=actor, visit=visit, at=at)
            return Saved(visit, is_new=True)
    if (stored.citizen_id, stored.facility_id) != (citizen.pk, facility.pk):
        raise ValidationError(
            _("This form belongs to the visit of another person; open a new one."),
            code="form_of_another",
        )
    return Saved(stored, is_new=False)


@lists_held()
@transaction.atomic
def correct_visit(
    *, actor: Any, visit: Visit, entry: VisitEntry, version: str, at: datetime
) -> Visit:
    """Correct a visit on the day it was entered, at the facility that entered it.

    An unfinished visit may be completed on any day. ``version`` is that of the visit as the
    corrector read it; what somebody else saved since is not overwritten unread.
    """
    visit = hold_visit(visit)
    access = require_correctable(actor, visit, at)
    seen = sees_sensitive(access)
    require_version(visit, version)
    if not entry.is_finished:
        require_never_signed(visit)
    weighed = weigh(entry, citizen=visit.citizen, sees_sensitive=seen, besides=visit)
    refuse(
        check_visit(citizen=visit.citizen, entry=entry, at=at, besides=visit, weighed=weighed)
        | check_told(entry, access=access)
    )
    was_fatal = is_fatal(visit)
    _fill(visit, entry, at=at)
    # Who finished it stays who did: another hand that mends a word has not seen the person.
    visit.finished_by = (visit.finished_by or actor) if entry.is_finished else None
    visit.save()
    inherit_sensitivity([visit])
    before = Sure.of(visit)
    visit.diagnosis_rows.all().delete()
    visit.medication_rows.all().delete()
    visit.vitalsigns_rows.all().delete()
    write_parts(visit, entry, actor=actor, weighed=weighed, before=before)
    write_told(visit, entry, access=access, at=at)
    follow_death(visit, died_at=entry.died_at, was_fatal=was_fatal, actor=actor, at=at)
    following.tell([visit.pk])
    keep_appointment(visit, at=at)
    note_kept(visit)
    return visit


def require_correctable(actor: Any, visit: Visit, at: datetime) -> CareAccess:
    """Refuse what another place entered, what a file brought, what is signed, an older day's visit.

    An amendment, which has a reason, opens the last two.
    """
    require_place(actor, visit.facility)
    access = require_access(actor, visit.citizen, at)
    if visit.origin == Visit.Origin.FILE:
        raise ValidationError(
            _("This visit came from a file; correct it at its source and upload the file again."),
            code="visit_from_file",
        )
    if visit.status == Visit.Status.WITHDRAWN:
        raise ValidationError(_("This visit was withdrawn."), code="visit_withdrawn")
    if visit.status == Visit.Status.CANCELLED:
        raise ValidationError(
            _("This person left before being seen; let them wait again in the queue first."),
            code="visit_cancelled",
        )
    require_unsealed(visit)
    entered = visit.entered_at or visit.started_at
    is_same_day = timezone.localdate(entered) == timezone.localdate(at)
    is_closed = visit.status == Visit.Status.FINISHED and not is_same_day
    if is_closed and open_amendment_of(visit) is None:
        raise ValidationError(
            _(
                "This visit was entered on %(day)s and is closed: a visit is corrected on the day"
                " it was entered. For a later correction open an amendment and write why."
            ),
            code="visit_closed",
            params={"day": f"{timezone.localdate(entered):%d/%m/%Y}"},
        )
    return access


def refuse(errors: Errors) -> None:
    """Raise all that is wrong at once."""
    if errors:
        raise ValidationError(errors)


def check_visit(
    *,
    citizen: Citizen,
    entry: VisitEntry,
    at: datetime,
    weighed: Weighed,
    besides: Visit | None = None,
) -> Errors:
    """Return everything that is wrong with a visit, by field; rows as ``medicines-0-days``.

    Codes are those of the day on which the visit ended, ages those of the day it began.
    """
    on = timezone.localdate(entry.started_at)
    last_day = last_day_of(entry, at=at, besides=besides)
    errors: Errors = {}
    _check_times(errors, citizen, entry, at, besides)
    found_of_death = check_death(entry, citizen=citizen, on=last_day, at=at, besides=besides)
    if deaths := list(found_of_death):
        errors["died_at"] = deaths
    _check_codes(errors, entry, last_day)
    for field, error in check_kind(entry, KindRules.on(entry.kind, last_day), at=at):
        errors.setdefault(field, []).append(error)
    _check_whole(errors, entry)
    errors.update(_check_vitals(citizen, entry, on=on, besides=besides))
    for place, found in check_diagnoses(entry.diagnoses, citizen=citizen, on=on).items():
        errors[f"diagnoses-{place}"] = found
    for place, by_field in check_medicines(entry.medicines).items():
        for name, error in by_field.items():
            errors[f"medicines-{place}-{name}"] = [error]
    for place, found in weighed.unanswered(entry.medicines).items():
        errors.setdefault(f"medicines-{place}-name", []).extend(found)
    return errors


def _add(errors: Errors, field: str, message: Any, code: str, **params: Any) -> None:
    errors.setdefault(field, []).append(ValidationError(message, code=code, params=params))


def _check_times(
    errors: Errors, citizen: Citizen, entry: VisitEntry, at: datetime, besides: Visit | None
) -> None:
    on = timezone.localdate(entry.started_at)
    if entry.started_at > at + CLOCK_ASTRAY:
        local = timezone.localtime(entry.started_at)
        _add(
            errors,
            "started_at",
            _("%(moment)s is still to come; write when the person arrived."),
            "visit_in_future",
            moment=f"{local:%d/%m/%Y %H:%M}",
        )
    if on < citizen.birth_date:
        _add(
            errors,
            "started_at",
            _("The visit comes before the birth of this person (%(day)s); check the day."),
            "visit_before_birth",
            day=f"{citizen.birth_date:%d/%m/%Y}",
        )
    if (
        citizen.died_on
        and on > citizen.died_on
        and not may_follow_death(entry, on=on, citizen=citizen, besides=besides)
    ):
        _add(
            errors,
            "started_at",
            _("This person died on %(day)s; check the day, or whether it is this person."),
            "visit_after_death",
            day=f"{citizen.died_on:%d/%m/%Y}",
        )
    if entry.next_visit_on and entry.next_visit_on < on:
        _add(
            errors,
            "next_visit_on",
            _("The next visit on %(day)s comes before this one; check the day."),
            "next_visit_before",
            day=f"{entry.next_visit_on:%d/%m/%Y}",
        )


def _check_open(
    entry: VisitEntry, citizen: Citizen, facility: Organisation, *, sees_sensitive: bool
) -> Errors:
    """Ask before a second visit is stored of somebody who waits or is being seen at this place."""
    if entry.is_another:
        return {}
    rows = open_here(citizen, facility, entry.started_at)
    here = rows.open_to(sees_sensitive=sees_sensitive).first()
    if here is None:
        return {}
    message = _(
        "%(name)s has an open visit here since %(time)s. Write into that visit, or tick that this is"
        " another one."
    )
    params = {"name": citizen.name, "time": f"{timezone.localtime(here.started_at):%H:%M %d/%m/%Y}"}
    return {"is_another": [ValidationError(message, code="confirm_another", params=params)]}


def _check_codes(errors: Errors, entry: VisitEntry, on: date) -> None:
    for field, key in CODED.items():
        value = getattr(entry, field)
        if value and code_on(key, value, on) is None:
            _add(
                errors,
                field,
                _("“%(value)s” is not in the list of %(day)s; choose from the list."),
                "code_unknown",
                value=value,
                day=f"{on:%d/%m/%Y}",
            )


def _check_vitals(
    citizen: Citizen, entry: VisitEntry, *, on: date, besides: Visit | None
) -> Errors:
    measured = entry.vitals.measured()
    if not measured:
        return {}
    youngest, oldest = ages_in_days(citizen, on)
    bands = bands_on(on)
    last = last_taken(citizen, bands.keys() & measured, before=entry.started_at, besides=besides)
    # Of a birth known by its year alone the younger age is taken, which grows faster and asks less.
    expected = expected_on(on, age_days=youngest, last=last, bands=bands)
    found = check_vitals(entry.vitals, ranges_on(on, age_days=oldest), expected=expected)
    if youngest == oldest or not found:
        return found
    # What is as it should be at the younger age may be so: nothing is refused that may be right.
    young = check_vitals(entry.vitals, ranges_on(on, age_days=youngest), expected=expected)
    return {
        name: min(errors, young[name], key=_is_refusal)
        for name, errors in found.items()
        if name in young
    }


def _is_refusal(errors: list[ValidationError]) -> bool:
    return any(error.code != ASK for error in errors)


def _check_whole(errors: Errors, entry: VisitEntry) -> None:
    if not entry.is_finished:
        return
    if not entry.reason:
        _add(
            errors,
            "reason",
            _("The reason for the visit is missing; write it in a few words."),
            "reason_missing",
        )
    if not entry.diagnoses:
        _add(
            errors,
            "diagnoses-0",
            _("The main diagnosis is missing; type a code or words, or choose “Later”."),
            "diagnosis_missing",
        )


def last_day_of(entry: VisitEntry, *, at: datetime, besides: Visit | None = None) -> date:
    """Return the day whose lists hold for a visit as it is entered; ``besides`` is it as stored."""
    return list_day(
        entry.kind,
        started_at=entry.started_at,
        ended_at=end_of(besides, entry, at),
        at=at,
    )


def _fill(visit: Visit, entry: VisitEntry, *, at: datetime) -> None:
    visit.status = Visit.Status.FINISHED if entry.is_finished else Visit.Status.IN_PROGRESS
    visit.started_at = entry.started_at
    last_day = last_day_of(entry, at=at, besides=visit)
    visit.ended_at = end_of(visit, entry, at)
    for field in (*CODED, *TEXTS):
        setattr(visit, field, getattr(entry, field))
    rules = KindRules.on(entry.kind, last_day)
    visit.care_days = care_days_of(entry, rules, visit.ended_at)
    of_codes = sensitivity_of((d.code for d in entry.diagnoses), on=last_day)
    words = words_on(timezone.localdate(at))
    of_words = {words.of_entry(entry), words.of_way(visit), words.of_place(visit.facility.name)}
    visit.sensitivity = strictest({of_codes, *of_words})
    visit.full_clean(exclude=GIVEN)
