"""What is counted of services: tests with a result, operations, interventions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db import connection

from reporting.definitions.reading import OWN, Row
from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.visits import SENDERS, ZONE

WITHIN = """done.performed_at >= %(begin)s AND done.performed_at < %(end)s
AND done.withdrawn_at IS NULL AND done.status <> 'entered_in_error'
AND (%(everywhere)s OR done.facility_id = ANY(%(places)s))"""
TESTS = f"""SELECT done.facility_id, done.citizen_id, done.visit_id, done.performed_at, done.title,
  done.sensitivity
FROM healthrecords_diagnosticreport done JOIN healthrecords_result result ON result.report_id = done.id
WHERE {WITHIN} AND done.superseded_by_id IS NULL AND done.kind IN ('laboratory', 'microbiology')"""
DONE = f"""SELECT done.facility_id, done.citizen_id, done.visit_id, done.performed_at, done.title,
  done.sensitivity
FROM healthrecords_procedure done WHERE {WITHIN} AND done.kind = '{{kind}}'"""
ROWS: Mapping[str, str] = {
    "tests": TESTS,
    "surgery": DONE.format(kind="surgery"),
    "interventions": DONE.format(kind="intervention"),
}


class Services:
    """Counts services where they were done, on the day they were done."""

    name = "services"
    knows_nought = True
    measures = tuple(ROWS)

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Count each kind of service in a statement of its own, or from what was counted by day."""
        if asked.from_days:
            yield from self._of_days(asked)
            return
        for name, cells in asked.wanted.items():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"""SELECT coalesce(sender, facility_id), count(*) FROM ({ROWS[name]}) done
                    LEFT JOIN {SENDERS} ON place = facility_id GROUP BY 1""",
                    asked.params,
                )
                for sender, count in cursor.fetchall():
                    for row, column in cells:
                        yield Value(sender, row or OWN, column, count)

    @staticmethod
    def _of_days(asked: Asked) -> Iterator[Value]:
        names = list(asked.wanted)
        sums = ", ".join(f"sum({name})" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT coalesce(sender, facility_id), {sums} FROM reporting_facilityday done
                LEFT JOIN {SENDERS} ON place = facility_id
                WHERE day BETWEEN %(first)s AND %(last)s
                  AND (%(everywhere)s OR facility_id = ANY(%(places)s)) GROUP BY 1""",
                asked.params,
            )
            counted = cursor.fetchall()
        for sender, *found in counted:
            for name, count in zip(names, found, strict=True):
                for row, column in asked.wanted[name] if count else ():
                    yield Value(sender, row or OWN, column, int(count))

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the services behind a cell."""
        measure = next(measure for _row, _column, measure in asked.cells)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT citizen_id, visit_id, (performed_at AT TIME ZONE '{ZONE}')::date, title,
                  sensitivity, facility_id, count(*) OVER ()
                FROM ({ROWS[measure]}) done ORDER BY performed_at, visit_id LIMIT %(limit)s""",
                asked.params | {"limit": limit},
            )
            found = cursor.fetchall()
        return Lines(found[0][6] if found else 0, [Line(*line[:6]) for line in found])
