"""Where is the table in a sheet: which row is its heading, which column is which, which rows count?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.intake.declaration import Column, Need, Table, heading_key
from portal.intake.readers.unreadable import UnreadableError
from portal.names import name_norm

HEADING_WITHIN = 40  # rows of titles and emblems above a heading
TOTALS = re.compile(r"(tong|cong|tong cong|tong so|nguoi lap|nguoi nop|thu truong|ghi chu|ngay)\b")
NUMBERING = re.compile(r"\(?(\d{1,3}|[a-z])\)?")


@dataclass(slots=True)
class Heading:
    """A heading as it was found: the place of each recognised column, and what was not."""

    sheet: str
    number: int
    places: dict[str, int]
    first_column: int = 0
    unknown: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)

    def cell(self, column: str, number: int) -> str:
        """Return the cell as the sender sees it: KhamBenh!F112."""
        return f"{self.sheet}!{self.letters(column)}{number}"

    def letters(self, column: str) -> str:
        place = self.places.get(column)
        return letters_of(place + self.first_column) if place is not None else ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row under a heading: its cells by official column name."""

    heading: Heading
    number: int
    cells: Mapping[str, Any]


@dataclass(slots=True)
class Seen:
    """What was met on the way that is no row: reported, and ignored."""

    headings: list[Heading] = field(default_factory=list)
    ignored_sheets: list[str] = field(default_factory=list)
    hidden_sheets: list[str] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    rows_expected: int = 0
    notes: list[dict[str, Any]] = field(default_factory=list)  # a reader's own remarks


def letters_of(place: int) -> str:
    """Return the letters of a column: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def rows_of(table: Table, events: Iterable[list[Any]], seen: Seen) -> Iterator[SheetRow]:
    """Yield the rows of every visible sheet that has the table's heading."""
    sheet = _Sheet(table, "", 0)
    for event in events:
        if event[0] == "sheet":
            sheet.end(seen)
            sheet = _Sheet(table, event[1], event[3])
            seen.rows_expected += event[2]
        elif event[0] == "hidden":
            seen.hidden_sheets.append(event[1])
        else:
            yield from sheet.take(event[1], event[2], seen)
    sheet.end(seen)
    if not seen.headings:
        raise UnreadableError(
            "heading_not_found",
            columns=[c.label for c in table.columns if c.need == Need.REQUIRED],
            sheets=seen.ignored_sheets,
        )


class _Sheet:
    """One sheet while it is being read."""

    def __init__(self, table: Table, name: str, first_column: int) -> None:
        self.table, self.name, self.first_column = table, name, first_column
        self.heading: Heading | None = None
        self.rows = 0

    def take(self, number: int, cells: Sequence[Any], seen: Seen) -> Iterator[SheetRow]:
        if self.heading is None:
            if number <= HEADING_WITHIN:
                self._look_for_heading(number, cells, seen)
            return
        if self._is_numbering(number, cells) or self._is_heading_again(cells):
            return
        row = {name: cells[at] for name, at in self.heading.places.items() if at < len(cells)}
        if all(is_blank(value) for value in row.values()):
            return
        if self._is_total(cells, row):
            seen.totals.append(number)
            return
        self.rows += 1
        yield SheetRow(self.heading, number, row)

    def end(self, seen: Seen) -> None:
        if self.heading is None and self.name:
            seen.ignored_sheets.append(self.name)

    def _look_for_heading(self, number: int, cells: Sequence[Any], seen: Seen) -> None:
        heading = self._recognise(number, cells)
        required = [c for c in self.table.columns if c.need == Need.REQUIRED]
        hits = [c for c in required if c.name in heading.places]
        if len(heading.places) < 2 or 2 * len(hits) < len(required):
            return
        missing = [c for c in required if c.name not in heading.places]
        if missing:
            raise UnreadableError(
                "columns_missing",
                sheet=self.name,
                number=number,
                columns=[f"{c.label} ({c.name})" for c in missing],
            )
        self.heading = heading
        seen.headings.append(heading)

    def _recognise(self, number: int, cells: Sequence[Any]) -> Heading:
        heading = Heading(self.name, number, {}, self.first_column)
        for at, cell in enumerate(cells):
            if not isinstance(cell, str) or not cell.strip():
                continue
            column = self.table.by_heading.get(heading_key(cell)) or self._without_note(cell)
            if column is None:
                heading.unknown.append(cell.strip()[:80])
            elif column.name in heading.places:
                heading.repeated.append(cell.strip()[:80])
            else:
                heading.places[column.name] = at
        return heading

    def _without_note(self, cell: str) -> Column | None:
        """Recognise "Cân nặng (kg) *" too, and a label with the official name on the next line."""
        for part in (re.sub(r"\(.*?\)|\*", " ", cell), *cell.splitlines()):
            column = self.table.by_heading.get(heading_key(part))
            if column is not None:
                return column
        return None

    def _is_numbering(self, number: int, cells: Sequence[Any]) -> bool:
        """Say whether this is the row (1) (2) (3) or A B C that paper forms have under the heading."""
        if self.heading is None or number > self.heading.number + 2 or self.rows:
            return False
        texts = [name_norm(str(cell)) for cell in cells if not is_blank(cell)]
        return len(texts) > 2 and all(NUMBERING.fullmatch(text) for text in texts)

    def _is_heading_again(self, cells: Sequence[Any]) -> bool:
        """Say whether a printed heading comes again on a further page of the sheet."""
        if self.heading is None:
            return False
        places = self.heading.places
        known = [
            self.table.by_heading.get(heading_key(cells[at]))
            for at in places.values()
            if at < len(cells) and isinstance(cells[at], str)
        ]
        return len(known) > 2 and sum(c is not None for c in known) > len(places) // 2

    def _is_total(self, cells: Sequence[Any], row: Mapping[str, Any]) -> bool:
        """Say whether this is a line of totals or a signature under the table."""
        first = next((str(cell) for cell in cells if not is_blank(cell)), "")
        if not TOTALS.match(name_norm(first)):
            return False
        required = [c.name for c in self.table.columns if c.need == Need.REQUIRED]
        filled = sum(not is_blank(row.get(name)) for name in required)
        return 2 * filled < len(required)


def is_blank(value: Any) -> bool:
    """Say whether a cell holds nothing a person can see."""
    return value is None or (
        isinstance(value, str) and not value.strip(" \t\r\n\u00a0\u200b\ufeff")
    )
