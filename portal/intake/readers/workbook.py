"""What stands in the cells of a workbook, sheet by sheet, row by row?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import python_calamine as calamine

from portal.intake.readers.unreadable import UnreadableError


def read(path: Path) -> Iterator[tuple[Any, ...]]:
    """Yield ``("sheet", name, rows, first column)`` and ``("row", number, cells)``.

    Numbers are the sheet's own, as the sender sees them.
    """
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        for meta in book.sheets_metadata:
            if meta.typ == calamine.SheetTypeEnum.WorkSheet:
                yield from _sheet(book, meta)
    except calamine.PasswordError as error:
        raise UnreadableError("file_has_password") from error
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError) as error:
        raise UnreadableError("file_torn") from error


def _sheet(book: Any, meta: Any) -> Iterator[tuple[Any, ...]]:
    if meta.visible != calamine.SheetVisibleEnum.Visible:
        yield "hidden", meta.name
        return
    sheet = book.get_sheet_by_name(meta.name)
    # Rows come from the first of the sheet, columns only from the first that is used.
    start, end = sheet.start or (0, 0), sheet.end or (0, 0)
    yield "sheet", meta.name, end[0] + 1, start[1]
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if any(cell != "" for cell in cells):
            yield "row", number, [_plain(cell) for cell in cells]


def _plain(cell: Any) -> Any:
    """Return a cell as JSON holds it; a date keeps saying that the sheet called it one."""
    if isinstance(cell, str | bool | int):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, date):  # a moment is one too
        return {"moment": cell.isoformat()}
    return cell.isoformat() if isinstance(cell, time) else str(cell)
