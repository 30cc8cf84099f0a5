"""What changed since the last time as bodies change is not asked about; a slip and a stranger are."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from healthrecords.growth import MONTH, Standard, standards_on
from healthrecords.models import Citizen, Visit
from healthrecords.services import VitalEntry
from healthrecords.services.changes import Band, Taken, bands_on, expected_on
from healthrecords.services.vitals import asked, check_vitals
from tests.healthrecords.conftest import AT, ON

BORN = date(2021, 1, 1)


def band(first: int, last: int | None, amount: str, up: str = "0", down: str = "0") -> Band:
    return Band(first, last, Decimal(0), Decimal(amount), Decimal(up), Decimal(down))


@given(st.integers(60, 220), st.integers(60, 220))
def test_a_pressure_far_from_the_last_one_is_asked_about(now: int, before: int) -> None:
    last = {"systolic": Taken(before, ON)}
    expected = expected_on(ON, age_days=9_000, last=last, bands={"systolic": [band(0, None, "30")]})
    entry = VitalEntry(systolic=now, diastolic=40)
    errors = check_vitals(entry, {}, expected=expected)
    assert asked(errors) == ({"systolic"} if abs(now - before) > 30 else set())


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_growth_adds_up_over_the_ages_lived_through(then: int, first: int, second: int) -> None:
    """Two steps allow as much as one: no age between is counted twice or left out."""
    bands = {"weight": [band(0, 28, "0", up="3"), band(29, 90, "0", up="2"), band(91, None, "0")]}

    def gained(age_then: int, days: int) -> Decimal:
        on = BORN + timedelta(days=days)
        last = {"weight": Taken(Decimal(0), BORN)}
        found = expected_on(on, age_days=age_then + days, last=last, bands=bands)
        return found["weight"].high

    assert gained(then, first) + gained(then + first, second) == gained(then, first + second)


@pytest.fixture
def curves(lists: None) -> dict[tuple[str, str], Standard]:
    return {
        (figure, sex): standard
        for sex in ("male", "female")
        for figure, standard in standards_on(ON, sex=sex).items()
    }


@pytest.mark.parametrize(("climb", "months"), [(0, 1), (1, 6)])
def test_a_child_that_grows_along_the_curves_is_never_asked_about(
    curves: dict[tuple[str, str], Standard], climb: int, months: int
) -> None:
    """Every pair of months to five years, from three deviations below to three above (WHO 2006)."""
    bands = bands_on(ON)
    for (figure, _sex), curve in curves.items():
        for then in range(60):
            for now in range(then + months, 61):
                for z in range(-3, 4 - climb):
                    before, value = (
                        Decimal(str(round(curve.at(month).value_at(deviation), 2)))
                        for month, deviation in ((then, z), (now, z + climb))
                    )
                    age_then, age_now = int(then * MONTH), int(now * MONTH)
                    on = BORN + timedelta(days=age_now)
                    last = {figure: Taken(before, on - timedelta(days=age_now - age_then))}
                    said = expected_on(on, age_days=age_now, last=last, bands=bands)
                    assert said[figure].includes(value), (figure, then, now, z)


@pytest.fixture
def infant(citizen: Citizen) -> Citizen:
    """A child born on 01/09/2026, so that it is 65 days old."""
    Citizen.objects.filter(pk=citizen.pk).update(birth_date=date(2026, 9, 1))
    citizen.refresh_from_db()
    return citizen


def weigh(
    record: Callable[..., Visit], infant: Citizen, kilograms: str, *, days: int, diagnosis: str
) -> Visit:
    """Record the weight of a child so many days before the visit of the other tests."""
    return record(
        infant,
        diagnosis,
        started_at=AT - timedelta(days=days),
        vitals=VitalEntry(weight=Decimal(kilograms)),
        medicines=[],
    )


def test_a_child_that_doubled_its_weight_in_two_months_is_stored(
    infant: Citizen, record: Callable[..., Visit]
) -> None:
    weigh(record, infant, "3.1", days=63, diagnosis="J02.9")
    visit = weigh(record, infant, "5.6", days=0, diagnosis="J02.9")
    assert visit.vitalsigns_rows.get().confirmed == []


def test_the_same_step_within_three_days_is_asked_about_and_nothing_stored(
    infant: Citizen, record: Callable[..., Visit]
) -> None:
    weigh(record, infant, "3.1", days=3, diagnosis="J02.9")
    with pytest.raises(ValidationError) as refused:
        weigh(record, infant, "5.6", days=0, diagnosis="J02.9")
    assert {error.code for error in refused.value.error_dict["weight"]} == {"confirm_unlikely"}
    sentence = " ".join(refused.value.messages)
    assert "3,1" in sentence
    assert "02/11/2026" in sentence
    assert "2,7" in sentence
    assert "3,6" in sentence
    assert Visit.objects.count() == 1


def test_a_figure_is_compared_with_its_own_last_time(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    """Between the two weighings only the blood pressure was taken."""
    record(citizen, started_at=AT - timedelta(days=4), vitals=VitalEntry(weight=Decimal(58)))
    only = VitalEntry(systolic=140, diastolic=90)
    record(citizen, started_at=AT - timedelta(days=2), vitals=only)
    with pytest.raises(ValidationError) as refused:
        record(citizen, vitals=VitalEntry(weight=Decimal(85)))
    assert list(refused.value.error_dict) == ["weight"]


def test_an_adult_who_shrank_by_a_hand_is_asked_about(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    record(citizen, started_at=AT - timedelta(days=30), vitals=VitalEntry(height=Decimal(156)))
    with pytest.raises(ValidationError) as refused:
        record(citizen, vitals=VitalEntry(height=Decimal(146)))
    assert list(refused.value.error_dict) == ["height"]


def test_the_weight_of_years_ago_is_no_measure_for_today(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    record(citizen, started_at=AT - timedelta(days=600), vitals=VitalEntry(weight=Decimal(48)))
    assert record(citizen, vitals=VitalEntry(weight=Decimal(66)))


def test_a_measurement_of_a_protected_visit_is_not_told_by_a_comparison(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    """Its number would stand in the question."""
    record(
        citizen,
        "B20",
        started_at=AT - timedelta(days=2),
        vitals=VitalEntry(weight=Decimal(40)),
        medicines=[],
    )
    assert record(citizen, vitals=VitalEntry(weight=Decimal(58)), medicines=[])
