"""What is counted of injuries: one case for one person and one cause, however often the wound is seen.

A visit tells of an injury by its first code of an external cause. Who comes again for the same cause
within thirty days of the visit before comes with the same injury: the first visit says when, at what
age and where the case counts, the last one how it ended. Each sender counts its own cases: who is sent
on from the station to the hospital is "transferred" in one report and a case of the other, as form 08
of Decision 97/QĐ-PB has it, and a province's sum is the sum of its reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection

from reporting.definitions.reading import Row
from reporting.limits import surveillance_on
from reporting.periods import Period
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.classes import classes_on
from reporting.sources.coded import rows_of_categories
from reporting.sources.visits import SENDERS, class_params, facts

# How far before the period visits are looked at, to know a case that began there.
LOOKED_BACK = timedelta(days=90)
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
INJURED = f"""
SELECT coalesce(known.sender, facts.facility_id) AS sender, facts.*, cause.code, mapped.row,
  visit.discharge, facts.has_died OR facts.came_dead AS is_fatal
FROM ({INNER}) facts
JOIN healthrecords_visit visit ON visit.id = facts.id
JOIN {{cause}}
JOIN unnest(%(codes)s::text[], %(rows)s::text[]) AS mapped(code, row)
  ON mapped.code = left(cause.code, 3)
LEFT JOIN {SENDERS} ON known.place = facts.facility_id
WHERE facts.class <> 'course'
"""
MARKED = f"""
SELECT injured.*, coalesce(began - lag(began) OVER seen > %(same_within)s::int, TRUE) AS is_new
FROM ({INJURED}) injured
WINDOW seen AS (PARTITION BY sender, citizen_id, row ORDER BY began, day, id)
"""
NUMBERED = f"""
SELECT marked.*, count(*) FILTER (WHERE is_new) OVER seen AS number FROM ({MARKED}) marked
WINDOW seen AS (PARTITION BY sender, citizen_id, row ORDER BY began, day, id)
"""
CASES = f"""
SELECT whole.*, is_fatal_soon
  OR (person.died_on BETWEEN began AND began + %(died_within)s::int) IS TRUE AS is_dead
FROM (
  SELECT DISTINCT ON (sender, citizen_id, row, number) sender, citizen_id, row, id, day, began, code,
    sensitivity, facility_id, is_female, age,
    last_value(discharge) OVER whole AS discharge,
    last_value(is_transferred) OVER whole AS is_transferred,
    last_value(is_moribund) OVER whole AS is_moribund,
    bool_or(is_fatal AND day - first_day <= %(died_within)s::int) OVER whole AS is_fatal_soon
  FROM (
    SELECT numbered.*, first_value(began) OVER (
      PARTITION BY sender, citizen_id, row, number ORDER BY began, day, id) AS first_day
    FROM ({NUMBERED}) numbered) dated
  WINDOW whole AS (PARTITION BY sender, citizen_id, row, number ORDER BY began, day, id
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
  ORDER BY sender, citizen_id, row, number, began, day, id) whole
JOIN healthrecords_citizen person ON person.id = whole.citizen_id
WHERE day >= %(counted_from)s
"""
EXTERNAL = "left(diagnosis.code, 1) IN ('V', 'W', 'X', 'Y')"
OF_A_VISIT = f"""LATERAL (
  SELECT diagnosis.code FROM healthrecords_diagnosis diagnosis
  WHERE diagnosis.visit_id = facts.id AND {EXTERNAL}
  ORDER BY diagnosis.rank, diagnosis.position LIMIT 1) cause ON TRUE"""
# Of a whole country the few diagnoses of an injury are found first: to ask each visit costs far more.
OF_ALL = f"""(
  SELECT DISTINCT ON (diagnosis.visit_id) diagnosis.visit_id, diagnosis.code
  FROM healthrecords_diagnosis diagnosis WHERE {EXTERNAL}
  ORDER BY diagnosis.visit_id, diagnosis.rank, diagnosis.position) cause
  ON cause.visit_id = facts.id"""


def cases_of(asked: Asked) -> str:
    """Return the cases with their cause, in the way that fits how many places are asked about."""
    return CASES.format(cause=OF_ALL if asked.params["everywhere"] else OF_A_VISIT)


def params_of(asked: Asked) -> dict[str, Any]:
    """Return what the statement names: it reads the visits before the period, too."""
    period, terms = asked.period, surveillance_on(asked.period.last)
    wider = replace(asked, period=Period(period.first - LOOKED_BACK, period.last, period.kind))
    return {
        **class_params(wider),
        **rows_of_categories(asked.form),
        "counted_from": period.first,
        "discharged": classes_on(period.last)["discharged"],
        "died_within": terms.days("injury.death"),
        "same_within": terms.days("injury.same"),
    }


class Injuries:
    """Counts injuries by cause."""

    name = "injuries"
    knows_nought = True
    measures = tuple(COUNTS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count cases by row in one statement."""
        names = list(asked.wanted)
        counts = ", ".join(f"count(*) FILTER (WHERE {COUNTS[name]})" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT sender, row, {counts} FROM ({cases_of(asked)}) cases GROUP BY 1, 2",
                params_of(asked),
            )
            lines = cursor.fetchall()
        for sender, row, *found in lines:
            for name, count in zip(names, found, strict=True):
                for _row, column in asked.wanted[name] if count else ():
                    yield Value(sender, row, column, count)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the cases behind a cell, each with its first visit."""
        measure = next(measure for _row, _column, measure in asked.cells)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT citizen_id, id, day, code, sensitivity, facility_id, count(*) OVER ()
                FROM ({cases_of(asked)}) cases WHERE row = %(key)s AND {COUNTS[measure]}
                ORDER BY day, id LIMIT %(limit)s""",
                params_of(asked) | {"key": key, "limit": limit},
            )
            found = cursor.fetchall()
        return Lines(found[0][6] if found else 0, [Line(*line[:6]) for line in found])
