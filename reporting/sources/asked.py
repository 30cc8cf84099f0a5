"""What a source is asked, and how it answers: figures of cells, and the lines behind one cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from reporting.definitions.reading import OWN, Form, Row, icd_ranges
from reporting.periods import Period

Number = int | float
# So many places are counted with all others in one walk over the period, and sorted out afterwards:
# what belongs to none of the senders is left aside by who asked.
MANY_PLACES = 500


@dataclass(frozen=True, slots=True)
class Place:
    """One place whose records count for a sender: itself, or a point of a station."""

    place: UUID
    sender: UUID


@dataclass(frozen=True)
class Asked:
    """Which cells are asked, of whom, for which period; ``places`` None means every facility."""

    form: Form
    period: Period
    cells: Sequence[tuple[str, str, str]]  # row ("" for all rows), column, measure
    places: Sequence[Place] | None = None
    from_days: bool = False

    @property
    def wanted(self) -> dict[str, list[tuple[str, str]]]:
        """Return where each measure is asked: (row, column)."""
        found: dict[str, list[tuple[str, str]]] = {}
        for row, column, measure in self.cells:
            found.setdefault(measure, []).append((row, column))
        return found

    @property
    def params(self) -> dict[str, Any]:
        """Return what every statement may name."""
        return {
            "everywhere": self.places is None or len(self.places) >= MANY_PLACES,
            "places": [p.place for p in self.places or ()],
            "senders": [p.sender for p in self.places or ()],
            "begin": self.period.begin,
            "end": self.period.end,
            "first": self.period.first,
            "last": self.period.last,
        }

    @property
    def ranges(self) -> dict[str, list[str]]:
        """Return the codes of the rows as three columns: row, first code, last code."""
        lines = [
            (row.key, first, last) for row in self.form.rows for first, last in icd_ranges(row.icd)
        ]
        rows, firsts, lasts = zip(*lines, strict=True) if lines else ((), (), ())
        return {"rows": list(rows), "firsts": list(firsts), "lasts": list(lasts)}

    @property
    def rest(self) -> str:
        """Return the row that takes what no other row does, or nothing."""
        return next((row.key for row in self.form.rows if row.role == "rest"), "")


class Value(NamedTuple):
    """One computed figure; in forms with a row per thing a text, too."""

    sender: UUID
    row: str
    column: str
    value: Number | str


class Line(NamedTuple):
    """One record behind a figure: of a person, or of a thing with its name and page.

    ``needs`` is the capability at the facility that opens a thing.
    """

    citizen: UUID | None
    visit: UUID | None
    day: date | None
    text: str
    sensitivity: str
    facility: UUID | None = None
    name: str = ""
    address: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """The records behind a cell: how many there are, and the first of them."""

    total: int
    lines: Sequence[Line] = ()
    adds_up: str = ""  # what is added, where a figure is not a count of records


class Counts(Protocol):
    """How a source answers."""

    @property
    def name(self) -> str:
        """The word before the colon of a measure."""

    @property
    def measures(self) -> Iterable[str]:
        """What it counts."""

    @property
    def knows_nought(self) -> bool:
        """Say whether finding nothing is the figure 0."""

    def compute(self, asked: Asked) -> Iterable[Value]:
        """Count the asked cells; what is not yielded is 0."""

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the records behind a cell, or None where there are no single records."""


__all__ = ["OWN", "Asked", "Counts", "Line", "Lines", "Place", "Value"]
