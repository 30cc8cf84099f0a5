"""What does a small table of an official say, line by line? Of a .csv or the first sheet of a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator


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
    """Yield the lines of the first sheet; raises OSError for what is no workbook, or too large a one."""
    [reader] = _readers[-1:]
    yield from reader(content)


def read_workbooks_with(reader: Callable[[bytes], Iterator[list[str]]]) -> None:
    """Have workbooks read by ``reader``, which trusts nothing of them; an app says so in ``ready()``."""
    _readers.append(reader)


_readers: list[Callable[[bytes], Iterator[list[str]]]] = []
