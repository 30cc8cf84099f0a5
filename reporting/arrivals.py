"""How many came, by day and place, by week and body: counted from the visits, read by home pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import connection

from reporting.sources.visits import PLACES, ZONE

WEEK = timedelta(days=7)
# A visit counts on the day it began, whether it is finished or not; who left unseen did not come.
OF_DAYS = f"""
INSERT INTO reporting_arrivalday (id, facility_id, day, visits, protected)
SELECT public.mach_uuid7(), facility_id, (started_at AT TIME ZONE '{ZONE}')::date, count(*),
  count(*) FILTER (WHERE sensitivity <> '')
FROM healthrecords_visit visit
WHERE status IN ('in_progress', 'finished')
  AND started_at >= %(begin)s AND started_at < %(end)s AND {PLACES}
GROUP BY 2, 3
"""
# Bodies are those that others stand under. Who is under whom is worked out once, not for each week.
OF_WEEKS = """
WITH counted AS MATERIALIZED (
  SELECT facility_id, date_trunc('week', day)::date AS monday,
    sum(visits) AS visits, sum(protected) AS protected
  FROM reporting_arrivalday
  WHERE day >= %(first)s AND day < %(end)s AND date_trunc('week', day)::date = ANY(%(mondays)s)
  GROUP BY 1, 2
), above AS MATERIALIZED (
  SELECT own.id AS facility_id, body.id AS body_id
  FROM places_organisation own JOIN places_organisation body ON starts_with(own.path, body.path)
  WHERE own.id IN (SELECT facility_id FROM counted)
    AND body.id IN (SELECT parent_id FROM places_organisation)
)
INSERT INTO reporting_arrivalweek (id, body_id, monday, visits, protected)
SELECT public.mach_uuid7(), body_id, monday, sum(visits), sum(protected)
FROM counted JOIN above USING (facility_id) GROUP BY body_id, monday
"""


def monday_of(day: date) -> date:
    """Return the first day of the week in which a day lies."""
    return day - timedelta(days=day.weekday())


def count_arrivals(cursor: Any, params: dict[str, Any]) -> None:
    """Count the arrivals of some days and places anew; ``params`` are those of a report's source."""
    cursor.execute(
        "DELETE FROM reporting_arrivalday WHERE day BETWEEN %(first)s AND %(last)s"
        " AND (%(everywhere)s OR facility_id = ANY(%(places)s))",
        params,
    )
    cursor.execute(OF_DAYS, params)


def sum_weeks(days: Iterable[date]) -> None:
    """Add up anew the weeks in which these days lie, for every body."""
    mondays = sorted({monday_of(day) for day in days})
    if not mondays:
        return
    params: dict[str, Any] = {"mondays": mondays, "first": mondays[0], "end": mondays[-1] + WEEK}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM reporting_arrivalweek WHERE monday = ANY(%(mondays)s)", params)
        cursor.execute(OF_WEEKS, params)
