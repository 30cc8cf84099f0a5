"""How do the rows of a stored file get into the staging table, a few thousand at a time?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import transaction

from portal.intake import storage
from portal.intake.checking import FOUND, STAGED, Checked, Checker
from portal.intake.copying import Load, Pipe
from portal.intake.declaration import Kind
from portal.intake.mappings import remarks_on, remembered
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.problems import ERROR, Problem
from portal.intake.progress import Teller
from portal.intake.readers.bundle import BETWEEN
from portal.intake.readers.process import reading
from portal.intake.readers.unreadable import UnreadableError
from portal.intake.sheets import Seen, SheetRow, rows_of

CHUNK = 1_000  # the last one is copied while nothing is read any more
NAMED_AT_MOST = 20
RECORD = "HOSO"  # what a record is called in the envelopes


@transaction.atomic
def stage(batch: Batch, checker: Checker, teller: Teller) -> None:
    """Read the file of a batch into the staging tables; raises UnreadableError.

    A chunk is copied while the next one is read and checked.
    """
    kind = checker.kind
    seen = Seen()
    with (
        reading(
            storage.place_of(batch.file.path),
            kind.reader,
            encoding=batch.options.get("encoding", ""),
        ) as events,
        Pipe() as pipe,
    ):
        checker.handler.prepare()
        if kind.is_tabular:
            checked = _checked_rows(checker, rows_of(kind.main, events, seen, remembered(batch)))
        else:
            checked = _checked_records(checker, events, seen)
        while chunk := list(islice(checked, CHUNK)):
            pipe.send(_loads(chunk))
            batch.rows_read += len(chunk)
            batch.has_sensitive = batch.has_sensitive or any(row.sensitivity for row in chunk)
            teller.add(len(chunk), of=seen.rows_expected)
    if not batch.rows_read:
        raise UnreadableError("no_rows")
    batch.notes = [*notes_of(seen), *remarks_on(batch, seen.headings), *events.remarks]
    batch.headings = [
        {
            "sheet": heading.sheet,
            "number": heading.number,
            "columns": {name: heading.letters(name) for name in heading.places},
        }
        for heading in seen.headings
    ]
    batch.save(update_fields=["notes", "headings", "rows_read", "has_sensitive"])


def _loads(chunk: list[Checked]) -> list[Load]:
    return [
        Load(StagedRow._meta.db_table, STAGED, [checked.line for checked in chunk]),
        Load(
            Finding._meta.db_table,
            FOUND,
            [finding for checked in chunk for finding in checked.findings],
        ),
    ]


def _checked_rows(checker: Checker, rows: Iterable[SheetRow]) -> Iterator[Checked]:
    for row in rows:
        heading, number = row.heading, row.number

        def cell(problem: Problem, heading: Any = heading, number: int = number) -> str:
            return str(heading.cell(problem.column, number))

        yield checker.check(
            sheet=heading.sheet, number=number, raw=row.cells, tables={}, faults=(), cell=cell
        )


def _checked_records(
    checker: Checker, events: Iterable[list[Any]], seen: Seen
) -> Iterator[Checked]:
    """Check the records of a reader of the kind's own: ``["record", number, tables, faults]``.

    Of a zip the name of the file stands behind, and in front of what is said of the record.
    """
    main = checker.kind.main.name
    for event in events:
        if event[0] == "note":
            seen.notes.append({"code": event[1], "params": event[2]})
            continue
        if event[0] != "record":
            seen.rows_expected = max(seen.rows_expected, int(event[1]))
            continue
        _name, number, tables, faults, *member = event
        sheet = BETWEEN.join([*member, RECORD])

        def cell(problem: Problem, number: int = number, sheet: str = sheet) -> str:
            place = f"[{problem.at}]" if problem.at else ""
            parts = [f"{sheet} {number}", f"{problem.table or main}{place}", problem.column]
            return "/".join(part for part in parts if part)

        yield checker.check(
            sheet=sheet,
            number=number,
            raw=(tables.get(main) or [{}])[0],
            tables={name: rows for name, rows in tables.items() if name != main},
            faults=[fault_of(checker.kind, fault) for fault in faults],
            cell=cell,
        )


def fault_of(kind: Kind, fault: dict[str, Any]) -> Problem:
    """Turn what the child found in a record into a problem, in the kind's own words."""
    message, remedy = kind.faults[fault["code"]]
    return Problem(
        fault["code"],
        message,
        remedy,
        params=fault.get("params", {}),
        table=fault.get("table", ""),
        column=fault.get("column", ""),
        value=fault.get("value", ""),
        severity=fault.get("severity", ERROR),
    )


def notes_of(seen: Seen) -> list[dict[str, Any]]:
    """Return remarks on the file as a whole: what was left out, and why nobody need worry."""
    notes: list[dict[str, Any]] = []

    def note(code: str, **params: Any) -> None:
        notes.append({"code": code, "params": params})

    for heading in seen.headings:
        if heading.unknown:
            note("columns_ignored", sheet=heading.sheet, columns=heading.unknown[:NAMED_AT_MOST])
        if heading.repeated:
            note("columns_repeated", sheet=heading.sheet, columns=heading.repeated[:NAMED_AT_MOST])
    if seen.ignored_sheets:
        note("sheets_ignored", sheets=seen.ignored_sheets[:NAMED_AT_MOST])
    if seen.hidden_sheets:
        note("sheets_hidden", sheets=seen.hidden_sheets[:NAMED_AT_MOST])
    if seen.totals:
        note("totals_ignored", rows=seen.totals[:NAMED_AT_MOST])
    return [*notes, *seen.notes]
