"""How does a population get into the database: by COPY, chunk by chunk, in one or two processes?"""

from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection, transaction

from healthrecords.population.plan import CHUNK, Plan
from healthrecords.population.rows import COLUMNS, Lines, Rows, seeded, text
from portal.database.base import TELL
from portal.database.context import current
from portal.invented.draw import keys

TAKEN = """
SELECT value FROM healthrecords_citizenidentifier
WHERE value = ANY(%s) AND is_verified AND ended_on IS NULL
"""
# Lines of a table are handed to COPY in pieces of this many.
PIECE = 2_000


@dataclass(frozen=True, slots=True)
class Way:
    """What a worker process needs: how to connect, whom to name, what the other columns hold."""

    connection: Mapping[str, Any]
    signature: tuple[str, ...]
    columns: Mapping[str, str]
    defaults: Mapping[str, str]
    is_shared: bool


def find_way() -> Way:
    """Describe this process's database, history context and tables for the workers."""
    acting = current()
    columns, defaults = {}, {}
    for table, said in COLUMNS.items():
        fields = apps.get_model("healthrecords", table)._meta.concrete_fields
        rest = [f for f in fields if f.column not in said and not getattr(f, "generated", False)]
        columns[table] = ", ".join(f'"{name}"' for name in (*said, *(f.column for f in rest)))
        defaults[table] = "".join(f"\t{_default(f)}" for f in rest)
    keep = ("host", "port", "dbname", "user", "password", "sslmode")
    given = connection.get_connection_params()
    return Way(
        connection={name: given[name] for name in keep if given.get(name)},
        signature=tuple(acting.as_settings()) if acting is not None else (),
        columns=columns,
        defaults=defaults,
        is_shared=apps.get_model("healthrecords", "citizen").objects.exists(),
    )


def _default(field: Any) -> str:
    """Return what a field holds when nothing is said about it."""
    value = None if field.null else field.get_default()
    return "{}" if value == [] else text(value)


def missing_chunks(plan: Plan) -> list[int]:
    """Return the chunks that are not there yet: a stopped run is taken up where it was."""
    wanted = {keys(seeded(plan, chunk), chunk * CHUNK)(): chunk for chunk in range(plan.chunks)}
    people = apps.get_model("healthrecords", "citizen").objects.filter(pk__in=list(wanted))
    there = {key.hex for key in people.values_list("pk", flat=True)}
    return [chunk for key, chunk in wanted.items() if key not in there]


def write(plan: Plan, chunks: list[int], way: Way, *, processes: int) -> Iterator[int]:
    """Write chunks, each in a transaction of its own; yield how many people are in after each."""
    written = 0
    runs = _here(plan, chunks, way) if processes == 1 else _beside(plan, chunks, way, processes)
    for count in runs:
        written += count
        yield written


def _here(plan: Plan, chunks: list[int], way: Way) -> Iterator[int]:
    """Write in this process and on its connection, within its transaction if one is open."""
    rows = Rows(plan, way.defaults)
    for chunk in chunks:
        with transaction.atomic():
            connection.ensure_connection()
            yield write_chunk(connection.connection, rows, chunk, way)


def _beside(plan: Plan, chunks: list[int], way: Way, processes: int) -> Iterator[int]:
    """Write from processes of their own: one generates while the other's lines are stored."""
    settle_context()
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(plan, way)
    )
    waiting = iter(chunks)
    try:
        running = {pool.submit(_run, chunk) for chunk in islice(waiting, 2 * processes)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
            running |= {pool.submit(_run, chunk) for chunk in islice(waiting, len(done))}
    finally:
        pool.shutdown(cancel_futures=True)


def settle_context() -> None:
    """Write the history context first: two transactions that want to would wait for each other."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public._pgh_attach_context()")


class Worker:
    """What a worker process keeps between chunks."""

    rows: Rows
    way: Way
    connection: "psycopg.Connection[Any]"


def _begin(plan: Plan, way: Way) -> None:
    Worker.rows, Worker.way = Rows(plan, way.defaults), way
    Worker.connection = psycopg.connect(**way.connection)
    Worker.connection.execute("SET synchronous_commit = off")
    Worker.connection.commit()


def _run(chunk: int) -> int:
    with Worker.connection.transaction():
        if Worker.way.signature:
            Worker.connection.execute(TELL, Worker.way.signature)
        return write_chunk(Worker.connection, Worker.rows, chunk, Worker.way)


def write_chunk(target: Any, rows: Rows, chunk: int, way: Way) -> int:
    """Generate one chunk and COPY it; return how many people it has."""

    def taken(values: list[str]) -> set[str]:
        if not way.is_shared:
            return set()
        return {row[0] for row in target.execute(TAKEN, [values])}

    lines = rows.chunk(chunk, taken)
    copy_lines(target, lines, way)
    return len(lines["citizen"])


def copy_lines(target: Any, lines: Lines, way: Way) -> None:
    """COPY the lines of every table on an open transaction."""
    with target.cursor() as cursor:
        for table, content in lines.items():
            if not content:
                continue
            statement = f"COPY healthrecords_{table} ({way.columns[table]}) FROM STDIN"
            with cursor.copy(statement) as copy:
                for first in range(0, len(content), PIECE):
                    copy.write("".join(content[first : first + PIECE]).encode())
