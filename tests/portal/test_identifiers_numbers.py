"""Numbers of people and places are read as people write them, and refused with a remedy."""

import csv
import os
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from portal.dates import PartialDate
from portal.identifiers import (
    FacilityCode,
    GlobalLocationNumber,
    Identifier,
    InsuranceCard,
    OldIdCard,
    OperatingLicenseNumber,
    Passport,
    PersonalNumber,
    PhoneNumber,
    PracticeLicenseNumber,
)
from portal.identifiers.provinces import OLD_PROVINCE_CODES

KINDS = [
    PersonalNumber,
    OldIdCard,
    Passport,
    InsuranceCard,
    PracticeLicenseNumber,
    OperatingLicenseNumber,
    FacilityCode,
    GlobalLocationNumber,
    PhoneNumber,
]


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def refusal(kind, text):
    with pytest.raises(ValidationError) as caught:
        kind.parse(text)
    return caught.value


def codes(doubts):
    return [doubt.code for doubt in doubts]


@pytest.mark.parametrize(
    "text",
    ["001085012345", " 001 085 012 345 ", "001.085.012.345", "001-085-012-345", "'001085012345",
     "001085012345.0", "００１０８５０１２３４５", "\u200e001085012345\ufeff", "001\u00a0085\u00a0012\u00a0345"],
)  # fmt: skip
def test_a_personal_number_is_read_however_it_is_spaced(text):
    number = PersonalNumber.parse(text)
    assert str(number) == "001085012345"
    assert number.grouped() == "001\u00a0085\u00a0012\u00a0345"


