"""Where do the hours of a week meet hours somewhere else, and is there time to travel between?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from practitioners.hours import DAY, Span, clock
from practitioners.models import WorkingSlot

if TYPE_CHECKING:
    from uuid import UUID

    from portal.places.models import Organisation
    from practitioners.models import Practitioner, Registration
    from practitioners.rules import Rules

WEEK_MINUTES = 7 * DAY
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clash:
    """Hours that were asked for, and those that already stand in them at another place or here."""

    wanted: Span
    held: WorkingSlot
    # The one day on which they meet: the morning that ends the last night of hours that give way.
    morning: date | None = None

    @property
    def sentence(self) -> str:
        """Name both sides, as the person who has to settle it wants to read it."""
        held, wanted = self.held, self.wanted
        if self.morning is not None:
            return _(
                "The night that begins at %(place)s on %(eve)s runs to %(ends)s on %(day)s; the new"
                " hours begin at %(starts)s that day. Let them begin on a later day."
            ) % {"place": held.facility.name, **self.night}
        return _("%(day)s %(wanted)s meets %(held)s at %(place)s, registered from %(since)s.") % {
            "day": str(WorkingSlot.Weekday(wanted.weekday).label),
            "wanted": f"{clock(wanted.starts)}–{clock(wanted.ends)}",
            "held": f"{clock(held.starts)}–{clock(held.ends)}",
            "place": held.facility.name,
            "since": f"{held.valid_from:%d/%m/%Y}",
        }

    @property
    def night(self) -> dict[str, str]:
        """Return the eve and the end of the last night, and when the new hours begin on its morning."""
        assert self.morning is not None  # noqa: S101  (asked of such a clash alone)
        return {
            "eve": f"{self.morning - ONE_DAY:%d/%m/%Y}",
            "day": f"{self.morning:%d/%m/%Y}",
            "ends": clock(self.held.ends),
            "starts": clock(self.wanted.starts),
        }


def last_days(slots: Iterable[WorkingSlot], last: date) -> dict[UUID, date]:
    """Return the last day of each of some hours that end on a day: the night begun then runs to its end."""
    return {slot.pk: last + ONE_DAY if slot.continues_id else last for slot in slots}


def clashes_of(
    practitioner: Practitioner,
    wanted: Iterable[Span],
    first: date,
    last: date | None,
    *,
    ending: Mapping[UUID, date] | None = None,
) -> list[Clash]:
    """Return what a week would meet between two days; ``ending`` as in ``clashes_among``."""
    rows = practitioner.slots.meeting(first, _day_after(last)).select_related("facility")
    return clashes_among(wanted, list(rows), first, last, ending=ending)


def clashes_among(
    wanted: Iterable[Span],
    held: Sequence[WorkingSlot],
    first: date,
    last: date | None,
    *,
    ending: Mapping[UUID, date] | None = None,
) -> list[Clash]:
    """Return what a week would meet of hours that were read already; mornings after duty one day later.

    ``ending`` are hours about to end, by their key, each with its last day (``last_days``).
    """
    found: list[Clash] = []
    closing = ending or {}
    for span in wanted:
        for place, piece in enumerate(span.pieces):
            late = timedelta(days=place)
            begins, ends = first + late, None if last is None else last + late
            for slot in held:
                if not piece.meets(Span(slot.weekday, slot.starts, slot.ends)):
                    continue
                day = weekday_from(piece.weekday, max(begins, slot.valid_from))
                until = _earlier(slot.valid_until, closing.get(slot.pk))
                if day <= (_earlier(ends, until) or day):
                    is_last = slot.continues_id is not None and day == until
                    found.append(Clash(piece, slot, day if is_last else None))
    return found


def weekday_from(weekday: int, day: date) -> date:
    """Return the first day on or after a day that is a weekday, 2 for Monday to 8 for Sunday."""
    return day + timedelta(days=(weekday - 2 - day.weekday()) % 7)


def _earlier(one: date | None, other: date | None) -> date | None:
    """Return the earlier of two last days, where there is any."""
    return min((day for day in (one, other) if day is not None), default=None)


def _day_after(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)


def holds_between(row: WorkingSlot | Registration, first: date, last: date | None) -> bool:
    """Say whether hours or a registration hold on some day of a period."""
    begun = last is None or row.valid_from <= last
    return begun and (row.valid_until is None or row.valid_until >= first)


@dataclass(frozen=True, slots=True)
class Journey:
    """Two places one after the other with less time between than the rule of the day asks for."""

    before: WorkingSlot
    after: WorkingSlot
    minutes: int
    needed: int

    @property
    def sentence(self) -> str:
        return _(
            "%(day)s: %(minutes)d minutes from %(before)s (until %(ends)s) to %(after)s"
            " (from %(starts)s); at least %(needed)d are expected."
        ) % {
            "day": str(WorkingSlot.Weekday(self.after.weekday).label),
            "minutes": self.minutes,
            "before": self.before.facility.name,
            "ends": clock(self.before.ends),
            "after": self.after.facility.name,
            "starts": clock(self.after.starts),
            "needed": self.needed,
        }


def journeys_of(slots: Sequence[WorkingSlot], rules: Rules) -> list[Journey]:
    """Return the changes of place that leave too little time; a warning, never a refusal.

    Whether the decree in force keeps the rule on travel time was not compared with its text: the
    minutes are a rule of the list, not of this function.
    """
    found = []
    for one, other in combinations(slots, 2):
        if one.facility_id == other.facility_id:
            continue
        for before, after in ((one, other), (other, one)):
            gap = (_minute(after, after.starts) - _minute(before, before.ends)) % WEEK_MINUTES
            needed = _needed(before.facility, after.facility, rules)
            if gap < needed:
                found.append(Journey(before, after, gap, needed))
    return sorted(found, key=lambda j: (j.after.weekday, j.after.starts))


def _minute(slot: WorkingSlot, minute: int) -> int:
    return (slot.weekday - 2) * DAY + minute


def _needed(one: Organisation, other: Organisation, rules: Rules) -> int:
    same = one.area_id is not None and one.area_id == other.area_id
    return rules.number("travel_buffer_same_commune" if same else "travel_buffer") or 0
