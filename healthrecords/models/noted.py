"""The database's own note: what belongs to a signed visit came, changed or went after the signature.

A result is not refused because the visit was signed before it came. It stands with the visit as not
signed yet, and the seal says so, whatever wrote it: a page, a file, a statement. Which class the row
has is noted apart, for who may not see it must not learn of it either.
"""

from collections.abc import Sequence

import pgtrigger

from healthrecords.models.sealed import after_statement

ADDED = "SELECT visit_id, sensitivity FROM {rows} WHERE visit_id IS NOT NULL"
CHANGED = """
SELECT side.visit_id, side.sensitivity
FROM old_rows was JOIN new_rows now ON now.id = was.id
CROSS JOIN LATERAL (
  VALUES (was.visit_id, was.sensitivity), (now.visit_id, now.sensitivity)
) side (visit_id, sensitivity)
WHERE side.visit_id IS NOT NULL
  AND to_jsonb(was) - ARRAY[{free}] IS DISTINCT FROM to_jsonb(now) - ARRAY[{free}]
"""
# Whoever signs holds the visit: the note waits for the signature, or the signature for the row.
NOTE = """
PERFORM 1 FROM healthrecords_visit visit
WHERE visit.id IN (SELECT touched.visit_id FROM ({touched}) touched) FOR KEY SHARE OF visit;
UPDATE healthrecords_visitseal seal
SET has_later = seal.has_later OR touched.is_open,
    has_protected_later = seal.has_protected_later OR touched.is_protected
FROM (
  SELECT visit_id, bool_or(sensitivity = '') AS is_open,
         bool_or(sensitivity <> '') AS is_protected
  FROM ({touched}) touched GROUP BY visit_id
) touched
WHERE seal.visit_id = touched.visit_id
  AND (touched.is_open AND NOT seal.has_later
       OR touched.is_protected AND NOT seal.has_protected_later);
RETURN NULL;
"""


def noted(*free: str) -> list[pgtrigger.Trigger]:
    """Return the triggers of a table that stands with visits; ``free`` columns tell nothing of them.

    Nor does the class of a row: who protects it changes no word of it.
    """
    columns = ", ".join(f"'{name}'" for name in ("citizen_id", "sensitivity", *free))
    operations: Sequence[tuple[str, pgtrigger.Operation, str]] = (
        ("later_insert", pgtrigger.Insert, ADDED.format(rows="new_rows")),
        ("later_update", pgtrigger.Update, CHANGED.format(free=columns)),
        ("later_delete", pgtrigger.Delete, ADDED.format(rows="old_rows")),
    )
    return [
        after_statement(name, operation, NOTE.format(touched=touched))
        for name, operation, touched in operations
    ]
