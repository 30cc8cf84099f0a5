"""A week of working hours as a picture: seven days, twenty-four hours, one shade for each place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from practitioners.hours import WEEK, Span, clock, day_word, written
from practitioners.models import WorkingSlot

ROW, GAP, LEFT, TOP, WIDE = 22, 4, 34, 18, 480
SHADES = ("a", "b", "c", "d")


@dataclass(frozen=True, slots=True)
class Block:
    """One span of hours in the picture."""

    x: int
    y: int
    width: int
    height: int
    shade: str
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """One place of work in the legend, with its hours in words."""

    name: str
    shade: str
    hours: str


@dataclass(frozen=True, slots=True)
class Week:
    """What a page draws: blocks, the names of days, the hours along the top, and the same in words."""

    blocks: Sequence[Block]
    places: Sequence[Place]

    width = LEFT + WIDE + 10
    height = TOP + 7 * (ROW + GAP)

    @property
    def days(self) -> list[tuple[str, int]]:
        return [(day_word(day), TOP + place * (ROW + GAP) + 15) for place, day in enumerate(WEEK)]

    @property
    def lines(self) -> list[int]:
        return [TOP + place * (ROW + GAP) for place in range(len(WEEK))]

    @property
    def hours(self) -> list[tuple[str, int]]:
        return [(f"{hour}", LEFT + hour * WIDE // 24) for hour in range(0, 25, 6)]

    @property
    def in_words(self) -> str:
        return "; ".join(f"{place.name}: {place.hours}" for place in self.places)


def week_of(slots: Iterable[WorkingSlot]) -> Week:
    """Lay the slots of one person out, a shade for each facility."""
    rows = list(slots)
    facilities = list({row.facility_id: row.facility.name for row in rows}.items())
    shades = {key: SHADES[n % len(SHADES)] for n, (key, _name) in enumerate(facilities)}
    return Week(
        [_block(row, shades[row.facility_id]) for row in rows],
        [
            Place(name, shades[key], in_words(row for row in rows if row.facility_id == key))
            for key, name in facilities
        ],
    )


def in_words(slots: Iterable[WorkingSlot]) -> str:
    """Write slots as a week, duty over midnight as one."""
    rows = list(slots)
    mornings = {row.continues_id: row for row in rows if row.continues_id}
    return written(
        Span(
            row.weekday, row.starts, row.ends + (mornings[row.pk].ends if row.pk in mornings else 0)
        )
        for row in rows
        if not row.continues_id
    )


def _block(row: WorkingSlot, shade: str) -> Block:
    return Block(
        x=LEFT + row.starts * WIDE // 1440,
        y=TOP + (row.weekday - 2) * (ROW + GAP),
        width=max((row.ends - row.starts) * WIDE // 1440, 2),
        height=ROW,
        shade=shade,
        text=f"{clock(row.starts)}–{clock(row.ends)}" if row.ends - row.starts >= 180 else "",
    )
