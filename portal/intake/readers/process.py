"""How does the worker follow a child that reads a file, and what if the child dies?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from portal.intake.readers.unreadable import UnreadableError

MEGABYTES, SECONDS = 1_536, 900


@contextmanager
def reading(path: Path, reader: str = "") -> Iterator[Iterator[list[Any]]]:
    """Read a file in a child process and yield its events; leaving ends the child."""
    command = [
        sys.executable,
        "-m",
        "portal.intake.readers.child",
        str(path),
        reader or "-",
        str(getattr(settings, "INTAKE_MEGABYTES", MEGABYTES)),
        str(getattr(settings, "INTAKE_SECONDS", SECONDS)),
    ]
    # No DATABASE_URL, no SECRET_KEY: whatever a hostile file makes of the parser, it knows nothing.
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    child = subprocess.Popen(  # noqa: S603  (our own module, the path is ours)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=str(settings.BASE_DIR),
    )
    try:
        yield _events(child)
    finally:
        if child.poll() is None:
            child.kill()
        if child.stdout is not None:
            child.stdout.close()
        child.wait()


def _events(child: subprocess.Popen[bytes]) -> Iterator[list[Any]]:
    if child.stdout is None:
        return
    for line in child.stdout:
        try:
            event: list[Any] = orjson.loads(line)
        except orjson.JSONDecodeError:
            break  # cut off in the middle: the child died
        if event[0] == "end":
            return
        if event[0] == "unreadable":
            raise UnreadableError(event[1], **event[2])
        yield event
    code = child.wait()
    raise UnreadableError("file_too_slow" if code == -signal.SIGXCPU else "file_too_heavy")
