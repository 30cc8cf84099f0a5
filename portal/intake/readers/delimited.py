"""What stands in the fields of a text file, whatever its encoding and its separator?"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal.intake.readers.unreadable import UnreadableError

SEPARATORS = ("\t", ";", ",", "|")
FIELD_AT_MOST = 100_000


def read(path: Path) -> Iterator[tuple[Any, ...]]:
    """Yield ``("sheet", name, rows, first column)`` and ``("row", number, fields)``."""
    text = decoded(path.read_bytes())
    lines = text.count("\n") + 1
    skipped = 0
    separator = ""
    first, _newline, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text, skipped = first.strip()[4], rest, 1
    separator = separator or separator_of(text)
    csv.field_size_limit(FIELD_AT_MOST)
    yield "sheet", "CSV", lines, 0
    number = skipped
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for fields in rows:
            number += 1
            if any(field.strip() for field in fields):
                yield "row", number, fields
    except csv.Error as error:
        raise UnreadableError("csv_broken", row=number + 1) from error


def decoded(content: bytes) -> str:
    """Decode by the mark in front, by where the zeros lie, as UTF-8, else as Windows-1258."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _decode(content, encoding)
    sample = content[:4096]
    if b"\x00" in sample:
        return _decode(content, "utf-16-le" if sample[1::2].count(0) else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _decode(content, "cp1258")


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError("text_undecodable") from error


def separator_of(text: str) -> str:
    """Return the separator that cuts the most lines into the same number of fields."""
    lines = [line for line in text[:20_000].splitlines()[:30] if line.strip()]

    def evenness(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in lines]
        most = max(set(counts), key=lambda c: (counts.count(c), c)) if counts else 0
        return (counts.count(most) if most else 0, most)

    return max(SEPARATORS, key=evenness) if lines else ","
