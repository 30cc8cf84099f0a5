"""Does a registration hold at a moment, and do its hours? Duty over midnight ends with its morning."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from practitioners.models import Registration, WorkingSlot

ONE_DAY = timedelta(days=1)


def holds(row: Any, day: date) -> bool:
    """Say whether a row with first and last days holds on a day."""
    return bool(row.valid_from <= day and (row.valid_until is None or row.valid_until >= day))


def is_registered(row: Registration, moment: datetime) -> bool:
    """Say whether a registration lets a person practise then: it holds and was complete by the day."""
    day = timezone.localdate(moment)
    return (holds(row, day) and not row.waits_on(day)) or goes_on(row, moment)


def goes_on(row: Registration, moment: datetime) -> bool:
    """Say whether a moment lies in the morning of the duty that began on a registration's last day.

    Who is on duty over midnight is registered to the end of that duty, and not a minute longer.
    """
    evening = timezone.localdate(moment) - ONE_DAY
    if row.valid_until != evening or row.waits_on(evening):
        return False
    return slot_at((slot for slot in row.slots.all() if slot.continues_id), moment) is not None


def in_last_evening(row: Registration, moment: datetime, evening: date) -> bool:
    """Say whether a moment lies in the evening of the duty that goes on after a registration's last day."""
    if not row.valid_until == evening == timezone.localdate(moment) or row.waits_on(evening):
        return False
    begin = {slot.continues_id for slot in row.slots.all()}
    return slot_at((slot for slot in row.slots.all() if slot.pk in begin), moment) is not None


def slot_at(slots: Iterable[WorkingSlot], moment: datetime) -> WorkingSlot | None:
    """Return the hours a moment lies in; the minute they end no longer counts."""
    local = timezone.localtime(moment)
    minute = local.hour * 60 + local.minute
    for slot in slots:
        on_day = slot.weekday == local.isoweekday() + 1 and holds(slot, local.date())
        if on_day and slot.starts <= minute < slot.ends:
            return slot
    return None
