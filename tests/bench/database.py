"""A database for measuring: made once per size, seed and state of the migrations, then kept."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from config.cluster import ConnectionSettings
from config.prepare import wanted_done
from tests.bench.registry import note

SIZES = {"20k": 20_000, "100k": 100_000, "1m": 1_000_000, "5m": 5_000_000, "10m": 10_000_000}
SEED, UNTIL, TWINS = 2, "2026-11-20", 2.0
PREFIX, READY = "mach_bench", "mach bench: ready"
# Two kinds: as many citizens with their visits as the size says; or few of them, where as many
# practitioners are written instead (``tests.bench.practitioners``).
CITIZENS, REGISTER = "citizens", "register"
KINDS = (CITIZENS, REGISTER)
FEW = 1_000


def prefix_of(size: str, kind: str) -> str:
    """Return how the names of all databases of a size and kind begin."""
    return f"{PREFIX}_{size}_" if kind == CITIZENS else f"{PREFIX}_{kind}_{size}_"


def name_of(size: str, kind: str = CITIZENS) -> str:
    """Return the name of the database of a size and kind, as the migrations are now."""
    return f"{prefix_of(size, kind)}{SEED}_{wanted_done().migrations[:10]}"


def people_in(name: str) -> int:
    """Return how many people a database was named for."""
    return next(SIZES[word] for word in name.split("_") if word in SIZES)


def renamed(url: str, name: str) -> str:
    """Return a database URL with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def is_ready(way: ConnectionSettings, name: str) -> bool:
    return comments(way).get(name) == READY


def comments(way: ConnectionSettings) -> dict[str, str]:
    """Return our databases and what their owners said of them."""
    with psycopg.connect(way.url(owner=True)) as connection:
        rows = connection.execute(
            "SELECT datname, coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database"
            " WHERE datname LIKE %s AND pg_get_userbyid(datdba) = %s",
            [f"{PREFIX}%", way.owner_user],
        )
        return dict(rows.fetchall())


def make(way: ConnectionSettings, name: str) -> None:
    """Create an empty database like the one we come from, marked as a bench."""
    with psycopg.connect(way.url(owner=True), autocommit=True) as connection:
        ctype = connection.execute(
            "SELECT datcollate, datctype FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        words = {
            "name": sql.Identifier(name),
            "collate": sql.Literal(ctype[0]),
            "ctype": sql.Literal(ctype[1]),
        }
        connection.execute(
            sql.SQL(
                "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"
                " LC_COLLATE {collate} LC_CTYPE {ctype}"
            ).format(**words)
        )
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {name} IS 'mach bench: in the making'").format(**words)
        )


def mark_ready(way: ConnectionSettings, name: str) -> None:
    with psycopg.connect(way.url(owner=True), autocommit=True) as connection:
        words = {"name": sql.Identifier(name), "ready": sql.Literal(READY)}
        connection.execute(sql.SQL("COMMENT ON DATABASE {name} IS {ready}").format(**words))


def drop(way: ConnectionSettings, name: str) -> None:
    with psycopg.connect(way.url(owner=True), autocommit=True) as connection:
        # WITH (FORCE) would also want to end autovacuum, which is not ours; without it, it yields.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename IS NOT NULL AND pid <> pg_backend_pid()",
            [name],
        )
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def drop_outdated(way: ConnectionSettings, size: str, kind: str = CITIZENS) -> None:
    """Drop what was made for this size under other migrations, and what was never finished."""
    for name, comment in comments(way).items():
        is_this_size = name.startswith(prefix_of(size, kind))
        if (
            is_this_size
            and comment.startswith("mach bench")
            and (name != name_of(size, kind) or comment != READY)
        ):
            note(f"dropping {name}")
            drop(way, name)


def use(way: ConnectionSettings, name: str) -> None:
    """Let Django, not yet set up, work in this database."""
    os.environ["DATABASE_URL"] = renamed(way.url(), name)
    os.environ["DATABASE_OWNER_URL"] = renamed(way.url(owner=True), name)


def child(way: ConnectionSettings, name: str, module: str, *argv: str) -> str:
    """Run a module in a process of its own that works in this database; return what it printed."""
    words = dict(os.environ) | {
        "DATABASE_URL": renamed(way.url(), name),
        "DATABASE_OWNER_URL": renamed(way.url(owner=True), name),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *argv],
        cwd=Path(__file__).parents[2],
        env=words,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def fill(citizens: int, **options: float) -> None:
    """Migrate, load the lists, generate the fast way; Django is set up on the new database."""
    from django.core.management import call_command

    from portal.database.context import acting

    with acting(command="bench"):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_reference_lists")
        call_command(
            "generate_population",
            citizens=citizens,
            seed=SEED,
            until=UNTIL,
            twins=TWINS,
            with_organisations=True,
            fast=True,
            **options,
        )


@contextmanager
def throwaway(way: ConnectionSettings, name: str) -> Iterator[str]:
    """Lend an empty database that is dropped afterwards."""
    drop(way, name)
    make(way, name)
    try:
        yield name
    finally:
        drop(way, name)


def copy(way: ConnectionSettings, name: str, *, template: str) -> None:
    """Copy a prepared database.

    A copy has all the rights of the first but those on the database itself; see portal.database.
    """
    drop(way, name)
    words = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    with psycopg.connect(way.url(owner=True), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**words))
        connection.execute(
            sql.SQL("REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC").format(**words)
        )


@contextmanager
def copied(way: ConnectionSettings, name: str, *, template: str) -> Iterator[str]:
    """Lend a copy of a prepared database that is dropped afterwards."""
    copy(way, name, template=template)
    try:
        yield name
    finally:
        drop(way, name)
