"""What is counted of vaccinations: doses given in the period, and children fully immunised in it.

Doses count at the place that recorded them; a child that is fully immunised counts once, at its home
station, on the day of the last dose it needed, if that lies before the first birthday. Which doses
it needs is data of the list of vaccines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

from portal.codelists.lookup import codes_on
from reporting.definitions.reading import OWN, Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.homes import PERSON, as_they_lived
from reporting.sources.people import OURS
from reporting.sources.visits import SENDERS, completed_years

FIVE = "code IN ('dpt-hepb-hib', 'hexavalent')"
COUNTS: Mapping[str, str] = {
    "bcg": "code = 'bcg'",
    "hepb_24h": "code = 'hepb-birth' AND given <= birth_date + 1",
    "hepb_later": "code = 'hepb-birth' AND given > birth_date + 1",
    "dpt_1": f"{FIVE} AND dose_number = 1",
    "dpt_2": f"{FIVE} AND dose_number = 2",
    "dpt_3": f"{FIVE} AND dose_number = 3",
    "opv_1": "code = 'bopv' AND dose_number = 1",
    "opv_2": "code = 'bopv' AND dose_number = 2",
    "opv_3": "code = 'bopv' AND dose_number = 3",
    "ipv_1": "code = 'ipv' AND dose_number = 1",
    "ipv_2": "code = 'ipv' AND dose_number = 2",
    "measles_1": "code = 'measles'",
    "dpt_4": "(code = 'dpt' OR code = 'hexavalent' AND dose_number = 4)",
    "mr": "code = 'mr'",
    "je_3": "code = 'je' AND dose_number = 3",
}
FULLY = "fully"
# A dose whose day is not known to the day is none of a month.
DOSES = """
SELECT citizen_id, facility_id, code, dose_number, vaccine, sensitivity,
  CASE WHEN given ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN given::date END AS given
FROM healthrecords_immunization WHERE status = 'active'"""
FACTS = f"""
SELECT dose.citizen_id, dose.facility_id, dose.given, dose.code, dose.dose_number, dose.vaccine,
  dose.sensitivity, person.birth_date
FROM ({DOSES}) dose
JOIN healthrecords_citizen person ON person.id = dose.citizen_id
WHERE dose.given BETWEEN %(first)s AND %(last)s
  AND (%(everywhere)s OR dose.facility_id = ANY(%(places)s))
"""
# A group is complete with its last dose: that of the number, or as many as are needed.
COMPLETE = f"""
SELECT person.id AS citizen_id, person.home_station_id AS facility_id, person.birth_date,
  course.name, least(
    (array_agg(DISTINCT dose.given ORDER BY dose.given))[course.doses],
    min(dose.given) FILTER (WHERE dose.dose_number >= course.doses)) AS complete_on
FROM {PERSON}
JOIN ({DOSES}) dose ON dose.citizen_id = person.id AND dose.given IS NOT NULL
JOIN unnest(%(codes)s::text[], %(groups)s::text[], %(doses)s::int[])
  AS course(code, name, doses) ON course.code = dose.code
WHERE {OURS} AND person.birth_date BETWEEN %(first)s::date - 366 AND %(last)s
GROUP BY person.id, course.name, course.doses
"""
IMMUNISED = f"""
SELECT * FROM (
  SELECT citizen_id, facility_id, birth_date, max(complete_on) AS day
  FROM ({COMPLETE}) complete GROUP BY 1, 2, 3
  HAVING count(complete_on) = cardinality(ARRAY(SELECT DISTINCT unnest(%(groups)s::text[])))) whole
WHERE day BETWEEN %(first)s AND %(last)s AND {completed_years("birth_date", "day")} < 1
"""


def courses_of(asked: Asked) -> dict[str, Any]:
    """Return which doses of which vaccine make up a full course, as three columns."""
    found = [
        (entry.code, *group.split("="))
        for entry in codes_on("vaccines", asked.period.last)
        for group in str(entry.attributes.get("full_course", "") or "").split(";")
        if group
    ]
    return {
        **asked.params,
        "codes": [code for code, _group, _doses in found],
        "groups": [group for _code, group, _doses in found],
        "doses": [int(doses) for _code, _group, doses in found],
    }


class Vaccines:
    """Counts doses at the place that recorded them, and children at their home station."""

    name = "vaccines"
    knows_nought = True
    measures = (*COUNTS, FULLY)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count doses in one statement, children in another."""
        if FULLY in asked.wanted:
            yield from self._children(asked)
        names = [name for name in asked.wanted if name != FULLY]
        if not names:
            return
        counts = ", ".join(f"count(*) FILTER (WHERE {COUNTS[name]})" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT coalesce(sender, facility_id), {counts} FROM ({FACTS}) facts
                LEFT JOIN {SENDERS} ON place = facility_id GROUP BY 1""",
                asked.params,
            )
            for sender, *found in cursor.fetchall():
                for name, count in zip(names, found, strict=True):
                    for row, column in asked.wanted[name] if count else ():
                        yield Value(sender, row or OWN, column, count)

    @staticmethod
    def _children(asked: Asked) -> Iterator[Value]:
        statement, homes = as_they_lived(
            f"""SELECT coalesce(sender, facility_id), count(*) FROM ({IMMUNISED}) child
            LEFT JOIN {SENDERS} ON place = facility_id GROUP BY 1""",
            asked.period.last,
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, courses_of(asked) | homes)
            for sender, count in cursor.fetchall():
                for row, column in asked.wanted[FULLY]:
                    yield Value(sender, row or OWN, column, count)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the children behind a cell."""
        measure = next(measure for _row, _column, measure in asked.cells)
        if measure == FULLY:
            inner = (
                f"SELECT *, day AS given, '' AS vaccine, '' AS sensitivity FROM ({IMMUNISED}) child"
            )
        else:
            inner = f"SELECT * FROM ({FACTS}) facts WHERE {COUNTS[measure]}"
        statement = f"""
            SELECT citizen_id, NULL::uuid, given, vaccine, sensitivity, facility_id, count(*) OVER ()
            FROM ({inner}) facts ORDER BY given, citizen_id LIMIT %(limit)s"""
        named = asked.params | {"limit": limit}
        if measure == FULLY:
            statement, homes = as_they_lived(statement, asked.period.last)
            named |= courses_of(asked) | homes
        with connection.cursor() as cursor:
            cursor.execute(statement, named)
            found = cursor.fetchall()
        return Lines(found[0][6] if found else 0, [Line(*line[:6]) for line in found])
