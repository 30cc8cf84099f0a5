"""What an import altered beside its own rows is kept with the row that altered it, for an undo."""

from __future__ import annotations

WRITTEN = (
    "staged.batch_id = %(batch)s AND staged.written_at = %(at)s AND staged.subject_id IS NOT NULL"
)
# What a row altered around its person stands with the row, so that an undo can give it back.
KEEP = """
UPDATE intake_stagedrow altered SET around = coalesce(altered.around, '[]') || kept.said
FROM kept WHERE altered.id = kept.row AND altered.batch_id = %(batch)s
"""
ALTERED = """
FROM intake_stagedrow staged, jsonb_array_elements(staged.around) one
WHERE staged.batch_id = %(batch)s AND staged.written_at IS NOT NULL AND staged.around IS NOT NULL
"""
