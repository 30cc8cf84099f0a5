"""Where is the table in a sheet: which row is its heading, which column is which, which rows count?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

from portal.intake.declaration import Need, Table, Type
from portal.intake.headings import (
    Choice,
    FileColumn,
    Heading,
    How,
    Labels,
    beneath,
    labels_of,
    letters_of,
    missing_from,
    propose,
    recognise,
    text_in,
)
from portal.intake.readers.unreadable import UnreadableError
from portal.names import name_norm

__all__ = [
    "Head",
    "Heading",
    "HeadingSearch",
    "Remembered",
    "Seen",
    "SheetRow",
    "is_blank",
    "letters_of",
    "rows_of",
]

HEADING_WITHIN = 40  # rows of titles and emblems above a heading
HEADING_ROWS = 3  # of one heading, above one another
SAMPLES = 3
HEAD_ROWS, HEAD_COLUMNS, HEAD_TEXT, HEAD_SHEETS = 48, 300, 80, 20
# Tòng, Tống and Công are families: by its marks a word of totals is told from them, without marks
# only by what follows it.
TOTALS = re.compile(r"(tổng|cộng)(?!\w)|(người lập|người nộp|thủ trưởng|ghi chú|ngày)(?!\w)")
PLAIN_TOTALS = re.compile(
    r"((tong )?cong|tong)(?=\s*([\d:=.]|$))|tong (cong|so|hop|tien)\b"
    r"|(nguoi lap|nguoi nop|thu truong|ghi chu|ngay)\b"
)
IN_FRONT = re.compile(r"^\W+")
NUMBERING = re.compile(r"[(\[]?(\d{1,3}|[a-z])[)\]]?(\s*=[\s\d()+\-x*]+)?")
DIGIT = re.compile(r"\d")
# The sheets of our own template beside the one to fill in.
HELP_SHEET, LISTS_SHEET, LIST_PREFIX = "HuongDan", "DanhMuc", "DM_"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row under a heading: its cells by official column name."""

    heading: Heading
    number: int
    cells: Mapping[str, Any]


@dataclass(slots=True)
class Head:
    """The first rows of a sheet as the sender wrote them: what a person needs to see to name columns."""

    sheet: str
    first_column: int
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Remembered:
    """How a sender's headings were once said to be read, by their signature.

    ``keep`` is given the heads of the sheets when the reading ends, well or badly.
    """

    choices: Mapping[str, Choice] = field(default_factory=dict)
    keep: Callable[[Sequence[Head]], None] | None = None


@dataclass(slots=True)
class Seen:
    """What was met on the way that is no row: reported, and ignored."""

    headings: list[Heading] = field(default_factory=list)
    ignored_sheets: list[str] = field(default_factory=list)
    hidden_sheets: list[str] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    rows_expected: int = 0
    heads: list[Head] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)  # a reader's own remarks


def rows_of(
    table: Table, events: Iterable[list[Any]], seen: Seen, mapping: Remembered | None = None
) -> Iterator[SheetRow]:
    """Yield the rows of every visible sheet that has the table's heading."""
    mapping = mapping or Remembered()
    sheet = _Sheet(table, Head("", 0), mapping, seen)
    try:
        for event in events:
            if event[0] == "row":
                row = sheet.take(event[1], event[2])
                if row is not None:
                    yield row
            elif event[0] == "sheet":
                sheet.end()
                sheet = _begin_sheet(table, event, mapping, seen)
            elif event[0] == "hidden" and not _is_ours(event[1]):
                seen.hidden_sheets.append(event[1])
        sheet.end()
    finally:
        if mapping.keep is not None:
            mapping.keep(seen.heads)
    if not seen.headings:
        raise UnreadableError(
            "heading_not_found",
            columns=[column.label for column in table.required],
            sheets=seen.ignored_sheets,
        )


def _begin_sheet(table: Table, event: Sequence[Any], mapping: Remembered, seen: Seen) -> _Sheet:
    _event, name, rows, first_column = event[:4]
    sheet = _Sheet(table, Head(name, first_column), mapping, seen)
    if not sheet.is_ours:
        seen.rows_expected += rows
        if len(seen.heads) < HEAD_SHEETS:
            seen.heads.append(sheet.head)
    return sheet


def _is_ours(sheet: str) -> bool:
    return sheet in {HELP_SHEET, LISTS_SHEET} or sheet.startswith(LIST_PREFIX)


