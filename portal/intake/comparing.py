"""Which staged rows are new, which change something, which change nothing, which need a person?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from types import MappingProxyType
from typing import Any
from unicodedata import normalize
from uuid import UUID

import orjson
from django.db import connection, models
from django.db.models import Count, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from portal.intake.copying import Pipe
from portal.intake.handler import Handler, Known, Row
from portal.intake.models import Batch, StagedRow
from portal.intake.problems import msgid

CHUNK = 2_000
FETCHED = 4  # chunks at a time; twice as many are in memory
Decision = StagedRow.Decision

# The same key twice in a file: a true repetition is harmless, two versions are nobody's to choose.
REPEATED = """
WITH twice AS (
  SELECT id, number, sheet, "values" AS read, tables, sensitivity,
    first_value(id) OVER same AS first_id, first_value(number) OVER same AS first_number,
    first_value("values") OVER same AS first_read, first_value(tables) OVER same AS first_tables,
    first_value(sheet) OVER same AS first_sheet, first_value(sensitivity) OVER same AS first_sensitivity
  FROM intake_stagedrow WHERE batch_id = %(batch)s AND key ~ '[^|]' AND decision <> 'wrong'
  WINDOW same AS (PARTITION BY key ORDER BY number, id)
), later AS (SELECT *, (read = first_read AND tables = first_tables) AS is_copy
  FROM twice WHERE id <> first_id
), marked AS (
  UPDATE intake_stagedrow staged SET decision = CASE WHEN later.is_copy THEN 'unchanged' ELSE 'wrong' END
  FROM later WHERE staged.id = later.id
), contradicted AS (
  UPDATE intake_stagedrow staged SET decision = 'wrong'
  FROM later WHERE staged.id = later.first_id AND NOT later.is_copy
), said AS (
  SELECT id, number, sheet, sensitivity, read, is_copy, first_number AS other, first_sheet AS there
  FROM later
  UNION ALL (
    SELECT DISTINCT ON (first_id) first_id, first_number, first_sheet, first_sensitivity, first_read,
      FALSE, number, sheet
    FROM later WHERE NOT is_copy ORDER BY first_id, number, id
  )
)
INSERT INTO intake_finding (id, batch_id, row_id, sheet, number, sensitivity, cell, "column", value,
  code, severity, message, remedy, params, cause)
SELECT public.mach_uuid7(), %(batch)s, id, sheet, number, sensitivity,
  coalesce(sheet || '!' || (%(letters)s::jsonb ->> sheet) || number, sheet || ' ' || number || '/' || %(column)s),
  %(column)s, CASE WHEN is_copy THEN '' ELSE coalesce(left(read ->> %(column)s, 300), '') END,
  CASE WHEN is_copy THEN 'row_repeated' ELSE 'key_twice' END,
  CASE WHEN is_copy THEN 'warning' ELSE 'error' END,
  CASE WHEN is_copy THEN %(copy)s ELSE %(clash)s END,
  CASE WHEN is_copy THEN %(copy_remedy)s ELSE %(clash_remedy)s END,
  jsonb_build_object(
    'number', CASE WHEN there = sheet THEN to_jsonb(other) ELSE to_jsonb(there || CASE WHEN there ~ 'HOSO$' THEN ' ' ELSE '!' END || other) END,
    'key', coalesce(left(read ->> %(column)s, 80), '')
  ),
  CASE WHEN is_copy THEN 'row_repeated' ELSE 'key_twice' END
FROM said
"""
SETTLE = """
UPDATE intake_stagedrow staged SET decision = v.decision, target_id = v.target,
  subject_id = coalesce(v.subject, staged.subject_id), changes = v.changes
FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::jsonb[])
  AS v(id, decision, target, subject, changes)
