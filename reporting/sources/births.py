"""What is counted of births: the papers of birth a place issued, by the day the child was born.

One paper is one child born alive; where a visit has papers issued here and the same again by file,
those issued here count. A place that issued no such paper for a year writes them elsewhere:
of its births nothing is known, not nought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import connection

from reporting.definitions.reading import OWN, Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.visits import SENDERS, ZONE

LIGHT = 2500  # grams
# Each measure with what it counts, and whether it counts children or the births of their mothers.
COUNTS: Mapping[str, str] = {
    "alive": "TRUE",
    "alive_female": "sex = '2'",
    "weighed": "weight > 0",
    "light": f"weight > 0 AND weight < {LIGHT}",
    "operations": "by_operation",
}
OF_MOTHERS = frozenset({"operations"})
# A moment is kept with its offset; one without is a moment of here.
SAID = "(paper.content ->> 'child_born_at')"
BORN = f"""CASE WHEN {SAID} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}' THEN
  CASE WHEN {SAID} ~ 'T.*(Z|[+-][0-9:]+)$' THEN ({SAID}::timestamptz AT TIME ZONE '{ZONE}')::date
  ELSE left({SAID}, 10)::date END END"""
FACTS = f"""
SELECT * FROM (
  SELECT paper.id, paper.facility_id, paper.citizen_id, paper.visit_id, paper.sensitivity, {BORN} AS day,
    paper.content ->> 'child_sex' AS sex,
    CASE WHEN paper.content ->> 'child_weight' ~ '^[0-9]{{1,5}}$'
      THEN (paper.content ->> 'child_weight')::int END AS weight,
    coalesce(paper.content ->> 'by_operation', '') = 'true' AS by_operation
  FROM healthrecords_document paper
  WHERE paper.kind = 'birth' AND paper.cancelled_at IS NULL AND paper.issued_at >= %(begin)s
    AND (paper.origin = 'typed' OR NOT EXISTS (SELECT FROM healthrecords_document typed
      WHERE typed.visit_id = paper.visit_id AND typed.kind = 'birth' AND typed.origin = 'typed'
        AND typed.cancelled_at IS NULL))
    AND (%(everywhere)s OR paper.facility_id = ANY(%(places)s))) told
WHERE day BETWEEN %(first)s AND %(last)s
"""
# Who issues papers of birth in the system: one in the year up to the end of the period.
ISSUERS = f"""
SELECT DISTINCT coalesce(sender, paper.facility_id) FROM healthrecords_document paper
LEFT JOIN {SENDERS} ON place = paper.facility_id
WHERE paper.kind = 'birth' AND paper.issued_at < %(end)s
  AND paper.issued_at >= %(end)s - interval '1 year'
  AND (%(everywhere)s OR paper.facility_id = ANY(%(places)s))
"""


class Births:
    """Counts children by their papers of birth, and births by operation once for each mother."""

    name = "births"
    knows_nought = False
    measures = tuple(COUNTS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count in one statement, and ask in another who issues such papers at all."""
        names = list(asked.wanted)
        counts = ", ".join(
            f"count({'DISTINCT visit_id' if name in OF_MOTHERS else '*'})"
            f" FILTER (WHERE {COUNTS[name]})"
            for name in names
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT coalesce(sender, facility_id), {counts} FROM ({FACTS}) facts
                LEFT JOIN {SENDERS} ON place = facility_id GROUP BY 1""",
                asked.params,
            )
            found = {sender: counted for sender, *counted in cursor.fetchall()}
            cursor.execute(ISSUERS, asked.params)
            issuers = {sender for (sender,) in cursor.fetchall()}
        for sender in issuers | set(found):
            counted = found.get(sender, [0] * len(names))
            for name, count in zip(names, counted, strict=True):
                for row, column in asked.wanted[name]:
                    yield Value(sender, row or OWN, column, count)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the mothers behind a cell, with the weight of the child; once for an operation."""
        measure = next(measure for _row, _column, measure in asked.cells)
        chosen = "DISTINCT ON (visit_id)" if measure in OF_MOTHERS else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT citizen_id, visit_id, day, coalesce(weight || ' g', ''), sensitivity,
                  facility_id, count(*) OVER ()
                FROM (SELECT {chosen} * FROM ({FACTS}) facts WHERE {COUNTS[measure]}
                  ORDER BY visit_id, id) one
                ORDER BY day, id LIMIT %(limit)s""",
                asked.params | {"limit": limit},
            )
            found = cursor.fetchall()
        return Lines(found[0][6] if found else 0, [Line(*line[:6]) for line in found])