class HeadingSearch:
    """Looks for the heading among the first rows of a sheet, one or several rows high."""

    def __init__(self, table: Table, head: Head, choices: Mapping[str, Choice]) -> None:
        self.table, self.head, self.choices = table, head, choices
        self.above: Labels | None = None
        self.best: tuple[Labels, Heading] | None = None

    def offer(self, number: int, cells: Sequence[Any]) -> bool:
        """Look at a row; False says that the heading is complete and this row lies under it."""
        if self.best is not None:
            labels, heading = self.best
            deeper = self.read(beneath(labels, number, cells))
            if labels.rows < HEADING_ROWS and _is_better(deeper, (labels, heading)):
                self.best = deeper
                return True
            return False
        found = self.read(labels_of(number, cells))
        if self.above is not None:
            found = _better(self.read(beneath(self.above, number, cells)), found)
        if self._qualifies(found[1]):
            self.best = found
        elif any(found[0].texts):
            self.above = labels_of(number, cells)
        return True

    def at(self, number: int) -> Heading | None:
        """Take the row of this number for the heading, whatever it holds."""
        above: Labels | None = None
        for row, cells in self.head.rows:
            found = self.read(labels_of(row, cells))
            if row == number:
                if above is not None:
                    found = _better(self.read(beneath(above, row, cells)), found)
                return self._complete(found[1])
            above = labels_of(row, cells)
        return None

    def settled(self) -> Heading | None:
        """Return the heading once it is complete."""
        return self._complete(self.best[1]) if self.best is not None else None

    def read(self, labels: Labels) -> tuple[Labels, Heading]:
        choice = self.choices.get(labels.signature) if self.choices else None
        heading = recognise(self.table, self.head.sheet, labels, choice)
        heading.first_column = self.head.first_column
        return labels, heading

    def _qualifies(self, heading: Heading) -> bool:
        if heading.is_remembered:
            return True
        required = self.table.required
        hits = len(required) - len(missing_from(self.table, heading.places))
        return len(heading.places) >= 2 and 2 * hits >= len(required)

    def _complete(self, heading: Heading) -> Heading:
        propose(self.table, heading)
        return heading


Found = tuple[Labels, Heading]


def _is_better(one: Found, other: Found) -> bool:
    if one[1].is_remembered != other[1].is_remembered:
        return one[1].is_remembered
    return len(one[1].places) > len(other[1].places)


def _better(two_rows: Found, one_row: Found) -> Found:
    """Prefer a heading of one row, unless the row above says more or tells equal ones apart."""
    if one_row[1].is_remembered:
        return one_row
    if two_rows[0].settles_doubles and one_row[1].repeated and two_rows[1].places:
        return two_rows
    return two_rows if _is_better(two_rows, one_row) else one_row


