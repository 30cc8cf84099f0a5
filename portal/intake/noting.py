"""How does a handler say something of rows that are staged already?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from portal.database.uuid7 import uuid7
from portal.intake.comparing import find_repeated
from portal.intake.declaration import kind_of
from portal.intake.models import Batch, StagedRow
from portal.intake.problems import Problem, msgid

REPETITIONS = """
UPDATE intake_stagedrow SET key = left('=' || number || ' ' || sheet, 200)
WHERE batch_id = %s AND decision = 'unchanged'
"""
KEEP = """
UPDATE intake_stagedrow staged SET before = said.before
FROM unnest(%s::uuid[], %s::jsonb[]) AS said(id, before) WHERE staged.id = said.id
"""
# One document instead of fifteen parameters for each of ten thousand findings.
TELL = """
INSERT INTO intake_finding (id, batch_id, row_id, sheet, number, sensitivity, cell, "column", value,
  code, severity, message, remedy, params, cause)
SELECT * FROM jsonb_to_recordset(%s::jsonb) AS said(id uuid, batch_id uuid, row_id uuid, sheet text,
  number int, sensitivity text, cell text, "column" text, value text, code text, severity text,
  message text, remedy text, params jsonb, cause text)
"""
AT_ONCE = 5_000


def take_repetitions_once(batch: Batch, key: Sequence[str]) -> None:
    """Mark rows whose key stood in the file before; a repetition gets a key of its own.

    So it is neither compared nor met again. To be called before anything was compared.
    """
    find_repeated(batch, key)
    with connection.cursor() as cursor:
        cursor.execute(REPETITIONS, [batch.pk])


def keep_before(rows: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Keep with each row what it changed, for the day when it is undone."""
    if not rows:
        return
    said = [orjson.dumps(before).decode() for before in rows.values()]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [list(rows), said])


def note(batch: Batch, row: StagedRow, problem: Problem) -> None:
    """Keep a problem with a staged row; an error keeps the row out."""
    note_all(batch, [(row, problem)])


def note_all(batch: Batch, said: Sequence[tuple[StagedRow, Problem]]) -> None:
    """Keep problems with their rows, however many; rows with an error are kept out."""
    main = kind_of(batch.kind).main.name
    letters: dict[str, dict[str, str]] = {h["sheet"]: h["columns"] for h in batch.headings}
    # The sentences of a handler are a few; each is asked for once.
    texts = {id(text): text for _row, one in said for text in (one.message, one.remedy)}
    words = {key: msgid(text) for key, text in texts.items()}
    for begin in range(0, len(said), AT_ONCE):
        told = [
            {
                **_finding(row, problem, letters.get(row.sheet, {})),
                "batch_id": batch.pk,
                "message": words[id(problem.message)],
                "remedy": words[id(problem.remedy)],
                "cause": _cause(main, problem),
            }
            for row, problem in said[begin : begin + AT_ONCE]
        ]
        with connection.cursor() as cursor:
            cursor.execute(TELL, [orjson.dumps(told).decode()])
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


def _finding(row: StagedRow, problem: Problem, places: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "row_id": row.pk,
        "sheet": row.sheet,
        "number": row.number,
        "sensitivity": row.sensitivity,
        "cell": f"{row.sheet}!{places.get(problem.column, '')}{row.number}"[-140:],
        "column": problem.column,
        "value": problem.value,
        "code": problem.code,
        "severity": problem.severity,
        "params": {
            name: value if isinstance(value, str | int | float) else str(value)
            for name, value in problem.params.items()
        },
    }


def _cause(main: str, problem: Problem) -> str:
    """Return under which one line of the preview a problem stands."""
    cause = f"{main}.{problem.column}:{problem.code}"
    return (f"{cause}:{problem.value}" if problem.by_value else cause)[:200]
