"""Figures of people, deaths, injuries, long illnesses, nutrition and staff, counted by hand."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from healthrecords.models import VitalSigns
from portal.places.models import Organisation
from reporting.computing import compute
from reporting.periods import Period
from reporting.sources.staff import row_of
from tests.reporting.conftest import OCTOBER, form, moment, person

YEAR = Period.holding("year", date(2026, 5, 5))
SECOND_HALF = Period.holding("half_year", date(2026, 8, 1))


def test_each_cell_of_form_1_that_has_a_source(
    definitions: None, station: Organisation, other_station: Organisation
) -> None:
    person(date(1990, 1, 1), home_station=station)
    person(date(1976, 7, 2), home_station=station)  # 49 on 1 July
    person(date(1976, 7, 1), home_station=station)  # 50 on that day
    person(date(2021, 7, 2), "male", home_station=station)  # 4
    person(date(2021, 7, 1), "male", home_station=station)  # 5
    person(date(2026, 8, 1), home_station=station)  # born after the middle of the year
    person(date(2026, 2, 1), "male", home_station=station, died_on=date(2026, 9, 1))
    person(date(1940, 1, 1), home_station=station, died_on=date(2026, 3, 1))
    person(date(1940, 1, 1), home_station=station, died_on=date(2025, 12, 31))
    person(date(1990, 1, 1), home_station=other_station)
    found = compute(form("BC04", YEAR.last), YEAR, [station])[station.pk]
    said = {row: cells["so"] for row, cells in found.items() if cells}
    assert said == {
        "row_05": 6, "row_06": 3, "row_07": 2, "row_08": 3, "row_09": 2, "row_10": 2, "row_11": 1,
        "row_12": 2, "row_13": 1, "row_17": 1, "row_18": 0, "row_19": 1, "row_20": 0,
    }  # fmt: skip


def test_each_cell_of_the_form_of_deaths(
    see: Callable[..., Any], station: Organisation, hospital: Organisation
) -> None:
    old = person(date(1940, 1, 1), home_station=station, died_on=date(2026, 10, 9))
    see(old, hospital, moment(1), "I63.9", kind="03", ended_at=moment(9), outcome="5")
    baby = person(date(2026, 9, 1), "male", home_station=station, died_on=date(2026, 10, 2))
    person(date(1990, 1, 1), home_station=station, died_on=date(2026, 11, 1))
    found = compute(form("BC11"), OCTOBER, [station])[station.pk]
    said = {
        row: {c: n for c, n in cells.items() if n}
        for row, cells in found.items()
        if any(cells.values())
    }
    assert said == {
        "c10": {"tong": 1, "nu": 1, "t60": 1},
        "c25": {"tong": 1, "u1": 1},
    }
    assert baby.died_on is not None


def test_each_cell_of_the_form_of_injuries(see: Callable[..., Any], station: Organisation) -> None:
    child = person(date(2022, 1, 1))
    man = person(date(1970, 1, 1), "male", died_on=date(2026, 10, 20))
    see(child, station, moment(2), "T20.3", "X10.2", discharge="1")  # burnt
    see(child, station, moment(3), "S61.0", "W26")  # at work's codes, but narrower is none: W20-W49
    see(man, station, moment(4), "S06.0", "V23.4", discharge="2")  # died 16 days later
    see(man, station, moment(5), "I10")
    found = compute(form("BC15", SECOND_HALF.last), SECOND_HALF, [station])[station.pk]
    said = {
        row: {c: n for c, n in cells.items() if n}
        for row, cells in found.items()
        if any(cells.values())
    }
    assert said == {
        "n05": {"mac": 1, "mac_f": 1, "a0_4": 1, "rv": 1},
        "n02": {"mac": 1, "mac_f": 1, "a0_4": 1},
        "n01": {"mac": 1, "a20_60": 1, "chuyen": 1, "tv": 1},
    }


def measured(visit: Any, **said: Any) -> None:
    VitalSigns.objects.create(visit=visit, measured_at=visit.started_at, **said)


def test_each_cell_of_the_form_of_long_illnesses(
    see: Callable[..., Any], station: Organisation
) -> None:
    new, kept, lost, died = (person(date(1960, 1, n)) for n in (1, 2, 3, 4))
    visit = see(new, station, moment(5), "I10")
    measured(visit, systolic=150, diastolic=95)
    measured(see(new, station, moment(25), "I10"), systolic=139, diastolic=89)
    see(kept, station, moment(1, 3), "I10", "E11.9")
    measured(
        see(kept, station, moment(9), "E11.9"), glucose=Decimal("7.3"), glucose_timing="fasting"
    )
    see(lost, station, moment(1, 6), "I10")
    see(died, station, moment(1, 9), "I10")
    type(died).objects.filter(pk=died.pk).update(died_on=date(2026, 10, 5))
    found = compute(form("BC10"), OCTOBER, [station])[station.pk]
    assert found["tha"] == {
        "moi": 1, "ql": 3, "dt": 1, "dat": 1, "bo": 2, "tv": 1, "tyle": [1, 1],
    }  # fmt: skip
    assert found["dtd"] == {
        "moi": 0, "ql": 1, "dt": 1, "dat": 0, "bo": 0, "tv": 0, "tyle": [0, 1],
    }  # fmt: skip


def test_each_cell_of_the_form_of_nutrition(see: Callable[..., Any], station: Organisation) -> None:
    woman, child = person(date(1980, 1, 1)), person(date(2023, 1, 1), "male")
    measured(see(woman, station, moment(1), "I10"), weight=Decimal(70), height=Decimal(160))
    measured(see(woman, station, moment(9), "I10"), weight=Decimal(60), height=Decimal(160))
    measured(see(child, station, moment(2), "J06.9"), weight=Decimal(12), height=Decimal(90))
    found = compute(form("BC18", SECOND_HALF.last), SECOND_HALF, [station])[station.pk]
    assert found["a19"] == {
        "can": 1,
        "can_f": 1,
        "thuacan": 1,
        "beophi": 0,
        "tnltd": 0,
        "tyle": [0, 1],
    }
    assert (found["te"]["can"], found["te"]["can_f"]) == (1, 0)


@pytest.mark.parametrize(
    ("title", "levels", "row"),
    [
        ("doctor", ["university"], "row_06"),
        ("doctor", ["university", "specialist_1"], "row_05"),
        ("doctor", ["master", "doctorate"], "row_02"),
        ("nurse", ["college"], "row_19"),
        ("nurse", [], "row_20"),
        ("midwife", ["university"], "row_21"),
        ("assistant_doctor", ["intermediate"], "row_12"),
        ("traditional_practitioner", [], "row_28"),
    ],
)
def test_a_practitioner_is_counted_in_one_row(title: str, levels: list[str], row: str) -> None:
    assert row_of(title, levels) == row
