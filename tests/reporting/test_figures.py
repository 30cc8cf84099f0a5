"""Figures are counts of rows that exist."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from healthrecords.models import Citizen, Visit
from portal.places.models import Organisation
from portal.scope import EVERYWHERE, Scope
from reporting.figures import month_so_far, quietest_facilities, visits_by_day

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = date(2026, 11, 5)


def visit(facility: Organisation, at: datetime, **more: str) -> Visit:
    citizen = Citizen.objects.create(name="Cà Văn Thoan", birth_date=date(1968, 1, 1), sex="male")
    return Visit.objects.create(citizen=citizen, facility=facility, started_at=at, **more)


def test_a_visit_before_midnight_in_vietnam_belongs_to_that_day(station: Organisation) -> None:
    visit(station, datetime(2026, 11, 4, 23, 30, tzinfo=HANOI))
    visit(station, datetime(2026, 11, 5, 0, 10, tzinfo=HANOI))
    days = visits_by_day(EVERYWHERE, date(2026, 11, 3), TODAY, sees_sensitive=True)
    assert days == [0, 1, 1]


def test_figures_of_a_place_do_not_count_its_neighbour(
    station: Organisation, other_station: Organisation
) -> None:
    visit(station, datetime(2026, 11, 2, 8, tzinfo=HANOI))
    visit(other_station, datetime(2026, 11, 2, 8, tzinfo=HANOI))
    here = Scope(ids=frozenset({station.pk}))
    assert month_so_far(here, TODAY, sees_sensitive=True).number == 1


def test_sensitive_visits_are_not_counted_on_screen_without_the_right(
    station: Organisation,
) -> None:
    visit(station, datetime(2026, 11, 2, 8, tzinfo=HANOI), sensitivity="hiv")
    assert month_so_far(EVERYWHERE, TODAY, sees_sensitive=False).number == 0
    assert month_so_far(EVERYWHERE, TODAY, sees_sensitive=True).number == 1


def test_the_month_before_is_compared_over_the_same_days(station: Organisation) -> None:
    visit(station, datetime(2026, 10, 5, 8, tzinfo=HANOI))
    visit(station, datetime(2026, 10, 6, 8, tzinfo=HANOI))
    assert month_so_far(EVERYWHERE, TODAY, sees_sensitive=True).before == 1


def test_a_month_of_31_days_is_compared_with_the_whole_shorter_one(station: Organisation) -> None:
    visit(station, datetime(2026, 2, 28, 8, tzinfo=HANOI))
    assert month_so_far(EVERYWHERE, date(2026, 3, 31), sees_sensitive=True).before == 1


def test_withdrawn_visits_are_not_counted(station: Organisation) -> None:
    visit(station, datetime(2026, 11, 2, 8, tzinfo=HANOI), status="withdrawn")
    assert month_so_far(EVERYWHERE, TODAY, sees_sensitive=True).number == 0


def test_a_facility_without_any_visit_is_the_quietest(
    station: Organisation, other_station: Organisation
) -> None:
    visit(station, datetime(2026, 11, 5, 8, tzinfo=HANOI) - timedelta(days=40))
    assert list(quietest_facilities(EVERYWHERE)) == [other_station, station]
