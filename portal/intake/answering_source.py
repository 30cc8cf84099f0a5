"""What stood in the file as it was sent, every sheet of it, so that it can be written once more?

Runs in the child that reads: no Django, no database. Unlike the reading for the checks it keeps
what that leaves out: hidden sheets, titles, totals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

import python_calamine as calamine

from portal.intake.answering_names import LIST_MARK, LIST_SHEET
from portal.intake.readers import bundle, delimited, formats
from portal.intake.readers.archive import Archive
from portal.intake.readers.sheet_rows import Rows
from portal.intake.readers.spreadsheetml import open_book
from portal.intake.readers.unreadable import UnreadableError

Events = Iterator[tuple[Any, ...]]
READER = "portal.intake.answering_source:read"
VISIBLE, HIDDEN = "visible", "hidden"
BLOCK = 500


def read(path: Path, found: str) -> Events:
    """Yield ``("sheet", name, rows, first column, visibility)`` and ``("rows", number, rows)``.

    A file that is no table (an envelope) yields nothing.
    """
    with path.open("rb") as file:
        if found == formats.BUNDLE:
            yield from bundle.each(
                file, READERS, lambda member: READERS[member.format](member.file)
            )
        elif found in READERS:
            yield from READERS[found](file)


def _text(file: IO[bytes]) -> Events:
    for event in delimited.read(file):
        yield (*event, VISIBLE) if event[0] == "sheet" else event


def _workbook(file: IO[bytes]) -> Events:
    book = open_book(Archive(file))
    for sheet in book.sheets:
        name = book.archive.name(sheet.part)
        if name is None:
            raise UnreadableError("file_torn")
        begin = ("sheet", sheet.name, 0, 0, HIDDEN if sheet.is_hidden else VISIBLE)
        with book.archive.open(name) as part:
            yield from _sheet(begin, Rows(book).read(part))


def _older(file: IO[bytes]) -> Events:
    try:
        book = calamine.CalamineWorkbook.from_filelike(formats.older_workbook(file))
        for meta in book.sheets_metadata:
            if meta.typ == calamine.SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_name(meta.name)
                is_seen = meta.visible == calamine.SheetVisibleEnum.Visible
                first = (sheet.start or (0, 0))[1]
                begin = ("sheet", meta.name, 0, first, VISIBLE if is_seen else HIDDEN)
                yield from _sheet(begin, _older_rows(sheet))
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError) as error:
        raise UnreadableError("file_torn") from error


def _older_rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    block: list[Any] = []
    number = 0
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        block.append([_kept(cell) for cell in cells] if any(c != "" for c in cells) else None)
        if len(block) == BLOCK:
            yield number - len(block) + 1, block
            block = []
    yield number - len(block) + 1, block


def _sheet(begin: tuple[Any, ...], blocks: Iterator[tuple[int, Sequence[Any]]]) -> Events:
    """Yield a sheet and its rows, unless it is the list that an earlier answer brought."""
    is_begun = False
    for number, block in blocks:
        first = next((row for row in block if row is not None), None)
        if not is_begun and first is not None:
            if is_our_list(begin[1], first):
                return
            is_begun = True
            yield begin
        if first is not None:
            yield "rows", number, block
    if not is_begun:
        yield begin


def is_our_list(name: str, cells: Sequence[Any]) -> bool:
    """Say whether a sheet is the list of findings that an earlier answer brought."""
    return name.startswith(LIST_SHEET) and str(cells[0]).startswith(LIST_MARK)


def _kept(cell: Any) -> Any:
    """Return a cell as JSON holds it; days, moments, times and spans keep saying which they are."""
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, timedelta):
        return {"span": cell.total_seconds()}
    for shape, kind in (("moment", datetime), ("day", date), ("time", time)):
        if isinstance(cell, kind):
            return {shape: cell.isoformat()}
    return cell


READERS: Mapping[str, Callable[[IO[bytes]], Events]] = {
    formats.TEXT: _text,
    formats.WORKBOOK: _workbook,
    formats.OLDER_WORKBOOK: _older,
}