WHERE staged.id = v.id
"""


def find_repeated(batch: Batch, key: Sequence[str]) -> None:
    """Mark rows whose key already stood in the same file."""
    with connection.cursor() as cursor:
        cursor.execute(
            REPEATED,
            {
                "batch": batch.pk,
                "column": key[-1],
                "letters": orjson.dumps(_letters(batch, key[-1])).decode(),
                "copy": msgid(
                    _("This row repeats row %(number)s word for word; it is taken once.")
                ),
                "copy_remedy": msgid(_("Nothing to do.")),
                "clash": msgid(
                    _(
                        "Row %(number)s has the same key “%(key)s” with other values;"
                        " neither row is taken."
                    )
                ),
                "clash_remedy": msgid(
                    _("Keep the right one of the two rows and delete the other.")
                ),
            },
        )


def _letters(batch: Batch, column: str) -> dict[str, str]:
    """Return the letters of a column by sheet, for the cells of what SQL finds."""
    return {
        heading["sheet"]: heading["columns"][column]
        for heading in batch.headings
        if column in heading["columns"]
    }


def pending(batch: Batch) -> QuerySet[StagedRow]:
    """Return rows that may still be written."""
    return StagedRow.objects.filter(batch=batch, written_at=None).exclude(decision=Decision.WRONG)


def chunks(
    rows: QuerySet[StagedRow], size: int = CHUNK, *, pipe: Pipe | None = None
) -> Iterator[list[Staged]]:
    """Yield rows in the sender's order, fetched by their keys, several chunks at a time.

    What is done with a chunk keeps the connection busy; with its pipe the next ones are fetched
    between.
    """
    for block in _blocks(keys_of(rows), FETCHED * size, pipe):
        lines = sorted(block, key=itemgetter(2, 0))
        for place in range(0, len(lines), size):
            yield [_staged(line) for line in lines[place : place + size]]


def _blocks(ids: Sequence[str], size: int, pipe: Pipe | None) -> Iterator[Sequence[Any]]:
    blocks = [array_of(ids[start : start + size]) for start in range(0, len(ids), size)]
    if pipe is None:
        for block in blocks:
            with connection.cursor() as cursor:
                cursor.execute(FETCH, [block])
                yield cursor.fetchall()
        return
    asked = [pipe.tell(FETCH, [block]) for block in blocks[:1]]
    for block in [*blocks[1:], ""]:
        asked += [pipe.tell(FETCH, [block])] if block else []
        if asked:
            yield pipe.answer(asked.pop(0))


def keys_of(rows: QuerySet[StagedRow]) -> list[str]:
    """Return the keys of rows in the sender's order, as text: of a large file UUIDs cost more."""
    keys = rows.order_by("number", "id").annotate(text=Cast("id", models.TextField()))
    return list(keys.values_list("text", flat=True))


def array_of(keys: Sequence[str]) -> str:
    """Return keys as the text of one ``uuid[]``."""
    return "{" + ",".join(keys) + "}"


# JSON comes as text: the standard library's reader, which Django uses, takes ten times as long.
FETCH = """
SELECT id, sheet, number, key, subject_key, sensitivity, decision, target_id, subject_id, ruling,
  ruled_by_id, ruled_at, candidates::text, changes::text, "values"::text, tables::text
FROM intake_stagedrow WHERE id = ANY(%s::uuid[])
"""


@dataclass(slots=True)
class Staged:
    """One staged row as the handlers write it; a slim copy of ``StagedRow``."""

    pk: UUID
    sheet: str
    number: int
    key: str
    subject_key: str
    sensitivity: str
    decision: str
    target_id: UUID | None
    subject_id: UUID | None
    ruling: str
    ruled_by_id: UUID | None
    ruled_at: datetime | None
    candidates: list[dict[str, str]]
    changes: list[list[Any]]
    values: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]]
    makes_subject: bool = False


def _staged(line: Sequence[Any]) -> Staged:
    *said, candidates, changes, values, tables = line
    blank: list[Any] = [
        [] if candidates == "[]" else orjson.loads(candidates),
        [] if changes == "[]" else orjson.loads(changes),
    ]
    further = {} if tables == "{}" else orjson.loads(tables)
    return Staged(*[*said, *blank, orjson.loads(values), further])


FRESH = """
UPDATE intake_stagedrow
SET decision = CASE WHEN candidates <> '[]' AND ruling = '' THEN 'doubtful' ELSE 'new' END,
  changes = '[]'
WHERE batch_id = %s AND written_at IS NULL AND target_id IS NULL
  AND decision NOT IN ('wrong', 'unchanged')
  AND decision <> CASE WHEN candidates <> '[]' AND ruling = '' THEN 'doubtful' ELSE 'new' END
"""


