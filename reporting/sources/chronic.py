"""What is counted of long illnesses: who is new, managed, treated, controlled, lost, died; each person once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

from portal.codelists.lookup import codes_on
from reporting.definitions.reading import Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.coded import as_columns, categories_of, rows_by_code
from reporting.sources.visits import SENDERS, ZONE

MANAGED_DAYS, LOST_DAYS = 365, 90
DAY = f"(visit.started_at AT TIME ZONE '{ZONE}')::date"
LIVES = "(died_on IS NULL OR died_on > %(last)s)"
COUNTS: Mapping[str, str] = {
    "new": "first_seen BETWEEN %(first)s AND %(last)s",
    "managed": f"{LIVES} AND last_seen > %(last)s::date - {MANAGED_DAYS}",
    "treated": "last_seen BETWEEN %(first)s AND %(last)s",
    "controlled": "last_seen BETWEEN %(first)s AND %(last)s AND is_controlled",
    "lost": f"""{LIVES} AND last_seen > %(last)s::date - {MANAGED_DAYS}
      AND last_seen < %(last)s::date - {LOST_DAYS}""",
    "died": "died_on BETWEEN %(first)s AND %(last)s",
}
CODES = """SELECT DISTINCT code FROM healthrecords_diagnosis
WHERE left(code, 1) = ANY(%(letters)s) AND (%(everywhere)s OR facility_id = ANY(%(places)s))"""
# A pressure speaks for hypertension, a fasting glucose for diabetes; other rows have no target yet.
FACTS = f"""
SELECT seen.*, person.died_on, coalesce(last_measure.is_controlled, FALSE) AS is_controlled
FROM (
  SELECT coalesce(sender, visit.facility_id) AS facility_id, visit.citizen_id, mapped.row,
    min({DAY}) AS first_seen, max({DAY}) AS last_seen,
    (array_agg(visit.id ORDER BY visit.started_at DESC))[1] AS visit_id,
    (array_agg(diagnosis.code ORDER BY visit.started_at DESC))[1] AS code,
    (array_agg(diagnosis.sensitivity ORDER BY visit.started_at DESC))[1] AS sensitivity
  FROM healthrecords_diagnosis diagnosis
  JOIN unnest(%(codes)s::text[], %(rows)s::text[]) AS mapped(code, row) USING (code)
  JOIN healthrecords_visit visit ON visit.id = diagnosis.visit_id AND visit.status = 'finished'
  LEFT JOIN {SENDERS} ON place = visit.facility_id
  WHERE visit.started_at < %(end)s AND (%(everywhere)s OR visit.facility_id = ANY(%(places)s))
  GROUP BY 1, 2, 3) seen
JOIN healthrecords_citizen person ON person.id = seen.citizen_id
LEFT JOIN LATERAL (
  SELECT CASE seen.row
    WHEN 'tha' THEN vital.systolic < %(systolic)s AND vital.diastolic < %(diastolic)s
    WHEN 'dtd' THEN vital.glucose BETWEEN %(glucose_low)s AND %(glucose_high)s
    ELSE FALSE END AS is_controlled
  FROM healthrecords_vitalsigns vital
  JOIN healthrecords_visit visit ON visit.id = vital.visit_id AND visit.status = 'finished'
  WHERE vital.citizen_id = seen.citizen_id
    AND visit.started_at >= %(begin)s AND visit.started_at < %(end)s
    AND CASE seen.row WHEN 'tha' THEN vital.systolic IS NOT NULL AND vital.diastolic IS NOT NULL
      WHEN 'dtd' THEN vital.glucose IS NOT NULL AND vital.glucose_timing = 'fasting' ELSE FALSE END
  ORDER BY visit.started_at DESC, visit.id DESC LIMIT 1) last_measure ON TRUE
"""


def params_of(asked: Asked) -> dict[str, Any]:
    """Return what the statement names: codes with their rows, and the targets of the day."""
    params = asked.params
    with connection.cursor() as cursor:
        cursor.execute(CODES, {**params, "letters": categories_of(asked.form)})
        codes = [code for (code,) in cursor.fetchall()]
    said = {
        entry.code: entry.attributes for entry in codes_on("key_figure_targets", asked.period.last)
    }
    glucose = said.get("glucose.fasting", {})
    return {
        **params,
        **as_columns(rows_by_code(asked.form, codes)),
        "systolic": said.get("blood_pressure.systolic", {}).get("high", 140),
        "diastolic": said.get("blood_pressure.diastolic", {}).get("high", 90),
        "glucose_low": glucose.get("low", "4.4"),
        "glucose_high": glucose.get("high", "7.2"),
    }


class Chronic:
    """Counts people with long illnesses at the facility that treats them."""

    name = "chronic"
    knows_nought = True
    measures = tuple(COUNTS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count people by row in one statement."""
        names = list(asked.wanted)
        counts = ", ".join(f"count(*) FILTER (WHERE {COUNTS[name]})" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT facility_id, row, {counts} FROM ({FACTS}) facts GROUP BY 1, 2",
                params_of(asked),
            )
            for sender, row, *found in cursor.fetchall():
                for name, count in zip(names, found, strict=True):
                    for _row, column in asked.wanted[name] if count else ():
                        yield Value(sender, row, column, count)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the people behind a cell, each with the last visit."""
        measure = next(measure for _row, _column, measure in asked.cells)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT citizen_id, visit_id, last_seen, code, sensitivity, facility_id,
                  count(*) OVER ()
                FROM ({FACTS}) facts WHERE row = %(key)s AND {COUNTS[measure]}
                ORDER BY last_seen DESC, visit_id LIMIT %(limit)s""",
                params_of(asked) | {"key": key, "limit": limit},
            )
            found = cursor.fetchall()
        return Lines(found[0][6] if found else 0, [Line(*line[:6]) for line in found])
