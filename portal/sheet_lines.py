"""What does a small table of an official say, line by line? Of a .csv or the first sheet of a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime


def lines_of(content: bytes, name: str) -> list[list[str]]:
    """Return the cells as text, days as 2026-12-31; raises UnicodeDecodeError, csv.Error or OSError."""
    lines = workbook_lines(content) if name.lower().endswith(".xlsx") else csv_lines(content)
    return list(lines)


def csv_lines(content: bytes) -> Iterator[list[str]]:
    """Yield the lines of UTF-8 text, parted by whatever its first line is parted by most."""
    text = content.decode("utf-8-sig")
    comma = max(",;\t", key=text.partition("\n")[0].count)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=comma)


def workbook_lines(content: bytes) -> Iterator[list[str]]:
    """Yield the lines of the first sheet; raises OSError for what is no workbook."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        lines = sheet.to_python(skip_empty_area=False)
    except (CalamineError, IndexError) as error:
        raise OSError from error
    for line in lines:
        yield [_cell(value) for value in line]


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    return str(value)
