"""What is counted of injuries: visits with a code of an external cause, each once, by its first such code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

from reporting.definitions.reading import Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.classes import classes_on
from reporting.sources.coded import rows_by_code
from reporting.sources.visits import SENDERS, class_params, facts

DIED_WITHIN_DAYS = 30
COUNTS: Mapping[str, str] = {
    "all": "TRUE",
    "female": "is_female",
    "age_0": "age < 5",
    "age_5": "age BETWEEN 5 AND 15",
    "age_16": "age BETWEEN 16 AND 19",
    "age_20": "age BETWEEN 20 AND 60",
    "age_61": "age > 60",
    "discharged": "discharge = ANY(%(discharged)s)",
    "transferred": "is_transferred",
    "moribund": "is_moribund",
    "died": "is_dead",
    "died_female": "is_dead AND is_female",
}
INNER = facts(["visits"], with_code=False)
FACTS = f"""
SELECT facts.*, cause.code, visit.discharge,
  facts.has_died OR facts.came_dead
  OR (person.died_on BETWEEN facts.day AND facts.day + {DIED_WITHIN_DAYS}) IS TRUE AS is_dead
FROM ({INNER}) facts
JOIN healthrecords_visit visit ON visit.id = facts.id
JOIN healthrecords_citizen person ON person.id = facts.citizen_id
JOIN LATERAL (
  SELECT diagnosis.code FROM healthrecords_diagnosis diagnosis
  WHERE diagnosis.visit_id = facts.id AND left(diagnosis.code, 1) IN ('V', 'W', 'X', 'Y')
  ORDER BY diagnosis.rank, diagnosis.position LIMIT 1) cause ON TRUE
WHERE facts.class <> 'course'
"""


def params_of(asked: Asked) -> dict[str, Any]:
    """Return what the statement names."""
    return {**class_params(asked), "discharged": classes_on(asked.period.last)["discharged"]}


class Injuries:
    """Counts injuries by cause."""

    name = "injuries"
    knows_nought = True
    measures = tuple(COUNTS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count by code in one statement, then put codes into rows."""
        names = list(asked.wanted)
        counts = ", ".join(f"count(*) FILTER (WHERE {COUNTS[name]})" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT coalesce(sender, facility_id), code, {counts} FROM ({FACTS}) facts
                LEFT JOIN {SENDERS} ON place = facility_id GROUP BY 1, 2""",
                params_of(asked),
            )
            lines = cursor.fetchall()
        rows = rows_by_code(asked.form, [code for _sender, code, *_found in lines])
        for sender, code, *found in lines:
            for name, count in zip(names, found, strict=True):
                for _row, column in asked.wanted[name] if count and code in rows else ():
                    yield Value(sender, rows[code], column, count)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the visits behind a cell."""
        measure = next(measure for _row, _column, measure in asked.cells)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT citizen_id, id, day, code, sensitivity, facility_id
                FROM ({FACTS}) facts WHERE {COUNTS[measure]} ORDER BY day, id""",
                params_of(asked),
            )
            found = [Line(*line) for line in cursor.fetchall()]
        rows = rows_by_code(asked.form, [line.text for line in found])
        mine = [line for line in found if rows.get(line.text) == key]
        return Lines(len(mine), mine[:limit])