def test_a_personal_number_tells_province_sex_and_year():
    man, girl = PersonalNumber("001085012345"), PersonalNumber("011316000123")
    assert (man.province_code, man.sex, man.birth_year) == ("01", "male", 1985)
    assert (girl.province_code, girl.sex, girl.birth_year) == ("11", "female", 2016)


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (PersonalNumber, "0010850123", "personal_number_length"),
        (PersonalNumber, "00108501234", "personal_number_length"),
        (PersonalNumber, "11085012345", "leading_zero_lost"),
        (PersonalNumber, "1085012345", "leading_zero_lost"),
        (PersonalNumber, "1.16200E+11", "spreadsheet_rounded"),
        (PersonalNumber, "1,162E+11", "spreadsheet_rounded"),
        (PersonalNumber, "OO1085012345", "letter_for_digit"),
        (PersonalNumber, "00l085012345", "letter_for_digit"),
        (PersonalNumber, "012345678", "is_old_id_card"),
        (PersonalNumber, "DN4010123456789", "is_insurance_card"),
        (PersonalNumber, "001085#12345", "not_only_digits"),
        (PersonalNumber, "  ", "blank"),
        (OldIdCard, "001085012345", "is_personal_number"),
        (OldIdCard, "12345678", "leading_zero_lost"),
        (OldIdCard, "1234567", "old_id_card_length"),
        (Passport, "001085012345", "is_personal_number"),
        (Passport, "ABCDEFG", "passport_unreadable"),
        (InsuranceCard, "123456789", "leading_zero_lost"),
        (InsuranceCard, "DN7010123456789", "insurance_card_benefit"),
        (InsuranceCard, "DN401012345678", "insurance_card_length"),
        (InsuranceCard, "DN40101234567O9", "letter_for_digit"),
        (InsuranceCard, "12345", "insurance_number_length"),
        (PracticeLicenseNumber, "012345/HNO-CCHND", "is_pharmacist_certificate"),
        (PracticeLicenseNumber, "1976/HNO-GPHĐ", "is_operating_license"),
        (PracticeLicenseNumber, "004929 HNO", "practice_license_unreadable"),
        (OperatingLicenseNumber, "004929/HNO-GPHN", "is_practice_license"),
        (OperatingLicenseNumber, "1976", "operating_license_unreadable"),
        (FacilityCode, "8930001234562", "is_location_number"),
        (FacilityCode, "1020", "leading_zero_lost"),
        (FacilityCode, "ABCDE", "facility_code_unreadable"),
        (GlobalLocationNumber, "01020", "is_facility_code"),
        (GlobalLocationNumber, "893000123456", "location_number_length"),
        (PhoneNumber, "12345", "phone_unreadable"),
        (PhoneNumber, "0412345678", "phone_unreadable"),
        (PhoneNumber, "gọi mẹ 0912345678", "phone_unreadable"),
        (PhoneNumber, "9.12346E+08", "spreadsheet_rounded"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_own_reason(kind, text, code):
    error = refusal(kind, text)
    assert error.code == code
    assert error.messages[0].endswith(".")
    assert "%(" not in error.messages[0]


def test_the_refusal_names_the_count_the_place_and_the_restored_number():
    assert "has 10 digits" in refusal(PersonalNumber, "0010850123").messages[0]
    assert "write 011085012345" in refusal(PersonalNumber, "11085012345").messages[0]
    assert "the letter l at place 3" in refusal(PersonalNumber, "00l085012345").messages[0]
    assert "1.16200E+11" in refusal(PersonalNumber, "1.16200E+11").messages[0]


def test_a_number_of_another_sex_year_or_province_is_a_doubt_and_not_a_refusal():
    number = PersonalNumber("005085012345")
    found = number.warnings(sex="female", born=PartialDate(1984), on=date(2026, 11, 21))
    assert codes(found) == [
        "personal_number_province",
        "personal_number_sex",
        "personal_number_birth_year",
    ]
    assert all(str(doubt).endswith(".") and "%(" not in str(doubt) for doubt in found)


def test_a_number_that_fits_raises_no_doubt():
    number = PersonalNumber("001085012345")
    assert number.warnings(sex="male", born=PartialDate(1985, 5), on=date(2026, 11, 21)) == []
    assert number.warnings(sex="unknown") == []


def test_a_person_born_abroad_has_a_country_in_front():
    assert PersonalNumber("116200123456").warnings() == []


def test_a_birth_year_to_come_and_a_filler_are_doubts():
    assert codes(PersonalNumber("001485012345").warnings(on=date(2026, 1, 1))) == [
        "personal_number_future"
    ]
    assert codes(PersonalNumber("111111111111").warnings(sex="male")) == ["personal_number_made_up"]


def test_the_two_forms_of_an_insurance_card_are_one_person():
    long, short = InsuranceCard.parse("dn 4 01 0123456789"), InsuranceCard.parse("0123456789")
    assert (long.group_code, long.benefit_level, long.province_code) == ("DN", 4, "01")
    assert (short.group_code, short.benefit_level, short.province_code) == ("", None, "")
    assert long.is_same_person_as(short)
    assert long.grouped().replace("\u00a0", " ") == "DN 4 01 012 345 6789"


def test_a_childs_temporary_card_is_read_like_any_other():
    card = InsuranceCard.parse("TE1 11 0012345678")
    assert (card.is_child_card, codes(card.doubts())) == (True, [])


def test_an_unknown_province_on_a_card_is_a_doubt():
    assert codes(InsuranceCard.parse("DN4050123456789").doubts()) == ["insurance_card_province"]
    assert codes(InsuranceCard.parse("QN5970123456789").doubts()) == []


@pytest.mark.parametrize("text", ["C1234567", "p 01234567", "12AB34567"])
def test_passports_of_any_country_are_read(text):
    assert Passport.parse(text).doubts() == []


def test_a_passport_of_nine_digits_may_be_an_old_card():
    assert codes(Passport.parse("123456789").doubts()) == ["passport_like_old_id_card"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("004929/HNO-GPHN", "004929/HNO-GPHN"),
        (" 004929 / hno – gphn ", "004929/HNO-GPHN"),
        ("Số: 040144\\HCM-CCHN", "040144/HCM-CCHN"),
        ("0012345/BYT-CCHN", "0012345/BYT-CCHN"),
        ("001234/ĐNA-GPHN", "001234/ĐNA-GPHN"),
        ("001234/ÐNA-GPHN", "001234/ĐNA-GPHN"),
        ("004929/HNO-GPHN.C.01020", "004929/HNO-GPHN.C.01020"),
    ],
)
def test_a_license_number_is_read_and_its_raw_text_kept(text, value):
    number = PracticeLicenseNumber.parse(text)
    assert (str(number), number.raw) == (value, text)


def test_a_license_is_known_by_serial_issuer_and_kind():
    short, sent = (
        PracticeLicenseNumber.parse("4929/HNO-GPHN"),
        PracticeLicenseNumber.parse("004929/HNO-GPHN.C.01020"),
    )
    assert short.key == sent.key == (4929, "HNO", "GPHN")
    assert (sent.serial, sent.sent_to_facility, short.sent_to_facility) == ("004929", "01020", "")
    assert PracticeLicenseNumber.parse("004929/HNO-CCHN").key != short.key


