"""What is counted of nutrition: who was weighed and measured, and by body mass index of adults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import connection

from reporting.definitions.reading import Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.visits import SENDERS, ZONE, completed_years

DAY = f"(visit.started_at AT TIME ZONE '{ZONE}')::date"
# Age groups of the form by row, and the index of adults of Asia.
GROUPS = (
    "CASE WHEN age < 5 THEN 'te' WHEN age < 19 THEN 'a5' WHEN age < 60 THEN 'a19' ELSE 'a60' END"
)
COUNTS: Mapping[str, str] = {
    "measured": "TRUE",
    "measured_female": "is_female",
    "thin": "age >= 19 AND index < 18.5",
    "overweight": "age >= 19 AND index >= 23 AND index < 25",
    "obese": "age >= 19 AND index >= 25",
}
FACTS = f"""
SELECT last_one.*, {GROUPS} AS row FROM (
  SELECT DISTINCT ON (coalesce(sender, visit.facility_id), visit.citizen_id)
    coalesce(sender, visit.facility_id) AS facility_id, visit.citizen_id, visit.id AS visit_id,
    {DAY} AS day, visit.sensitivity, person.sex = 'female' AS is_female,
    {completed_years("person.birth_date", DAY)} AS age,
    person.sex, person.birth_date, vital.weight, vital.height,
    person.birth_precision = 'day' AND NOT person.birth_is_estimated AS is_exact,
    vital.weight / (vital.height * vital.height / 10000) AS index
  FROM healthrecords_vitalsigns vital
  JOIN healthrecords_visit visit ON visit.id = vital.visit_id AND visit.status = 'finished'
  JOIN healthrecords_citizen person ON person.id = visit.citizen_id
  LEFT JOIN {SENDERS} ON place = visit.facility_id
  WHERE vital.weight > 0 AND vital.height > 0
    AND visit.started_at >= %(begin)s AND visit.started_at < %(end)s
    AND (%(everywhere)s OR visit.facility_id = ANY(%(places)s))
  ORDER BY 1, 2, visit.started_at DESC, visit.id DESC) last_one
"""


class Nutrition:
    """Counts the last measuring of each person in the period."""

    name = "nutrition"
    knows_nought = True
    measures = tuple(COUNTS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count people by age group in one statement."""
        names = list(asked.wanted)
        counts = ", ".join(f"count(*) FILTER (WHERE {COUNTS[name]})" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT facility_id, row, {counts} FROM ({FACTS}) facts GROUP BY 1, 2",
                asked.params,
            )
            for sender, row, *found in cursor.fetchall():
                for name, count in zip(names, found, strict=True):
                    for _row, column in asked.wanted[name] if count else ():
                        yield Value(sender, row, column, count)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the people behind a cell."""
        measure = next(measure for _row, _column, measure in asked.cells)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT citizen_id, visit_id, day, round(index, 1)::text, sensitivity, facility_id,
                  count(*) OVER ()
                FROM ({FACTS}) facts WHERE row = %(key)s AND {COUNTS[measure]}
                ORDER BY day, visit_id LIMIT %(limit)s""",
                asked.params | {"key": key, "limit": limit},
            )
            found = cursor.fetchall()
        return Lines(found[0][6] if found else 0, [Line(*line[:6]) for line in found])
