"""A measured value is stored, asked about or refused by the list of the day and the age."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthrecords.services import VitalEntry
from healthrecords.services.vitals import Range, bmi, check_vitals, ranges_on, shown

ON = date(2026, 11, 5)
PULSE = Range("Mạch", "lần/phút", Decimal(20), Decimal(45), Decimal(140), Decimal(300))


@given(st.integers(0, 999))
def test_every_pulse_is_stored_asked_about_or_refused(value: int) -> None:
    errors = check_vitals(VitalEntry(pulse=value), {"pulse": PULSE})
    codes = [error.code for error in errors.get("pulse", [])]
    if value < 20 or value > 300:
        assert codes == ["impossible"]
    elif value < 45 or value > 140:
        assert codes == ["confirm_unlikely"]
    else:
        assert codes == []


@given(st.integers(0, 999))
def test_a_confirmation_lets_the_unlikely_pass_and_never_the_impossible(value: int) -> None:
    entry = VitalEntry(pulse=value, confirmed=frozenset({"pulse"}))
    errors = check_vitals(entry, {"pulse": PULSE})
    assert bool(errors) == (value < 20 or value > 300)


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_upper_pressure_is_above_the_lower(upper: int, lower: int) -> None:
    errors = check_vitals(VitalEntry(systolic=upper, diastolic=lower), {})
    assert bool(errors) == (upper <= lower)


@given(
    st.decimals(1, 300, places=2),
    st.decimals(30, 250, places=1),
)
def test_the_body_mass_index_is_weight_over_height_squared(
    weight: Decimal, height: Decimal
) -> None:
    index = bmi(weight, height)
    assert index is not None
    assert abs(index - weight / (height / 100) ** 2) <= Decimal("0.05")


@pytest.mark.parametrize(
    ("age_days", "value", "code"),
    [
        (10, 150, None),
        (10, 60, "confirm_unlikely"),
        (20_000, 60, None),
        (20_000, 160, "confirm_unlikely"),
    ],
)
def test_a_child_has_other_limits_than_an_adult(
    lists: None, age_days: int, value: int, code: str | None
) -> None:
    errors = check_vitals(VitalEntry(pulse=value), ranges_on(ON, age_days=age_days))
    assert [error.code for error in errors.get("pulse", [])] == ([code] if code else [])


@pytest.mark.parametrize("age_days", [28, 29, 45])
@pytest.mark.parametrize(
    ("name", "value"),
    [("weight", "0.95"), ("height", "29"), ("head_circumference", "19.5"), ("waist", "18")],
)
def test_a_child_born_far_too_early_is_asked_about_at_one_month_and_never_refused(
    lists: None, age_days: int, name: str, value: str
) -> None:
    ranges = ranges_on(ON, age_days=age_days)
    errors = check_vitals(VitalEntry(**{name: Decimal(value)}), ranges)
    assert [error.code for error in errors[name]] == ["confirm_unlikely"]
    sure = VitalEntry(**{name: Decimal(value)}, confirmed=frozenset({name}))
    assert not check_vitals(sure, ranges)


@pytest.mark.parametrize(
    ("entry", "meant"),
    [(VitalEntry(pulse=780), "78"), (VitalEntry(temperature=Decimal(382)), "38,2")],
)
def test_a_slipped_digit_is_guessed_and_never_corrected(
    lists: None, entry: VitalEntry, meant: str
) -> None:
    ((error,),) = check_vitals(entry, ranges_on(ON, age_days=20_000)).values()
    assert meant in " ".join(error.messages)


@pytest.mark.parametrize(
    ("value", "text"), [(Decimal("36.80"), "36,8"), (Decimal("60.00"), "60"), (148, "148")]
)
def test_numbers_are_written_as_they_are_read_here(value: Decimal | int, text: str) -> None:
    assert shown(value) == text
