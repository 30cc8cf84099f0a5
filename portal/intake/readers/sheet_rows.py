"""What stands in the rows of one worksheet, a few hundred at a time, however large it is?

A workbook writes all its rows alike. The first rows are read by an XML parser; from them comes one
pattern that reads the rows like them many times faster. A row that is not like them goes to the
parser again, so that the pattern decides about speed and never about what is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from portal.intake.readers.spreadsheetml import (
    CELL_AT_MOST,
    DAY,
    SPAN,
    Book,
    after,
    parse_fragment,
    pieces,
    unescaped,
)
from portal.intake.readers.unreadable import UnreadableError

Block = tuple[int, list[Sequence[Any] | None]]
BLOCK = 500
GAP_AT_MOST = 100  # blank rows told one by one; after more of them a new block begins
LEARN_AGAIN, LEARN_AT_MOST = 50, 8
COLUMNS_AT_MOST = 702  # A to ZZ: what stands further right is a slip of the hand
UNCALCULATED = "#FORMULA!"
ROWS_AT_MOST = 1_048_576
LETTERS = re.compile("[A-Z]{1,3}")
STYLE, TYPE = re.compile(r' s="(\d+)"'), re.compile(r' t="(\w+)"')
MERGED = re.compile(r'<mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"')
EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001  (a sheet's clock has no zone)
EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
LAST_SERIAL = 2_958_466  # the end of the year 9999


def place_of(letters: str) -> int:
    """Return the place of a column: A is 0, AA is 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def letters_of(place: int) -> str:
    """Return the letters of a column: 0 is A."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class Cells:
    """Turns what is written in a cell into its value, by the cell's type and style."""

    def __init__(self, book: Book) -> None:
        self.strings, self.formats = book.strings, book.formats
        self.epoch = EPOCH_1904 if book.since_1904 else EPOCH_1900
        self.by_attributes: dict[str | None, Callable[[str], Any]] = {}
        self.moments: dict[str, Any] = {}

    def reader(self, attributes: str) -> Callable[[str], Any]:
        """Return the reader for the attributes of a cell as they are written."""
        found = self.by_attributes.get(attributes)
        if found is None:
            kind, style = TYPE.search(attributes), STYLE.search(attributes)
            found = self.reader_of(kind[1] if kind else "n", style[1] if style else "0")
            if len(self.by_attributes) < 10_000:
                self.by_attributes[attributes] = found
        return found

    def reader_of(self, kind: str, style: str) -> Callable[[str], Any]:
        """Return the reader for a type and a style."""
        if kind == "n":
            at = int(style) if style.isdecimal() else 0
            shown = self.formats[at] if at < len(self.formats) else ""
            return {DAY: self.moment, SPAN: self.span}.get(shown, number)
        readers = {"s": self.shared, "b": boolean, "d": iso_moment}
        return readers.get(kind, itself)

    def shared(self, written: str) -> str:
        try:
            return self.strings[int(written)]
        except (ValueError, IndexError) as error:
            raise UnreadableError("file_torn") from error

    def all_shared(self, written: Sequence[str | None]) -> list[str]:
        """Look a whole column up."""
        strings = self.strings
        try:
            return ["" if text is None else strings[int(text)] for text in written]
        except (ValueError, IndexError) as error:
            raise UnreadableError("file_torn") from error

    def moment(self, written: str) -> Any:
        """Read a number that is shown as a day; days repeat, so each is worked out once."""
        found = self.moments.get(written)
        if found is None:
            found = self._moment(written)
            if len(self.moments) < 100_000:
                self.moments[written] = found
        return found

    def _moment(self, written: str) -> Any:
        serial = number(written)
        if isinstance(serial, str) or not 0 <= serial < LAST_SERIAL:
            return serial
        # A spreadsheet that counts from 1900 believes in a 29 February of that year.
        missing = 1 if self.epoch is EPOCH_1900 and serial < 60 else 0
        moment = self.epoch + timedelta(milliseconds=round((serial + missing) * 86_400_000))
        return moment.time().isoformat() if serial < 1 else {"moment": moment.isoformat()}

    @staticmethod
    def span(written: str) -> Any:
        days = number(written)
        if isinstance(days, str) or abs(days) > LAST_SERIAL:
            return days
        return str(timedelta(seconds=round(days * 86_400)))


