"""How does a person start, stop, look at or enter our own PostgreSQL from a shell?"""

from __future__ import annotations

import argparse
import os
import sys

from config.cluster import ClusterError, connection_settings, is_set, own_settings, server
from config.cluster.binaries import find_bindir
from config.state import state_directory
from config.wording import gettext as _


def say(line: str) -> None:
    """Write one line for the person at the shell."""
    sys.stdout.write(f"{line}\n")


def start(options: argparse.Namespace) -> int:
    """Start the server when it is not running, roles and database included."""
    way = own_settings(fast=options.fast)
    say(_("PostgreSQL answers at %(host)s:%(port)s.") % {"host": way.host, "port": way.port})
    return 0


def stop(options: argparse.Namespace) -> int:
    """Stop the server."""
    was_running = server.stop(state_directory(), fast=options.fast)
    say(_("PostgreSQL has stopped.") if was_running else _("PostgreSQL was not running."))
    return 0


def status(options: argparse.Namespace) -> int:
    """Say whether the server runs; the exit code says it too (3: it does not)."""
    data = server.data_directory(state_directory(), fast=options.fast)
    found = server.running(data)
    if found is None:
        say(_("PostgreSQL was not running."))
        return 3
    say(
        _("PostgreSQL %(major)s runs as process %(pid)s on port %(port)s, data in %(data)s.")
        % {"major": find_bindir()[1], "pid": found.pid, "port": found.port, "data": data}
    )
    return 0


def url(options: argparse.Namespace) -> int:
    """Print the address for other programs; the server is started when needed."""
    os.environ.setdefault("MACH_DEMO", "1")
    say(connection_settings().url(owner=options.owner))
    return 0


def psql(options: argparse.Namespace) -> int:
    """Open psql on the database."""
    os.environ.setdefault("MACH_DEMO", "1")
    way = connection_settings()
    user, password = way.login(owner=options.owner)
    # By the environment: every user of the machine can read a program's arguments.
    words = {"PGHOST": way.host, "PGPORT": str(way.port), "PGDATABASE": way.name}
    words |= {"PGUSER": user, "PGPASSWORD": password}
    program = find_bindir()[0] / "psql"
    os.execve(program, [str(program)], {**os.environ, **words})  # noqa: S606 - no shell is wanted


COMMANDS = {"start": start, "stop": stop, "status": status, "url": url, "psql": psql}


def main() -> int:
    """Read the command line and do what it asks."""
    parser = argparse.ArgumentParser(prog="python -m config.cluster")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--fast", action="store_true", default=is_set("MACH_FAST"))
    parser.add_argument("--owner", action="store_true", help="log in as the tables' owner")
    options = parser.parse_args()
    if options.fast:
        os.environ["MACH_FAST"] = "1"
    try:
        return COMMANDS[options.command](options)
    except ClusterError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
