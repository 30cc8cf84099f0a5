"""How many came week by week, and in the same weeks of the year before?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from portal.places.models import Organisation
from reporting.arrivals import WEEK, monday_of
from reporting.board.matters import BODIES
from reporting.models import ArrivalDay, ArrivalWeek
from reporting.periods import Period
from reporting.standings import last_week

WEEKS = 12


@dataclass(frozen=True, slots=True)
class Week:
    """One week with its arrivals, and those of the same week of the year before."""

    period: Period
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Month:
    """The arrivals of a month so far, and of the same days of the month before."""

    first: date
    number: int
    before: int
    then: Period


def weeks_until(on: date) -> list[Period]:
    """Return the last twelve weeks that are over, the oldest first."""
    last = last_week(on)
    return [Period.holding("week", last.first - WEEK * back) for back in reversed(range(WEEKS))]


def days_of(
    place: Organisation, windows: Sequence[tuple[date, date]], *, sees_sensitive: bool
) -> dict[date, int]:
    """Return the arrivals of one facility by day; a day without any is left out."""
    wanted = Q(pk__in=())
    for first, last in windows:
        wanted |= Q(day__gte=first, day__lte=last)
    rows = ArrivalDay.objects.filter(wanted, facility=place).order_by()
    return {
        day: visits if sees_sensitive else visits - protected
        for day, visits, protected in rows.values_list("day", "visits", "protected")
    }


def course_of(
    place: Organisation, on: date, *, sees_sensitive: bool
) -> tuple[list[Week], Month | None]:
    """Return twelve weeks of a place, and its month so far where it is one facility; one query."""
    periods = weeks_until(on)
    if place.kind in BODIES:
        return _of_body(place, periods, sees_sensitive=sees_sensitive), None
    then = [period.year_before for period in periods]
    windows = [(periods[0].first, on), (then[0].first, then[-1].last)]
    days = days_of(place, windows, sees_sensitive=sees_sensitive)
    by_week: dict[date, int] = {}
    for day, number in days.items():
        by_week[monday_of(day)] = by_week.get(monday_of(day), 0) + number
    return _weeks(periods, by_week), _month(days, on)


def _of_body(body: Organisation, periods: list[Period], *, sees_sensitive: bool) -> list[Week]:
    mondays = [one.first for p in periods for one in (p, p.year_before)]
    rows: Any = ArrivalWeek.objects.filter(body=body, monday__in=mondays)
    return _weeks(periods, {row.monday: row.seen(sees_sensitive=sees_sensitive) for row in rows})


def _weeks(periods: list[Period], by_week: dict[date, int]) -> list[Week]:
    return [
        Week(one, by_week.get(one.first, 0), by_week.get(one.year_before.first, 0))
        for one in periods
    ]


def _month(days: dict[date, int], on: date) -> Month:
    """Add up the month of a day; a longer month is compared with the whole shorter one before."""
    first = on.replace(day=1)
    last = first - timedelta(days=1)
    until = last.replace(day=min(on.day, last.day))
    number = sum(n for day, n in days.items() if first <= day <= on)
    before = sum(n for day, n in days.items() if last.replace(day=1) <= day <= until)
    return Month(first, number, before, Period(last.replace(day=1), until, "month"))


def visits_url(place: Organisation, period: Period | None, since: date | None = None) -> str:
    """Return the list of the visits of a place that arrivals count: of a period, or since a day."""
    begin = period.begin if period else Period.holding("month", since or date.min).begin
    query = {
        "facility__id__exact": str(place.pk),
        "started_at__gte": begin.isoformat(sep=" "),
        "status__in": "in_progress,finished",
    }
    if period is not None:
        query["started_at__lt"] = period.end.isoformat(sep=" ")
    return f"{reverse('admin:healthrecords_visit_changelist')}?{urlencode(query)}"
