"""Reads one file under limits and writes its rows as lines of JSON; the last line is an end.

Started as ``python -m portal.intake.readers.child PATH READER MEGABYTES SECONDS ENCODING`` with an
environment that holds no secret.
"""

from __future__ import annotations

import ctypes
import importlib
import re
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import orjson

from portal.intake.readers import bundle, delimited, formats, workbook
from portal.intake.readers.archive import Archive
from portal.intake.readers.unreadable import UnreadableError
from portal.legacy_encodings import converted

Events = Iterator[tuple[Any, ...]]
PR_SET_PDEATHSIG = 1
NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def limit(megabytes: int, seconds: int) -> None:
    """Bind this process: memory, processor time, no file may grow; it ends with its parent."""
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    # At the second limit the kernel kills without saying why.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def events_of(path: Path, reader: str) -> Events:
    """Choose the reader: the kind's own, or the one of the format found."""
    found = formats.format_of(path)
    if reader:
        module, _, name = reader.partition(":")
        read: Callable[[Path, str], Events] = getattr(importlib.import_module(module), name)
        yield from read(path, found)
        return
    with path.open("rb") as file:
        yield from tabular(file, found)


def tabular(file: IO[bytes], found: str) -> Events:
    """Read the rows of a workbook, of a text file, or of a zip of those."""
    if found == formats.BUNDLE:
        yield from bundle.each(file, READERS, lambda member: READERS[member.format](member.file))
    elif found in READERS:
        yield from READERS[found](file)
    else:
        raise UnreadableError("file_is_xml")


READERS: Mapping[str, Callable[[IO[bytes]], Events]] = {
    formats.TEXT: delimited.read,
    formats.WORKBOOK: lambda file: workbook.read_xlsx(Archive(file)),
    formats.OLDER_WORKBOOK: lambda file: workbook.read_older(formats.older_workbook(file)),
}


def main(path: str, reader: str, megabytes: str, seconds: str, encoding: str) -> int:
    """Read the file; whatever is wrong with it is a line too."""
    limit(int(megabytes), int(seconds))
    out = sys.stdout.buffer
    try:
        events = events_of(Path(path), "" if reader == "-" else reader)
        for event in events if encoding == "-" else in_unicode(events, encoding):
            out.write(line(event))
        last: Sequence[Any] = ["end"]
    except UnreadableError as error:
        last = ["unreadable", error.code, error.params]
    except (MemoryError, RecursionError):
        last = ["unreadable", "file_too_heavy", {}]
    except BrokenPipeError:
        return 1
    except BaseException as error:  # noqa: BLE001  (also a panic in the parser's own language)
        last = ["failed", place_of(error)]
    out.write(line(last))
    out.flush()
    return 0


def in_unicode(events: Events, encoding: str) -> Events:
    """Undo the encoding of an old font in every cell that is surely written in it."""

    def undone(found: Any) -> Any:
        if isinstance(found, str):
            return found if found.isascii() else converted(found, encoding)
        if isinstance(found, list | tuple):
            return [undone(part) for part in found]
        if isinstance(found, dict):
            return {name: undone(part) for name, part in found.items()}
        return found

    for event in events:
        yield tuple(undone(event)) if event[0] in {"rows", "row", "record"} else event


def line(event: Sequence[Any]) -> bytes:
    """Write one event; NUL has no place in a database and says nothing to a person."""
    written = orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)
    return NUL.sub(rb"\1", written) if rb"\u0000" in written else written


def place_of(error: BaseException) -> str:
    """Say what failed and where, but nothing of the file, which may speak of people."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    return f"{type(error).__name__} at {' > '.join(places)}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:6]))
