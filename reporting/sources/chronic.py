"""What is counted of long illnesses: who is new, managed, treated, controlled, lost, died; each person once.

A station tells of the people of its commune, wherever they are treated: each person counts in one
commune, and the communes add up to the province. Hospitals and clinics tell of whom they treat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

from portal.codelists.lookup import codes_on
from reporting.definitions.reading import Row
from reporting.limits import surveillance_on
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.coded import rows_of_categories
from reporting.sources.homes import PERSON, as_they_lived
from reporting.sources.visits import SENDERS, ZONE

LIVES = "(died_on IS NULL OR died_on > %(last)s)"
COUNTS: Mapping[str, str] = {
    "new": "first_seen BETWEEN %(first)s AND %(last)s",
    "managed": f"{LIVES} AND last_seen > %(managed_since)s::date",
    "treated": "last_seen BETWEEN %(first)s AND %(last)s",
    "controlled": "last_seen BETWEEN %(first)s AND %(last)s AND is_controlled",
    "lost": f"""{LIVES} AND last_seen > %(managed_since)s::date
      AND last_seen < %(lost_since)s::date""",
    "died": "died_on BETWEEN %(first)s AND %(last)s",
}
# Whose a visit is: of a station the people's of its commune, of other senders that of the place.
IN_COMMUNES = "known.place = person.home_station_id AND known.is_station"
AT_PLACES = "known.place = visit.facility_id AND NOT known.is_station"
# What kind of place each sender was that day is asked once of each, not of each visit there; as yes or
# no, for of a word the planner takes one place in two hundred to be a station.
KNOWN = f"""known AS MATERIALIZED (
  SELECT place, sender, public.mach_kind_on(unit.id, unit.kind, %(last)s) = 'station' AS is_station
  FROM {SENDERS} JOIN places_organisation unit ON unit.id = known.sender)"""
SEEN = f"""
SELECT known.sender, visit.citizen_id, mapped.row,
  (min(visit.started_at) AT TIME ZONE '{ZONE}')::date AS first_seen,
  (max(visit.started_at) AT TIME ZONE '{ZONE}')::date AS last_seen {{last}}
FROM healthrecords_visit visit
JOIN {PERSON} ON person.id = visit.citizen_id
JOIN known ON {{whose}}
JOIN healthrecords_diagnosis diagnosis ON diagnosis.visit_id = visit.id
JOIN unnest(%(codes)s::text[], %(rows)s::text[]) AS mapped(code, row)
  ON mapped.code = left(diagnosis.code, 3)
WHERE visit.status = 'finished' AND visit.started_at < %(end)s
GROUP BY 1, 2, 3
"""
LAST = """,
  (array_agg(visit.id ORDER BY visit.started_at DESC, visit.id DESC))[1] AS visit_id,
  (array_agg(visit.facility_id ORDER BY visit.started_at DESC, visit.id DESC))[1] AS facility_id,
  (array_agg(diagnosis.code ORDER BY visit.started_at DESC, visit.id DESC))[1] AS code,
  (array_agg(diagnosis.sensitivity ORDER BY visit.started_at DESC, visit.id DESC))[1] AS sensitivity"""
# The last measure of the period speaks: a pressure for hypertension; for diabetes a fasting glucose,
# of the finger or the laboratory, or HbA1c. No other row has a target.
MEASURES = """
SELECT visit.citizen_id, told.row, visit.started_at AS at, vital.id, told.is_controlled
FROM healthrecords_visit visit
JOIN healthrecords_vitalsigns vital ON vital.visit_id = visit.id
CROSS JOIN LATERAL (VALUES
  ('tha', vital.systolic IS NOT NULL AND vital.diastolic IS NOT NULL,
    vital.systolic < %(systolic)s::numeric AND vital.diastolic < %(diastolic)s::numeric),
  ('dtd', vital.glucose IS NOT NULL AND vital.glucose_timing = 'fasting',
    vital.glucose BETWEEN %(glucose_low)s::numeric AND %(glucose_high)s::numeric)
) AS told (row, is_told, is_controlled)
WHERE visit.status = 'finished' AND told.is_told
  AND visit.started_at >= %(begin)s AND visit.started_at < %(end)s {of_whom}
