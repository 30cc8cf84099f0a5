"""Figures of people, nutrition and staff, counted by hand."""

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
from tests.reporting.conftest import form, moment, person, told

YEAR = Period.holding("year", date(2026, 5, 5))
SECOND_HALF = Period.holding("half_year", date(2026, 8, 1))


# On 1 July there live the woman of 36, those of 49 and 50, the boys of 4 and 5 and the boy born in
# February: 6, 3 of them women, 2 under 5, 3 under 15, 2 women of 15 to 49. Born in the year: the girl
# of August, the boy and the girl of February: 3, 2 girls. Dead in it: the boy, the old woman, the
# girl of a week and the one of 3: 4, 3 women; under 1 the boy and a girl; under 5 the other girl, too.
POPULATION = {
    row: {"so": number}
    for row, number in {
        "row_05": 6, "row_06": 3, "row_07": 2, "row_08": 3, "row_09": 2, "row_10": 3, "row_11": 2,
        "row_12": 4, "row_13": 3, "row_17": 2, "row_18": 1, "row_19": 3, "row_20": 2,
    }.items()
}  # fmt: skip


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
    person(date(2026, 2, 2), home_station=station, died_on=date(2026, 2, 9))
    person(date(2023, 2, 2), home_station=station, died_on=date(2026, 3, 9))
    person(date(1990, 1, 1), home_station=other_station)
    found = compute(form("BC04", YEAR.last), YEAR, [station])[station.pk]
    assert told(found) == POPULATION


def measured(visit: Any, **said: Any) -> None:
    VitalSigns.objects.create(visit=visit, measured_at=visit.started_at, **said)


# Once each, by the last measuring: the woman of 46 with 60 kg at 160 cm (index 23.4, after 70 kg), a
# man of 46 with 40 kg (15.6, thin), a woman of 66 with 77 kg (30.1, obese), a woman of 60 with 58 kg
# (22.7, none of it); a girl of 10, of whom no index is known. Under five, by the WHO's tables: a boy of
# 45 months with 12 kg at 90 cm (-2 SD: 12.4 kg, 93.5 cm: both); of 36 months (-2 SD: 11.3 kg, 88.7 cm)
# a boy with 11.2 kg at 90 cm (underweight), after 14 kg; one with 11.4 kg at 88 cm (stunted); one
# with 11.3 kg at 89 cm (neither); and a girl of whose birth the month alone is known: 5, 1 girl.
NUTRITION = {
    "te": {"can": 5, "can_f": 1, "nhecan": 2, "thapcoi": 2},
    "a5": {"can": 1, "can_f": 1},
    "a19": {"can": 2, "can_f": 1, "thuacan": 1, "tnltd": 1, "tyle": [1, 2]},
    "a60": {"can": 2, "can_f": 2, "beophi": 1, "tyle": [0, 2]},
}


def test_each_cell_of_the_form_of_nutrition(see: Callable[..., Any], station: Organisation) -> None:
    woman = person(date(1980, 1, 1))
    for who, day, weight, height in (
        (woman, 1, 70, 160),
        (woman, 9, 60, 160),
        (person(date(1980, 1, 1), "male"), 2, 40, 160),
        (person(date(1960, 1, 1)), 2, 77, 160),
        (person(date(1966, 10, 2)), 2, 58, 160),
        (person(date(2023, 1, 1), "male"), 2, 12, 90),
        (boy := person(date(2023, 10, 2), "male"), 1, 14, 89),
        (boy, 2, "11.2", 90),
        (person(date(2023, 10, 2), "male"), 2, "11.4", 88),
        (person(date(2023, 10, 2), "male"), 2, "11.3", 89),
        (person(date(2023, 10, 1), birth_precision="month"), 2, 7, 70),
        (person(date(2016, 1, 1)), 2, 30, 130),
    ):
        measured(
            see(who, station, moment(day), "I10"), weight=Decimal(weight), height=Decimal(height)
        )
    found = compute(form("BC18", SECOND_HALF.last), SECOND_HALF, [station])[station.pk]
    assert told(found) == NUTRITION
    # No index judges children, and no curve whoever is older: blank, not nought.
    for row in ("te", "a5"):
        assert {"thuacan", "beophi", "tnltd", "tyle"}.isdisjoint(found[row])
    for row in ("a5", "a19", "a60"):
        assert {"nhecan", "thapcoi"}.isdisjoint(found[row])


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
