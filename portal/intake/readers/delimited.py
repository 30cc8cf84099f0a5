"""What stands in the fields of a text file, whatever its encoding and its separator?"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, Any

from portal.intake.readers.unreadable import UnreadableError
from portal.legacy_encodings import looks_legacy_encoded
from portal.syllables import is_syllable

SEPARATORS = ("\t", ";", ",", "|")
FIELD_AT_MOST = 100_000
LINE_AT_MOST = 1_000_000
SAMPLE, CHUNK = 64 * 1024, 1024 * 1024
BLOCK = 500
# The line that names the separator to Excel. Excel does not show it: its row 1 is the line after.
NAMED = re.compile(r'"?sep=([^\w\s"]|\t)"?[ \t;,|]*(?:\r\n|\r|\n)', re.IGNORECASE)
LOST = re.compile(r"[^\W\d_]\?+[^\W\d_]+")
WORD = re.compile(r"[^\W\d_]+")
LOST_AT_LEAST = 5
SWALLOWS_FROM = 4  # columns: a note of several lines seldom has that many separators by chance
WIDTHS_SEEN = 200
END = "\x00"  # a line that no file has: it is what an unclosed quotation mark takes in at the end
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read(file: IO[bytes]) -> Iterator[tuple[Any, ...]]:
    """Yield ``("sheet", name, rows, first column)`` and ``("rows", number, rows)``."""
    encoding, lines = encoding_of(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield from _sheet(text, lines)
    except UnicodeDecodeError as error:
        raise UnreadableError("text_undecodable") from error
    finally:
        text.detach()


def _sheet(text: io.TextIOWrapper, lines: int) -> Iterator[tuple[Any, ...]]:
    sample = text.read(SAMPLE)
    _refuse_lost_letters(sample)
    named = NAMED.match(sample)
    text.seek(0)
    if named:
        text.readline()
    yield "sheet", "CSV", lines, 0
    yield from _rows(text, named[1] if named else separator_of(sample))


def _refuse_lost_letters(sample: str) -> None:
    """Refuse a text in which question marks stand for the letters that its encoding did not have."""
    if not sample.isascii():
        return
    lost = LOST.findall(sample[:20_000])
    if len(lost) >= LOST_AT_LEAST and len(lost) * 5 > len(WORD.findall(sample[:20_000])):
        raise UnreadableError("letters_lost", example=lost[0][:40])


def encoding_of(file: IO[bytes]) -> tuple[str, int]:
    """Say how a text is encoded, and how many lines it has.

    By the mark in front, by where the zeros lie, as UTF-8 if all of it is, else by its words.
    """
    file.seek(0)
    sample = file.read(4096)
    encoding = next((name for mark, name in MARKS if sample.startswith(mark)), "")
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if not encoding and even + odd > len(sample) // 8:
        encoding = "utf-16-le" if odd > even else "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    guessed, lines = encoding or "utf-8", 1
    file.seek(0)
    while chunk := file.read(CHUNK):
        lines += chunk.count(b"\n")
        if guessed == "utf-8":
            guessed = "utf-8" if _decodes(decoder, chunk) else "cp1258"
    if guessed == "utf-8" and not _decodes(decoder, b"", final=True):
        guessed = "cp1258"
    return (_one_byte_encoding(file) if guessed == "cp1258" else guessed), lines


def _one_byte_encoding(file: IO[bytes]) -> str:
    """Tell Windows-1258 from the fonts of before it, whose bytes are kept as they are for now."""
    file.seek(0)
    sample = file.read(SAMPLE)
    vietnamese = unicodedata.normalize("NFC", sample.decode("cp1258", "replace"))
    good = sum(is_syllable(word) for word in WORD.findall(vietnamese) if not word.isascii())
    fields = re.split(r"[\t;,|\r\n]", sample.decode("latin-1"))
    old = sum(len(field.split()) for field in fields if looks_legacy_encoded(field))
    return "latin-1" if old > good else "cp1258"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _rows(text: io.TextIOWrapper, separator: str) -> Iterator[tuple[Any, ...]]:
    csv.field_size_limit(FIELD_AT_MOST)
    composed = text.encoding == "cp1258"
    number, first = 0, 1
    block: list[list[str] | None] = []
    guard = _Swallowed(separator)
    rows = csv.reader(_lines(text), delimiter=separator)
    try:
        for fields in rows:
            if fields == [END]:
                break
            number += 1
            if guard.is_in(fields, rows.line_num):
                raise UnreadableError("csv_broken", row=number)
            if not any(field.strip() for field in fields):
                block.append(None)
            else:
                block.append(
                    [unicodedata.normalize("NFC", f) for f in fields] if composed else fields
                )
            if len(block) == BLOCK:
                yield "rows", first, block
                first, block = number + 1, []
    except csv.Error as error:
        raise UnreadableError("csv_broken", row=number + 1) from error
    yield "rows", first, block


class _Swallowed:
    """Tells a row that an unclosed quotation mark made of several, be it closed further down or never.

    Such a field holds the ends of lines, and its separators are those of the rows it took in.
    """

    def __init__(self, separator: str) -> None:
        self.separator, self.line = separator, 0
        self.widths: Counter[int] = Counter()

    def is_in(self, fields: Sequence[str], line: int) -> bool:
        """Look at a row that ends at this line of the text."""
        before, self.line = self.line, line
        if line == before + 1:  # nearly every row
            if line <= WIDTHS_SEEN:
                self.widths[len(fields)] += 1
            return False
        if END in fields[-1]:
            return True
        width = self.widths.most_common(1)[0][0] if self.widths else 0
        return width >= SWALLOWS_FROM and any(
            self._rows_in(field, at, width) for at, field in enumerate(fields) if "\n" in field
        )

    def _rows_in(self, field: str, at: int, width: int) -> bool:
        """Say whether a field is the end of one row, whole rows, and the beginning of another."""
        counts = [line.count(self.separator) for line in field.splitlines()]
        head, *inner, last = counts if len(counts) > 1 else (*counts, -1)
        whole = all(count == width - 1 for count in inner)
        return whole and (head, last) == (width - 1 - at, at)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LINE_AT_MOST):
        if len(line) >= LINE_AT_MOST:
            raise UnreadableError("lines_too_long")
        yield line.replace("\x00", "") if "\x00" in line else line
    yield END


def separator_of(text: str) -> str:
    """Return the separator that cuts the greatest part of the rows into the same number of fields.

    What stands within quotation marks cuts nothing, be it separators or ends of lines.
    """
    sample = text[:20_000]

    def evenness(separator: str) -> tuple[float, int]:
        rows = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        try:
            counts = [len(fields) - 1 for fields in islice(rows, 30) if any(map(str.strip, fields))]
        except csv.Error:
            return 0, 0
        most = max(set(counts), key=lambda c: (counts.count(c), c)) if counts else 0
        return (counts.count(most) / len(counts) if most else 0, most)

    return max(SEPARATORS, key=evenness) if sample.strip() else ","
