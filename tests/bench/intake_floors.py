"""How fast could a file be at best: read and thrown into one bare table, or its rows copied alone?"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from python_calamine import CalamineWorkbook

BLOCK = 1 << 20


@dataclass(frozen=True)
class Taken:
    """The rows of one table that an import wrote, as COPY gave them."""

    table: str
    columns: Sequence[str]
    path: Path
    rows: int


def read_floor(url: str, workbook: Path, sheet: str) -> float:
    """Return the seconds to read a sheet and copy its cells into one table without keys."""
    begun = time.perf_counter()
    rows = CalamineWorkbook.from_path(str(workbook)).get_sheet_by_name(sheet).to_python()
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        columns = sql.SQL(", ").join(sql.SQL(f"c{n} text") for n in range(len(rows[0])))
        cursor.execute(sql.SQL("CREATE TABLE bench_floor ({})").format(columns))
        with cursor.copy("COPY bench_floor FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    seconds = time.perf_counter() - begun
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE bench_floor")
    return seconds


def take(url: str, batch: str, tables: dict[str, Sequence[str]], folder: Path) -> list[Taken]:
    """Copy out what a batch wrote into these tables, each with its columns.

    Keys grow with time: whatever is younger than the first row of the batch came with it.
    """
    taken = []
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM intake_stagedrow WHERE batch_id = %s ORDER BY id LIMIT 1", [batch]
        )
        (first,) = cursor.fetchone()
        for table, columns in tables.items():
            path = folder / f"{table}.copy"
            statement = sql.SQL("COPY (SELECT {} FROM {} WHERE id >= {}) TO STDOUT").format(
                named(columns), sql.Identifier(table), sql.Literal(first)
            )
            with path.open("wb") as file, cursor.copy(statement) as copy:
                for block in copy:
                    file.write(block)
            taken.append(Taken(table, columns, path, cursor.rowcount))
    return taken


def named(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def write_floor(url: str, taken: Sequence[Taken]) -> float:
    """Return the seconds to copy the rows into the same tables, keys and indexes, and to commit.

    As owner, who silences what the house's triggers do: no history is written.
    """
    with psycopg.connect(url) as connection:
        for rows in taken:
            connection.execute(
                sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(rows.table))
            )
    with psycopg.connect(url) as connection:
        begun = time.perf_counter()
        for rows in taken:
            _copy_in(connection, rows)
        connection.commit()
        return time.perf_counter() - begun


def _copy_in(connection: psycopg.Connection, rows: Taken) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(rows.table), named(rows.columns)
    )
    with (
        rows.path.open("rb") as file,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        while block := file.read(BLOCK):
            copy.write(block)
