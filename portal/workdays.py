"""On which day does a term end, in working days or in calendar days (the law writes both)?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import holidays

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days nobody works, and which Saturdays or Sundays make up for a swapped day."""

    holidays: frozenset[date] = frozenset()
    working_saturdays: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        if day in self.working_saturdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def missing_years(self, start: date, end: date) -> list[int]:
        """The years of the span without a single holiday: a term over them is counted too short."""
        known = {day.year for day in self.holidays}
        first, last = sorted((start.year, end.year))
        return [year for year in range(first, last + 1) if year not in known]


class TermUnit(StrEnum):
    """What a legal term counts; one is never converted into the other."""

    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True, slots=True)
class Term:
    """A term as the law writes it: so many days of one unit."""

    count: int
    unit: TermUnit

    def due(self, start: date, calendar: Calendar) -> date:
        """The last day of the term; the day it begins on is not counted (Civil Code, Article 147)."""
        if self.unit is TermUnit.WORKING_DAYS:
            return add_working_days(start, self.count, calendar)
        return start + timedelta(days=self.count)

    def left(self, today: date, due: date, calendar: Calendar) -> int:
        """How many days of the term's own unit remain; negative when it is over."""
        if self.unit is TermUnit.WORKING_DAYS:
            return working_days_between(today, due, calendar)
        return (due - today).days


def add_working_days(start: date, count: int, calendar: Calendar) -> date:
    """The ``count``-th working day after ``start``, or before it when negative; 0 is ``start`` itself."""
    step = ONE_DAY if count > 0 else -ONE_DAY
    day, left = start, abs(count)
    while left:
        day += step
        left -= calendar.is_working_day(day)
    return day


def working_days_between(start: date, end: date, calendar: Calendar) -> int:
    """How many working days lie after ``start`` up to and with ``end``; negative when ``end`` is earlier."""
    if end < start:
        return -sum(map(calendar.is_working_day, _days(end, start - ONE_DAY)))
    return sum(map(calendar.is_working_day, _days(start + ONE_DAY, end)))


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def vietnam_holidays(year: int) -> list[tuple[date, str]]:
    """The public holidays of a year with their Vietnamese names, to fill the editable table.

    Computed from Labour Code 2019 Article 112, not from the yearly announcement: the five days of Tết
    are the usual choice, the second day of 2/9 and days off for weekends are inferred, and a swapped
    day is known only when it was announced before the installed release (02/01/2026 is not).
    """
    return sorted(holidays.country_holidays("VN", years=year, language="vi").items())


def vietnam_makeup_days(year: int) -> list[date]:
    """The weekend days of a year that were announced as working days, as far as the release knows."""
    # A swap may be listed under the neighbouring year.
    listed = holidays.country_holidays("VN", years=(year - 1, year, year + 1), language="vi")
    return sorted(day for day in listed.weekend_workdays if day.year == year)
