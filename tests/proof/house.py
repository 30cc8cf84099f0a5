"""A house of its own for a proof: a durable PostgreSQL in a state directory, and programs to kill."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from config.cluster import binaries, server
from config.state import PROJECT

# A program must not know that a test started it: its database is to survive a power cut.
UNSAID = (
    "DATABASE_URL", "DATABASE_OWNER_URL", "MACH_FAST", "MACH_DEMO", "PYTEST_VERSION",
    "PYTEST_CURRENT_TEST", "DJANGO_ALLOW_ASYNC_UNSAFE",
)  # fmt: skip
URLS = "from config.cluster import connection_settings as s; w = s(); print(w.url(), w.url(owner=True))"


class House:
    """One PostgreSQL of our own, durable, and the programs of the house on it."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self._urls: tuple[str, str] | None = None
        self.words = {key: text for key, text in os.environ.items() if key not in UNSAID}
        self.words |= {
            "MACH_STATE": str(state),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "known-to-everybody-and-so-for-proofs-only",
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def data(self) -> Path:
        return server.data_directory(self.state, fast=False)

    def urls(self) -> tuple[str, str]:
        """Return how the serving and the owning role log in; the server is started for it."""
        if self._urls is None:
            said = self.run("-c", URLS).split()
            self._urls = said[0], said[1]
        return self._urls

    def begin(self, *argv: str, database: str = "") -> "subprocess.Popen[str]":
        """Start a Python program of the house, on another database when one is named."""
        words = dict(self.words)
        if database:
            app, owner = (renamed(url, database) for url in self.urls())
            words |= {"DATABASE_URL": app, "DATABASE_OWNER_URL": owner}
        return subprocess.Popen(
            [sys.executable, *argv],
            cwd=PROJECT,
            env=words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *argv: str, database: str = "") -> str:
        """Run a Python program to its end; it must succeed."""
        program = self.begin(*argv, database=database)
        told, _nothing = program.communicate()
        assert program.returncode == 0, told
        return told

    def manage(self, *argv: str, database: str = "") -> str:
        return self.run("manage.py", *argv, database=database)

    @contextmanager
    def look(self, database: str = "") -> Iterator["psycopg.Connection[Any]"]:
        """Read as the owner."""
        url = self.urls()[1]
        url = renamed(url, database) if database else url
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection

    def kill_database(self) -> None:
        """Kill -9 of the postmaster and, before anybody can tidy up, of all its children."""
        found = server.running(self.data)
        assert found is not None
        for pid in (found.pid, *children_of(found.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._urls = None
        wait_until(lambda: server.running(self.data) is None, 20)


def children_of(pid: int) -> list[int]:
    """Return the processes whose parent is this one, as the kernel lists them."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            rest = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(rest[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def end_group(program: "subprocess.Popen[str]") -> None:
    """End a program and what it started, with SIGKILL."""
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()
    if program.stdout is not None:
        program.stdout.close()


def renamed(url: str, name: str) -> str:
    """Return a database URL with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.1)


@contextmanager
def house() -> Iterator[House]:
    """Lend a house; everything of it is gone afterwards."""
    state = Path(tempfile.mkdtemp(prefix="mach-proof-"))
    try:
        yield House(state)
    finally:
        server.stop(state, fast=False)
        shutil.rmtree(state)
        for name in ("postgres", "nobody"):  # where an account lent by root kept its data
            home = binaries.ACCOUNT_HOMES / f"{name}-{binaries.mark_of(state)}"
            shutil.rmtree(home, ignore_errors=True)
