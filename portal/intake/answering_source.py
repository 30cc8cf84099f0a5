"""What stood in the file as it was sent, every sheet of it, so that it can be written once more?

Runs in the child that reads: no Django, no database. Unlike the readers of the checks it keeps what
they leave out (hidden sheets, titles, totals) and tells a day from a moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine as calamine

from portal.intake.answering_names import LIST_MARK, LIST_SHEET
from portal.intake.readers import delimited, formats
from portal.intake.readers.unreadable import UnreadableError

READER = "portal.intake.answering_source:read"
VISIBLE, HIDDEN, VERY_HIDDEN = "visible", "hidden", "very_hidden"


def read(path: Path, found: str) -> Iterator[tuple[Any, ...]]:
    """Yield ``("sheet", name, rows, first column, visibility)`` and ``("row", number, cells)``.

    A file that is no table (an envelope) yields nothing.
    """
    if found == formats.WORKBOOK:
        yield from _workbook(path)
    elif found == formats.TEXT:
        for event in delimited.read(path):
            yield (*event, VISIBLE) if event[0] == "sheet" else event


def _workbook(path: Path) -> Iterator[tuple[Any, ...]]:
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        for meta in book.sheets_metadata:
            if meta.typ == calamine.SheetTypeEnum.WorkSheet:
                yield from _sheet(book, meta)
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError) as error:
        raise UnreadableError("file_torn") from error


def _sheet(book: Any, meta: Any) -> Iterator[tuple[Any, ...]]:
    sheet = book.get_sheet_by_name(meta.name)
    start, end = sheet.start or (0, 0), sheet.end or (0, 0)
    begin = ("sheet", meta.name, end[0] + 1, start[1], _visibility(meta.visible))
    waits_for_first = True
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if not any(cell != "" for cell in cells):
            continue
        if waits_for_first:
            if is_our_list(meta.name, cells):
                return
            yield begin
            waits_for_first = False
        yield "row", number, [_kept(cell) for cell in cells]
    if waits_for_first:
        yield begin


def is_our_list(name: str, cells: list[Any]) -> bool:
    """Say whether a sheet is the list of findings that an earlier answer brought."""
    return name.startswith(LIST_SHEET) and str(cells[0]).startswith(LIST_MARK)


def _visibility(visible: Any) -> str:
    if visible == calamine.SheetVisibleEnum.Visible:
        return VISIBLE
    return HIDDEN if visible == calamine.SheetVisibleEnum.Hidden else VERY_HIDDEN


def _kept(cell: Any) -> Any:
    """Return a cell as JSON holds it; days, moments, times and spans keep saying which they are."""
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, timedelta):
        return {"span": cell.total_seconds()}
    for shape, kind in (("moment", datetime), ("day", date), ("time", time)):
        if isinstance(cell, kind):
            return {shape: cell.isoformat()}
    return None if cell == "" else cell