UNION ALL
SELECT visit.citizen_id, 'dtd', visit.performed_at, result.id,
  CASE result.test WHEN 'hba1c' THEN result.number < %(hba1c)s::numeric
    ELSE result.number BETWEEN %(glucose_low)s::numeric AND %(glucose_high)s::numeric END
FROM healthrecords_result result
JOIN healthrecords_diagnosticreport visit ON visit.id = result.report_id
WHERE result.number IS NOT NULL
  AND (result.test = 'hba1c' AND result.unit = '%%'
    OR result.test = 'glucose-fasting' AND result.unit = 'mmol/L')
  AND visit.status IN ('final', 'amended') AND visit.superseded_by_id IS NULL
  AND visit.withdrawn_at IS NULL
  AND visit.performed_at >= %(begin)s AND visit.performed_at < %(end)s {of_whom}
"""


def facts_of(asked: Asked, *, with_last: bool = False) -> str:
    """Return one line for each sender, person and row.

    The last visit costs a sort of all of them: it is asked for where lines are shown. Of a few
    places the measures of their own people alone are read.
    """
    last = LAST if with_last else ""
    seen = (SEEN.format(whose=whose, last=last) for whose in (IN_COMMUNES, AT_PLACES))
    everywhere = asked.params["everywhere"]
    of_whom = "" if everywhere else "AND visit.citizen_id IN (SELECT citizen_id FROM seen)"
    return f"""
WITH {KNOWN}, seen AS MATERIALIZED ({" UNION ALL ".join(seen)}), measured AS (
  SELECT DISTINCT ON (citizen_id, row) citizen_id, row, is_controlled
  FROM ({MEASURES.format(of_whom=of_whom)}) measure
  ORDER BY citizen_id, row, at DESC, id DESC)
SELECT seen.*, person.died_on, coalesce(measured.is_controlled, FALSE) AS is_controlled
FROM seen JOIN healthrecords_citizen person ON person.id = seen.citizen_id
LEFT JOIN measured ON measured.citizen_id = seen.citizen_id AND measured.row = seen.row"""


def params_of(asked: Asked) -> dict[str, Any]:
    """Return what the statement names: categories with their rows, the terms and the targets of the day.

    A term or a target that no list holds is NULL: what is asked by it counts nobody.
    """
    on = asked.period.last
    terms = surveillance_on(on)
    said = {entry.code: entry.attributes for entry in codes_on("key_figure_targets", on)}
    glucose = said.get("glucose.fasting", {})
    return {
        **asked.params,
        **rows_of_categories(asked.form),
        "managed_since": terms.since("chronic.managed"),
        "lost_since": terms.since("chronic.lost"),
        "systolic": said.get("blood_pressure.systolic", {}).get("high"),
        "diastolic": said.get("blood_pressure.diastolic", {}).get("high"),
        "glucose_low": glucose.get("low"),
        "glucose_high": glucose.get("high"),
        "hba1c": said.get("hba1c", {}).get("high"),
    }


class Chronic:
    """Counts people with long illnesses: of a commune, or at the facility that treats them."""

    name = "chronic"
    knows_nought = True
    measures = tuple(COUNTS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count people by row in one statement."""
        names = list(asked.wanted)
        counts = ", ".join(f"count(*) FILTER (WHERE {COUNTS[name]})" for name in names)
        statement, homes = as_they_lived(
            f"SELECT sender, row, {counts} FROM ({facts_of(asked)}) facts GROUP BY 1, 2",
            asked.period.last,
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, params_of(asked) | homes)
            for sender, row, *found in cursor.fetchall():
                for name, count in zip(names, found, strict=True):
                    for _row, column in asked.wanted[name] if count else ():
                        yield Value(sender, row, column, count)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the people behind a cell, each with the last visit, where that was."""
        measure = next(measure for _row, _column, measure in asked.cells)
        statement, homes = as_they_lived(
            f"""SELECT citizen_id, visit_id, last_seen, code, sensitivity, facility_id,
              count(*) OVER ()
            FROM ({facts_of(asked, with_last=True)}) facts WHERE row = %(key)s AND {COUNTS[measure]}
            ORDER BY last_seen DESC, visit_id LIMIT %(limit)s""",
            asked.period.last,
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, params_of(asked) | homes | {"key": key, "limit": limit})
            found = cursor.fetchall()
        return Lines(found[0][6] if found else 0, [Line(*line[:6]) for line in found])
