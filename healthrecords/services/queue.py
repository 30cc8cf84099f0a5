"""Let somebody into the queue of a station, call them in, give them back, note that they left."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import (
    CareAccess,
    Citizen,
    DiagnosticReport,
    Document,
    Procedure,
    QueueStep,
    Visit,
)
from healthrecords.queue import open_here
from healthrecords.services.access import care_for, require_access
from healthrecords.services.appointments import note_kept
from healthrecords.services.betraying import words_on
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.entries import ArrivalEntry
from healthrecords.services.grounds import end_ground
from healthrecords.services.inheriting import protect_more
from healthrecords.services.kinds import CLOCK_ASTRAY
from healthrecords.services.receiving import note_arrival, release
from healthrecords.services.seals import open_amendment_of, require_never_signed
from healthrecords.services.standing import standing
from healthrecords.services.visits import Errors, refuse
from portal.ages import months_between
from portal.codelists.lookup import Entry, code_on, codes_on
from portal.codelists.sensitivity import strictest
from portal.places.models import Organisation
from portal.scope import scope_of

PRIORITIES = "visit_priorities"
CODED = {
    "kind": "visit_kinds",
    "coverage": "coverage_kinds",
    "identified_by": "identity_methods",
    "priority": PRIORITIES,
}


class TakenByAnotherError(ValidationError):
    """Somebody else called this person in first."""


def priorities_by_age(citizen: Citizen, on: date) -> list[Entry]:
    """Return why a person of this age goes first, as the law of that day says."""
    limits = ("from_years", "below_years")
    return [
        row
        for row in codes_on(PRIORITIES, on)
        if any(row.attributes.get(name) for name in limits) and _is_of_age(row, citizen, on)
    ]


def _is_of_age(row: Entry, citizen: Citizen, on: date) -> bool:
    """Say whether the age a date of birth leaves open may lie within the limits of a reason."""
    births = (min(citizen.birth.latest, on), citizen.birth_date)
    youngest, oldest = (months_between(born, on) // 12 for born in births)
    least, below = (row.attributes.get(name) for name in ("from_years", "below_years"))
    is_old = not least or oldest >= int(least)
    is_young = not below or youngest < int(below)
    return is_old and is_young


@transaction.atomic
def arrive(
    *,
    actor: Any,
    citizen: Citizen,
    facility: Organisation,
    entry: ArrivalEntry,
    client_key: UUID,
    at: datetime,
) -> Saved[Visit]:
    """Open a visit for somebody who has come, and give them the next number of the day.

    A form that was stored before changes nothing. Somebody who waits already is named, not queued
    twice; one who waits by a protected visit gets a visit of their own from those who do not see it.
    """
    require_place(actor, facility)
    citizen = standing(citizen)
    stored = Visit.objects.filter(client_key=client_key).first()
    if stored is not None:
        if (stored.citizen_id, stored.facility_id) != (citizen.pk, facility.pk):
            raise ValidationError(
                _("This form belongs to the visit of another person; open a new one."),
                code="form_of_another",
            )
        return Saved(stored, is_new=False)
    require_access(actor, citizen, at)
    on = timezone.localdate(entry.started_at)
    _lock_day(facility, on)
    refuse(_check(citizen, entry, at))
    _require_absent(actor, citizen, facility, entry.started_at)
    words = words_on(timezone.localdate(at))
    told = {words.of_step(entry.room, entry.reason), words.of_place(facility.name)}
    visit = Visit(
        citizen=citizen,
        facility=facility,
        client_key=client_key,
        started_at=entry.started_at,
        entered_by=actor,
        entered_at=at,
        reason=entry.reason,
        sensitivity=strictest(told),
        **{name: getattr(entry, name) for name in CODED},
    )
    visit.full_clean(exclude=["client_key"])
    visit.save(force_insert=True)
    ticket = 1 + (
        QueueStep.objects.filter(facility=facility, on=on).aggregate(n=Max("ticket"))["n"] or 0
    )
    _step(visit, 1, QueueStep.Kind.ARRIVED, actor, at, ticket=ticket, room=entry.room)
    _note_coming(visit, actor=actor, at=at)
    return Saved(visit, is_new=True)


def _note_coming(visit: Visit, *, actor: Any, at: datetime) -> None:
    """Let the place care for who came; an appointment is kept, and who sent them learns of it."""
    care_for(
        citizen=visit.citizen, organisation=visit.facility, ground=CareAccess.Ground.VISIT, at=at
    )
    note_kept(visit)
    note_arrival(actor=actor, visit=visit, at=at)


def _lock_day(facility: Organisation, on: date) -> None:
    """Let the desks of one place give out numbers one after the other."""
    with connection.cursor() as cursor:
        key = f"queue {facility.pk} {on:%Y%m%d}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _check(citizen: Citizen, entry: ArrivalEntry, at: datetime) -> Errors:
    errors: Errors = {}
    on = timezone.localdate(entry.started_at)
    if entry.started_at > at + CLOCK_ASTRAY:
        moment = f"{timezone.localtime(entry.started_at):%d/%m/%Y %H:%M}"
        errors["started_at"] = [
            ValidationError(
                _("%(moment)s is still to come; write when the person arrived."),
                code="visit_in_future",
                params={"moment": moment},
            )
        ]
    if citizen.died_on and on > citizen.died_on:
        errors["started_at"] = [_after(citizen.died_on)]
    for field, key in CODED.items():
        value = getattr(entry, field)
        if value and code_on(key, value, on) is None:
            errors[field] = [
                ValidationError(
                    _("“%(value)s” is not in the list of %(day)s; choose from the list."),
                    code="code_unknown",
                    params={"value": value, "day": f"{on:%d/%m/%Y}"},
                )
            ]
    if entry.priority and "priority" not in errors:
        errors |= _check_priority(citizen, entry.priority, on)
    return errors


def _after(died_on: date) -> ValidationError:
    return ValidationError(
        _("This person died on %(day)s; check the day, or whether it is this person."),
        code="visit_after_death",
        params={"day": f"{died_on:%d/%m/%Y}"},
    )


def _check_priority(citizen: Citizen, code: str, on: date) -> Errors:
    """Refuse a reason to go first that this person cannot have: by age, by sex."""
    row = code_on(PRIORITIES, code, on)
    if row is None:
        return {}
    params = {"title": row.title, "name": citizen.name, "birth": str(citizen.birth)}
    sex = str(row.attributes.get("sex", "") or "")
    if sex and citizen.sex not in {sex, Citizen.Sex.UNKNOWN}:
        message = _("“%(title)s” cannot be said of %(name)s; choose another reason or none.")
        return {"priority": [ValidationError(message, code="priority_sex", params=params)]}
    if not citizen.birth_is_estimated and not _is_of_age(row, citizen, on):
        message = _(
            "“%(title)s”: %(name)s was born %(birth)s. Choose another reason, or correct the birth."
        )
        return {"priority": [ValidationError(message, code="priority_age", params=params)]}
    return {}


def _require_absent(actor: Any, citizen: Citizen, facility: Organisation, at: datetime) -> None:
    """Refuse who is in the queue already, as far as the actor may know: a refusal tells of a visit."""
    seen = facility.pk in scope_of(actor, "see_sensitive")
    here = open_here(citizen, facility, at).open_to(sees_sensitive=seen).first()
    if here is not None:
        raise ValidationError(
            _("%(name)s is in the queue already, since %(time)s."),
            code="already_waiting",
            params={
                "name": citizen.name,
                "time": f"{timezone.localtime(here.started_at):%H:%M}",
            },
        )


@transaction.atomic
def take(*, actor: Any, visit: Visit, seen: int, at: datetime, room: str = "") -> Visit:
    """Call a waiting person in.

    ``seen`` is the last step the caller's page showed. Whoever was called in by somebody else since
    is refused by that name; whoever was with another already on the page is taken over knowingly.
    """
    visit, last = _locked(actor, visit)
    _require_open(visit)
    if last is not None and last.kind == QueueStep.Kind.TAKEN:
        if last.by_id == actor.pk:
            return visit
        if last.number != seen:
            raise TakenByAnotherError(
                _("%(who)s called this person in at %(time)s."),
                code="taken_by_other",
                params={
                    "who": last.by.full_name,
                    "time": f"{timezone.localtime(last.at):%H:%M}",
                },
            )
    _step(visit, _next(last), QueueStep.Kind.TAKEN, actor, at, room=room)
    return visit


@transaction.atomic
def give_back(*, actor: Any, visit: Visit, at: datetime, room: str = "", note: str = "") -> Visit:
    """Let a person wait again, perhaps for another room; only whoever called them in does so."""
    visit, last = _locked(actor, visit)
    _require_open(visit)
    if last is None or last.kind != QueueStep.Kind.TAKEN:
        return visit
    _require_mine(last, actor)
    _step(visit, _next(last), QueueStep.Kind.GIVEN_BACK, actor, at, room=room, note=note)
    return visit


@transaction.atomic
def leave(*, actor: Any, visit: Visit, at: datetime, note: str = "") -> Visit:
    """Note that a person left before being seen: they did not come, and nobody treated them."""
    visit, last = _locked(actor, visit)
    if visit.status == Visit.Status.CANCELLED:
        return visit
    _require_open(visit)
    if last is not None and last.kind == QueueStep.Kind.TAKEN:
        _require_mine(last, actor)
    require_never_signed(visit)
    if _was_seen(visit) or open_amendment_of(visit) is not None:
        raise ValidationError(
            _(
                "Something is written at this visit already (a diagnosis, medicine, result,"
                " procedure or paper): finish the visit instead, or take out first what was"
                " written by mistake."
            ),
            code="visit_begun",
        )
    visit.status, visit.ended_at = Visit.Status.CANCELLED, max(at, visit.started_at)
    visit.save(update_fields=["status", "ended_at"])
    _step(visit, _next(last), QueueStep.Kind.LEFT, actor, at, note=note)
    release(Visit.objects.filter(pk=visit.pk), on=timezone.localdate(at))
    end_ground(visit, at)
    return visit


def _was_seen(visit: Visit) -> bool:
    """Say whether anything stands at a visit that only somebody seen there can have.

    Who waits is weighed and has the blood pressure taken at the desk: that is not being seen. What
    was measured stays with the visit.
    """
    done = Procedure.objects.filter(visit=visit, withdrawn_at=None)
    rows: Sequence[Any] = (
        visit.diagnosis_rows,
        visit.medication_rows,
        done.exclude(status=Procedure.Status.ENTERED_IN_ERROR),
        DiagnosticReport.objects.filter(visit=visit).standing(),
        Document.objects.filter(visit=visit, cancelled_at=None),
    )
    return any(found.exists() for found in rows)


@transaction.atomic
def come_back(*, actor: Any, visit: Visit, at: datetime) -> Visit:
    """Let a person who left wait again on the same day."""
    visit, last = _locked(actor, visit)
    if visit.status == Visit.Status.IN_PROGRESS:
        return visit
    on = timezone.localdate(visit.started_at)
    if visit.status != Visit.Status.CANCELLED or on != timezone.localdate(at):
        raise ValidationError(_("This visit is over; register the person anew."), code="visit_over")
    if visit.citizen.died_on and on > visit.citizen.died_on:
        raise _after(visit.citizen.died_on)
    _lock_day(visit.facility, on)
    _require_absent(actor, visit.citizen, visit.facility, at)
    visit.status, visit.ended_at = Visit.Status.IN_PROGRESS, None
    visit.save(update_fields=["status", "ended_at"])
    _step(visit, _next(last), QueueStep.Kind.ARRIVED, actor, at)
    _note_coming(visit, actor=actor, at=at)
    return visit


def _locked(actor: Any, visit: Visit) -> tuple[Visit, QueueStep | None]:
    """Return the visit as it stands now, and its last step; nobody else moves it meanwhile."""
    require_place(actor, visit.facility)
    visit = Visit.objects.select_for_update(of=["self"]).get(pk=visit.pk)
    steps = visit.queuestep_rows.select_related("by").order_by("-number")
    return visit, steps.first()


def _next(last: QueueStep | None) -> int:
    return 1 if last is None else last.number + 1


def _require_open(visit: Visit) -> None:
    if visit.status != Visit.Status.IN_PROGRESS:
        raise ValidationError(
            _("This visit is over since %(time)s."),
            code="visit_over",
            params={"time": f"{timezone.localtime(visit.ended_at or visit.started_at):%H:%M}"},
        )


def _require_mine(last: QueueStep, actor: Any) -> None:
    if last.by_id != actor.pk:
        raise TakenByAnotherError(
            _("This person is with %(who)s since %(time)s; take over first."),
            code="with_other",
            params={"who": last.by.full_name, "time": f"{timezone.localtime(last.at):%H:%M}"},
        )


def _step(
    visit: Visit,
    number: int,
    kind: str,
    actor: Any,
    at: datetime,
    *,
    ticket: int | None = None,
    room: str = "",
    note: str = "",
) -> QueueStep:
    protect_more(visit, words_on(timezone.localdate(at)).of_step(room, note))
    step = QueueStep(
        visit=visit,
        citizen_id=visit.citizen_id,
        facility_id=visit.facility_id,
        sensitivity=visit.sensitivity,
        number=number,
        kind=kind,
        at=at,
        by=actor,
        on=timezone.localdate(at),
        ticket=ticket,
        room=" ".join(room.split()),
        note=" ".join(note.split()),
    )
    step.full_clean(exclude=["citizen", "facility", "visit", "by"])
    step.save(force_insert=True)
    return step


def rooms_of(facility: Organisation, *, since: date) -> Sequence[str]:
    """Return the rooms a place has named lately."""
    rows = QueueStep.objects.filter(facility=facility, on__gte=since, ticket__isnull=False)
    return list(
        rows.exclude(room="").order_by("room").values_list("room", flat=True).distinct()[:20]
    )
