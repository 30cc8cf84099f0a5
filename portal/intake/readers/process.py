"""How does the worker follow a child that reads a file, and what if the child dies?"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from portal.intake.readers.unreadable import UnreadableError

logger = logging.getLogger(__name__)
MEGABYTES, SECONDS = 1_024, 900
BUFFER = 256 * 1024
REMARKS_AT_MOST = 50
WHY_IT_DIED: Mapping[int, str] = {
    signal.SIGXCPU: "file_too_slow",
    signal.SIGKILL: "file_too_heavy",  # by the system, which ran out of memory
    signal.SIGABRT: "file_too_heavy",  # by the parser, which asked for more than its limit
    signal.SIGSEGV: "file_unreadable",
}


class Reading:
    """The events of a file while a child reads it: sheets, rows, records, one after another.

    ``remarks`` gathers what the child says of the file as a whole.
    """

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.child = child
        self.remarks: list[dict[str, Any]] = []

    def __iter__(self) -> Iterator[list[Any]]:
        for event in self._lines():
            if event[0] == "rows":
                for number, cells in enumerate(event[2], start=event[1]):
                    if cells is not None:
                        yield ["row", number, cells]
            elif event[0] == "remark":
                self._remark(event[1], event[2])
            else:
                yield event

    def _remark(self, code: str, params: dict[str, Any]) -> None:
        if len(self.remarks) < REMARKS_AT_MOST:
            self.remarks.append({"code": code, "params": params})

    def _lines(self) -> Iterator[list[Any]]:
        for line in self.child.stdout or ():
            try:
                event: list[Any] = orjson.loads(line)
            except orjson.JSONDecodeError:
                break  # cut off in the middle: the child died
            if event[0] == "end":
                return
            if event[0] == "unreadable":
                raise UnreadableError(event[1], **event[2])
            if event[0] == "failed":
                logger.error("The reader failed: %s", event[1])
                raise UnreadableError("file_unreadable")
            yield event
        raise UnreadableError(WHY_IT_DIED.get(-self.child.wait(), "file_unreadable"))


@contextmanager
def reading(
    path: Path, reader: str = "", *, encoding: str = "", seconds: int = SECONDS
) -> Iterator[Reading]:
    """Read a file in a child process and give its events; leaving ends the child.

    ``encoding`` names an old font's encoding (``tcvn3``, ``vni``) that somebody confirmed: cells
    written in it come as Unicode.
    """
    command = [
        sys.executable,
        "-m",
        "portal.intake.readers.child",
        str(path),
        reader or "-",
        str(getattr(settings, "INTAKE_MEGABYTES", MEGABYTES)),
        str(getattr(settings, "INTAKE_SECONDS", seconds)),
        encoding or "-",
    ]
    # No DATABASE_URL, no SECRET_KEY: whatever a hostile file makes of the parser, it knows nothing.
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "2",
        "RUST_BACKTRACE": "0",
    }
    child = subprocess.Popen(  # noqa: S603  (our own module, the path is ours)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=BUFFER,
        env=environment,
        cwd=str(settings.BASE_DIR),
    )
    try:
        if child.stdout is not None and sys.platform == "linux":
            fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, BUFFER)
        yield Reading(child)
    finally:
        if child.poll() is None:
            child.kill()
        if child.stdout is not None:
            child.stdout.close()
        child.wait()
