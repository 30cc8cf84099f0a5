"""On which database is importing measured, and how does another process work in a copy of it?"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.cluster import ConnectionSettings
from tests.bench import database
from tests.bench.registry import note

ROOT = Path(__file__).resolve().parent.parent.parent
SIZE, CITIZENS = "intake", 70_000
HOSPITAL = "11001"  # the insurance code of the general hospital that sends the files


@dataclass(frozen=True)
class World:
    """A database that looks like a country before the file comes, and a private place for files."""

    way: ConnectionSettings
    name: str
    folder: Path

    def url(self, *, owner: bool = False) -> str:
        return database.renamed(self.way.url(owner=owner), self.name)

    def python(self, *argv: str) -> str:
        """Run a program of ours in this database to its end, and return what it said."""
        done = subprocess.run(
            [sys.executable, *argv],
            env=environment(self),
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            message = f"{' '.join(argv)} ended with {done.returncode}: {done.stderr.strip()}"
            raise RuntimeError(message)
        return done.stdout


def environment(world: World) -> dict[str, str]:
    """Return the words of a process that works in this database; its files go to the folder."""
    return dict(os.environ) | {
        "DATABASE_URL": world.url(),
        "DATABASE_OWNER_URL": world.url(owner=True),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "MACH_STATE": str(world.folder),
    }


def prepared(way: ConnectionSettings) -> str:
    """Return the name of the database from which every run begins, made on first asking."""
    name = database.name_of(SIZE)
    database.drop_outdated(way, SIZE)
    if database.is_ready(way, name):
        return name
    note(f"making {name}: this is done once for this state of the migrations")
    database.make(way, name)
    with tempfile.TemporaryDirectory() as folder:
        world = World(way, name, Path(folder))
        world.python("manage.py", "migrate", "--verbosity=0")
        world.python("manage.py", "load_reference_lists")
        world.python(
            "manage.py",
            "generate_population",
            f"--citizens={CITIZENS}",
            f"--seed={database.SEED}",
            f"--until={database.UNTIL}",
            "--with-organisations",
            "--fast",
        )
    database.mark_ready(way, name)
    return name


@contextmanager
def world(way: ConnectionSettings, use: str) -> Iterator[World]:
    """Lend a copy of the prepared database, named after its use, and a folder; both go afterwards."""
    template, name = prepared(way), f"{database.PREFIX}_import_{use}"
    with (
        tempfile.TemporaryDirectory() as folder,
        database.copied(way, name, template=template),
    ):
        yield World(way, name, Path(folder))
