"""The search box knows what kind of thing was typed or scanned."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.dates import PartialDate
from portal.identifiers import Kind, NameQuery, Passport, identify

TODAY = date(2026, 11, 21)


def kinds(text):
    return [str(candidate.kind) for candidate in identify(text, on=TODAY)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("001085012345", ["personal_number"]),
        ("001 085 012 345", ["personal_number"]),
        ("0912345678", ["phone", "insurance_card"]),
        ("0123456789", ["insurance_card"]),
        ("+84 912 345 678", ["phone"]),
        ("02153825115", ["phone"]),
        ("DN4010123456789", ["insurance_card"]),
        ("012345678", ["old_id_card", "passport"]),
        ("912345678", ["old_id_card", "passport", "phone"]),
        ("C1234567", ["passport"]),
        ("8930001234562", ["location_number"]),
        ("01020", ["facility_code"]),
        ("01C51", ["facility_code"]),
        ("004929/HNO-GPHN", ["practice_license"]),
        ("012345/HNO-CCHND", ["practice_license"]),
        ("1976/HNO-GPHĐ", ["operating_license"]),
        ("001085012345||Nguyễn Văn A|15051985|Nam|Hà Nội|01072021", ["card_scan"]),
        ("DT2110123456789|51c3a06e|1962|2|00|11 - 001|", ["insurance_scan"]),
        ("Quàng Thị Hạc 1962", ["name_and_birth"]),
        ("1962 Quàng Thị Hạc", ["name_and_birth"]),
        ("quang thi hac, 12/03/1962", ["name_and_birth"]),
        ("Quàng Thị Hạc", ["name"]),
        ("hac", ["name"]),
        ("H'Bia Êban", ["name"]),
        ("an 1980", ["name_and_birth", "passport"]),
        ("an 12/3/80", ["name_and_birth"]),
        ("nguye64n va8n an 1980", ["name_and_birth"]),
        ("nguye64n", ["name", "passport"]),
        ("tra62n an", ["name", "passport"]),
        ("AN123456", ["passport"]),
        ("E12345678", ["passport"]),
        ("X1234567A", ["passport"]),
        ("1234AB56", ["passport"]),
        ("1980 an", ["name_and_birth", "passport"]),
        ("12345678", ["personal_number", "passport"]),
        ("123456", ["passport"]),
        ("", []),
        ("   ", []),
    ],
)
def test_a_text_is_recognised(text, expected):
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("00108501234", "personal_number", "personal_number_length"),
        ("1.16200E+11", "personal_number", "spreadsheet_rounded"),
        ("OO1085012345", "personal_number", "letter_for_digit"),
        ("012345/HNO-CCHND", "practice_license", "is_pharmacist_certificate"),
        ("ââđ|x|Nguyễn Văn A|đ|Nam|Hà Nội|đ", "card_scan", "card_scan_garbled"),
        ("Quàng Thị Hạc 30/02/1958", "name_and_birth", "no_such_day"),
    ],
)
def test_what_was_meant_and_cannot_be_read_comes_with_its_reason(text, kind, code):
    (candidate,) = identify(text, on=TODAY)
    assert (candidate.kind, candidate.problem.code) == (kind, code)


def test_a_name_and_a_year_are_parted():
    (candidate,) = identify("Quàng Thị Hạc 12/3/62", on=TODAY)
    assert candidate.value == NameQuery("Quàng Thị Hạc", PartialDate(1962, 3, 12))


def test_digits_of_an_input_method_stay_in_the_name():
    (candidate,) = identify("nguye64n va8n an, 3/1980", on=TODAY)
    assert candidate.value == NameQuery("nguye64n va8n an", PartialDate(1980, 3))


@pytest.mark.parametrize(
    "birth", ["12031980", "1980-03-12", "12 3 1980", "12 03 80", "120380", "12/3/80"]
)
def test_letters_a_space_and_a_date_are_a_name_with_its_birth(birth):
    first = identify(f"an {birth}", on=TODAY)[0]
    assert first.value == NameQuery("an", PartialDate(1980, 3, 12))


@pytest.mark.parametrize(
    "text",
    [
        "ông Nguyễn Văn An 1980",
        "Nguyễn Văn An (1980)",
        "Nguyễn Văn An sinh 1980",
        "Nguyễn Văn An sinh năm 1980",
        "Nguyễn Văn An, sn 1980",
        "(Nguyễn Văn An) năm 1980",
    ],
)
def test_forms_of_address_brackets_and_the_word_born_are_read_away(text):
    (candidate,) = identify(text, on=TODAY)
    assert candidate.value == NameQuery("Nguyễn Văn An", PartialDate(1980))


@pytest.mark.parametrize(
    "name", ["Nguyễn Văn Sinh", "Nguyễn Văn Nam", "Anh Nguyễn Thị", "Chu Văn An", "Bá Văn An"]
)
def test_names_that_are_such_words_too_stay_whole(name):
    (candidate,) = identify(f"{name} 1980", on=TODAY)
    assert candidate.value == NameQuery(name, PartialDate(1980))


@given(st.from_regex(Passport.PATTERN, fullmatch=True), st.integers(0, 9), st.booleans())
def test_every_passport_number_that_is_stored_is_a_reading_of_itself(value, gap, small):
    typed = f"{value[:gap]} {value[gap:]}"
    found = identify(typed.lower() if small else typed, on=TODAY)
    assert value in {str(c.value) for c in found if c.kind == Kind.PASSPORT}


@given(st.text(max_size=60))
def test_any_text_has_a_reading(text):
    found = identify(text, on=TODAY)
    assert all(isinstance(candidate.kind, Kind) for candidate in found)
    assert bool(found) == bool(text.split())
    assert all(candidate.value is not None or candidate.problem for candidate in found)