def number(written: str) -> Any:
    """Read a number as the sheet keeps it: 72 and not 72.0; what is none stays as written."""
    if written.isdecimal() and len(written) <= 15:
        return int(written)
    try:
        value = float(written)
    except ValueError:
        return written
    if value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value if abs(value) < 1e300 else written


def boolean(written: str) -> bool:
    """Read TRUE and FALSE as a sheet keeps them: 1 and 0."""
    return written.strip() in {"1", "true"}


def iso_moment(written: str) -> Any:
    """Read a day that the sheet keeps as text, as the strict form of the format does."""
    try:
        return {"moment": datetime.fromisoformat(written.removesuffix("Z")).isoformat()}
    except ValueError:
        return written


def itself(written: str) -> str:
    """Read text that stands in the cell itself."""
    return unescaped(written)[:CELL_AT_MOST]


class Rows:
    """The rows of one sheet, read by a pattern learnt from its own beginning."""

    def __init__(self, book: Book) -> None:
        self.cells = Cells(book)
        self.pattern: re.Pattern[str] | None = None
        self.width = 0
        self.number = 0
        self.unlike = 0
        self.learnt = 0
        self.forms: dict[int, set[str]] = {}
        self.far = 0
        self.uncalculated = 0
        self.merged: list[str] = []

    def read(self, part: Any) -> Iterator[Block]:
        """Yield blocks: the number of the first row, and the rows; None is a blank one."""
        begun = False
        held: list[tuple[int, Sequence[Any]]] = []
        for texts, is_last in pieces(part, "worksheet", "</row>", "</sheetData>"):
            if texts and not begun:
                tag, texts[0] = after(texts[0], "sheetData")
                begun = True
                if tag.endswith("/>"):
                    return
            if is_last:
                held += self._last(texts[0])
            for at in range(0, 0 if is_last else len(texts), BLOCK):
                held += self._rows(texts[at : at + BLOCK])
                if len(held) >= BLOCK:
                    yield from blocks(held)
                    held = []
        yield from blocks(held)

    def _last(self, text: str) -> list[tuple[int, Sequence[Any]]]:
        """Read what follows the last row: the end of the table, and which cells are merged."""
        rows, end, rest = text.partition("</sheetData>")
        if not end:
            raise UnreadableError("file_torn")
        self.merged = MERGED.findall(rest)
        return self._parsed(rows)

    def _rows(self, texts: list[str]) -> Iterator[tuple[int, Sequence[Any]]]:
        if self.pattern is None:
            for text in texts:
                yield from self._parsed(text + "</row>")
            self._learn()
            return
        matches = [self.pattern.match(text) for text in texts]
        at = 0
        while at < len(texts):
            last = at
            while last < len(texts) and matches[last] is not None and "&" not in texts[last]:
                last += 1
            if last > at:
                yield from self._alike(matches[at:last])
            if last < len(texts):
                yield from self._parsed(texts[last] + "</row>")
                self.unlike += 1
            at = last + 1
        if self.unlike > LEARN_AGAIN and self.learnt < LEARN_AT_MOST:
            self._learn()

    def _alike(self, matches: list[Any]) -> Iterator[tuple[int, Sequence[Any]]]:
        """Read rows of one shape column by column, which is what makes it fast."""
        columns = list(zip(*(match.groups() for match in matches), strict=True))
        values = [self._column(columns[at], columns[at + 1]) for at in range(1, len(columns), 2)]
        numbers = list(map(int, columns[0]))
        self.number = numbers[-1]
        return zip(numbers, zip(*values, strict=True), strict=True)

    def _column(self, attributes: Sequence[str | None], written: Sequence[str | None]) -> list[Any]:
        kinds = set(attributes)
        if kinds == {None}:
            return [""] * len(written)
        readers = {kind: self.cells.reader(kind) for kind in kinds if kind is not None}
        if len(set(readers.values())) > 1:
            return [
                "" if text is None or kind is None else readers[kind](text)
                for kind, text in zip(attributes, written, strict=True)
            ]
        read = next(iter(readers.values()))
        if read == self.cells.shared:
            return self.cells.all_shared(written)
        return ["" if text is None else read(text) for text in written]

    def _learn(self) -> None:
        """Make the pattern of a row from the cells seen so far."""
        self.learnt, self.unlike = self.learnt + 1, 0
        self.width = max(self.forms, default=-1) + 1
        if not self.width:
            return
        parts = [r'<row r="(\d{1,7})"[^>]*+>']
        for place in range(self.width):
            forms = self.forms.get(place, {"v"})
            formula = r"(?:<f[^>]*+>(?:[^<]*+</f>)?+)?+" if "f" in forms else ""
            text = "<v>([^<]++)</v>"
            if "is" in forms:
                text = "<(?:v|is><t)[^>]*+>([^<]++)</(?:v|t></is)>"
            cell = f"([^>]*+)>(?:{formula}{text}</c>)?+"
            parts.append(rf'(?:<c r="{letters_of(place)}\d++"{cell})?+')
        self.pattern = re.compile(r"\s*+" + "".join(parts) + r"\Z")

    def _parsed(self, text: str) -> list[tuple[int, Sequence[Any]]]:
        """Read what may be one row, several or none with an XML parser."""
        found = _Parsed(self)
        if text.strip():
            parse_fragment(text, found.start, found.end, found.text)
        return found.rows


