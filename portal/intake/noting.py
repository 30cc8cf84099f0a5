"""How does a handler say something of rows that are staged already?"""

from __future__ import annotations

from collections.abc import Sequence

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
    places: dict[str, str] = next(
        (h["columns"] for h in batch.headings if h["sheet"] == row.sheet), {}
    )
    cause = f"{kind_of(batch.kind).main.name}.{problem.column}:{problem.code}"
    Finding.objects.create(
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
    if problem.is_error and row.decision != StagedRow.Decision.WRONG:
        row.decision = StagedRow.Decision.WRONG
        row.save(update_fields=["decision"])
