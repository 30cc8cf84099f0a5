"""From which day would the hours of a profile hold, and which hours give way to them?

The desk's check asks before the register is written; it has to say what the writing will say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from practitioners.approved import current_registration, stay_of
from practitioners.clashes import Clash, clashes_among, last_days
from practitioners.items import Values
from practitioners.models import Practitioner, Registration, WorkingSlot

if TYPE_CHECKING:
    from portal.places.models import Organisation
    from practitioners.hours import Span

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """The days of the hours asked for, what stands beside them, and which hours end for them when."""

    first: date
    last: date | None
    beside: Sequence[WorkingSlot]
    ending: Mapping[UUID, date] = field(default_factory=dict)

    def clashes(self, spans: Sequence[Span]) -> list[Clash]:
        """Return what the hours asked for would meet."""
        return clashes_among(spans, self.beside, self.first, self.last, ending=self.ending)


def change_of(
    who: Practitioner,
    facility: Organisation,
    values: Values,
    slots: Sequence[WorkingSlot],
    on: date,
) -> Change:
    """Return what the hours of a profile would change on a day; ``slots`` are all of the person's."""
    begins, last = date.fromisoformat(values["registered_from"]), last_said(values)
    row = current_registration(who, facility, on)
    if row is None or (row.valid_until is not None and row.valid_until < begins):
        return Change(begins, last, slots)
    stay, last = stay_of(who, row), last or row.valid_until
    own = [slot for slot in slots if slot.registration_id == row.pk]
    is_open = row.is_pending or row.valid_from >= on
    if is_open:
        if len(stay) > 1:
            begins = max(begins, row.valid_from)
        closed = corrected_from(row, begins, on)
        first = max(begins, closed)
    else:
        first = closed = followed_from(row, own, begins, on)
    is_moved = row.valid_from >= on and begins != row.valid_from
    if row.hours == values.get("hours", "") and not is_moved:
        # The hours go on: those before the stay and after its last day are new alone.
        is_earlier = not is_open and len(stay) == 1 and says_same(row, values)
        days = {one.pk for one in stay}
        beside = [slot for slot in slots if slot.registration_id not in days]
        return Change(min(begins, row.valid_from) if is_earlier else row.valid_from, last, beside)
    former = [slot for slot in own if slot.kind == WorkingSlot.Kind.HOURS]
    return Change(first, last, slots, last_days(former, closed - ONE_DAY))


def last_said(values: Values) -> date | None:
    """Return the last day of practice a profile names."""
    said = values.get("registered_until")
    return date.fromisoformat(said) if said else None


def corrected_from(row: Registration, begins: date, on: date) -> date:
    """Return from when a registration by which nobody has practised yet is written anew.

    Hours that have begun end; those of a day to come were never in force.
    """
    return max(begins, on) if row.valid_from < on else min(begins, row.valid_from)


def followed_from(row: Registration, slots: Sequence[WorkingSlot], begins: date, on: date) -> date:
    """Return from when a change holds: the later day it names, unless hours known since began after it."""
    if begins <= row.valid_from:
        return on
    return on if any(begins < slot.valid_from <= on for slot in slots) else begins


def says_same(row: Registration, values: Values) -> bool:
    """Say whether a registration already says what a profile says of the post and the hours."""
    return (row.position, row.position_text, row.is_full_time, row.hours) == post_said(values)


def post_said(values: Values) -> tuple[str, str, bool, str]:
    """Return the position, in words too, whether full time, and the hours as a profile says them."""
    return (
        values.get("position", ""),
        values.get("position_text", ""),
        bool(values.get("full_time")),
        values.get("hours", ""),
    )
