"""What did the first rows of a sent file look like, so that a person can name its columns?

They are kept beside the file itself, as secret as it is, and not in the database: a batch that
could not be read has no rows there, and history keeps no samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson

from portal.intake import storage
from portal.intake.sheets import Head

if TYPE_CHECKING:
    from pathlib import Path

    from portal.intake.models import Batch

FOLDER = "intake/heads"


def keep_heads(batch: Batch, heads: Sequence[Head]) -> None:
    """Keep the first rows of each sheet; a further reading replaces them."""
    place = _place(batch)
    for folder in (place.parent.parent.parent, place.parent.parent, place.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = orjson.dumps([[head.sheet, head.first_column, head.rows] for head in heads])
    arriving = place.with_suffix(".new")
    arriving.touch(mode=0o600)
    arriving.write_bytes(content)
    arriving.replace(place)


def heads_of(batch: Batch) -> list[Head]:
    """Return the first rows of each sheet; none for a file that was never read."""
    try:
        content = orjson.loads(_place(batch).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return []
    return [
        Head(sheet, first_column, [(number, cells) for number, cells in rows])
        for sheet, first_column, rows in content
    ]


def _place(batch: Batch) -> Path:
    return storage.place_of(f"{FOLDER}/{batch.pk}.json")
