"""Register a person at a facility, with hours; announce, complete and end a registration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from portal.database.periods import not_over
from portal.places.models import Organisation
from practitioners.clashes import Clash, clashes_of, last_days
from practitioners.hours import Span, meets_itself, written
from practitioners.models import (
    RESPONSIBLE,
    CaseSide,
    ExtraTechnique,
    Practitioner,
    ProfileSource,
    Registration,
    TrainingRotation,
    WorkingSlot,
)
from practitioners.scopes import technique_code
from practitioners.services.sources import note_row

ONE_DAY = timedelta(days=1)
NAMED = 5


@dataclass(frozen=True, slots=True)
class Post:
    """As what a person is registered: the position, the department, the hours as written."""

    position: str = ""
    position_text: str = ""
    department_code: str = ""
    department: str = ""
    is_full_time: bool = True
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """From when until when a person is registered, and what was announced when."""

    valid_from: date
    valid_until: date | None = None
    added_on: date | None = None
    announced_on: date | None = None
    completed_on: date | None = None


@transaction.atomic
def register_person(
    *,
    actor: Any,
    practitioner: Practitioner,
    facility: Organisation,
    post: Post,
    stay: Stay,
    at: datetime,
    spans: Sequence[Span] = (),
    source: str = ProfileSource.Source.FACILITY,
) -> Registration:
    """Register a person at a facility; a clash of hours or posts is refused with both sides named."""
    lock(practitioner)
    row = Registration(
        practitioner=practitioner,
        facility=facility,
        position=post.position,
        position_text=post.position_text,
        department_code=post.department_code,
        department=post.department,
        is_full_time=post.is_full_time,
        hours=post.hours or written(spans),
        valid_from=stay.valid_from,
        valid_until=stay.valid_until,
        added_on=stay.added_on,
        announced_on=stay.announced_on,
        completed_on=stay.completed_on,
    )
    require_post_free(row)
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, source=source, by=actor, at=at)
    if spans:
        set_hours(actor=actor, registration=row, spans=spans, from_day=stay.valid_from)
    return row


def lock(practitioner: Practitioner) -> None:
    """Let nobody else change this person's hours and posts until the transaction ends.

    A row that another one replaced takes no new ones: a form may have been opened before.
    """
    held = Practitioner.objects.select_for_update(of=["self"]).get(pk=practitioner.pk)
    if held.replaced_by_id is not None:
        raise ValidationError(
            _("The row of %(name)s was replaced by another one; open the profile again."),
            code="replaced_meanwhile",
            params={"name": held.name},
        )


def require_post_free(row: Registration) -> None:
    """Refuse a second post of responsibility, naming the first (Law 15/2023/QH15, article 36(2))."""
    if row.position not in RESPONSIBLE:
        return
    others = Registration.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=row.valid_from), position__in=RESPONSIBLE
    ).exclude(pk=row.pk)
    if row.valid_until is not None:
        others = others.filter(valid_from__lte=row.valid_until)
    own = others.filter(practitioner=row.practitioner_id).select_related("facility").first()
    if own is not None:
        raise _responsible(
            _(
                "%(name)s is responsible for the profession of %(place)s since %(since)s; one facility"
                " only (Law 15/2023/QH15, article 36(2))."
            ),
            "responsible_twice",
            own,
        )
    held = (
        others.filter(facility=row.facility_id).select_related("practitioner", "facility").first()
    )
    if held is not None:
        raise _responsible(
            _(
                "%(holder)s is responsible for the profession of %(place)s since %(since)s; end that"
                " post first."
            ),
            "responsible_taken",
            held,
        )


def _responsible(message: Any, code: str, held: Registration) -> ValidationError:
    params = {
        "name": held.practitioner.name,
        "holder": held.practitioner.name,
        "place": held.facility.name,
        "since": f"{held.valid_from:%d/%m/%Y}",
    }
    return ValidationError({"position": ValidationError(message, code=code, params=params)})


# What a slot points at is at hand; asking the database whether it is there says nothing new.
KNOWN_ROWS = [field.name for field in WorkingSlot._meta.fields if field.is_relation]


@transaction.atomic
def set_hours(
    *,
    actor: Any,
    registration: Registration,
    spans: Sequence[Span],
    from_day: date,
    kind: str = WorkingSlot.Kind.HOURS,
    address: str = "",
    until: date | None = None,
) -> list[WorkingSlot]:
    """Let a week of hours hold at a registration from a day; the week before ends the day before.

    The night begun on that eve runs to its end. Refused with every clash named where the person
    works elsewhere in these hours. ``until`` is an earlier last day than the registration's.
    """
    if from_day < registration.valid_from or _is_over(registration, from_day):
        raise ValidationError(
            _("The registration holds from %(first)s; hours begin within its days."),
            code="hours_outside_registration",
            params={"first": f"{registration.valid_from:%d/%m/%Y}"},
        )
    lock(registration.practitioner)
    former = list(registration.slots.filter(kind=kind).meeting(from_day, None))
    last, eve = until or registration.valid_until, from_day - ONE_DAY
    require_free(registration.practitioner, spans, from_day, last, last_days(former, eve))
    close_slots(former, last_day=eve)
    ground = {"registration": registration, "kind": kind, "address": address}
    return write_slots(registration, spans, from_day, last, ground)


def write_first_hours(registration: Registration, spans: Sequence[Span]) -> list[WorkingSlot]:
    """Write the week of somebody who is new to the register: no other hours can meet it."""
    if meets_itself(spans):
        raise hours_twice()
    ground = {"registration": registration, "kind": WorkingSlot.Kind.HOURS}
    return write_slots(
        registration, spans, registration.valid_from, registration.valid_until, ground
    )


def hours_twice() -> ValidationError:
    """Say that hours meet themselves."""
    return ValidationError(
        _("The same minute stands twice in these hours; write each once."), code="hours_twice"
    )


def _is_over(registration: Registration, day: date) -> bool:
    return registration.valid_until is not None and registration.valid_until < day


def require_free(
    practitioner: Practitioner,
    spans: Sequence[Span],
    first: date,
    last: date | None,
    ending: Mapping[UUID, date] | None = None,
) -> None:
    """Refuse hours that meet themselves, or other hours of the person; ``ending`` are about to end."""
    if meets_itself(spans):
        raise hours_twice()
    found = clashes_of(practitioner, spans, first, last, ending=ending)
    if found:
        raise refusal_of(practitioner, found)


def refusal_of(practitioner: Practitioner, clashes: Sequence[Clash]) -> ValidationError:
    """Say whom and what the hours meet, each place by name."""
    sentences = [clash.sentence for clash in clashes[:NAMED]]
    return ValidationError(
        _("%(name)s already works in these hours (Law 15/2023/QH15, article 36(1)): %(clashes)s"),
        code="slot_overlap",
        params={"name": practitioner.name, "clashes": " ".join(dict.fromkeys(sentences))},
    )


def write_slots(
    ground_row: Registration | TrainingRotation,
    spans: Sequence[Span],
    first: date,
    last: date | None,
    ground: dict[str, Any],
) -> list[WorkingSlot]:
    """Write a week as slots; duty past midnight becomes two, the morning's days one later.

    Whoever calls has locked the person and refused what meets other hours or itself: here each row
    answers for its own values, and all are written at once.
    """
    written_slots: list[WorkingSlot] = []
    for span in sorted(spans):
        evening: WorkingSlot | None = None
        for piece in span.pieces:
            late = timedelta(days=int(evening is not None))
            slot = WorkingSlot(
                practitioner_id=ground_row.practitioner_id,
                facility_id=ground_row.facility_id,
                weekday=piece.weekday,
                starts=piece.starts,
                ends=piece.ends,
                continues=evening,
                valid_from=first + late,
                valid_until=None if last is None else last + late,
                **ground,
            )
            slot.clean_fields(exclude=KNOWN_ROWS)
            written_slots.append(slot)
            evening = slot
    return WorkingSlot.objects.bulk_create(written_slots)


def close_slots(slots: Sequence[WorkingSlot], *, last_day: date) -> None:
    """End hours; those that never came into force go, their history stays."""
    last_of = last_days(slots, last_day)
    for slot in sorted(slots, key=lambda slot: slot.continues_id is None):
        last = last_of[slot.pk]
        if slot.valid_from > last:
            slot.delete()
        elif slot.valid_until is None or slot.valid_until > last:
            slot.valid_until = last
            slot.save(update_fields=["valid_until"])


def end_techniques(techniques: QuerySet[ExtraTechnique], *, last_day: date) -> None:
    """End assigned techniques; those that never came into force go, their history stays."""
    open_after = techniques.filter(not_over(last_day + ONE_DAY))
    open_after.filter(valid_from__gt=last_day).delete()
    open_after.update(valid_until=last_day)


def withdraw_registration(registration: Registration) -> None:
    """Take back a registration that has not begun, with all that hangs on it; its history stays."""
    for slot in sorted(registration.slots.all(), key=lambda slot: slot.continues_id is None):
        slot.delete()
    registration.techniques.all().delete()
    CaseSide.objects.filter(registration=registration).update(registration=None)
    registration.delete()


@transaction.atomic
def announce_registration(*, actor: Any, registration: Registration, on: date) -> Registration:
    """Note that the facility sent the list with this person; the department's term begins."""
    registration.announced_on = on
    registration.full_clean()
    registration.save(update_fields=["announced_on"])
    return registration


