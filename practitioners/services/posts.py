"""Write where a verified profile says a person practises: from which day, as what, in which hours.

What held before the decision stays as it was: a post or hours that differ hold from the day of the
decision on, or from the later day the profile names. A recorded last day stays recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from portal.database.periods import not_over
from portal.places.models import Organisation
from practitioners.approved import (
    DEPARTMENT,
    assigned_at,
    current_registration,
    department_after,
    names_other_department,
    stay_of,
)
from practitioners.assigned import Assigned, assigned_of, papers_in
from practitioners.hours import Span, read_hours
from practitioners.models import (
    ExtraTechnique,
    Practitioner,
    ProfileSource,
    ProfileSubmission,
    Registration,
    WorkingSlot,
)
from practitioners.replacing import (
    corrected_from,
    followed_from,
    last_said,
    post_said,
    says_same,
)
from practitioners.services.registrations import (
    Assignment,
    assign_technique,
    close_slots,
    end_techniques,
    lock,
    require_free,
    require_post_free,
    set_hours,
    write_first_hours,
    write_slots,
)
from practitioners.services.sources import carry_words, note_row

Fields = Mapping[str, str]
ONE_DAY = timedelta(days=1)
# What a profile may leave unsaid of a post, and what therefore goes on when another row follows.
GOING_ON = (*DEPARTMENT, "announced_on", "completed_on", "other_facilities")
HANDED_OVER = ("transferred_by", "transfer_no", "transferred_on")
ASSIGNED = (
    "code", "name", "decision_no", "decided_on", "trained_at", "certificate_no", *HANDED_OVER,
)  # fmt: skip


def write_registration(
    who: Practitioner,
    facility: Organisation,
    fields: Fields,
    *,
    on: date,
    sent_on: date,
    actor: Any,
    is_new: bool,
) -> Registration:
    """Let a verified registration hold; of a person who is new nothing is looked for or locked.

    Sending it was the announcement, verifying it completes and publishes it.
    """
    row = _registered(who, facility, fields, on=on, sent_on=sent_on, actor=actor, is_new=is_new)
    _write_end(row, fields, actor)
    said = department_after(_department(row), fields)
    if fields.get("other_facilities"):
        said["other_facilities"] = fields["other_facilities"]
    changed = [name for name, value in said.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, said[name])
    if changed:
        row.full_clean()
        row.save(update_fields=changed)
    return row


def _registered(
    who: Practitioner,
    facility: Organisation,
    fields: Fields,
    *,
    on: date,
    sent_on: date,
    actor: Any,
    is_new: bool,
) -> Registration:
    begins = date.fromisoformat(fields["registered_from"])
    row = None
    if not is_new:
        lock(who)
        row = current_registration(who, facility, on)
    if row is None or (row.valid_until is not None and row.valid_until < begins):
        row = Registration(practitioner=who, facility=facility, valid_from=begins)
        if _joins(facility, begins):
            row.added_on, row.announced_on, row.completed_on = begins, sent_on, on
        return _first(row, fields, actor=actor, is_new=is_new)
    stay = stay_of(who, row)
    if row.is_pending or row.valid_from >= on:
        if len(stay) > 1 and begins < row.valid_from:
            _began_earlier(stay, fields, begins)
            begins = row.valid_from
        return _correct(row, fields, begins, on=on, actor=actor)
    if begins <= row.valid_from:
        _began_earlier(stay, fields, begins)
        if says_same(row, fields) and not names_other_department(_department(row), fields):
            return row
    return follow(row, fields, followed_from(row, list(row.slots.all()), begins, on), actor=actor)


def _joins(facility: Organisation, begins: date) -> bool:
    """Say whether who begins on a day joins a staff that the department knew by then.

    Of who was there when the department first heard of the facility's people, it is not known when
    the facility announced them: that was before this register, and stays unsaid.
    """
    sent = ProfileSubmission.objects.filter(facility=facility)
    known = sent.first_verified().get(facility.pk)
    return known is not None and known < begins


def _write_end(row: Registration, fields: Fields, actor: Any) -> None:
    """Let a registration hold until the day a profile names; one that names none changes nothing."""
    last = last_said(fields)
    if last is None or last == row.valid_until:
        return
    former = row.valid_until
    row.valid_until = last
    _save(row)
    if former is None or last < former:
        close_slots(list(row.slots.meeting(last, None)), last_day=last)
        end_techniques(row.techniques.all(), last_day=last)
    elif spans := read_hours(row.hours):
        set_hours(actor=actor, registration=row, spans=spans, from_day=former + ONE_DAY)


def write_techniques(
    row: Registration, fields: Fields, *, on: date, actor: Any, at: datetime
) -> Registration:
    """Assign the techniques a verified profile names; another paper for one replaces the one before.

    Who handed a technique over is written beside the assignment that stands.
    """
    held = assigned_at(row, on)
    for one in assigned_of(fields):
        if any(known.is_told_by(one) for known in held):
            continue
        if any((known.code, known.paper) == (one.code, one.paper) for known in held):
            _handed_over(row, one, on=on, actor=actor, at=at)
            continue
        begins = max(one.paper.on, row.valid_from)
        former = row.techniques.filter(not_over(begins), code=one.code)
        if former.filter(valid_from__gte=begins).exists():
            continue
        former.update(valid_until=begins - ONE_DAY)
        assign_technique(
            actor=actor,
            registration=row,
            assignment=Assignment(
                one.code,
                one.paper.number,
                one.paper.on,
                valid_from=begins,
                valid_until=row.valid_until,
                **_transfer(one),
            ),
            at=at,
        )
    return row


def _handed_over(row: Registration, one: Assigned, *, on: date, actor: Any, at: datetime) -> None:
    standing = row.techniques.filter(
        not_over(on), code=one.code, decision_no=one.paper.number, decided_on=one.paper.on
    )
    for extra in standing:
        for name, value in _transfer(one).items():
            if value:
                setattr(extra, name, value)
        extra.full_clean()
        extra.save(update_fields=HANDED_OVER)
        source = ProfileSource.Source.FACILITY
        note_row(extra, source=source, by=actor, at=at, only=HANDED_OVER)


def _transfer(one: Assigned) -> dict[str, Any]:
    papers, _unread = papers_in(one.transfer)
    paper = papers[0] if papers else None
    return {
        "transferred_by": one.transferred_by,
        "transfer_no": paper.number if paper else "",
        "transferred_on": paper.on if paper else None,
    }


def _first(row: Registration, fields: Fields, *, actor: Any, is_new: bool) -> Registration:
    row.valid_until = last_said(fields)
    _save(_filled(row, fields))
    spans = read_hours(row.hours)
    if spans and is_new:
        write_first_hours(row, spans)
    elif spans:
        set_hours(actor=actor, registration=row, spans=spans, from_day=row.valid_from)
    return row


def _correct(
    row: Registration, fields: Fields, begins: date, *, on: date, actor: Any
) -> Registration:
    """Correct a registration by which nobody has practised yet: it is not complete, or not begun."""
    has_other_hours = row.hours != fields.get("hours", "")
    moved = row.valid_from >= on and begins != row.valid_from
    from_day = corrected_from(row, begins, on)
    row.valid_from = begins
    if row.is_pending:
        row.completed_on = on
    _save(_filled(row, fields))
    if not (has_other_hours or moved):
        return row
    close_slots(_hours_of(row, from_day), last_day=from_day - ONE_DAY)
    spans = read_hours(row.hours)
    if spans:
        first = max(begins, from_day)
        until = _until(row, fields, first)
        set_hours(actor=actor, registration=row, spans=spans, from_day=first, until=until)
    return row


def follow(row: Registration, fields: Fields, begins: date, *, actor: Any) -> Registration:
    """Let another post or other hours follow at the same facility; what was said before stays.

    Hours end on the eve, the night begun on it in the morning.
    """
    new = Registration(
        practitioner_id=row.practitioner_id,
        facility=row.facility,
        valid_from=begins,
        valid_until=row.valid_until,
        **{name: getattr(row, name) for name in GOING_ON},
    )
    row.valid_until = begins - ONE_DAY
    row.save(update_fields=["valid_until"])
    _save(_filled(new, fields))
    has_other_hours = row.hours != new.hours
    former = row.slots.meeting(begins, None)
    ended = former.filter(kind=WorkingSlot.Kind.HOURS) if has_other_hours else former.none()
    go_on_with(list(former.exclude(pk__in=ended)), new, begins, also_end=list(ended))
    spans = read_hours(new.hours)
    if spans and has_other_hours:
        until = _until(new, fields, begins)
        set_hours(actor=actor, registration=new, spans=spans, from_day=begins, until=until)
    carry_techniques(row, new, begins)
    return new


def go_on_with(
    hours: Sequence[WorkingSlot],
    new: Registration,
    begins: date,
    also_end: Sequence[WorkingSlot] = (),
) -> list[WorkingSlot]:
    """End hours on the eve of a day, and let them go on from it under another registration."""
    copies = _copies(hours, new, begins)
    close_slots([*hours, *also_end], last_day=begins - ONE_DAY)
    written = WorkingSlot.objects.bulk_create(copies.values())
    duty = (slot for slot in hours if slot.pk in copies and slot.kind == WorkingSlot.Kind.DUTY)
    carry_words([(slot, copies[slot.pk]) for slot in duty])
    return written


def _until(row: Registration, fields: Fields, first: date) -> date | None:
    """Return the last day a profile names, where it is to end a registration earlier."""
    last = last_said(fields)
    if last is None or last < first or (row.valid_until is not None and row.valid_until < last):
        return None
    return last


def _began_earlier(stay: Sequence[Registration], fields: Fields, begins: date) -> None:
    """Let a stay begin on an earlier day, with its hours where they are said to have been the same."""
    first = stay[0]
    if begins >= first.valid_from:
        return
    last = first.valid_from - ONE_DAY
    first.valid_from = begins
    _save(first)
    spans: Sequence[Span] | None = read_hours(first.hours)
    if len(stay) == 1 and says_same(first, fields) and spans:
        require_free(first.practitioner, spans, begins, last)
        ground = {"registration": first, "kind": WorkingSlot.Kind.HOURS}
        write_slots(first, spans, begins, last, ground)


def _department(row: Registration) -> dict[str, str]:
    return {name: getattr(row, name) for name in DEPARTMENT}


def _filled(row: Registration, fields: Fields) -> Registration:
    row.position, row.position_text, row.is_full_time, row.hours = post_said(fields)
    return row


def _save(row: Registration) -> None:
    require_post_free(row)
    row.full_clean()
    row.save()


def _hours_of(row: Registration, first: date) -> list[WorkingSlot]:
    return list(row.slots.filter(kind=WorkingSlot.Kind.HOURS).meeting(first, None))


def _copies(
    slots: Sequence[WorkingSlot], new: Registration, begins: date
) -> dict[Any, WorkingSlot]:
    """Return hours that go on as those of the registration that follows, evenings before mornings.

    By the key of the hours each goes on with.
    """
    found: dict[Any, WorkingSlot] = {}
    for slot in sorted(slots, key=lambda slot: slot.continues_id is not None):
        late = ONE_DAY if slot.continues_id else timedelta(0)
        last = slot.valid_until
        if last is not None and last < begins + late:
            continue
        found[slot.pk] = WorkingSlot(
            practitioner_id=slot.practitioner_id,
            facility_id=new.facility_id,
            registration=new,
            kind=slot.kind,
            weekday=slot.weekday,
            starts=slot.starts,
            ends=slot.ends,
            address=slot.address,
            continues=found.get(slot.continues_id),
            valid_from=max(begins + late, slot.valid_from),
            valid_until=last,
        )
    return found


def carry_techniques(row: Registration, new: Registration, begins: date) -> None:
    """Let the techniques assigned in writing go on under the registration that follows."""
    copies = []
    for extra in row.techniques.all():
        if extra.valid_until is not None and extra.valid_until < begins:
            continue
        if extra.valid_from >= begins:
            extra.registration = new
            extra.save(update_fields=["registration"])
            continue
        copy = ExtraTechnique(
            registration=new,
            valid_from=begins,
            valid_until=extra.valid_until,
            **{name: getattr(extra, name) for name in ASSIGNED},
        )
        extra.valid_until = begins - ONE_DAY
        extra.save(update_fields=["valid_until"])
        copy.full_clean()
        copy.save(force_insert=True)
        copies.append((extra, copy))
    carry_words(copies)
