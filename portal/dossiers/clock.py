"""Until which day must an authority decide, when its clock stops while the applicant is asked?

Days are counted in the unit of the law and never converted. A day belongs to whoever has the dossier
at its end: the day a supplement is asked still counts for the authority, the day it comes does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.workdays import Calendar, Term, TermUnit, add_working_days, working_days_between

ONE_DAY = timedelta(days=1)


class ClockError(Exception):
    """A clock was asked for what it cannot do: stopped twice, resumed while it runs."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A term that runs since a day, or stands with what is left of it.

    ``left`` are the days of the term that were left on ``since``, the day it was last started or
    stopped; negative when the term was over by then.
    """

    term: Term
    since: date
    left: int
    is_running: bool = True

    @classmethod
    def start(cls, term: Term, on: date) -> Clock:
        """Begin to count; the first day is not counted (Civil Code 91/2015/QH13, article 147)."""
        return cls(term, on, term.count)

    def due(self, calendar: Calendar) -> date | None:
        """Return the last day, None while the clock stands."""
        return (
            day_after(self.since, self.left, self.term.unit, calendar) if self.is_running else None
        )

    def left_on(self, day: date, calendar: Calendar) -> int:
        """Return the days of the term that remain on a day; negative when it is over."""
        if not self.is_running:
            return self.left
        return self.left - days_between(self.since, day, self.term.unit, calendar)

    def stop(self, on: date, calendar: Calendar) -> Clock:
        """Let it stand from a day, which still counts."""
        if not self.is_running or on < self.since:
            raise ClockError
        return replace(self, since=on, left=self.left_on(on, calendar), is_running=False)

    def resume(self, on: date) -> Clock:
        """Let it run again from a day, which does not count."""
        if self.is_running or on < self.since:
            raise ClockError
        return replace(self, since=on, is_running=True)


def days_between(start: date, end: date, unit: TermUnit, calendar: Calendar) -> int:
    """Count the days of a unit after ``start`` up to and with ``end``."""
    if unit is TermUnit.WORKING_DAYS:
        return working_days_between(start, end, calendar)
    return (end - start).days


def day_after(start: date, count: int, unit: TermUnit, calendar: Calendar) -> date:
    """Return the day on which ``count`` days of a unit are over, before ``start`` when negative."""
    if unit is not TermUnit.WORKING_DAYS:
        return start + timedelta(days=count)
    if count >= 0:
        return add_working_days(start, count, calendar)
    day = start
    while working_days_between(day, start, calendar) < -count:
        day -= ONE_DAY
    while not calendar.is_working_day(day):  # a term ends on a day somebody works
        day -= ONE_DAY
    return day