@dataclass(frozen=True, slots=True)
class Assignment:
    """A written assignment of a technique beyond the scope of the licence."""

    code: str
    decision_no: str
    decided_on: date
    name: str = ""
    trained_at: str = ""
    certificate_no: str = ""
    transferred_by: str = ""
    transfer_no: str = ""
    transferred_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None


def _technique(typed: str) -> str:
    code = technique_code(typed)
    if code is not None:
        return code
    raise ValidationError(
        {
            "code": ValidationError(
                _("“%(code)s” is no code of a technique; write it like 02.0085."),
                code="technique_unreadable",
                params={"code": typed.strip()},
            )
        }
    )


@transaction.atomic
def assign_technique(
    *, actor: Any, registration: Registration, assignment: Assignment, at: datetime
) -> ExtraTechnique:
    """Assign a technique outside the licence's scope to a person registered here.

    The code is kept as it is asked for: its seven characters, whatever finer code was typed.
    """
    row = ExtraTechnique(
        registration=registration,
        code=_technique(assignment.code),
        name=assignment.name,
        decision_no=assignment.decision_no,
        decided_on=assignment.decided_on,
        trained_at=assignment.trained_at,
        certificate_no=assignment.certificate_no,
        transferred_by=assignment.transferred_by,
        transfer_no=assignment.transfer_no,
        transferred_on=assignment.transferred_on,
        valid_from=assignment.valid_from or assignment.decided_on,
        valid_until=assignment.valid_until,
    )
    if row.valid_from < registration.valid_from or _is_over(registration, row.valid_from):
        raise ValidationError(
            {
                "valid_from": ValidationError(
                    _(
                        "The registration holds from %(first)s; an assignment begins within its days."
                    ),
                    code="assignment_outside_registration",
                    params={"first": f"{registration.valid_from:%d/%m/%Y}"},
                )
            }
        )
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, source=ProfileSource.Source.FACILITY, by=actor, at=at)
    return row
