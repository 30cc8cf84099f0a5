"""Is our own PostgreSQL running, and if not, how is it started, found again and stopped?"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.cluster.binaries import find_bindir, find_runner
from config.cluster.errors import ClusterError
from config.cluster.profile import server_settings
from config.state import locked, passwords
from config.wording import gettext as _

if TYPE_CHECKING:
    from config.cluster.binaries import Runner

HOST = "127.0.0.1"
ADMIN = "mach_admin"
PORTS = range(20_000, 30_000)
START_SECONDS = 600  # crash recovery of a large database takes its time
STOP_SECONDS = 30
# initdb's ways to a UTF-8 database without ICU: distributions, then PostgreSQL >= 17 by itself.
LOCALES = (
    ("--locale=C.UTF-8", "--lc-collate=C"),
    ("--locale=C.utf8", "--lc-collate=C"),
    ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    ("--locale=en_US.UTF-8", "--lc-collate=C"),
    ("--locale=C",),
)


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL of ours: where it answers and who may do everything there."""

    pid: int
    port: int
    data: Path
    admin_password: str


@dataclass(frozen=True)
class Postmaster:
    """What a postmaster.pid file claims; whether it is true is for `is_ours` to say."""

    pid: int
    port: int
    ready: bool


def data_directory(state: Path, *, fast: bool) -> Path:
    """Name the data directory: one per major version, and one apart for the fast profile."""
    major = find_bindir()[1]
    return state / f"postgres-{major}{'-fast' if fast else ''}"


def refuse_to_begin_anew(state: Path, data: Path) -> None:
    """Refuse to start empty beside data that are there but cannot be opened."""
    whole = (data / "PG_VERSION").exists()
    if whole and not (state / "passwords.json").exists():
        raise ClusterError(
            _("%(file)s is missing, and without it %(data)s does not open. Put the file back.")
            % {"file": state / "passwords.json", "data": data}
        )
    others = [path for path in state.glob("postgres-*/PG_VERSION") if "fast" not in path.parts[-2]]
    if whole or data.name.endswith("-fast") or not others or os.environ.get("PG_BINDIR"):
        return
    raise ClusterError(
        _(
            "The data in %(data)s were written by another PostgreSQL than the one found here "
            "(%(major)s). Set PG_BINDIR to the programs of that version, "
            "or move the folder away to begin anew."
        )
        % {"data": others[0].parent, "major": find_bindir()[1]}
    )