class _Sheet:
    """One sheet while it is being read."""

    def __init__(self, table: Table, head: Head, mapping: Remembered, seen: Seen) -> None:
        self.table, self.head, self.seen = table, head, seen
        self.search = HeadingSearch(table, head, mapping.choices)
        self.heading: Heading | None = None
        self.missing: list[str] = []
        self.places: list[tuple[str, int]] = []
        self.width = 0  # of the rows that reach its last column
        self.above: set[tuple[str, ...]] = set()  # titles and headings, as they may come again
        self.required: list[str] = [column.name for column in table.required]
        self.telling = _telling(table)
        self.rows = 0
        self.is_ours = _is_ours(head.sheet)

    def take(self, number: int, cells: Sequence[Any]) -> SheetRow | None:
        if self.rows < SAMPLES and len(self.head.rows) < HEAD_ROWS:
            self.head.rows.append((number, [_short(cell) for cell in cells[:HEAD_COLUMNS]]))
        if self.heading is None and not self._is_found(number, cells):
            return None
        heading = self.heading
        if heading is None or self._is_no_row(number, cells):
            return None
        if len(cells) < self.width:  # blank cells at the end of a row are not written
            cells = [*cells, *[None] * (self.width - len(cells))]
        row = {name: cells[at] for name, at in self.places}
        if all(is_blank(value) for value in row.values()) or self._is_total(number, cells, row):
            return None
        self.rows += 1
        if self.rows <= SAMPLES and not self._may_begin(heading, cells):
            return None
        return SheetRow(heading, number, row)

    def end(self) -> None:
        """Close the sheet: a heading without rows counts, one without its columns is refused."""
        if self.heading is None and self.search.best is not None:
            self._begin()
        if self.missing:
            self._refuse()
        if self.heading is None and self.head.sheet and not self.is_ours:
            self.seen.ignored_sheets.append(self.head.sheet)

    def _is_found(self, number: int, cells: Sequence[Any]) -> bool:
        """Look for the heading; say whether it is complete, so that this row lies under it."""
        if self.is_ours or (number > HEADING_WITHIN and self.search.best is None):
            return False
        if self.search.offer(number, cells):
            return False
        self._begin()
        return True

    def _may_begin(self, heading: Heading, cells: Sequence[Any]) -> bool:
        """Keep the first rows to be shown; only then refuse a sheet without its columns."""
        self._notice_nameless(heading, cells)
        if self.missing and self.rows >= SAMPLES:
            self._refuse()
        return not self.missing

    def _begin(self) -> None:
        heading = self.search.settled()
        if heading is None:
            return
        self.heading = heading
        missing = missing_from(self.table, heading.places)
        self.missing = [f"{column.label} ({column.name})" for column in missing]
        self._place(heading)
        self.above = {
            tuple(map(text_in, cells))
            for number, cells in self.head.rows
            if number <= heading.number
        }
        if not self.missing:
            self._use(heading)

    def _use(self, heading: Heading) -> None:
        self.heading = heading
        self.seen.headings.append(heading)
        self._place(heading)

    def _place(self, heading: Heading) -> None:
        self.places = list(heading.places.items())
        self.width = max(heading.places.values(), default=-1) + 1

    def _refuse(self) -> None:
        number = self.heading.number if self.heading is not None else 0
        raise UnreadableError(
            "columns_missing", sheet=self.head.sheet, number=number, columns=self.missing
        )

    def _is_no_row(self, number: int, cells: Sequence[Any]) -> bool:
        return (not self.rows and self._is_numbering(number, cells)) or self._is_heading_again(
            number, cells
        )

    def _is_numbering(self, number: int, cells: Sequence[Any]) -> bool:
        """Say whether this is the row (1) (2) (3) or A B C that paper forms have under the heading."""
        if self.heading is None or number > self.heading.number + 2:
            return False
        texts = [name_norm(str(cell)) for cell in cells if not is_blank(cell)]
        return len(texts) > 2 and all(NUMBERING.fullmatch(text) for text in texts)

    def _is_heading_again(self, number: int, cells: Sequence[Any]) -> bool:
        """Say whether a printed heading comes again on a further page; it may have moved columns."""
        # Called for every row: what a heading never holds is looked at first.
        if not self._has_no_digit(cells):
            return False
        if tuple(text_in(_short(cell)) for cell in cells[:HEAD_COLUMNS]) in self.above:
            return True
        again = self.search.read(labels_of(number, cells))[1]
        if self.heading is None or 2 * len(again.places) <= len(self.places):
            return False
        if again.places != self.heading.places and not missing_from(self.table, again.places):
            again.number = number
            self._use(again)
        return True

    def _has_no_digit(self, cells: Sequence[Any]) -> bool:
        places = self.heading.places if self.heading is not None else {}
        for name in self.telling:
            at = places.get(name, len(cells))
            cell = cells[at] if at < len(cells) else None
            if cell is not None and not (isinstance(cell, str) and not DIGIT.search(cell)):
                return False
        return bool(self.telling)

    def _is_total(self, number: int, cells: Sequence[Any], row: Mapping[str, Any]) -> bool:
        """Say whether this is a line of totals or a signature under the table."""
        get = row.get
        if all(map(get, self.required)):  # nearly every row
            return False
        filled = sum(not is_blank(get(name)) for name in self.required)
        first = next((str(cell) for cell in cells if not is_blank(cell)), "")
        is_total = 2 * filled <= len(self.required) and _begins_total(first)
        if is_total:
            self.seen.totals.append(number)
        return is_total

    def _notice_nameless(self, heading: Heading, cells: Sequence[Any]) -> None:
        """Name the columns that hold values under no heading, as a merged one leaves them."""
        known = {column.at for column in heading.columns}
        for at, cell in enumerate(cells[:HEAD_COLUMNS]):
            if at not in known and not is_blank(cell):
                heading.columns.append(FileColumn(at, "", f"@{at}", How.NAMELESS))


def _telling(table: Table) -> tuple[str, ...]:
    """Return the required columns that hold a digit in every row, and in no heading."""
    holding = {Type.IDENTIFIER, Type.INTEGER, Type.DECIMAL, Type.PARTIAL_DAY, Type.DAY, Type.MOMENT}
    return tuple(
        column.name
        for column in table.columns
        if column.need == Need.REQUIRED and column.type in holding
    )


def _begins_total(text: str) -> bool:
    said = IN_FRONT.sub("", normalize("NFC", text).casefold())
    return bool(PLAIN_TOTALS.match(said) if said.isascii() else TOTALS.match(said))


def _short(cell: Any) -> Any:
    return cell[:HEAD_TEXT] if isinstance(cell, str) else cell


def is_blank(value: Any) -> bool:
    """Say whether a cell holds nothing a person can see."""
    return value is None or (
        isinstance(value, str) and not value.strip(" \t\r\n\u00a0\u200b\ufeff")
    )
