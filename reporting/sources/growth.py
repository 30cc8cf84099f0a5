"""What is counted of the growth of children under five: underweight and stunted, by the WHO's curves.

A child is judged by its last measuring of the period, the one that counts it as measured. Whose day
of birth or sex is not known lies on no curve and is judged by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

from healthrecords.growth import LAST, MONTH, STANDARDS, deviation
from portal.codelists.lookup import codes_on
from reporting.definitions.reading import Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.nutrition import FACTS
from reporting.sources.visits import SENDERS

CHILDREN = "te"
# Each measure with the figure it looks at; below this deviation of the median it counts.
FIGURES: Mapping[str, str] = {"underweight": "weight", "stunted": "height"}
LOW = -2


def between(name: str) -> str:
    """Return SQL for a value of the curve between two whole months."""
    return f"({name} + (next_{name} - {name}) * part)"


SKEW, MEDIAN, SPREAD = between("l"), between("m"), between("s")
# Children and curves stand by themselves before they meet: nobody knows how many rows lists unfold
# to, and the children would be looked for anew for each of them.
GROWN = f"""
WITH curve AS MATERIALIZED (
  SELECT *, lead(l) OVER months AS next_l, lead(m) OVER months AS next_m,
    lead(s) OVER months AS next_s, lead(month) OVER months AS next_month
  FROM unnest(%(figures)s::text[], %(sexes)s::text[], %(months)s::int[], %(skews)s::float8[],
    %(medians)s::float8[], %(spreads)s::float8[]) AS said (figure, sex, month, l, m, s)
  WINDOW months AS (PARTITION BY figure, sex ORDER BY month)
), child AS MATERIALIZED (
  SELECT measured.*, least(months, {LAST}) - lower AS part FROM (
    SELECT facts.*, (day - birth_date) / {MONTH}::float8 AS months,
      least(floor((day - birth_date) / {MONTH}::float8), {LAST} - 1)::int AS lower
    FROM ({FACTS}) facts WHERE row = '{CHILDREN}' AND is_exact) measured
)
SELECT child.facility_id, child.citizen_id, child.visit_id, child.day, child.sensitivity, figure,
  CASE WHEN {SKEW} = 0 THEN ln(value / {MEDIAN}) / {SPREAD}
    ELSE (power(value / {MEDIAN}, {SKEW}) - 1) / ({SKEW} * {SPREAD}) END AS z
FROM child JOIN curve ON curve.sex = child.sex AND curve.month = child.lower
CROSS JOIN LATERAL (SELECT
  (CASE figure WHEN 'weight' THEN child.weight ELSE child.height END)::float8 AS value) told
WHERE next_month = month + 1
"""


def curves_of(asked: Asked) -> dict[str, Any]:
    """Return what the statement names: the curves of the period's last day as columns."""
    rows = [entry.attributes for entry in codes_on(STANDARDS, asked.period.last)]
    return {
        **asked.params,
        "figures": [str(row["figure"]) for row in rows],
        "sexes": [str(row["sex"]) for row in rows],
        "months": [int(row["month"]) for row in rows],
        "skews": [float(row["l"]) for row in rows],
        "medians": [float(row["m"]) for row in rows],
        "spreads": [float(row["s"]) for row in rows],
    }


class Growth:
    """Counts children below the curves; without a list of curves nothing is known, not nought."""

    name = "growth"
    knows_nought = False
    measures = tuple(FIGURES)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count by figure in one statement."""
        params = curves_of(asked)
        if not params["months"]:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT coalesce(sender, facility_id), figure, count(*) FROM ({GROWN}) grown
                LEFT JOIN {SENDERS} ON place = facility_id WHERE z < {LOW} GROUP BY 1, 2""",
                params,
            )
            found = {(sender, figure): count for sender, figure, count in cursor.fetchall()}
        for sender in {place.sender for place in asked.places or ()}:
            for name, cells in asked.wanted.items():
                for _row, column in cells:
                    count = found.get((sender, FIGURES[name]), 0)
                    yield Value(sender, CHILDREN, column, count)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the children behind a cell with how far below the median they are."""
        measure = next(measure for _row, _column, measure in asked.cells)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT citizen_id, visit_id, day, z, sensitivity, facility_id, count(*) OVER ()
                FROM ({GROWN}) grown WHERE z < {LOW} AND figure = %(figure)s
                ORDER BY day, visit_id LIMIT %(limit)s""",
                curves_of(asked) | {"figure": FIGURES[measure], "limit": limit},
            )
            found = cursor.fetchall()
        lines = [
            Line(citizen, visit, day, deviation(z), sensitivity, place)
            for citizen, visit, day, z, sensitivity, place, _total in found
        ]
        return Lines(found[0][6] if found else 0, lines)
