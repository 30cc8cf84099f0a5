"""How does a row of the portal's own export name the record it came from, when no number does?

``MACH-`` and the record's key, in the column in which a sender would write a code of its own. A mark
is no secret and no right: whom it means must agree in name or birth, and lie in the sender's reach.
"""

from __future__ import annotations

import re
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from portal.intake.models import Batch, StagedRow
from portal.intake.noting import note_all
from portal.intake.problems import Problem

MARK = re.compile(r"MACH-([0-9a-f]{32})", re.IGNORECASE)
# The same in SQL, over a column of the staged values.
OWN = """CASE WHEN upper("values" ->> '{column}') ~ '^MACH-[0-9A-F]{{32}}$'
  THEN substr("values" ->> '{column}', 6)::uuid END"""
UNKNOWN = """
SELECT id FROM intake_stagedrow
WHERE batch_id = %s AND written_at IS NULL AND decision <> 'wrong' AND {nothing}
  AND upper("values" ->> %s) ~ '^MACH-[0-9A-F]{{32}}$'
"""


def mark_of(key: UUID) -> str:
    """Return the mark of a record."""
    return f"MACH-{key.hex}"


def marked(text: object) -> UUID | None:
    """Return the record a text marks; None for every other text."""
    found = MARK.fullmatch(str(text or ""))
    return UUID(found[1]) if found else None


def in_sql(column: str) -> str:
    """Return the expression for the record that a column of a staged row marks."""
    return OWN.format(column=column)


def hold_unknown(batch: Batch, column: str, nothing: str) -> None:
    """Keep out rows whose mark means no record of this sender; ``nothing`` says in SQL that none was found."""
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN.format(nothing=nothing), [batch.pk, column])
        ids = [key for (key,) in cursor.fetchall()]
    if not ids:
        return
    rows = StagedRow.objects.filter(pk__in=ids).order_by("number", "id")
    note_all(
        batch,
        [
            (
                row,
                Problem(
                    "own_mark_unknown",
                    _("%(value)s is a mark of the portal's own export, but nothing here bears it."),
                    _("Clear the cell when the row is new; else export the list again."),
                    {"value": row.values[column]},
                    column=column,
                    value=row.values[column],
                ),
            )
            for row in rows
        ],
    )
