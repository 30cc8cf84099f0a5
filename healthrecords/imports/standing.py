"""Whom do the rows of a batch mean now, after records were joined since they were checked?"""

from __future__ import annotations

from django.db import connection

from portal.intake.models import Batch

# The people are held while the batch is written: nobody joins them meanwhile.
REDIRECT = """
WITH meant AS (
  SELECT id, merged_into_id FROM healthrecords_citizen
  WHERE id IN (
    SELECT subject_id FROM intake_stagedrow
    WHERE batch_id = %(batch)s AND written_at IS NULL AND subject_id IS NOT NULL
  )
  ORDER BY id FOR KEY SHARE
)
UPDATE intake_stagedrow staged SET subject_id = meant.merged_into_id
FROM meant
WHERE staged.batch_id = %(batch)s AND staged.written_at IS NULL
  AND staged.subject_id = meant.id AND meant.merged_into_id IS NOT NULL
"""


def redirect(batch: Batch) -> None:
    """Let rows that speak of a joined record mean the one that stays."""
    with connection.cursor() as cursor:
        cursor.execute(REDIRECT, {"batch": batch.pk})
