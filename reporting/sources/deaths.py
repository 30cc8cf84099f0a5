"""What is counted of deaths in the community: of whom, at what age, of what.

The cause is the main diagnosis of the visit at which the person died. Who died at home has no such
visit: the death counts, its cause is not known (R99), for a register of causes of death comes with
the programmes. As long as one such death stands in a column, no other row of it is known to be
nought: it is left blank, to be written by those who know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from reporting.definitions.reading import Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.classes import classes_on
from reporting.sources.coded import rows_by_code
from reporting.sources.homes import PERSON, as_they_lived
from reporting.sources.people import AGE_AT_DEATH, DIED, OURS
from reporting.sources.visits import SENDERS

UNKNOWN = "R99"
COUNTS: Mapping[str, str] = {
    "all": "TRUE",
    "female": "is_female",
    "under_1": "age < 1",
    "from_1": "age BETWEEN 1 AND 4",
    "from_5": "age BETWEEN 5 AND 14",
    "from_15": "age BETWEEN 15 AND 59",
    "from_60": "age >= 60",
}
# Of an injury the cause is what did it, where somebody wrote it: the code of the external cause.
CAUSE = """SELECT coalesce(CASE WHEN left(main.code, 1) IN ('S', 'T') THEN (
    SELECT external.code FROM healthrecords_diagnosis external
    WHERE external.visit_id = visit.id AND left(external.code, 1) IN ('V', 'W', 'X', 'Y')
    ORDER BY external.rank, external.position LIMIT 1) END, main.code) AS code, visit.sensitivity
  FROM healthrecords_visit visit
  JOIN healthrecords_diagnosis main ON main.visit_id = visit.id AND main.rank = 'main'
  WHERE visit.citizen_id = person.id AND visit.status = 'finished'
    AND visit.outcome = ANY(%(fatal)s)
  ORDER BY visit.started_at DESC LIMIT 1"""
FACTS = f"""
SELECT person.id AS citizen_id, person.home_station_id AS facility_id, person.died_on AS day,
  person.sex = 'female' AS is_female, {AGE_AT_DEATH} AS age,
  coalesce(last_visit.code, '{UNKNOWN}') AS code, coalesce(last_visit.sensitivity, '') AS sensitivity,
  last_visit.code IS NULL AS is_untold
FROM {PERSON}
LEFT JOIN LATERAL ({CAUSE}) last_visit ON TRUE
WHERE {OURS} AND {DIED}
"""


def params_of(asked: Asked) -> dict[str, Any]:
    """Return what the statement names."""
    classes = classes_on(asked.period.last)
    return {**asked.params, "fatal": [*classes["died"], *classes["dead_on_arrival"]]}


class Deaths:
    """Counts the deaths of a station's people by cause; no source says that of a cause nobody died."""

    name = "deaths"
    knows_nought = False
    measures = tuple(COUNTS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count by code in one statement, then put codes into rows."""
        names = list(asked.wanted)
        counts = ", ".join(f"count(*) FILTER (WHERE {COUNTS[name]})" for name in names)
        statement, homes = as_they_lived(
            f"""SELECT coalesce(sender, facility_id), code, is_untold, {counts}
            FROM ({FACTS}) facts
            LEFT JOIN {SENDERS} ON place = facility_id GROUP BY 1, 2, 3""",
            asked.period.last,
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, params_of(asked) | homes)
            lines = cursor.fetchall()
        rows = rows_by_code(asked.form, [code for _sender, code, *_found in lines])
        untold: set[tuple[UUID, str]] = set()
        for sender, code, is_untold, *found in lines:
            for name, count in zip(names, found, strict=True):
                for _row, column in asked.wanted[name] if count and code in rows else ():
                    yield Value(sender, rows[code], column, count)
                if count and is_untold:
                    untold.add((sender, name))
        yield from self._noughts(asked, untold)

    @staticmethod
    def _noughts(asked: Asked, untold: set[tuple[UUID, str]]) -> Iterator[Value]:
        """Yield 0 for every cell of a column in which the cause of each death is known."""
        for sender in {place.sender for place in asked.places or ()}:
            for name, cells in asked.wanted.items():
                for _row, column in cells if (sender, name) not in untold else ():
                    for row in asked.form.rows:
                        yield Value(sender, row.key, column, 0)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the people behind a cell."""
        measure = next(measure for _row, _column, measure in asked.cells)
        statement, homes = as_they_lived(
            f"""SELECT citizen_id, NULL::uuid, day, code, sensitivity, facility_id
            FROM ({FACTS}) facts WHERE {COUNTS[measure]} ORDER BY day, citizen_id""",
            asked.period.last,
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, params_of(asked) | homes)
            found = [Line(*line) for line in cursor.fetchall()]
        rows = rows_by_code(asked.form, [line.text for line in found])
        mine = [line for line in found if rows.get(line.text) == key]
        return Lines(len(mine), mine[:limit])
