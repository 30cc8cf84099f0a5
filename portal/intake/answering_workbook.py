"""How does the sender's workbook come back: sheet by sheet as it was, its wrong cells marked?

Rows go from the child that reads them straight to the disk; of the findings only the marks of the
first few thousand cells stay in memory until the book is closed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import groupby
from pathlib import Path
from typing import Any, Generic, TypeVar

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.intake.answering_findings import CHUNK, Line, cells_of, findings_of, heads, line_of
from portal.intake.answering_names import LIST_MARK, LIST_SHEET
from portal.intake.answering_source import HIDDEN, VISIBLE
from portal.intake.declaration import Kind, Type, kind_of
from portal.intake.models import Batch, StagedRow

T = TypeVar("T")
COMMENTS_AT_MOST = 5_000
LINKS_AT_MOST = 50_000  # Excel follows 65,530 links of a sheet
LISTED_ON_A_SHEET = 1_000_000
PROGRESS_EVERY = 2_000
RED, AMBER, GREY = "#f8d0d0", "#fde7b5", "#d9d9d9"
NUMBER_FORMATS = {
    "general": "General",
    "text": "@",
    "day": "dd/mm/yyyy",
    "moment": "dd/mm/yyyy hh:mm",
    "second": "dd/mm/yyyy hh:mm:ss",
    "time": "hh:mm:ss",
    "span": "[h]:mm:ss",
}
# Columns in which a typed number keeps its first zeros and a day is not turned round.
TEXTS = {Type.TEXT, Type.NAME, Type.IDENTIFIER, Type.CODE, Type.PARTIAL_DAY}
FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
Progress = Callable[[int], None]


class ByRow(Generic[T]):
    """Hands out what belongs to each row while both go through the file once, in its order."""

    def __init__(self, items: Iterable[T], number_of: Callable[[T], int]) -> None:
        self._groups = groupby(items, key=number_of)
        self._number, self._items = 0, list[T]()
        self._step()

    def _step(self) -> None:
        number, group = next(self._groups, (0, iter(())))
        self._number, self._items = number, list(group)

    def at(self, number: int) -> list[T]:
        """Return the items of a row; rows are asked for from the first to the last."""
        while self._items and self._number < number:
            self._step()
        return self._items if self._number == number else []


@dataclass(slots=True)
class Book:
    """The workbook being written: its formats are made once, its comments are counted."""

    file: Path
    folder: Path
    book: Any = None
    formats: dict[tuple[str, str], Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # of the sender's sheets, as written
    comments: int = 0

    def __post_init__(self) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(self.folder),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": True,
        }
        self.book = xlsxwriter.Workbook(str(self.file), options)

    def style(self, shape: str, colour: str = "") -> Any:
        """Return the format of a value's shape on a colour."""
        if (shape, colour) not in self.formats:
            said: dict[str, Any] = {"num_format": NUMBER_FORMATS[shape]}
            if colour:
                said |= {"bg_color": colour, "border": 1, "border_color": "#9a9a9a"}
            self.formats[shape, colour] = self.book.add_format(said)
        return self.formats[shape, colour]

    def add_sheet(self, name: str, visibility: str = VISIBLE) -> Any:
        """Add a sheet under the sender's name for it, where Excel allows the name."""
        free = FORBIDDEN_IN_NAMES.sub(" ", name).strip("'")[:31] or f"Sheet{len(self.names) + 1}"
        if free.casefold() in {known.casefold() for known in self.names.values()}:
            free = f"{free[:27]} {len(self.names) + 1}"
        self.names[name] = free
        page = self.book.add_worksheet(free)
        if visibility == HIDDEN:
            page.hide()
        return page

    def comment(self, page: Any, row: int, place: int, text: str) -> None:
        """Pin a note to a cell, while there are not too many for Excel."""
        if self.comments < COMMENTS_AT_MOST:
            height = 24 + 18 * (text.count("\n") + len(text) // 38)
            options = {"author": "Mạch", "width": 300, "height": min(height, 400)}
            page.write_comment(row, place, text, options)
            self.comments += 1


@dataclass(slots=True)
class Page:
    """One sheet of the sender's while it is written again."""

    book: Book
    page: Any
    first: int  # the place of the first used column
    heading: Mapping[str, Any] | None
    findings: ByRow[Line]
    staged: ByRow[tuple[int, str]] | None  # None: nothing on this sheet need be left out
    is_withheld: bool
    text_places: frozenset[int]

    def write(self, number: int, cells: Sequence[Any]) -> None:
        """Write a row as it was, wrong cells coloured and explained; or leave it out."""
        if not self._is_shown(number):
            return
        marks = self._marks(self.findings.at(number), cells)
        for at, cell in enumerate(cells, start=self.first):
            lines = marks.pop(at, ())
            if not is_blank(cell) or lines:
                self._put(number - 1, at, cell, lines)
        for at, lines in marks.items():
            self._put(number - 1, at, None, lines)

    def _is_shown(self, number: int) -> bool:
        if self.is_withheld:
            return False
        if self.staged is None or (self.heading and number <= self.heading["number"]):
            return True
        classes = [sensitivity for _number, sensitivity in self.staged.at(number)]
        if any(classes):
            self.page.write_blank(number - 1, self.first, None, self.book.style("general", GREY))
            note = _("A row of a protected class: it is not shown here, and was left as it was.")
            self.book.comment(self.page, number - 1, self.first, note)
        return bool(classes) and not any(classes)

    def _marks(self, lines: Sequence[Line], cells: Sequence[Any]) -> dict[int, list[Line]]:
        marks: dict[int, list[Line]] = {}
        for line in lines:
            marks.setdefault(self._place(line, cells), []).append(line)
        return dict(sorted(marks.items()))

    def _place(self, line: Line, cells: Sequence[Any]) -> int:
        """Return the column of a finding; one about the whole row stands at its first cell."""
        if line.place.letters:
            return place_of_letters(line.place.letters)
        filled = (at for at, cell in enumerate(cells, start=self.first) if not is_blank(cell))
        return next(filled, self.first)

    def _put(self, row: int, at: int, cell: Any, lines: Sequence[Line]) -> None:
        colour = ""
        if lines:
            colour = RED if any(line.shown.is_error for line in lines) else AMBER
        value, shape = value_of(cell)
        if lines and at in self.text_places and shape == "general":
            shape = "text"  # so that what is typed here keeps its first zeros
        write_value(self.page, row, at, value, self.book.style(shape, colour))
        if lines:
            said = [f"{line.severity}: {line.shown.why} {line.shown.remedy}" for line in lines]
            self.book.comment(self.page, row, at, "\n".join(said))


def is_blank(cell: Any) -> bool:
    """Say whether there was nothing in a cell; a blank one only keeps its format."""
    return cell is None or cell == ""


def place_of_letters(letters: str) -> int:
    """Return the column of its letters: A is 0, AA is 26."""
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - 64
    return place - 1


def value_of(cell: Any) -> tuple[Any, str]:
    """Return a cell of the source as a value, and the shape in which it is shown."""
    if isinstance(cell, dict):
        ((shape, text),) = cell.items()
        return _clock(shape, text)
    if isinstance(cell, str) and cell:
        return cell, "text"
    return (None if is_blank(cell) else cell), "general"


def _clock(shape: str, text: Any) -> tuple[Any, str]:
    if shape == "day":
        return datetime.combine(date.fromisoformat(text), time()), "day"
    if shape != "moment":
        return (float(text) if shape == "span" else _seconds(text)) / 86_400, shape
    moment = datetime.fromisoformat(text)
    if moment.time() == time():
        return moment, "day"
    return moment, "second" if moment.second else "moment"


def _seconds(text: str) -> int:
    clock = time.fromisoformat(text)
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def write_value(page: Any, row: int, at: int, value: Any, style: Any) -> None:
    """Write a value as what it is: text never becomes a number, a link or a formula."""
    if value is None:
        page.write_blank(row, at, None, style)
    elif isinstance(value, str):
        page.write_string(row, at, value[:32_767], style)
    elif isinstance(value, bool):
        page.write_boolean(row, at, value, style)
    elif isinstance(value, datetime):
        if page.write_datetime(row, at, value, style):
            page.write_string(row, at, f"{value:%d/%m/%Y}", style)
    else:
        page.write_number(row, at, value, style)


@dataclass(slots=True)
class Writer:
    """Writes the answer of one batch for those who may, or may not, see protected rows."""

    batch: Batch
    open_: bool
    book: Book
    progress: Progress
    rows: int = 0

    def write(self, events: Iterable[Sequence[Any]]) -> None:
        """Write the sender's sheets as they come, then the list of what was found."""
        page: Page | None = None
        for event in events:
            if event[0] == "sheet":
                page = self._begin(event[1], event[3], event[4])
            elif event[0] == "row" and page is not None:
                page.write(event[1], event[2])
                self.rows += 1
                if self.rows % PROGRESS_EVERY == 0:
                    self.progress(self.rows)
        self._list()
        self.book.book.close()

    @property
    def kind(self) -> Kind:
        return kind_of(self.batch.kind)

    def _begin(self, name: str, first: int, visibility: str) -> Page:
        page = self.book.add_sheet(name, visibility)
        heading = next((h for h in self.batch.headings if h["sheet"] == name[:100]), None)
        letters = heading["columns"] if heading else {}
        texts = frozenset(
            place_of_letters(where)
            for column, where in letters.items()
            if where and (known := self.kind.main.column(column)) and known.type in TEXTS
        )
        for place in texts:
            page.set_column(place, place, 14, self.book.style("text"))
        for where in letters.values():
            place = place_of_letters(where)
            if where and place not in texts:
                page.set_column(place, place, 14)
        if heading and visibility == VISIBLE:
            page.freeze_panes(heading["number"], 0)
        is_masked = self.batch.has_sensitive and not self.open_
        return Page(
            book=self.book,
            page=page,
            first=first,
            heading=heading,
            findings=ByRow(self._lines(name), lambda line: line.place.number),
            staged=self._staged(name) if is_masked and heading else None,
            is_withheld=is_masked and heading is None,
            text_places=texts,
        )

    def _lines(self, sheet: str | None) -> Iterator[Line]:
        for finding in findings_of(self.batch, sheet).iterator(chunk_size=CHUNK):
            yield line_of(finding, self.kind, open_=self.open_)

    def _staged(self, sheet: str) -> ByRow[tuple[int, str]]:
        rows = StagedRow.objects.filter(batch=self.batch, sheet=sheet[:100])
        pairs = rows.order_by("number", "id").values_list("number", "sensitivity")
        return ByRow(pairs.iterator(chunk_size=CHUNK), lambda pair: pair[0])

    def _list(self) -> None:
        """Write every finding on sheets of their own, each with a link to its cell."""
        page, row, links, sheets = self._list_sheet(1), 2, 0, 1
        for line in self._lines(None):
            if row - 2 >= LISTED_ON_A_SHEET:
                sheets += 1
                page, row, links = self._list_sheet(sheets), 2, 0
            fill = self.book.style("text", RED if line.shown.is_error else AMBER)
            plain = self.book.style("text")
            cells = cells_of(line, self.kind)
            for at, cell in enumerate(cells):
                style = fill if at == len(cells) - 1 else plain
                value = cell if isinstance(cell, int) else str(cell or "") or None
                write_value(page, row, at, value, style)
            written = self.book.names.get(line.place.sheet)
            if line.place.cell and written is not None and links < LINKS_AT_MOST:
                target = "internal:'{}'!{}".format(written.replace("'", "''"), line.place.cell)
                page.write_url(row, 2, target, None, line.place.letters)
                links += 1
            row += 1

    def _list_sheet(self, number: int) -> Any:
        names = {known.casefold() for known in self.book.names.values()}
        wanted = LIST_SHEET if number == 1 else f"{LIST_SHEET} {number}"
        while wanted.casefold() in names:
            wanted += " (Mạch)"
        self.book.names[f"\x00{wanted}"] = wanted
        page = self.book.book.add_worksheet(wanted)
        bold = self.book.book.add_format({"bold": True, "bg_color": "#e7eef9", "border": 1})
        titles = heads(self.kind)
        for at in range(len(titles)):
            page.set_column(at, at, 60 if at in {len(titles) - 3, len(titles) - 2} else 16)
        page.write_string(0, 0, self._about())
        for at, title in enumerate(titles):
            page.write_string(1, at, title, bold)
        page.freeze_panes(2, 0)
        return page

    def _about(self) -> str:
        shown = min(COMMENTS_AT_MOST, self.book.comments)
        said = ngettext(
            "%(count)d cell carries a note; mend the coloured cells and send this workbook again.",
            "%(count)d cells carry a note; mend the coloured cells and send this workbook again.",
            shown,
        ) % {"count": shown}
        return f"{LIST_MARK}. {said}"
