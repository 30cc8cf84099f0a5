"""How is a program of ours started, watched and stopped, so that none is left behind?"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOG_BYTES = 10 * 1024**2
PARENT_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG
FALLS = 4  # that many within FALL_SECONDS, and restarting helps no more
FALL_SECONDS = 60.0


@dataclass
class Child:
    """One program run by the supervisor, with its log file."""

    name: str  # as the person at the screen reads it
    argv: list[str]
    environment: Mapping[str, str]
    log: Path | None = None  # without one it speaks to the person at the screen
    nice: int = 0
    files: tuple[int, ...] = ()  # open descriptors it inherits
    process: subprocess.Popen[bytes] | None = None
    falls: deque[float] = field(default_factory=lambda: deque(maxlen=FALLS))

    def start(self) -> None:
        """Start the program in a session of its own: Ctrl-C reaches the supervisor alone."""
        with ExitStack() as stack:
            log = None
            if self.log:
                if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
                    self.log.replace(self.log.with_suffix(".old.log"))
                log = stack.enter_context(self.log.open("ab"))
            self.process = subprocess.Popen(  # noqa: S603 - the arguments are ours
                self.argv,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT if log else None,
                start_new_session=True,
                pass_fds=self.files,
                preexec_fn=self.before_exec,  # noqa: PLW1509 - the supervisor has one thread
            )

    def before_exec(self) -> None:
        """Ask Linux to end the program when the supervisor is killed; make it yield to others."""
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if self.nice:
            os.nice(self.nice)

    def died(self) -> int | None:
        """Return the exit code of a program that ended by itself."""
        return self.process.poll() if self.process else None

    def is_hopeless(self) -> bool:
        """Note a fall, and say whether it falls too often to be started again."""
        now = time.monotonic()
        self.falls.append(now)
        return len(self.falls) == FALLS and now - self.falls[0] < FALL_SECONDS

    def ask_to_stop(self) -> None:
        """Ask the program to finish what it does."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def make_stop(self, deadline: float) -> None:
        """Wait until the deadline, then end the program and everything it started."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        with suppress(ProcessLookupError, PermissionError):  # nothing is left of its session
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_lines(self, count: int = 15) -> str:
        """Return the end of its log."""
        if not (self.log and self.log.exists()):
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-count:])


def stop_all(children: list[Child], seconds: float) -> None:
    """Stop every program, all at once, within this time."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    for child in children:
        child.make_stop(deadline)