class _Parsed:
    """Gathers the cells of a few rows from a parser."""

    def __init__(self, rows: Rows) -> None:
        self.of = rows
        self.rows: list[tuple[int, Sequence[Any]]] = []
        self.row: dict[int, Any] = {}
        self.place = -1
        self.attributes: dict[str, str] = {}
        self.written: list[str] | None = None
        self.inside = ""
        self.form = "v"
        self.has_formula = self.in_reading = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            given = attributes.get("r", "")
            self.of.number += 1
            if given.isdecimal() and len(given) <= 7:
                self.of.number = int(given)
            self.row, self.place = {}, -1
        elif tag == "c":
            letters = LETTERS.match(attributes.get("r", ""))
            self.place = place_of(letters[0]) if letters else self.place + 1
            self.attributes, self.written, self.has_formula = attributes, None, False
            self.form = "v"
        elif tag == "f":
            self.has_formula = True
        elif tag == "rPh":
            self.in_reading = True
        if tag in {"v", "t"} and not self.in_reading:
            self.written = self.written or []
        if tag == "is":
            self.form = "is"
        self.inside = tag

    def text(self, said: str) -> None:
        if self.inside in {"v", "t"} and not self.in_reading and self.written is not None:
            self.written.append(said)

    def end(self, tag: str) -> None:
        self.inside = ""
        if tag == "rPh":
            self.in_reading = False
        elif tag == "c":
            self._cell()
        elif tag == "row":
            cells = [self.row.get(place, "") for place in range(max(self.row, default=-1) + 1)]
            self.rows.append((self.of.number, cells))

    def _cell(self) -> None:
        written = "".join(self.written or ())
        if not written and not self.has_formula:
            return
        if self.place >= COLUMNS_AT_MOST:
            self.of.far += 1
            return
        forms = self.of.forms.setdefault(self.place, set())
        forms |= {self.form, "f"} if self.has_formula else {self.form}
        kind, style = self.attributes.get("t", "n"), self.attributes.get("s", "0")
        if written:
            self.row[self.place] = self.of.cells.reader_of(kind, style)(written)
        elif kind != "str":  # a formula that was never worked out; one that gives "" is blank
            self.of.uncalculated += 1
            self.row[self.place] = UNCALCULATED


def blocks(rows: list[tuple[int, Sequence[Any]]]) -> Iterator[Block]:
    """Put rows that follow each other into blocks; a blank row between them is None."""
    first = 0
    block: list[Sequence[Any] | None] = []
    for number, cells in rows:
        if all(cell == "" for cell in cells):
            continue
        gap = number - first - len(block)
        if not block or not 0 <= gap <= GAP_AT_MOST:
            if block:
                yield first, block
            first, block, gap = number, [], 0
        block += [None] * gap
        block.append(cells)
    if block:
        yield first, block
