"""Weeks, months, half-years and years of reports; when is a report due?"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from portal.codelists.holidays import calendar_between
from portal.workdays import Calendar, Term, TermUnit
from reporting.definitions.reading import Duty
from reporting.models.definition import PeriodKind

ZONE = ZoneInfo(settings.TIME_ZONE)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days a report tells of, both ends included."""

    first: date
    last: date
    kind: str

    @classmethod
    def holding(cls, kind: str, day: date) -> Period:
        """Return the period of a kind in which a day lies; weeks run from Monday to Sunday."""
        if kind == PeriodKind.WEEK:
            monday = day - timedelta(days=day.weekday())
            return cls(monday, monday + timedelta(days=6), kind)
        if kind == PeriodKind.MONTH:
            last = calendar.monthrange(day.year, day.month)[1]
            return cls(day.replace(day=1), day.replace(day=last), kind)
        if kind == PeriodKind.HALF_YEAR:
            if day.month <= 6:
                return cls(date(day.year, 1, 1), date(day.year, 6, 30), kind)
            return cls(date(day.year, 7, 1), date(day.year, 12, 31), kind)
        return cls(date(day.year, 1, 1), date(day.year, 12, 31), str(PeriodKind.YEAR))

    @classmethod
    def last_closed(cls, kind: str, on: date) -> Period:
        """Return the latest period that was over before a day."""
        return cls.holding(kind, cls.holding(kind, on).first - ONE_DAY)

    @classmethod
    def closed_before(cls, kind: str, on: date, count: int) -> Iterator[Period]:
        """Yield the latest closed periods, the newest first."""
        period = cls.last_closed(kind, on)
        for _n in range(count):
            yield period
            period = period.before

    @property
    def slug(self) -> str:
        """Return the period as addresses and anchors write it: month-2026-10-01."""
        return f"{self.kind}-{self.first:%Y-%m-%d}"

    @property
    def before(self) -> Period:
        return Period.holding(self.kind, self.first - ONE_DAY)

    @property
    def after(self) -> Period:
        return Period.holding(self.kind, self.last + ONE_DAY)

    @property
    def year_before(self) -> Period:
        """The same month or week of the year before; a week is found by its number."""
        if self.kind == PeriodKind.WEEK:
            year, week, _day = self.first.isocalendar()
            last = date(year - 1, 12, 28).isocalendar().week
            monday = date.fromisocalendar(year - 1, min(week, last), 1)
            return Period.holding(self.kind, monday)
        return Period.holding(self.kind, date(self.first.year - 1, self.first.month, 1))

    @property
    def year_so_far(self) -> Period:
        """From the first day of the year in which the period ends, until its last day."""
        return Period(date(self.last.year, 1, 1), self.last, self.kind)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def each_day(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(self.days)]

    @property
    def begin(self) -> datetime:
        """The first moment, 00:00 in Vietnam."""
        return datetime.combine(self.first, time.min, tzinfo=ZONE)

    @property
    def end(self) -> datetime:
        """The first moment after it: the last day counts until 24:00."""
        return datetime.combine(self.last + ONE_DAY, time.min, tzinfo=ZONE)

    @property
    def label(self) -> str:
        """Say which period: month 10/2026, week 45/2026, year 2026."""
        if self.kind == PeriodKind.WEEK:
            year, week, _day = self.first.isocalendar()
            return _("week %(week)s/%(year)s") % {"week": week, "year": year}
        if self.kind == PeriodKind.MONTH:
            return _("month %(month)s") % {"month": f"{self.first:%m/%Y}"}
        if self.kind == PeriodKind.HALF_YEAR:
            is_first = self.first.month == 1
            half = _("first half of %(year)s") if is_first else _("second half of %(year)s")
            return half % {"year": self.first.year}
        return _("year %(year)s") % {"year": self.first.year}


def due_on(duty: Duty, period: Period, known: Calendar | None = None) -> date:
    """Return the last day on which a report is in time.

    Working days follow the editable calendar; “before Wednesday” is Tuesday; the 25th is that of the
    month after the period.
    """
    if duty.unit == "weekday":
        return period.last + timedelta(days=duty.count)
    if duty.unit == "day_of_month":
        following = period.last + ONE_DAY
        last = calendar.monthrange(following.year, following.month)[1]
        return following.replace(day=min(duty.count, last))
    if known is None:
        known = calendar_between(period.last, period.last + timedelta(days=60))
    return Term(duty.count, TermUnit(duty.unit)).due(period.last, known)


def warned_on(duty: Duty, period: Period) -> date | None:
    """Return the day to be ready by where the circular's annex says fewer days than its text."""
    return period.last + timedelta(days=duty.early_days) if duty.early_days else None
