"""What is counted of vaccinations: doses given in the period to the children of a station."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import connection

from reporting.definitions.reading import OWN, Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.visits import SENDERS

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
# A dose whose day is not known to the day is none of a month.
FACTS = """
SELECT dose.citizen_id, dose.facility_id, dose.given, dose.code, dose.dose_number, dose.vaccine,
  dose.sensitivity, person.birth_date
FROM (
  SELECT citizen_id, facility_id, code, dose_number, vaccine, sensitivity,
    CASE WHEN given ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN given::date END AS given
  FROM healthrecords_immunization WHERE status = 'active') dose
JOIN healthrecords_citizen person ON person.id = dose.citizen_id
WHERE dose.given BETWEEN %(first)s AND %(last)s
  AND (%(everywhere)s OR dose.facility_id = ANY(%(places)s))
"""


class Vaccines:
    """Counts doses at the place that recorded them."""

    name = "vaccines"
    knows_nought = True
    measures = tuple(COUNTS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count doses in one statement."""
        names = list(asked.wanted)
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

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the children behind a cell."""
        measure = next(measure for _row, _column, measure in asked.cells)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT citizen_id, NULL::uuid, given, vaccine, sensitivity, facility_id, count(*) OVER ()
                FROM ({FACTS}) facts WHERE {COUNTS[measure]}
                ORDER BY given, citizen_id LIMIT %(limit)s""",
                asked.params | {"limit": limit},
            )
            found = cursor.fetchall()
        return Lines(found[0][6] if found else 0, [Line(*line[:6]) for line in found])
