"""Whatever is typed or scanned is read, or refused in a sentence: never a crash, never a guess."""

import unicodedata
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import translation

from portal.dates import PartialDate
from portal.identifiers import (
    CardScan,
    FacilityCode,
    GlobalLocationNumber,
    InsuranceCard,
    InsuranceScan,
    OldIdCard,
    OperatingLicenseNumber,
    Passport,
    PersonalNumber,
    PhoneNumber,
    PracticeLicenseNumber,
    identify,
)
from portal.names import display_name, name_norm, sort_key
from tests.portal.keyboards import Telex, Vni, keystrokes, vietnamese_layout
from tests.proof.noise import LENGTHS, Noise, naming

ON = date(2026, 11, 22)
CARDS = [
    "011162004137|012345678|Quàng Thị Hặc|12031962|Nữ|Bản Nà Pheo 2, Xã Mường Chà|05072021",
    "001085012345||Nguyễn Văn A|15051985|Nam|Số 1, Phường Ba Đình, Hà Nội|01072021||Cha|Mẹ|",
    "066099000123||Y Blưh Niê|00001999|Nam|Buôn Drao, Cư M'gar, Đắk Lắk|02022022",
]
NUMBERS = {
    PersonalNumber: ["011162004137", "001 085 012 345"],
    OldIdCard: ["012345678"],
    Passport: ["C1234567", "B 123 4567"],
    InsuranceCard: ["GD4111234567890", "1234567890"],
    PracticeLicenseNumber: ["001491/ĐB-CCHN", "0012345/HNO-GPHN"],
    OperatingLicenseNumber: ["123/ĐB-GPHĐ", "00123/HNO-GPHĐ"],
    FacilityCode: ["11001", "01I59"],
    GlobalLocationNumber: ["8936000000012"],
    PhoneNumber: ["0912345678", "+84 912 345 678", "0215 3825 115"],
}
DATES = ["12/03/1962", "03/1962", "1962", "19620312", "196203120815", "tháng 3 năm 1962", "5-1-58"]
NAMES = ["Quàng Thị Hặc", "ĐẶNG THỊ ÁNH", "H'Bia Êban", "Nguyễn  Văn\u00a0A", "D'Ran", "Ỷ Lan"]

pytestmark = pytest.mark.filterwarnings("error")


def said_by(refused: ValidationError) -> str:
    """Return the refusal as the screen shows it, which must be a sentence with a code."""
    assert all(error.code for error in refused.error_list)
    with translation.override("vi"):
        sentence = " ".join(refused.messages)
    assert sentence.endswith("."), sentence
    return sentence


@pytest.mark.parametrize("seconds", LENGTHS)
@pytest.mark.parametrize("kind", NUMBERS, ids=lambda kind: kind.__name__)
def test_any_text_is_a_number_that_stays_itself_or_is_refused(kind, seconds) -> None:
    for text in Noise().texts(NUMBERS[kind], seconds / 4):
        with naming(text):
            try:
                number = kind.parse(text)
            except ValidationError as refused:
                said_by(refused)
                continue
            assert kind.parse(number.value).value == number.value
            assert number.value.isprintable()
            assert len(number.value) <= 64


@pytest.mark.parametrize("seconds", LENGTHS)
def test_any_scan_is_a_person_or_is_refused(seconds) -> None:
    typists = [lambda text: text, vietnamese_layout]
    typists += [method(keeps_word=keeps).type for method in (Telex, Vni) for keeps in (True, False)]
    typists += [lambda text: keystrokes(text, Telex), lambda text: keystrokes(text, Vni)]
    noise = Noise()
    for text in noise.texts(CARDS, seconds):
        arrived = noise.rng.choice(typists)(text[:400])
        with naming(arrived):
            try:
                scan = CardScan.parse(arrived)
            except ValidationError as refused:
                said_by(refused)
                continue
            assert scan.sex in {"male", "female"}
            assert scan.personal_number.value in arrived
            assert any(letter.isalpha() for letter in scan.name)
            assert all(str(doubt).endswith((".", "?")) for doubt in scan.doubts)


@pytest.mark.parametrize("seconds", LENGTHS)
def test_one_wrong_letter_in_a_card_changes_nobodys_number_unseen(seconds) -> None:
    """A scan whose number, sex or birth came out otherwise than printed was bent in that field."""
    noise = Noise()
    for text in noise.texts(CARDS, seconds):
        with naming(text):
            try:
                scan = CardScan.parse(text)
            except ValidationError:
                continue
            plain = unicodedata.normalize("NFC", text).strip("\ufeff\r\n\t ")
            fields = [" ".join(part.split()) for part in plain.split("|")]
            assert any(scan.personal_number.value == field[-12:] for field in fields[:1])
            assert any(field.lower() in {"nam", "nữ"} for field in fields[3:5])


@pytest.mark.parametrize("seconds", LENGTHS)
def test_any_insurance_scan_is_read_or_refused(seconds) -> None:
    hexed = "Quàng Thị Hạc".encode().hex()
    seed = f"DT2110123456789|{hexed}|1962|2|{hexed}|11 - 001|01/01/2020|-|02/01/2020|110|-|4|$"
    for text in Noise().texts([seed], seconds):
        with naming(text):
            try:
                InsuranceScan.parse(text)
            except ValidationError as refused:
                said_by(refused)


@pytest.mark.parametrize("seconds", LENGTHS)
def test_any_date_is_a_day_month_or_year_that_stays_itself_or_is_refused(seconds) -> None:
    noise = Noise()
    for text in noise.texts(DATES, seconds):
        with naming(text):
            try:
                known = PartialDate.parse(text, on=noise.rng.choice([ON, None]))
            except ValidationError as refused:
                said_by(refused)
                continue
            assert PartialDate.parse(str(known)) == known
            assert known.earliest <= known.latest
            assert known.age_text(ON) is not None
            assert known.iso() == known.iso().strip()


@pytest.mark.parametrize("seconds", LENGTHS)
def test_any_text_of_the_box_has_a_reading(seconds) -> None:
    seeds = [*CARDS, *NAMES, *DATES, *(text for texts in NUMBERS.values() for text in texts)]
    for text in Noise().texts(seeds, seconds):
        with naming(text):
            found = identify(text, on=ON)
            assert bool(found) == bool(" ".join(unicodedata.normalize("NFC", text).split()))
            for candidate in found:
                if candidate.problem is not None:
                    said_by(candidate.problem)


@pytest.mark.parametrize("seconds", LENGTHS)
def test_names_fold_once_and_order_in_ascii(seconds) -> None:
    for text in Noise().texts(NAMES, seconds):
        with naming(text):
            folded = name_norm(text)
            assert name_norm(folded) == folded
            assert sort_key(text).isascii()
            assert display_name(display_name(text)) == display_name(text)


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", LENGTHS)
def test_the_database_folds_every_name_as_python_does(seconds) -> None:
    noise, texts = Noise(), []
    for text in noise.texts(NAMES, seconds):
        if "\0" not in text:
            texts.append(text)
        if len(texts) == 500:
            compare(texts)
            texts = []
    compare(texts)


def compare(texts: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.mach_name_norm(value)"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS given(value, place) ORDER BY place",
            [texts],
        )
        folded = [row[0] for row in cursor.fetchall()]
    for text, found in zip(texts, folded, strict=True):
        with naming(text):
            assert found == name_norm(text)
