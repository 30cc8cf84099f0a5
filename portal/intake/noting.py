"""How does a handler say something of rows that are staged already?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import connection

from portal.intake.comparing import find_repeated
from portal.intake.declaration import kind_of
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.problems import Problem, msgid

REPETITIONS = """
UPDATE intake_stagedrow SET key = left('=' || number || ' ' || sheet, 200)
WHERE batch_id = %s AND decision = 'unchanged'
"""


def take_repetitions_once(batch: Batch, key: Sequence[str]) -> None:
    """Mark rows whose key stood in the file before; a repetition gets a key of its own.

    So it is neither compared nor met again. To be called before anything was compared.
    """
    find_repeated(batch, key)
    with connection.cursor() as cursor:
        cursor.execute(REPETITIONS, [batch.pk])


def note(batch: Batch, row: StagedRow, problem: Problem) -> None:
    """Keep a problem with a staged row; an error keeps the row out."""
    note_all(batch, [(row, problem)])


def note_all(batch: Batch, said: Sequence[tuple[StagedRow, Problem]]) -> None:
    """Keep problems with their rows, however many; rows with an error are kept out."""
    main = kind_of(batch.kind).main.name
    letters: dict[str, dict[str, str]] = {h["sheet"]: h["columns"] for h in batch.headings}
    Finding.objects.bulk_create(
        (_finding(batch, row, problem, main, letters.get(row.sheet, {})) for row, problem in said),
        batch_size=2_000,
    )
    wrong = {
        row.pk
        for row, problem in said
        if problem.is_error and row.decision != StagedRow.Decision.WRONG
    }
    if wrong:
        StagedRow.objects.filter(pk__in=wrong).update(decision=StagedRow.Decision.WRONG)
    for row, _problem in said:
        if row.pk in wrong:
            row.decision = StagedRow.Decision.WRONG


def _finding(
    batch: Batch, row: StagedRow, problem: Problem, main: str, places: Mapping[str, str]
) -> Finding:
    cause = f"{main}.{problem.column}:{problem.code}"
    return Finding(
        batch=batch,
        row=row,
        sheet=row.sheet,
        number=row.number,
        sensitivity=row.sensitivity,
        cell=f"{row.sheet}!{places.get(problem.column, '')}{row.number}"[-140:],
        column=problem.column,
        value=problem.value,
        code=problem.code,
        severity=problem.severity,
        message=msgid(problem.message),
        remedy=msgid(problem.remedy) if problem.remedy else "",
        params={
            name: value if isinstance(value, str | int | float) else str(value)
            for name, value in problem.params.items()
        },
        cause=(f"{cause}:{problem.value}" if problem.by_value else cause)[:200],
    )
