"""Keep the counts of each day: which days did the history touch since, and what do the records say of them?

Nothing is added to what writes the records: the worker reads their history up to the oldest
transaction still running (an id is no order of commits), and counts each touched day of a facility
anew from the records. Counting a day twice gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from reporting.arrivals import count_arrivals, sum_weeks
from reporting.models import CountedUntil
from reporting.models.day import OF_DISEASE, OF_FACILITY, OF_SERVICES
from reporting.periods import ONE_DAY, Period
from reporting.sources.asked import Asked, Place
from reporting.sources.room import room_to_count
from reporting.sources.services import ROWS
from reporting.sources.visits import ZONE, class_params, counted, kinds

AT_ONCE = 2_000
# A day of a facility that some version of a touched visit lay on, on the day it began or it ended, or
# on which a touched service was done.
TOUCHED = f"""
WITH visits AS (
  SELECT id FROM healthrecords_visithistory WHERE pgh_xid >= %(since)s AND pgh_xid < %(until)s
  UNION
  SELECT visit_id FROM healthrecords_diagnosishistory
  WHERE pgh_xid >= %(since)s AND pgh_xid < %(until)s
  UNION
  SELECT visit.id FROM healthrecords_visit visit WHERE visit.citizen_id IN (
    SELECT id FROM healthrecords_citizenhistory
    WHERE pgh_xid >= %(since)s AND pgh_xid < %(until)s)
), versions AS (
  SELECT facility_id, started_at, ended_at FROM healthrecords_visithistory
  WHERE id IN (SELECT id FROM visits)
  UNION
  SELECT facility_id, started_at, ended_at FROM healthrecords_visit
  WHERE id IN (SELECT id FROM visits)
), reports AS (
  SELECT id FROM healthrecords_diagnosticreporthistory
  WHERE pgh_xid >= %(since)s AND pgh_xid < %(until)s
  UNION
  SELECT report_id FROM healthrecords_resulthistory
  WHERE pgh_xid >= %(since)s AND pgh_xid < %(until)s
), procedures AS (
  SELECT id FROM healthrecords_procedurehistory
  WHERE pgh_xid >= %(since)s AND pgh_xid < %(until)s
), services AS (
  SELECT facility_id, performed_at FROM healthrecords_diagnosticreporthistory
  WHERE id IN (SELECT id FROM reports)
  UNION
  SELECT facility_id, performed_at FROM healthrecords_diagnosticreport
  WHERE id IN (SELECT id FROM reports)
  UNION
  SELECT facility_id, performed_at FROM healthrecords_procedurehistory
  WHERE id IN (SELECT id FROM procedures)
  UNION
  SELECT facility_id, performed_at FROM healthrecords_procedure
  WHERE id IN (SELECT id FROM procedures)
)
SELECT facility_id, (started_at AT TIME ZONE '{ZONE}')::date FROM versions
UNION
SELECT facility_id, (ended_at AT TIME ZONE '{ZONE}')::date FROM versions WHERE ended_at IS NOT NULL
UNION
SELECT facility_id, (performed_at AT TIME ZONE '{ZONE}')::date FROM services
"""
HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one facility."""

    facility: UUID
    day: date


@transaction.atomic
def catch_up(*, at: datetime, until: str | None = None) -> int:
    """Count every day that was touched since the last time; return how many.

    ``until`` is the first transaction that is left for the next time.
    """
    mark = CountedUntil.objects.select_for_update().first()
    horizon = until or _horizon()
    since = str(mark.xid) if mark is not None else "0"
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, {"since": since, "until": horizon})
        days = [Day(facility, day) for facility, day in cursor.fetchall()]
    count_days(days)
    mark = mark or CountedUntil()
    mark.xid, mark.counted_at = horizon, at
    mark.save()
    return len(days)


def _horizon() -> str:
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        return str(cursor.fetchone()[0])


def count_days(days: Iterable[Day]) -> None:
    """Count these days anew; what was counted of them before goes."""
    by_day: dict[date, list[UUID]] = {}
    for one in days:
        by_day.setdefault(one.day, []).append(one.facility)
    for day, facilities in sorted(by_day.items()):
        for start in range(0, len(facilities), AT_ONCE):
            _count(Period(day, day, "month"), facilities[start : start + AT_ONCE])
    sum_weeks(by_day)


@transaction.atomic
def count_anew(first: date, last: date) -> None:
    """Count all facilities between two days anew, for a register that was filled past its history."""
    day = first
    while day <= last:
        until = min(last, day + timedelta(days=30))
        _count(Period(day, until, "month"), None)
        day = until + ONE_DAY
    sum_weeks(first + timedelta(days=n) for n in range((last - first).days + 1))
    CountedUntil.objects.all().delete()
    CountedUntil.objects.create(xid=_horizon(), counted_at=timezone.now())


def services_by_day() -> str:
    """Return the statement that writes how many services were done beside the visits of each day."""
    done = " UNION ALL ".join(
        f"SELECT facility_id, performed_at, '{name}' AS name FROM ({ROWS[name]}) done"
        for name in OF_SERVICES
    )
    numbers = ", ".join(f"count(*) FILTER (WHERE name = '{name}')" for name in OF_SERVICES)
    names = ", ".join(OF_SERVICES)
    nought = ", ".join("0" for _name in OF_FACILITY)
    said = ", ".join(f"{name} = excluded.{name}" for name in OF_SERVICES)
    return f"""
    INSERT INTO reporting_facilityday AS whole (id, facility_id, day, {", ".join(OF_FACILITY)}, {names})
    SELECT public.mach_uuid7(), facility_id, (performed_at AT TIME ZONE '{ZONE}')::date, {nought},
      {numbers}
    FROM ({done}) done GROUP BY 2, 3
    ON CONFLICT (day, facility_id) DO UPDATE SET {said}"""


def _count(period: Period, facilities: list[UUID] | None) -> None:
    from reporting.definitions.reading import Form

    form = Form(code="", rows_from="", columns=(), rows=(), rules=(), duties=())
    places = None if facilities is None else [Place(pk, pk) for pk in facilities]
    params = class_params(Asked(form, period, [], places))
    within = (
        "day BETWEEN %(first)s AND %(last)s AND (%(everywhere)s OR facility_id = ANY(%(places)s))"
    )
    both = ", ".join(OF_FACILITY), ", ".join(OF_DISEASE)
    more, noughts = ", ".join(OF_SERVICES), ", ".join("0" for _name in OF_SERVICES)
    with room_to_count(wanted=places is None), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM reporting_facilityday WHERE {within}", params)
        cursor.execute(f"DELETE FROM reporting_diseaseday WHERE {within}", params)
        cursor.execute(
            f"""INSERT INTO reporting_facilityday (id, facility_id, day, {both[0]}, {more})
            SELECT public.mach_uuid7(), facility_id, day, {counted(OF_FACILITY)}, {noughts}
            FROM ({kinds(OF_FACILITY, by=["facility_id", "day"])}) kinds GROUP BY facility_id, day""",
            params,
        )
        cursor.execute(services_by_day(), params)
        cursor.execute(
            f"""INSERT INTO reporting_diseaseday (id, facility_id, day, category, {both[1]})
            SELECT public.mach_uuid7(), facility_id, day, code, {counted(OF_DISEASE)}
            FROM ({kinds(OF_DISEASE, by=["facility_id", "day", "code"])}) kinds GROUP BY 2, 3, 4""",
            params,
        )
        count_arrivals(cursor, params)
