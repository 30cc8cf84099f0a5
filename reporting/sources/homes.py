"""Where did people live for a report of a period? With the place that looked after them on its last day.

When a place is continued by another its people move there the day the step is entered, while the
periods that ended before the step are still reported by the old one, and counted again as it sent them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

PERSON = "healthrecords_citizen person"
# Who moved with a step after the day and lives with its heir still: at the place before the first one.
MOVED = """
SELECT person.id, first.old_id FROM (
  SELECT DISTINCT ON (kept.id) kept.id::uuid AS id, step.old_id
  FROM facilities_facilitysuccession step
  CROSS JOIN LATERAL jsonb_array_elements_text(step.before #> '{carried,kept,people,home}') kept (id)
  WHERE step.withdrawn_at IS NULL AND step.is_main AND step."on" > %(day)s
  ORDER BY kept.id, step."on") first
JOIN healthrecords_citizen person ON person.id = first.id
JOIN public.mach_heirs('infinity') heir
  ON heir.organisation_id = first.old_id AND heir.heir_id = person.home_station_id
"""
LIVED = """(
  SELECT id, home_station_id, birth_date, sex, died_on, merged_into_id, withdrawn_at
  FROM healthrecords_citizen WHERE id <> ALL(%(moved)s::uuid[])
  UNION ALL
  SELECT own.id, was.home, birth_date, sex, died_on, merged_into_id, withdrawn_at
  FROM unnest(%(moved)s::uuid[], %(homes)s::uuid[]) AS was (id, home)
  JOIN healthrecords_citizen own ON own.id = was.id) person"""


def as_they_lived(statement: str, last: date) -> tuple[str, dict[str, Any]]:
    """Return a statement about people with their homes of a period's last day, and what it names.

    Where nobody moved since, which is nearly always, it is the statement itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(MOVED, {"day": last})
        moved = cursor.fetchall()
    if not moved:
        return statement, {}
    people, homes = zip(*moved, strict=True)
    return statement.replace(PERSON, LIVED), {"moved": list(people), "homes": list(homes)}
