"""What stands in the first sheet of a workbook, line by line, for a page that asks while somebody waits?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal.intake.readers.process import reading
from portal.intake.readers.sheet_rows import UNCALCULATED
from portal.intake.readers.unreadable import UnreadableError

SECONDS = 60
# One line more than any list has; what reads them says that there are too many.
LINES_AT_MOST = 200_002
CELLS_AT_MOST = 4_000_000


def first_sheet(content: bytes) -> Iterator[list[str]]:
    """Yield the lines as text, blank ones too; raises OSError for what cannot be read.

    The workbook is read in a child process under limits, as every file that is sent.
    """
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(content)
        file.flush()
        try:
            with reading(Path(file.name), seconds=SECONDS) as events:
                yield from _lines(events)
        except UnreadableError as error:
            raise OSError(error.code) from error


def _lines(events: Any) -> Iterator[list[str]]:
    first, told, cells = -1, 0, 0
    for event in events:
        if event[0] == "sheet":
            if first >= 0:
                return
            first = event[3]
        elif event[0] == "row":
            while told + 1 < min(event[1], LINES_AT_MOST):
                told += 1
                yield []
            if told + 1 >= LINES_AT_MOST:
                return
            told += 1
            cells += len(event[2])
            if cells > CELLS_AT_MOST:
                raise UnreadableError("file_too_heavy")
            yield [""] * first + [_text(value) for value in event[2]]


def _text(value: Any) -> str:
    if value is None or value == UNCALCULATED:
        return ""
    return str(value["moment"])[:10] if isinstance(value, dict) else str(value)
