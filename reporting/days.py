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
from reporting.models.day import OF_DISEASE, OF_FACILITY
from reporting.periods import ONE_DAY, Period
from reporting.sources.asked import Asked, Place
from reporting.sources.visits import ZONE, class_params, counted, facts

AT_ONCE = 2_000
# A day of a facility that some version of a touched visit lay on: on the day it began, or it ended.
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
)
SELECT facility_id, (started_at AT TIME ZONE '{ZONE}')::date FROM versions
UNION
SELECT facility_id, (ended_at AT TIME ZONE '{ZONE}')::date FROM versions WHERE ended_at IS NOT NULL
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


def _count(period: Period, facilities: list[UUID] | None) -> None:
    from reporting.definitions.reading import Form

    form = Form(code="", rows_from="", columns=(), rows=(), rules=(), duties=())
    places = None if facilities is None else [Place(pk, pk) for pk in facilities]
    params = class_params(Asked(form, period, [], places))
    within = (
        "day BETWEEN %(first)s AND %(last)s AND (%(everywhere)s OR facility_id = ANY(%(places)s))"
    )
    both = ", ".join(OF_FACILITY), ", ".join(OF_DISEASE)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM reporting_facilityday WHERE {within}", params)
        cursor.execute(f"DELETE FROM reporting_diseaseday WHERE {within}", params)
        cursor.execute(
            f"""INSERT INTO reporting_facilityday (id, facility_id, day, {both[0]})
            SELECT public.mach_uuid7(), facility_id, day, {counted(OF_FACILITY)}
            FROM ({facts(OF_FACILITY, with_code=False)}) facts GROUP BY facility_id, day""",
            params,
        )
        cursor.execute(
            f"""INSERT INTO reporting_diseaseday (id, facility_id, day, category, {both[1]})
            SELECT public.mach_uuid7(), facility_id, day, left(code, 3), {counted(OF_DISEASE)}
            FROM ({facts(OF_DISEASE, with_code=True)}) facts GROUP BY 2, 3, 4""",
            params,
        )
        count_arrivals(cursor, params)
