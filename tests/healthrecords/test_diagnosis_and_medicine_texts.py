"""What a clerk types for a diagnosis or a medicine is read, or answered with the choices."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from healthrecords.forms.fields import NextVisitField, dose_of
from healthrecords.models import Citizen
from healthrecords.services import DiagnosisEntry, MedicineEntry
from healthrecords.services.diagnoses import ages_in_days, check_diagnoses, read_diagnosis
from healthrecords.services.medicines import completed, read_medicine, sentence

ON = date(2026, 11, 5)


def person(**said: object) -> Citizen:
    return Citizen(**{"name": "X", "birth_date": date(1962, 3, 12), "sex": "female", **said})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I10", "I10"),
        ("i10", "I10"),
        ("e119", "E11.9"),
        ("E11.9 Đái tháo đường", "E11.9"),
        ("tang huyet ap", "I10"),
        ("huyet ap cao", "I10"),
    ],
)
def test_codes_and_words_without_marks_name_a_diagnosis(lists: None, text: str, code: str) -> None:
    reading = read_diagnosis(text, on=ON)
    assert reading.entry is not None
    assert reading.entry.code == code


def test_words_of_several_diagnoses_are_answered_with_choices(lists: None) -> None:
    reading = read_diagnosis("viem", on=ON)
    assert reading.entry is None
    assert len(reading.choices) == 8
    spoken = read_diagnosis("Cao huyết áp", on=ON)
    assert [row.code for row in spoken.choices[:2]] == ["I10", "I11"]


def test_a_slip_is_never_taken_for_a_diagnosis(lists: None) -> None:
    assert read_diagnosis("tang huyt ap", on=ON).entry is None


@pytest.mark.parametrize("text", ["Z99Z", "123", "xyzxyz qqq"])
def test_what_is_no_diagnosis_is_none(lists: None, text: str) -> None:
    assert read_diagnosis(text, on=ON).entry is None


@pytest.mark.parametrize(
    ("attributes", "citizen", "code"),
    [
        ({"sex": "M"}, person(), "diagnosis_sex"),
        ({"sex": "F"}, person(sex="male"), "diagnosis_sex"),
        ({"sex": "M"}, person(sex="unknown"), None),
        ({"not_main": "1"}, person(), "diagnosis_not_main"),
        ({"not_main_claim": "1"}, person(), "confirm_diagnosis"),
        ({"age_max_days": "365"}, person(), "confirm_diagnosis"),
        ({"age_min_days": "365"}, person(birth_date=date(2026, 10, 1)), "confirm_diagnosis"),
        ({"age_min_days": "365"}, person(), None),
    ],
)
def test_limits_of_sex_age_and_place(
    attributes: dict[str, str], citizen: Citizen, code: str | None
) -> None:
    """QĐ 4469/QĐ-BYT (2020).

    Sex, age and what is no main diagnosis; from 01/07/2026 Circular 06/2026/TT-BYT.
    """
    entry = DiagnosisEntry("X00", "Bệnh", attributes=attributes)
    found = check_diagnoses([entry], citizen=citizen, on=ON).get(0, [])
    assert [error.code for error in found] == ([code] if code else [])


def test_an_unlikely_diagnosis_passes_once_confirmed_and_a_refused_one_never() -> None:
    unlikely = DiagnosisEntry("X00", "B", attributes={"age_max_days": "9"}, is_confirmed=True)
    refused = DiagnosisEntry("X01", "B", attributes={"sex": "M"}, is_confirmed=True)
    assert check_diagnoses([unlikely], citizen=person(), on=ON) == {}
    assert check_diagnoses([refused], citizen=person(), on=ON) != {}


@given(st.dates(date(1900, 1, 1), ON), st.sampled_from(["day", "month", "year"]))
def test_a_partial_date_of_birth_leaves_a_span_of_ages(born: date, precision: str) -> None:
    first = {"day": born, "month": born.replace(day=1), "year": date(born.year, 1, 1)}[precision]
    youngest, oldest = ages_in_days(person(birth_date=first, birth_precision=precision), ON)
    assert 0 <= youngest <= (ON - born).days <= oldest


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Paracetamol 500 mg", "paracetamol-500-tab"),
        ("amlodipin 5", "amlodipin-5-tab"),
        ("Lá lốt", ""),
    ],
)
def test_a_medicine_is_the_stations_or_what_was_written(lists: None, text: str, code: str) -> None:
    entry = read_medicine(text, on=ON)
    assert entry.code == code
    assert entry.name == (text if not code else entry.name)


@given(
    st.decimals("0.25", 10, places=2),
    st.decimals("0.25", 10, places=2),
    st.integers(1, 365),
)
def test_the_quantity_is_doses_times_days(morning: Decimal, evening: Decimal, days: int) -> None:
    entry = completed(MedicineEntry("X", morning=morning, evening=evening, days=days))
    assert entry.quantity == (morning + evening) * days


def test_a_quantity_that_was_said_stays() -> None:
    entry = completed(MedicineEntry("X", morning=Decimal(1), days=5, quantity=Decimal(30)))
    assert entry.quantity == 30


def test_the_sentence_of_use_is_in_the_language_of_the_country() -> None:
    """QĐ 4750/QĐ-BYT, table 2: CACH_DUNG."""
    entry = MedicineEntry(
        "X", unit="viên", morning=Decimal("0.5"), evening=Decimal(1), days=7, note="sau ăn"
    )
    assert sentence(completed(entry)) == "Sáng 0,5 viên, tối 1 viên, sau ăn, 7 ngày: 10,5 viên."


@pytest.mark.parametrize(
    ("text", "dose"), [("1", "1"), ("0,5", "0.5"), ("1/2", "0.50"), ("", None)]
)
def test_doses_are_read_as_they_are_written(text: str, dose: str | None) -> None:
    assert dose_of(text) == (Decimal(dose) if dose else None)


@pytest.mark.parametrize(
    "text", ["hai", "1/0", "1//2", "NaN", "sNaN", "Infinity", "1e9", "-1", "1_0", "12345678"]
)
def test_what_is_no_dose_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        dose_of(text)
    assert refused.value.code == "dose_unreadable"


@pytest.mark.parametrize("text", ["²", "①", "-3", "99999", "hôm nào"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NextVisitField().read(text, ON)
    assert refused.value.code == "next_visit_unreadable"


@given(st.integers(0, 999))
def test_a_number_means_so_many_days_ahead(days: int) -> None:
    assert NextVisitField().read(str(days), ON) == ON + timedelta(days=days)


@given(st.dates(ON, date(2099, 12, 31)))
def test_a_day_is_read_day_first(day: date) -> None:
    assert NextVisitField().read(f"{day:%d/%m/%Y}", ON) == day
