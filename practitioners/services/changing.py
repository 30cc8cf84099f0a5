"""Change what a registration says: its hours, its responsibility, the techniques assigned there.

What held before stays as it was: another registration follows from the day of the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from practitioners.hours import Span, read_hours, written
from practitioners.models import ExtraTechnique, ProfileSource, Registration, WorkingSlot
from practitioners.services.own import is_own
from practitioners.services.posts import follow
from practitioners.services.registrations import (
    Assignment,
    assign_technique,
    lock,
    set_hours,
)
from practitioners.services.sources import carry_words, note_row

ONE_DAY = timedelta(days=1)
DECISION = ProfileSource.Source.DECISION


@transaction.atomic
def change_hours(
    *,
    actor: Any,
    registration: Registration,
    spans: Sequence[Span],
    from_day: date,
    at: datetime,
    kind: str = WorkingSlot.Kind.HOURS,
) -> Registration:
    """Let other hours hold at a registration from today or a later day, by the department's decision.

    Hours of days gone by are never rewritten: whether a past signature lay within them is answered
    by what held then. Duty beside the hours leaves the hours as they are written.
    """
    today = timezone.localdate(at)
    if from_day < today:
        raise _at(
            "from_day",
            _(
                "%(day)s has gone by: what held then stays as it was. Let the hours hold from"
                " today, %(today)s, or a later day."
            ),
            "hours_of_the_past",
            day=f"{from_day:%d/%m/%Y}",
            today=f"{today:%d/%m/%Y}",
        )
    lock(registration.practitioner)
    row = Registration.objects.select_for_update(of=["self"]).get(pk=registration.pk)
    if kind != WorkingSlot.Kind.HOURS:
        for slot in set_hours(
            actor=actor, registration=row, spans=spans, from_day=from_day, kind=kind
        ):
            note_row(slot, source=DECISION, by=actor, at=at)
        return row
    is_over = row.valid_until is not None and row.valid_until < from_day
    differs = read_hours(row.hours) != tuple(sorted(spans))
    if differs and row.valid_from < from_day and not is_over:
        row = _followed(row, from_day, actor=actor, hours=written(spans))
    else:
        set_hours(actor=actor, registration=row, spans=spans, from_day=from_day)
        row.hours = written(spans)
        row.full_clean()
        row.save(update_fields=["hours"])
    note_row(row, source=DECISION, by=actor, at=at, only=("hours",))
    return row


@transaction.atomic
def complete_registration(
    *, actor: Any, registration: Registration, on: date, at: datetime
) -> Registration:
    """Note that the department completes and publishes the registration: practice begins on that day.

    It is today or a day to come, of somebody else, and once: whether a past signature was given while
    the registration waited is answered by what held then. A day that has not come may be put right.
    """
    today = timezone.localdate(at)
    if actor is not None and is_own(
        actor, people=[registration.practitioner_id], senders=(), on=today
    ):
        raise ValidationError(
            _("This is about you; nobody decides on their own. Give it to a colleague."),
            code="registration_own",
        )
    lock(registration.practitioner)
    row = Registration.objects.select_for_update(of=["self"]).get(pk=registration.pk)
    if row.completed_on is not None and row.completed_on <= today:
        raise _at(
            "on",
            _("The registration is complete since %(day)s already; nothing was changed."),
            "registration_complete",
            day=f"{row.completed_on:%d/%m/%Y}",
        )
    if on < today:
        raise _at(
            "on",
            _(
                "%(day)s has gone by: what held then stays as it was. Let the registration be"
                " complete from today, %(today)s, or a later day."
            ),
            "completed_in_the_past",
            day=f"{on:%d/%m/%Y}",
            today=f"{today:%d/%m/%Y}",
        )
    if row.valid_until is not None and row.valid_until < on:
        raise _at(
            "on",
            _("The registration ends on %(last)s; on %(day)s there is nothing left to complete."),
            "completed_after_the_end",
            last=f"{row.valid_until:%d/%m/%Y}",
            day=f"{on:%d/%m/%Y}",
        )
    row.completed_on = on
    row.full_clean()
    row.save(update_fields=["completed_on"])
    note_row(row, source=DECISION, by=actor, at=at, only=("completed_on",))
    return row


@transaction.atomic
def add_technique(
    *,
    actor: Any,
    registration: Registration,
    assignment: Assignment,
    is_official: bool,
    at: datetime,
) -> ExtraTechnique:
    """Assign a technique from the day of its paper or from today, whichever is later.

    For days gone by an official alone records it, who has the paper at hand: whether a past
    signature lay within the scope is answered by what was assigned then.
    """
    today = timezone.localdate(at)
    begins = assignment.valid_from or max(assignment.decided_on, today)
    if begins < today and not is_official:
        raise _at(
            "valid_from",
            _(
                "%(day)s has gone by: a facility assigns a technique from today, %(today)s, or a"
                " later day. For days gone by, the department records it from the paper."
            ),
            "technique_of_the_past",
            day=f"{begins:%d/%m/%Y}",
            today=f"{today:%d/%m/%Y}",
        )
    if begins < assignment.decided_on:
        raise _at(
            "valid_from",
            _("The paper is of %(day)s; a technique is assigned from that day or a later one."),
            "technique_before_paper",
            day=f"{assignment.decided_on:%d/%m/%Y}",
        )
    return assign_technique(
        actor=actor,
        registration=registration,
        assignment=replace(assignment, valid_from=begins),
        at=at,
    )


def _at(field: str, message: Any, code: str, **params: str) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code, params=params)})


@transaction.atomic
def leave_responsibility(
    *, actor: Any, registration: Registration, last_day: date, because: str, at: datetime
) -> Registration:
    """End a post of responsibility; the person goes on there as before, in all but the post."""
    lock(registration.practitioner)
    row = Registration.objects.select_for_update(of=["self"]).get(pk=registration.pk)
    if row.valid_until is not None and row.valid_until <= last_day:
        return row
    new = _followed(row, last_day + ONE_DAY, actor=actor, position="")
    row.ended_because = because
    row.full_clean()
    row.save(update_fields=["ended_because"])
    note_row(row, source=DECISION, by=actor, at=at, only=("valid_until", "ended_because"))
    # That it names no post any more is said by the first day.
    note_row(new, source=DECISION, by=actor, at=at, only=("valid_from",))
    return new


def _followed(row: Registration, first: date, *, actor: Any, **changed: str) -> Registration:
    """Let a registration follow that differs in what is named, and keep who said the rest."""
    post = {
        "position": row.position,
        "position_text": row.position_text,
        "full_time": "1" if row.is_full_time else "",
        "hours": row.hours,
        **changed,
    }
    new = follow(row, post, first, actor=actor)
    carry_words([(row, new)])
    return new