def settle(handler: Handler, rows: QuerySet[StagedRow]) -> None:
    """Set the decision of rows from what is known now."""
    if handler.is_set_based:
        # What has no record yet is new or doubtful without being looked at one by one.
        with connection.cursor() as cursor:
            cursor.execute(FRESH, [handler.batch.pk])
        rows = rows.exclude(target_id=None)
    for chunk in chunks(rows):
        known = handler.known(list({row.key for row in chunk}))
        settled = [_settled(handler, row, known.get(row.key)) for row in chunk]
        _write_down([line for line in settled if line is not None])


Line = tuple[UUID, str, UUID | None, UUID | None, str]


def _settled(handler: Handler, row: Staged, known: Known | None) -> Line | None:
    target, subject, changes = None, None, []
    if row.candidates and not row.ruling:
        decision, target = Decision.DOUBTFUL, row.target_id if handler.is_set_based else None
    elif known is None:
        decision = Decision.NEW
    else:
        target, subject = known.id, known.subject_id
        changes = differences(known.values, handler.shape(row_of(row)), known.lasting)
        decision = Decision.CHANGED if changes else Decision.UNCHANGED
    if row.decision == Decision.UNCHANGED and known is None:
        return None  # a repetition inside the file
    if (row.decision, row.target_id, row.changes) == (decision, target, changes):
        return None
    return row.pk, decision, target, subject, orjson.dumps(changes).decode()


def _write_down(lines: Sequence[Line]) -> None:
    if lines:
        with connection.cursor() as cursor:
            cursor.execute(SETTLE, [list(column) for column in zip(*lines, strict=True)])


def differences(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    lasting: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> list[list[Any]]:
    """Return column, old and new value of what a row would change; a blank is none.

    Where lines break, and how many spaces part words, is no change: files do not keep it. Nor is it
    one that lines are missing which stand whatever a file says, where it says nothing else.
    """
    return [
        [name, old.get(name), value]
        for name, value in new.items()
        if (old.get(name) or None) != (value or None)
        and _words(old.get(name)) != _words(value)
        and not (name in lasting and _lasts(old.get(name), value, lasting[name]))
    ]


def _lasts(old: Any, new: Any, lasting: frozenset[str]) -> bool:
    """Say whether a value differs from what is held by missing lasting lines alone."""
    held, said = set(str(old or "").split("\n")), set(str(new or "").split("\n")) - {""}
    return said <= held and held - said <= lasting


def _words(value: Any) -> Any:
    return normalize("NFC", value).split() if isinstance(value, str) else value or []


def row_of(row: Staged | StagedRow) -> Row:
    """Return a staged row as the handlers know it."""
    return Row(row.number, row.values, row.tables, row.sheet)


# What a set-based handler does by agreement: a new record has the id of its row, and a new subject
# that of the first row that speaks of it; rows that speak of one made before them say whom.
SHARED = """
UPDATE intake_stagedrow staged SET subject_id = v.subject
FROM unnest(%s::uuid[], %s::uuid[]) AS v(id, subject) WHERE staged.id = v.id
"""
MARK = """
UPDATE intake_stagedrow SET written_at = %(at)s, target_id = coalesce(target_id, id),
  subject_id = coalesce(subject_id, id), makes_subject = makes_subject OR subject_id IS NULL
WHERE batch_id = %(batch)s AND written_at IS NULL AND decision IN ('new', 'changed')
"""


def mark_written(batch: Batch, shared: Sequence[tuple[UUID, UUID]], at: datetime) -> None:
    """Note on the good rows what they became; ``shared`` are rows with the subject an earlier one made."""
    with connection.cursor() as cursor:
        for start in range(0, len(shared), CHUNK):
            cursor.execute(
                SHARED, [list(ids) for ids in zip(*shared[start : start + CHUNK], strict=True)]
            )
        cursor.execute(MARK, {"batch": batch.pk, "at": at})


def count(batch: Batch) -> None:
    """Count the rows of a batch by decision."""
    rows = StagedRow.objects.filter(batch=batch).order_by()
    counted = rows.values_list("decision").annotate(n=Count("id"), written=Count("written_at"))
    by_decision = {decision: (n, written) for decision, n, written in counted}
    for decision in Decision:
        setattr(batch, f"{decision}_count", by_decision.get(decision, (0, 0))[0])
    batch.written_count = sum(written for _n, written in by_decision.values())
    batch.save(update_fields=[*(f"{d}_count" for d in Decision), "written_count"])
