"""Reads one file under limits and writes its rows as lines of JSON; ends with the file.

Started as ``python -m portal.intake.readers.child PATH READER MEGABYTES SECONDS`` with an
environment that holds no secret.
"""

from __future__ import annotations

import importlib
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from portal.intake.readers import formats
from portal.intake.readers.unreadable import UnreadableError

Events = Iterator[tuple[Any, ...]]
CHUNK = 64 * 1024


def limit(megabytes: int, seconds: int) -> None:
    """Bind this process: memory, processor time, no file may grow."""
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def events_of(path: Path, reader: str) -> Events:
    """Choose the reader: the kind's own, or the one of the format found."""
    found = formats.format_of(path)
    if reader:
        module, _, name = reader.partition(":")
        read: Callable[[Path, str], Events] = getattr(importlib.import_module(module), name)
        yield from read(path, found)
    elif found == formats.WORKBOOK:
        workbook = importlib.import_module("portal.intake.readers.workbook")
        yield from workbook.read(path)
    elif found == formats.TEXT:
        delimited = importlib.import_module("portal.intake.readers.delimited")
        yield from delimited.read(path)
    else:
        raise UnreadableError("file_is_xml")


def main(path: str, reader: str, megabytes: str, seconds: str) -> int:
    """Read the file; whatever is wrong with it is a line too."""
    limit(int(megabytes), int(seconds))
    out = sys.stdout.buffer
    try:
        for event in events_of(Path(path), "" if reader == "-" else reader):
            out.write(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
    except UnreadableError as error:
        out.write(orjson.dumps(["unreadable", error.code, error.params]) + b"\n")
    except MemoryError:
        out.write(b'["unreadable","file_too_heavy",{}]\n')
    out.write(b'["end"]\n')
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
