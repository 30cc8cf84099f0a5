"""Whom do the rows of a batch mean now, after records were joined since they were checked?"""

from __future__ import annotations

from django.db import connection

from portal.intake.models import Batch

# The people are held while the batch is written: nobody joins them meanwhile.
JOINED = """
WITH meant AS MATERIALIZED (
  SELECT id, merged_into_id FROM healthrecords_citizen
  WHERE id IN (
    SELECT subject_id FROM intake_stagedrow
    WHERE batch_id = %s AND written_at IS NULL AND subject_id IS NOT NULL
  )
  ORDER BY id FOR KEY SHARE
)
SELECT id, merged_into_id FROM meant WHERE merged_into_id IS NOT NULL
"""
# By the few that were joined: rows have no index by their subjects, and the planner takes a batch
# just copied for one row, so that a join with all its people would take hours.
REDIRECT = """
UPDATE intake_stagedrow staged SET subject_id = joined.stays
FROM (SELECT * FROM unnest(%s::uuid[], %s::uuid[]) AS pair(gone, stays)) joined
WHERE staged.batch_id = %s AND staged.written_at IS NULL AND staged.subject_id = joined.gone
"""


def redirect(batch: Batch) -> None:
    """Let rows that speak of a joined record mean the one that stays."""
    with connection.cursor() as cursor:
        cursor.execute(JOINED, [batch.pk])
        joined = cursor.fetchall()
        if joined:
            cursor.execute(REDIRECT, [*map(list, zip(*joined, strict=True)), batch.pk])
