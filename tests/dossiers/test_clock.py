"""A statutory clock never loses or gains a day, however often it stops."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.dossiers.clock import Clock, ClockError, day_after, days_between
from portal.workdays import Calendar, Term, TermUnit, vietnam_holidays, vietnam_makeup_days

TABLE = Calendar(
    frozenset(day for year in range(2025, 2029) for day, _name in vietnam_holidays(year)),
    frozenset(day for year in range(2025, 2029) for day in vietnam_makeup_days(year)),
)
DAYS = st.dates(date(2025, 3, 1), date(2027, 6, 30))
UNITS = st.sampled_from(list(TermUnit))
TERMS = st.builds(Term, st.integers(1, 60), UNITS)
PAUSES = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 40)), max_size=6)
ONE = timedelta(days=1)


def running_days(spans: list[tuple[date, date]], unit: TermUnit) -> list[date]:
    """Return each day that a span counts: the first day of a span does not, its last does."""
    counted = []
    for first, last in spans:
        day = first + ONE
        while day <= last:
            if unit is TermUnit.CALENDAR_DAYS or TABLE.is_working_day(day):
                counted.append(day)
            day += ONE
    return counted


@given(TERMS, DAYS, PAUSES)
def test_the_days_with_the_authority_add_up_to_the_term(term, start, pauses):
    """Whatever stops and starts come before the last day, exactly the term's days are counted."""
    clock = Clock.start(term, start)
    spans = []
    for runs, waits in pauses:
        stopped = clock.since + runs * ONE
        if stopped > (clock.due(TABLE) or stopped):
            break
        spans.append((clock.since, stopped))
        clock = clock.stop(stopped, TABLE).resume(stopped + waits * ONE)
    due = clock.due(TABLE)
    spans.append((clock.since, due))
    counted = running_days(spans, term.unit)
    assert len(counted) == len(set(counted)) == term.count
    assert clock.left_on(due, TABLE) == 0


@given(TERMS, DAYS, PAUSES)
def test_no_stop_makes_the_last_day_come_earlier(term, start, pauses):
    clock = Clock.start(term, start)
    for runs, waits in pauses:
        before = clock.due(TABLE)
        stopped = clock.since + runs * ONE
        clock = clock.stop(stopped, TABLE)
        assert clock.due(TABLE) is None
        clock = clock.resume(stopped + waits * ONE)
        if stopped <= before:
            assert clock.due(TABLE) >= before
        assert clock.left_on(clock.since, TABLE) == clock.left


@given(TERMS, DAYS, st.integers(0, 90), st.integers(0, 60))
def test_what_is_overdue_stays_overdue_by_as_much(term, start, runs, waits):
    clock = Clock.start(term, start).stop(start + runs * ONE, TABLE)
    resumed = clock.resume(clock.since + waits * ONE)
    assert resumed.left_on(resumed.since, TABLE) == clock.left
    if clock.left < 0:
        assert days_between(resumed.due(TABLE), resumed.since, term.unit, TABLE) == -clock.left


@given(DAYS, st.integers(-30, 30), UNITS)
def test_a_day_reached_by_counting_is_as_far_as_was_counted(start, count, unit):
    reached = day_after(start, count, unit, TABLE)
    first, last = min(start, reached), max(start, reached)
    assert days_between(first, last, unit, TABLE) == abs(count)


def test_a_stop_and_a_start_on_one_day_change_nothing():
    clock = Clock.start(Term(15, TermUnit.CALENDAR_DAYS), date(2026, 11, 2))
    same = clock.stop(date(2026, 11, 9), TABLE).resume(date(2026, 11, 9))
    assert same.due(TABLE) == clock.due(TABLE) == date(2026, 11, 17)


def test_a_clock_cannot_be_stopped_twice_or_run_twice():
    clock = Clock.start(Term(15, TermUnit.CALENDAR_DAYS), date(2026, 11, 2))
    with pytest.raises(ClockError):
        clock.resume(date(2026, 11, 3))
    with pytest.raises(ClockError):
        clock.stop(date(2026, 11, 3), TABLE).stop(date(2026, 11, 4), TABLE)
    with pytest.raises(ClockError):
        clock.stop(date(2026, 11, 1), TABLE)


@pytest.mark.parametrize(
    ("term", "start", "stop", "resume", "due"),
    [
        # 15 days from 02/11; asked on the 9th (7 used), answered on the 20th: 8 are left.
        (Term(15, TermUnit.CALENDAR_DAYS), "2026-11-02", "2026-11-09", "2026-11-20", "2026-11-28"),
        # 30 days over Tết are 30 days: the law says days.
        (Term(30, TermUnit.CALENDAR_DAYS), "2027-01-20", "2027-01-25", "2027-02-15", "2027-03-12"),
        # 3 working days from the Friday before Tết 2027, without a stop.
        (Term(3, TermUnit.WORKING_DAYS), "2027-01-29", "2027-01-29", "2027-01-29", "2027-02-03"),
        # 5 working days; asked on Tuesday (1 used), answered on a Sunday: four from Monday.
        (Term(5, TermUnit.WORKING_DAYS), "2026-11-02", "2026-11-03", "2026-11-08", "2026-11-12"),
        # Asked on the very last day: it is the last day again when the answer comes.
        (Term(15, TermUnit.CALENDAR_DAYS), "2026-11-02", "2026-11-17", "2026-12-01", "2026-12-01"),
        # Asked two days late: still two days late.
        (Term(15, TermUnit.CALENDAR_DAYS), "2026-11-02", "2026-11-19", "2026-12-01", "2026-11-29"),
    ],
)
def test_stops_are_counted_as_the_law_writes_its_days(term, start, stop, resume, due):
    clock = Clock.start(term, date.fromisoformat(start))
    clock = clock.stop(date.fromisoformat(stop), TABLE).resume(date.fromisoformat(resume))
    assert clock.due(TABLE) == date.fromisoformat(due)
