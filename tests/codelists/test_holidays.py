"""Legal clocks skip the days off that the editable table names."""

from datetime import date

from portal.codelists.holidays import calendar_between, load_holidays
from portal.codelists.models import Holiday
from portal.workdays import add_working_days


def test_the_holidays_of_four_years_are_loaded_once(db: None) -> None:
    assert load_holidays() > 40
    assert load_holidays() == 0
    for year in range(2025, 2029):
        assert Holiday.objects.filter(day=date(year, 9, 2), kind="off").exists()


def test_a_clock_skips_national_day(db: None) -> None:
    load_holidays()
    calendar = calendar_between(date(2026, 8, 1), date(2026, 9, 30))
    # 1 and 2 September 2026 are off; Monday 31 August is followed by Thursday 3 September.
    assert add_working_days(date(2026, 8, 31), 1, calendar) == date(2026, 9, 3)


def test_a_mended_day_stays_as_it_was_mended(db: None) -> None:
    load_holidays()
    Holiday.objects.filter(day=date(2026, 9, 2)).update(name="Quốc khánh (đã sửa)")
    load_holidays()
    assert Holiday.objects.get(day=date(2026, 9, 2)).name == "Quốc khánh (đã sửa)"


def test_a_working_saturday_counts_as_a_working_day(db: None) -> None:
    Holiday.objects.create(day=date(2026, 8, 22), name="Làm bù", kind="working")
    calendar = calendar_between(date(2026, 8, 1), date(2026, 8, 31))
    assert add_working_days(date(2026, 8, 21), 1, calendar) == date(2026, 8, 22)