def test_an_import_keeps_the_row_of_an_unreadable_license():
    value, doubts = PracticeLicenseNumber.read("đang chờ cấp")
    assert (value, codes(doubts)) == (None, ["practice_license_unreadable"])
    assert "đang chờ cấp" in str(doubts[0])


@pytest.mark.parametrize(
    ("text", "value", "change"),
    [
        ("1976/HNO-GPHĐ", "1976/HNO-GPHĐ", ""),
        ("2032/HNO-GPHD/CL1", "2032/HNO-GPHĐ/CL1", "CL1"),
        ("181/byt-gphđ/dc2", "181/BYT-GPHĐ/ĐC2", "ĐC2"),
        ("000420/SYT-GPHĐ", "000420/SYT-GPHĐ", ""),
    ],
)
def test_an_operating_license_is_read_with_its_change(text, value, change):
    number = OperatingLicenseNumber.parse(text)
    assert (str(number), number.change) == (value, change)


def test_an_insurance_code_may_hold_letters_and_an_unknown_province_is_a_doubt():
    assert str(FacilityCode.parse("01c51")) == "01C51"
    assert codes(FacilityCode.parse("05001").doubts()) == ["facility_code_province"]


def test_a_wrong_check_digit_of_a_location_number_is_a_doubt():
    assert GlobalLocationNumber.parse("4006381333931").doubts() == []
    assert codes(GlobalLocationNumber.parse("4006381333932").doubts()) == [
        "location_number_check_digit"
    ]


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_every_single_wrong_digit_of_a_location_number_is_noticed(body, place, step):
    right = GlobalLocationNumber(body + str(GlobalLocationNumber(body + "0").expected_check_digit))
    wrong = body[:place] + str((int(body[place]) + step) % 10) + body[place + 1 :] + right.value[-1]
    assert right.doubts() == []
    assert codes(GlobalLocationNumber(wrong).doubts()) == ["location_number_check_digit"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0912 345 678", "0912345678"),
        ("+84 912.345.678", "0912345678"),
        ("84912345678", "0912345678"),
        ("0084912345678", "0912345678"),
        ("(+84) 0912-345-678", "0912345678"),
        ("+84 (0) 912 345 678", "0912345678"),
        ("912345678", "0912345678"),
        ("0168 123 4567", "0381234567"),
        ("1681234567", "0381234567"),
        ("0123 456 7890", "0834567890"),
        ("024 3825 3531", "02438253531"),
        ("0215 3825 115", "02153825115"),
        ("19001234", "19001234"),
        ("+856 20 5512 3456", "+8562055123456"),
    ],
)
def test_a_telephone_number_has_one_form(text, value):
    assert str(PhoneNumber.parse(text)) == value


def test_a_telephone_number_is_shown_in_groups_and_dialled_from_abroad():
    mobile = PhoneNumber("0912345678")
    assert (mobile.grouped(), mobile.international) == ("0912\u00a0345\u00a0678", "+84912345678")
    assert PhoneNumber("02153825115").grouped() == "0215\u00a03825\u00a0115"


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=30) | st.text("0123456789ABCĐDGPHN/-. EO|+", max_size=20))
def test_any_text_is_read_or_refused_in_a_sentence(kind, text):
    value, doubts = kind.read(text)
    assert value is None or isinstance(value, Identifier)
    assert all(str(doubt).rstrip().endswith(".") for doubt in doubts)
    if value is not None:
        assert kind.parse(str(value)) == kind.parse(value.grouped()) == value


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_cannot_be_made_from_unread_text(kind):
    with pytest.raises(ValueError, match="parse"):
        kind("not a number")


def test_the_old_province_codes_are_those_of_the_list():
    if not os.environ.get("REFERENCE_DIR"):
        pytest.skip("REFERENCE_DIR is not set: the list of old provinces is not at hand")
    found = sorted(Path(os.environ["REFERENCE_DIR"]).rglob("admin_units_old_2024_06.csv"))
    with found[0].open(encoding="utf-8-sig") as file:
        assert {row["province_code"] for row in csv.DictReader(file)} == OLD_PROVINCE_CODES
