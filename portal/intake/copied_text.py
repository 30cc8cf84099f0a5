"""How are rows written for COPY? Cells parted by signs that nobody types; what is special is quoted."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

# As CSV, where a backslash means nothing. None of the three signs is printable, nor is the end of a
# line: a printable text stands as it is, whatever it says.
PART, NULL, QUOTE = "\x1f", "\x1e", "\x1d"
OPTIONS = rf"(FORMAT csv, DELIMITER E'\x{ord(PART):x}', NULL E'\x{ord(NULL):x}', QUOTE E'\x{ord(QUOTE):x}')"


def _array(items: Sequence[str]) -> str:
    said = (re.sub(r'(["\\])', r"\\\1", one) for one in items)
    return _quoted("{" + ",".join(f'"{one}"' for one in said) + "}")


def _quoted(text: str) -> str:
    return text if text.isprintable() else f"{QUOTE}{text.replace(QUOTE, 2 * QUOTE)}{QUOTE}"


TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "t" if value else "f",
    int: str,
    float: repr,
    Decimal: str,
    UUID: lambda value: value.hex,
    datetime: lru_cache(8_192)(str),  # equal instants stand for each other
    date: str,
    time: str,
    list: _array,
}


def as_text(rows: Iterable[Collection[Any]]) -> bytes:
    """Return rows as a COPY with these ``OPTIONS`` takes them."""
    lines = [
        PART.join(
            [
                NULL
                if cell is None
                else cell
                if cell.__class__ is str and cell.isprintable()
                else cell_of(cell)
                for cell in row
            ]
        )
        for row in rows
    ]
    lines.append("")
    return "\n".join(lines).encode()


def cell_of(cell: Any) -> str:
    """Return the text of one cell that is not NULL; a printable one may be handed on as a cell again."""
    if isinstance(cell, str):
        return _quoted(str(cell))
    make = TEXTS.get(cell.__class__)
    if make is None:
        message = f"No text for COPY is known of {type(cell).__name__}."
        raise TypeError(message)
    return make(cell)
