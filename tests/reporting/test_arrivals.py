"""Arrivals of days and weeks are counts of visits that exist, whatever was written meanwhile."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from healthrecords.models import Citizen, Visit
from portal.places.models import Organisation
from reporting.arrivals import sum_weeks
from reporting.board.weeks import course_of, days_of
from reporting.days import catch_up, count_anew
from reporting.models import ArrivalDay, ArrivalWeek, CountedUntil
from reporting.periods import ZONE
from tests.reporting.conftest import LATER

TODAY = date(2026, 11, 5)
END = str(2**62)  # past every transaction: also what this very one wrote


def visit(facility: Organisation, at: datetime, **more: Any) -> Visit:
    citizen = Citizen.objects.create(name="Cà Văn Thoan", birth_date=date(1968, 1, 1), sex="male")
    said = {"status": "finished", **more}
    return Visit.objects.create(citizen=citizen, facility=facility, started_at=at, **said)


def moment(year: int, month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


def count() -> None:
    """Let the worker look at the whole history: within one transaction all of it has one number."""
    CountedUntil.objects.all().delete()
    catch_up(at=LATER, until=END)


def month(place: Organisation, on: date = TODAY, *, sees: bool = True) -> Any:
    return course_of(place, on, sees_sensitive=sees)[1]


def test_a_visit_before_midnight_in_vietnam_belongs_to_that_day(station: Organisation) -> None:
    visit(station, moment(2026, 11, 4, 23, 30))
    visit(station, moment(2026, 11, 5, 0, 10))
    count()
    found = days_of(station, [(date(2026, 11, 3), TODAY)], sees_sensitive=True)
    assert found == {date(2026, 11, 4): 1, date(2026, 11, 5): 1}


def test_arrivals_of_a_place_do_not_count_its_neighbour(
    station: Organisation, other_station: Organisation
) -> None:
    visit(station, moment(2026, 11, 2))
    visit(other_station, moment(2026, 11, 2))
    count()
    assert month(station).number == 1


def test_protected_visits_are_not_counted_on_screen_without_the_right(
    station: Organisation,
) -> None:
    visit(station, moment(2026, 11, 2), sensitivity="hiv")
    count()
    assert month(station, sees=False).number == 0
    assert month(station).number == 1


def test_the_month_before_is_compared_over_the_same_days(station: Organisation) -> None:
    visit(station, moment(2026, 10, 5))
    visit(station, moment(2026, 10, 6))
    count()
    assert month(station).before == 1


def test_a_month_of_31_days_is_compared_with_the_whole_shorter_one(station: Organisation) -> None:
    visit(station, moment(2026, 2, 28))
    count()
    assert month(station, date(2026, 3, 31)).before == 1


@pytest.mark.parametrize("status", ["withdrawn", "cancelled"])
def test_who_was_not_seen_did_not_come(station: Organisation, status: str) -> None:
    visit(station, moment(2026, 11, 2), status=status)
    visit(station, moment(2026, 11, 2), status="in_progress")
    count()
    assert month(station).number == 1


def test_a_visit_that_moves_to_another_day_is_counted_there_alone(station: Organisation) -> None:
    row = visit(station, moment(2026, 11, 2))
    count()
    Visit.objects.filter(pk=row.pk).update(started_at=moment(2026, 10, 20))
    count()
    assert list(ArrivalDay.objects.values_list("day", "visits")) == [(date(2026, 10, 20), 1)]


def test_weeks_of_a_body_are_the_sum_of_the_places_under_it(
    station: Organisation, other_station: Organisation, ministry: Organisation
) -> None:
    visit(station, moment(2026, 10, 26))  # a Monday
    visit(other_station, moment(2026, 11, 1, 23), sensitivity="hiv")  # the Sunday after
    visit(station, moment(2026, 11, 2))
    visit(station, moment(2025, 10, 27))  # week 44, as 26/10/2026 is
    count()
    weeks, none = course_of(ministry, TODAY, sees_sensitive=True)
    assert none is None
    assert [(w.period.first, w.now, w.before) for w in weeks if w.now or w.before] == [
        (date(2026, 10, 26), 2, 1)
    ]
    weeks, _none = course_of(ministry, TODAY, sees_sensitive=False)
    assert weeks[-1].now == 1


def test_weeks_follow_a_place_that_comes_under_another_body(
    station: Organisation, ministry: Organisation, hospital: Organisation
) -> None:
    visit(station, moment(2026, 10, 26))
    count()
    before = ArrivalWeek.objects.filter(body=station.parent).count()
    Organisation.objects.filter(pk=station.pk).update(
        parent=ministry, path=f"{ministry.path}{station.step}"
    )
    sum_weeks([date(2026, 10, 26)])
    assert (before, ArrivalWeek.objects.filter(body=hospital.parent).count()) == (1, 0)
    assert ArrivalWeek.objects.get(body=ministry).visits == 1


def test_counting_anew_gives_the_same_as_catching_up(
    station: Organisation, hospital: Organisation
) -> None:
    for days in range(40):
        visit((station, hospital)[days % 2], moment(2026, 9, 20) + timedelta(days=days))
    count()
    caught = rows()
    ArrivalDay.objects.all().delete()
    ArrivalWeek.objects.all().delete()
    count_anew(date(2026, 9, 1), date(2026, 11, 5))
    assert rows() == caught
    assert len(caught[0]) == 40


def rows() -> tuple[list[Any], list[Any]]:
    days = ArrivalDay.objects.order_by("facility", "day").values_list("facility", "day", "visits")
    weeks = ArrivalWeek.objects.order_by("body", "monday").values_list("body", "monday", "visits")
    return list(days), list(weeks)
