"""The faster way, without history: only into a database that was made for measuring."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.utils.translation import gettext as _

from healthrecords.population.plan import PopulationError
from healthrecords.population.rows import COLUMNS
from healthrecords.population.write import Way

# The comment of a database that may be filled without history; its owner alone can write it.
BENCH = "mach bench"
TABLES = [f"healthrecords_{table}" for table in COLUMNS]
COMMENT = """
SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database
WHERE datname = current_database()
"""
# Foreign keys from and to our tables, then what is unique in them; primary keys stay.
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint
WHERE (contype = 'f' AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[])))
   OR (contype IN ('u', 'x') AND conrelid = ANY(%(tables)s::regclass[]))
ORDER BY contype = 'f' DESC, conname
"""
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
WHERE i.indrelid = ANY(%(tables)s::regclass[]) AND c.oid IS NULL
"""


def require_bench() -> None:
    """Refuse a database that is not marked as a bench; it is left as it was."""
    with connection.cursor() as cursor:
        cursor.execute(COMMENT)
        found = cursor.fetchone()
    if not (found and str(found[0]).startswith(BENCH)):
        raise PopulationError(
            _(
                "--fast writes no history and is only for a bench database; this one is not marked as"
                " one. Leave --fast out, or run make bench, which makes its own."
            )
        )


def mark_as_bench(note: str) -> None:
    """Mark this database as a bench, as its owner."""
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"COMMENT ON DATABASE {name} IS %s", [f"{BENCH}: {note}"])


@contextmanager
def bare_tables(way: Way) -> Iterator[None]:
    """Take triggers, keys and indexes off the tables, and put them back whatever happens."""
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS, {"tables": TABLES})
        constraints = cursor.fetchall()
        cursor.execute(INDEXES, {"tables": TABLES})
        indexes = cursor.fetchall()
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for table, name, _definition in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        _rebuild(way, constraints, [definition for _name, definition in indexes])
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _rebuild(way: Way, constraints: list[tuple[str, str, str]], indexes: list[str]) -> None:
    """Build indexes two at a time, then the keys that lean on them, one after the other."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda definition: _alone(way, definition), indexes))
    by_kind = sorted(constraints, key=lambda row: row[2].startswith("FOREIGN KEY"))
    for table, name, definition in by_kind:
        _alone(way, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def _alone(way: Way, statement: str) -> None:
    with psycopg.connect(**way.connection, autocommit=True) as own:
        own.execute("SET maintenance_work_mem = '512MB'")
        own.execute("SET max_parallel_maintenance_workers = 1")
        own.execute(_plain(statement))


def _plain(statement: str) -> Any:
    return statement.encode()
