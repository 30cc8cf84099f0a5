"""What stands in the cells of a workbook, sheet by sheet, row by row?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import IO, Any

import python_calamine as calamine

from portal.intake.readers.archive import Archive
from portal.intake.readers.sheet_rows import COLUMNS_AT_MOST, Rows, blocks
from portal.intake.readers.spreadsheetml import CELL_AT_MOST, Book, SheetPart, open_book
from portal.intake.readers.unreadable import UnreadableError

Event = tuple[Any, ...]
SHEETS_AT_MOST = 400
MERGED_NAMED = 5
ROW_BYTES_AT_LEAST = 30
DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="[A-Z]+\d+:[A-Z]+(\d{1,7})"')
MANY = 5_000  # rows of an older workbook handed on at a time


def read_xlsx(archive: Archive) -> Iterator[Event]:
    """Yield ``("sheet", name, rows, first column)``, ``("hidden", name)``, remarks, and ``("rows", number, rows)``.

    Numbers are the sheet's own, as the sender sees them; a row that is None is blank.
    """
    book = open_book(archive)
    _guard_sheets(len(book.sheets))
    if book.has_macros:
        yield "remark", "macros_ignored", {}
    for sheet in book.sheets:
        if sheet.is_hidden:
            yield "hidden", sheet.name
        else:
            yield from _sheet(book, sheet)


def _guard_sheets(count: int) -> None:
    if count > SHEETS_AT_MOST:
        raise UnreadableError("sheets_too_many", count=count, most=SHEETS_AT_MOST)


def _sheet(book: Book, sheet: SheetPart) -> Iterator[Event]:
    name = book.archive.name(sheet.part)
    if name is None:
        raise UnreadableError("file_torn")
    yield "sheet", sheet.name, _rows_expected(book.archive, name), 0
    rows = Rows(book)
    with book.archive.open(name) as part:
        for number, block in rows.read(part):
            yield "rows", number, block
    if rows.far:
        yield "remark", "cells_far_ignored", {"sheet": sheet.name, "count": rows.far}
    if rows.uncalculated:
        yield "remark", "formulas_uncalculated", {"sheet": sheet.name, "count": rows.uncalculated}
    if rows.merged:
        named = rows.merged[:MERGED_NAMED]
        yield "remark", "cells_merged", {"sheet": sheet.name, "cells": named}


def _rows_expected(archive: Archive, name: str) -> int:
    """Say how many rows there will be, for the progress; a sheet may claim more than it can hold."""
    with archive.open(name) as part:
        said = DIMENSION.search(part.read(4096))
    possible = archive.parts[name].file_size // ROW_BYTES_AT_LEAST + 1
    return min(int(said[1]), possible) if said else 0


def read_older(file: IO[bytes]) -> Iterator[Event]:
    """Read an .xls, .xlsb or .ods, whose rows are held in memory as a whole."""
    try:
        book = calamine.CalamineWorkbook.from_filelike(file)
        sheets = [m for m in book.sheets_metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
        _guard_sheets(len(sheets))
        for sheet in sheets:
            if sheet.visible == calamine.SheetVisibleEnum.Visible:
                yield from _older_sheet(book, sheet.name)
            else:
                yield "hidden", sheet.name
    except calamine.PasswordError as error:
        raise UnreadableError("file_has_password") from error
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError) as error:
        raise UnreadableError("file_torn") from error


def _older_sheet(book: Any, name: str) -> Iterator[Event]:
    sheet = book.get_sheet_by_name(name)
    # Rows come from the first of the sheet, columns only from the first that is used.
    start, end = sheet.start or (0, 0), sheet.end or (0, 0)
    yield "sheet", name, end[0] + 1, start[1]
    held: list[tuple[int, Sequence[Any]]] = []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        held.append((number, [_plain(cell) for cell in cells[:COLUMNS_AT_MOST]]))
        if len(held) == MANY:
            yield from (("rows", *block) for block in blocks(held))
            held = []
    yield from (("rows", *block) for block in blocks(held))


def _plain(cell: Any) -> Any:
    """Return a cell as JSON holds it; a date keeps saying that the sheet called it one."""
    if isinstance(cell, str):
        return cell[:CELL_AT_MOST]
    if isinstance(cell, bool | int):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, date):
        return _moment(cell)
    return cell.isoformat() if isinstance(cell, time) else str(cell)


def _moment(cell: date) -> dict[str, str]:
    """Return a day or a moment in one shape; a fraction of a day is seldom a whole second."""
    moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
    return {"moment": (moment + timedelta(milliseconds=500)).replace(microsecond=0).isoformat()}