def command_line(pid: int) -> list[str]:
    """Return the arguments a process was started with; empty for a dead one."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").split("\0")
        except OSError:
            return []
    listed = subprocess.run(  # noqa: S603 - the arguments are ours
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.split()


def is_ours(pid: int, data: Path) -> bool:
    """Say whether this process is the server of this data directory.

    A number alone proves nothing: after a crash or a reboot it may be another program's.
    """
    said = command_line(pid)
    return bool(said) and Path(said[0]).name == "postgres" and str(data.resolve()) in said


def read_postmaster(data: Path) -> Postmaster | None:
    """Read postmaster.pid; None when there is none or it is still being written."""
    try:
        lines = (data / "postmaster.pid").read_text("utf-8").splitlines()
        return Postmaster(
            int(lines[0]), int(lines[3]), ready=len(lines) > 7 and lines[7].strip() == "ready"
        )
    except (OSError, IndexError, ValueError):
        return None


def running(data: Path) -> Postmaster | None:
    """Return the live postmaster of this data directory, whatever state it is in."""
    claimed = read_postmaster(data)
    return claimed if claimed and is_ours(claimed.pid, data) else None


def free_port(wished: int) -> int:
    """Return a free loopback port: the wished one when it can be had.

    Others are drawn below the range from which systems lend ports to outgoing connections: one of
    those could take the port while the server is down for a moment.
    """
    for port in filter(None, (wished, *random.sample(PORTS, 200))):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                return port
    raise ClusterError(_("No free port was found on 127.0.0.1 for PostgreSQL."))


def write_config(runner: Runner, data: Path, *, fast: bool) -> None:
    """Write the settings of this start; the last port is kept when it is still free."""
    path = data / "mach.conf"
    last = 0
    if path.exists():
        found = [line for line in path.read_text("utf-8").splitlines() if line.startswith("port")]
        last = int(found[0].split("=")[1]) if found else 0
    settings = {"listen_addresses": f"'{HOST}'", "port": str(free_port(last))}
    settings |= server_settings(fast=fast)
    path.write_text("".join(f"{key} = {value}\n" for key, value in settings.items()), "utf-8")
    runner.own(path)


def initialise(runner: Runner, data: Path, password: str) -> None:
    """Make a new data directory beside its final place and move it there when it is whole."""
    draft = data.with_name(f"{data.name}.new")
    secret = data.with_name(f"{data.name}.secret")
    shutil.rmtree(draft, ignore_errors=True)
    secret.touch(0o600)
    secret.write_text(password, "utf-8")
    runner.own(secret)
    said = ""
    try:
        for locale in LOCALES:
            made = runner.run(
                "initdb",
                "--pgdata", draft, "--username", ADMIN, "--encoding=UTF8", "--lc-messages=C",
                "--auth=scram-sha-256", "--pwfile", secret, "--no-instructions", *locale,
            )  # fmt: skip
            said = made.stderr
            if made.returncode == 0:
                break
        else:
            raise ClusterError(
                _("PostgreSQL could not make its data directory: %(reason)s")
                % {"reason": said.strip()}
            )
    finally:
        secret.unlink()
    access = draft / "pg_hba.conf"
    access.write_text(f"host all all {HOST}/32 scram-sha-256\n", "utf-8")
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("include 'mach.conf'\n")
    draft.rename(data)


def await_ready(data: Path) -> Postmaster | None:
    """Wait while a live server starts up or goes down; return it once it answers."""
    end = time.monotonic() + START_SECONDS
    while (found := running(data)) and not found.ready and time.monotonic() < end:
        time.sleep(0.05)
    return found


def last_words(data: Path) -> str:
    """Return the end of what the server said while it started."""
    lines: list[str] = []
    for path in (data / "start.log", *sorted(data.glob("log/*.log"), key=os.path.getmtime)[-1:]):
        if path.exists():
            lines += path.read_text("utf-8", "replace").splitlines()[-6:]
    return "\n".join(lines)


def launch(runner: Runner, data: Path, *, fast: bool) -> Postmaster:
    """Start the server of a data directory that nobody serves."""
    said = ""
    for pause in (0.2, 0.5, 1, 2, 4, 8, 0):
        # Left by a crash; its number may meanwhile belong to a stranger, whom PostgreSQL would fear.
        (data / "postmaster.pid").unlink(missing_ok=True)
        write_config(runner, data, fast=fast)
        started = runner.run(
            "pg_ctl", "start", "--wait", "--silent", f"--timeout={START_SECONDS}",
            "--pgdata", data.resolve(), "--log", data.resolve() / "start.log",
        )  # fmt: skip
        if started.returncode == 0 and (found := await_ready(data)):
            return found
        said = f"{started.stderr.strip()}\n{last_words(data)}"
        # The port was taken meanwhile, or a killed server's children still hold the memory.
        time.sleep(pause)
    raise ClusterError(_("PostgreSQL did not start: %(reason)s") % {"reason": said})


def ensure(state: Path, *, fast: bool = False) -> Server:
    """Return the running server of this state directory, started when it is not running.

    Safe to call from many processes at once, and after any kind of crash.
    """
    bindir, _major = find_bindir()
    data = data_directory(state, fast=fast)
    refuse_to_begin_anew(state, data)
    password = passwords(state, ADMIN)[ADMIN]
    with locked(state / f"{data.name}.lock"):
        found = await_ready(data)
        if found is None:
            runner = find_runner(bindir, state)
            if not (data / "PG_VERSION").exists():
                place = runner.home / data.name
                initialise(runner, place, password)
                if place != data:
                    data.unlink(missing_ok=True)
                    data.symlink_to(place)
            found = launch(runner, data, fast=fast)
    return Server(found.pid, found.port, data, password)


def stop(state: Path, *, fast: bool = False) -> bool:
    """Stop the server of this state directory; say whether there was one."""
    data = data_directory(state, fast=fast)
    with locked(state / f"{data.name}.lock"):
        for sign, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, STOP_SECONDS)):
            found = running(data)
            if found is None:
                return sign == signal.SIGQUIT
            os.kill(found.pid, sign)
            end = time.monotonic() + seconds
            while time.monotonic() < end and is_ours(found.pid, data):
                time.sleep(0.02)
    return True
