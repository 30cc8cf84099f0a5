"""What must be done before this database can serve, and is it done already?

`needed` answers within milliseconds and without Django; `python -m config.prepare` does the work,
in one process.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from config.cluster import connection_settings, is_set
from config.state import PROJECT, state_directory, write_private
from config.wording import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.cluster import ConnectionSettings

SKIPPED = {".git", ".venv", "var", "node_modules", "tests", "docs", "__pycache__"}
LISTS, DEMO = "load_reference_lists", "load_demo"


@dataclass
class Done:
    """What was done, and for which database; kept in the state directory."""

    database: str = ""
    migrations: str = ""
    applied: int = 0
    lists: str = ""
    static: str = ""
    demo: str = ""  # "", "wanted" or "done"


def marker() -> Path:
    """Name the file that remembers what was done."""
    return state_directory() / "prepared.json"


def read_done() -> Done:
    """Read what was done; a missing or foreign file means nothing was."""
    try:
        return Done(**json.loads(marker().read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return Done()


def fingerprint(paths: Iterable[Path]) -> str:
    """Return one hash over the names and contents of files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(PROJECT)).encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def project_files(pattern: str) -> list[Path]:
    """Return the project's files of one pattern, neither tests nor what was installed."""
    tops = [path for path in PROJECT.iterdir() if path.is_dir() and path.name not in SKIPPED]
    return [path for top in tops for path in top.glob(pattern) if path.is_file()]


def wanted_done() -> Done:
    """Return what the marker holds when everything is done for the code as it stands."""
    base = [PROJECT / "requirements" / "base.txt", PROJECT / "config" / "settings.py"]
    base = [path for path in base if path.exists()]
    return Done(
        migrations=fingerprint([*base, *project_files("**/migrations/*.py")]),
        lists=fingerprint([*base, *project_files("**/data/**/*")]),
        static=fingerprint([*base, *project_files("**/static/**/*"), *static_files()]),
    )


def static_files() -> list[Path]:
    """Return the files of the project's own static folder."""
    return [path for path in (PROJECT / "static").rglob("*") if path.is_file()]


def look(way: ConnectionSettings) -> tuple[str, int]:
    """Return which database this is, and how many migrations it has seen."""
    with psycopg.connect(way.url(), connect_timeout=10) as connection:
        row = connection.execute(
            "SELECT oid, to_regclass('public.django_migrations') FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
        oid, table = row or (0, None)
        if table is None:
            return f"{way.name} {oid}", 0
        count = connection.execute("SELECT count(*) FROM django_migrations").fetchone()
        return f"{way.name} {oid}", count[0] if count else 0


def wants_demo(done: Done, applied: int) -> str:
    """Say whether the demo belongs here: into a new database, never into somebody's records."""
    if done.demo == "done" or os.environ.get("MACH_DEMO_DATA") == "0":
        return done.demo
    return "wanted" if done.demo == "wanted" or applied == 0 or is_set("MACH_DEMO_DATA") else ""


def needed(way: ConnectionSettings) -> list[str]:
    """Return the steps that are to be done, in order; none when the house can serve as it is."""
    done, wanted = read_done(), wanted_done()
    database, applied = look(way)
    if done.database != database:
        done = Done(database=database, static=done.static)
    done.demo = wants_demo(done, applied)
    write_done(done)
    steps = {
        "migrate": done.migrations != wanted.migrations or done.applied != applied,
        "collectstatic": done.static != wanted.static,
        LISTS: done.lists != wanted.lists,
        DEMO: done.demo == "wanted",
    }
    return [step for step, open_ in steps.items() if open_]


def write_done(done: Done) -> None:
    """Remember what was done."""
    write_private(marker(), json.dumps(asdict(done), indent=1))


def sentence(step: str) -> str:
    """Say a step in words."""
    return {
        "migrate": _("Preparing the database"),
        "collectstatic": _("Collecting styles and scripts"),
        LISTS: _("Loading the reference lists"),
        DEMO: _("Loading the demo province"),
    }[step]


def carry_out(step: str, done: Done, wanted: Done) -> None:
    """Run one step's command and note it as done."""
    from django.core.management import call_command

    from portal.database.context import acting

    options = {"interactive": False} if step in {"migrate", "collectstatic"} else {}
    # Our own line says what is done; an error comes as an exception.
    with acting(command=step):
        call_command(step, stdout=io.StringIO(), **options)
    if step == "migrate":
        done.migrations = wanted.migrations
        done.applied = look(connection_settings())[1]
    elif step == "collectstatic":
        done.static = wanted.static
    elif step == LISTS:
        done.lists = wanted.lists
    else:
        done.demo = "done"
    write_done(done)


def main(steps: list[str]) -> None:
    """Do the steps, each told in one line with its time."""
    import django
    from django.core.management import get_commands

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    done, wanted = read_done(), wanted_done()
    for step in [step for step in steps if step in get_commands()]:
        sys.stdout.write(f"  {sentence(step)} ... ")
        sys.stdout.flush()
        begun = time.monotonic()
        carry_out(step, done, wanted)
        sys.stdout.write(f"{time.monotonic() - begun:.1f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:])
