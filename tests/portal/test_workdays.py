"""Terms in working days follow the year's table of holidays; terms in calendar days do not."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.workdays import (
    Calendar,
    Term,
    TermUnit,
    add_working_days,
    vietnam_holidays,
    vietnam_makeup_days,
    working_days_between,
)


def calendar_of(*years):
    return Calendar(
        frozenset(day for year in years for day, _name in vietnam_holidays(year)),
        frozenset(day for year in years for day in vietnam_makeup_days(year)),
    )


TABLE = calendar_of(2025, 2026, 2027)
DAYS = st.dates(date(2025, 2, 1), date(2027, 11, 30))


@pytest.mark.parametrize(
    ("leaves_on", "due"),
    [
        (date(2026, 2, 13), date(2026, 2, 25)),  # the Friday before Tết 2026 (16/02 to 20/02)
        (date(2027, 1, 29), date(2027, 2, 3)),  # the last Friday at work before Tết 2027
        (
            date(2027, 2, 3),
            date(2027, 2, 15),
        ),  # the last day at work before Tết 2027 (04/02 to 10/02)
        (date(2025, 1, 24), date(2025, 2, 5)),  # the Friday before Tết 2025 (27/01 to 31/01)
    ],
)
def test_a_leaver_before_tet_is_reported_within_three_working_days(leaves_on, due):
    assert Term(3, TermUnit.WORKING_DAYS).due(leaves_on, TABLE) == due


def test_a_term_in_calendar_days_may_end_on_a_sunday_or_in_tet():
    ten_days = Term(10, TermUnit.CALENDAR_DAYS)
    assert ten_days.due(date(2026, 11, 12), TABLE) == date(2026, 11, 22)
    assert ten_days.due(date(2026, 2, 7), TABLE) == date(2026, 2, 17)
    assert Term(10, TermUnit.WORKING_DAYS).due(date(2026, 11, 12), TABLE) == date(2026, 11, 27)


def test_what_is_left_of_a_term_is_counted_in_its_own_unit():
    today, due = date(2026, 2, 13), date(2026, 2, 25)
    assert Term(3, TermUnit.WORKING_DAYS).left(today, due, TABLE) == 3
    assert Term(3, TermUnit.CALENDAR_DAYS).left(today, due, TABLE) == 12
    assert Term(3, TermUnit.WORKING_DAYS).left(date(2026, 2, 26), due, TABLE) == -1


def test_terms_of_two_units_cannot_be_compared_or_added():
    working, calendar = Term(3, TermUnit.WORKING_DAYS), Term(3, TermUnit.CALENDAR_DAYS)
    assert working != calendar
    with pytest.raises(TypeError):
        assert working < calendar
    with pytest.raises(TypeError):
        working + calendar


def test_a_swapped_saturday_is_worked_and_its_friday_is_not():
    assert not TABLE.is_working_day(date(2025, 5, 2))
    assert TABLE.is_working_day(date(2025, 4, 26))
    assert add_working_days(date(2025, 4, 25), 1, TABLE) == date(2025, 4, 26)
    assert TABLE.is_working_day(date(2026, 8, 22))


def test_a_swap_added_to_the_table_by_hand_counts():
    """Announced on 25/12/2025 and unknown to the package: 02/01/2026 for Saturday 10/01/2026."""
    edited = Calendar(
        TABLE.holidays | {date(2026, 1, 2)}, TABLE.working_saturdays | {date(2026, 1, 10)}
    )
    assert add_working_days(date(2025, 12, 31), 1, TABLE) == date(2026, 1, 2)
    assert add_working_days(date(2025, 12, 31), 1, edited) == date(2026, 1, 5)
    assert add_working_days(date(2026, 1, 9), 1, edited) == date(2026, 1, 10)


def test_the_years_table_names_the_days_in_vietnamese():
    table = dict(vietnam_holidays(2027))
    assert table[date(2027, 2, 6)] == "Tết Nguyên Đán"
    assert [day for day in table if day.month == 2] == [date(2027, 2, day) for day in range(4, 11)]
    assert table[date(2027, 4, 16)] == "Ngày Giỗ Tổ Hùng Vương"
    assert date(2027, 5, 3) in table, "01/05/2027 is a Saturday and is made up for on Monday"
    assert vietnam_holidays(2026) == sorted(vietnam_holidays(2026))


def test_a_day_off_for_a_holiday_on_a_sunday_is_in_the_table():
    assert date(2026, 4, 26).weekday() == 6
    assert not TABLE.is_working_day(date(2026, 4, 27))


def test_years_without_a_table_are_named():
    assert TABLE.missing_years(date(2026, 12, 20), date(2028, 1, 10)) == [2028]
    assert TABLE.missing_years(date(2026, 1, 1), date(2026, 12, 31)) == []


@given(DAYS, st.integers(-60, 60))
def test_adding_and_counting_working_days_agree(start, count):
    end = add_working_days(start, count, TABLE)
    if count >= 0 or TABLE.is_working_day(start):
        assert working_days_between(start, end, TABLE) == count
    assert count == 0 or TABLE.is_working_day(end)


@given(DAYS, DAYS, DAYS)
def test_working_days_add_up_over_any_day_between(first, second, third):
    whole = working_days_between(first, third, TABLE)
    assert whole == working_days_between(first, second, TABLE) + working_days_between(
        second, third, TABLE
    )


@given(DAYS, st.integers(0, 60))
def test_a_term_in_calendar_days_ignores_the_table(start, count):
    assert Term(count, TermUnit.CALENDAR_DAYS).due(start, TABLE) == start + timedelta(days=count)
