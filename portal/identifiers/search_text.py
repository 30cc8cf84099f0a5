"""Which kinds of things can a text in the search-or-scan box be?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.core.exceptions import ValidationError

from portal.dates import PartialDate
from portal.identifiers.card_scan import CardScan, is_card_text
from portal.identifiers.facility import FacilityCode, GlobalLocationNumber
from portal.identifiers.identifier import SEPARATORS, Identifier
from portal.identifiers.insurance import InsuranceCard
from portal.identifiers.insurance_scan import InsuranceScan, is_insurance_text
from portal.identifiers.licenses import OperatingLicenseNumber, PracticeLicenseNumber
from portal.identifiers.person import OldIdCard, Passport, PersonalNumber
from portal.identifiers.phone import PhoneNumber


class Kind(StrEnum):
    """What a typed text may be."""

    CARD_SCAN = "card_scan"
    INSURANCE_SCAN = "insurance_scan"
    PERSONAL_NUMBER = "personal_number"
    OLD_ID_CARD = "old_id_card"
    PASSPORT = "passport"
    INSURANCE_CARD = "insurance_card"
    PHONE = "phone"
    PRACTICE_LICENSE = "practice_license"
    OPERATING_LICENSE = "operating_license"
    FACILITY_CODE = "facility_code"
    LOCATION_NUMBER = "location_number"
    NAME_AND_BIRTH = "name_and_birth"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class NameQuery:
    """A name as typed, with the birth date or year that stood before or after it."""

    name: str
    birth: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of the text: a value, or the reason why what was clearly meant cannot be read."""

    kind: Kind
    value: Identifier | CardScan | InsuranceScan | NameQuery | None
    problem: ValidationError | None = None


NUMBERS: tuple[tuple[Kind, type[Identifier], re.Pattern[str]], ...] = (
    (Kind.PERSONAL_NUMBER, PersonalNumber, re.compile(r"\d{12}")),
    (Kind.INSURANCE_CARD, InsuranceCard, re.compile(r"[A-Za-z]{2}\d{13}|\d{10}")),
    (Kind.OLD_ID_CARD, OldIdCard, re.compile(r"\d{9}")),
    (Kind.PASSPORT, Passport, re.compile(r"(?=.*\d)(?=.*[A-Za-z])[0-9A-Za-z]{6,9}|\d{9}")),
    (Kind.LOCATION_NUMBER, GlobalLocationNumber, re.compile(r"\d{13}")),
    (Kind.FACILITY_CODE, FacilityCode, re.compile(r"\d{2}[0-9A-Za-z]{3}")),
)
# Some countries' passports have digits alone; fewer than nine are more often a slip of another number.
BARE_PASSPORT = re.compile(r"\d{6,8}")
PHONE = re.compile(r"\+\d{8,15}|(?:00)?84\d{9}|(?!00)\d{8,11}")
LICENSE = re.compile(r"\d\s*[/\\]\s*[A-Za-zĐđ]{2,4}\s*[-–—_]\s*(?:GPH|CCH)", re.IGNORECASE)
BIRTH = re.compile(
    r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{1,2}[/.\-]\d{4}|\d{4}-\d{1,2}-\d{1,2}|\d{8}|\d{4}"
)
# After a name of letters alone: "12 3 1980", "12 03 80", "120380".
LETTERS = r"^((?:[^\W\d_][^\d\s]* )+)"
SPACED_BIRTH = re.compile(LETTERS + r"(\d{1,2}) (\d{1,2}) (\d{4}|\d{2})$")
SHORT_BIRTH = re.compile(LETTERS + r"(\d{2})(\d{2})(\d{2})$")
# How people are spoken to; "anh", "em" and what "ba" and "chi" may mean are names as well.
ADDRESS = re.compile(r"^(?:ông|ong|bà|chị|cụ|cháu|bé|cô|chú|bác) (?=\S+ \S)", re.IGNORECASE)
# What stands between a name and its birth; "sinh" alone is a name too, but hardly a fourth word.
BORN = re.compile(r" (?:(?:sinh|sn) (?:năm|nam|ngày|ngay)|sn|năm):? (?=\d)", re.IGNORECASE)
BORN_ALONE = re.compile(r"^((?:\S+ ){3,})sinh:? (?=\d)", re.IGNORECASE)


def identify(text: str, *, on: date) -> list[Candidate]:
    """Every reading of the text, the likeliest first; ``on`` is today, for two-digit years."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if not plain:
        return []
    return _scan(plain, text) or _license(plain) or _number_or_name(plain, on)


def _scan(plain: str, text: str) -> list[Candidate]:
    if is_insurance_text(plain):
        return [_candidate(Kind.INSURANCE_SCAN, InsuranceScan.parse, text)]
    if is_card_text(plain):
        return [_candidate(Kind.CARD_SCAN, CardScan.parse, text)]
    return []


def _license(plain: str) -> list[Candidate]:
    if not LICENSE.search(plain):
        return []
    if re.search(r"GPHN|CCH", plain, re.IGNORECASE):
        return [_candidate(Kind.PRACTICE_LICENSE, PracticeLicenseNumber.parse, plain)]
    return [_candidate(Kind.OPERATING_LICENSE, OperatingLicenseNumber.parse, plain)]


def _candidate(
    kind: Kind, parse: Callable[[str], Identifier | CardScan | InsuranceScan], text: str
) -> Candidate:
    try:
        return Candidate(kind, parse(text))
    except ValidationError as problem:
        return Candidate(kind, None, problem)


def _numbers(plain: str) -> list[Candidate]:
    squeezed = SEPARATORS.sub("", plain)
    found = [
        _candidate(kind, make.parse, plain)
        for kind, make, shape in NUMBERS
        if shape.fullmatch(squeezed)
    ]
    if PHONE.fullmatch(re.sub(r"[\s().\-]", "", plain)):
        phone = _candidate(Kind.PHONE, PhoneNumber.parse, plain)
        if phone.value is not None:
            # Ten digits that begin like a mobile are one more often than an insurance number.
            found.insert(0 if len(squeezed) != 9 else len(found), phone)
    bare = BARE_PASSPORT.fullmatch(squeezed)
    beside = [_candidate(Kind.PASSPORT, Passport.parse, plain)] if bare else []
    readable = [candidate for candidate in found if candidate.value is not None]
    if readable or found:
        return [*(readable or found), *beside]
    is_number = re.fullmatch(r"\d[\d.,]*E\+?\d+", squeezed, re.IGNORECASE) or (
        sum(map(str.isdigit, squeezed)) >= 7 and len(squeezed) <= 14 and "/" not in squeezed
    )
    slip = [_candidate(Kind.PERSONAL_NUMBER, PersonalNumber.parse, plain)] if is_number else []
    return [*slip, *beside]


def _number_or_name(plain: str, on: date) -> list[Candidate]:
    numbers, text = _numbers(plain), _without_ornament(plain)
    named = _name(_with_joined_birth(text, on), on)
    is_named = named.problem is None and named.kind == Kind.NAME_AND_BIRTH
    if is_named and not any(map(str.isdigit, named.value.name)):  # type: ignore[union-attr]
        return [named, *(number for number in numbers if number.value is not None)]
    # "An 1980" and the keystrokes "nguye64n" could be passports too, but hardly ever are.
    may_be_name = all(number.kind == Kind.PASSPORT for number in numbers) and (
        (" " in plain and _is_name(plain.split())) or _is_keystrokes(plain)
    )
    return [named, *numbers] if may_be_name or not numbers else numbers


def _without_ornament(plain: str) -> str:
    """Read away brackets, the form of address, and "sinh năm" before a birth."""
    text = " ".join(re.sub(r"[()\[\]]", " ", plain).split()) or plain
    text = BORN_ALONE.sub(r"\1", BORN.sub(" ", text))
    return ADDRESS.sub("", text)


def _with_joined_birth(text: str, on: date) -> str:
    """Write a date in three words, or in six digits, as one with strokes, where there is such a day."""
    for shape in (SPACED_BIRTH, SHORT_BIRTH):
        if found := shape.match(text):
            birth = "/".join(found.groups()[1:])
            try:
                PartialDate.parse(birth, on=on)
            except ValidationError:
                continue
            return f"{found[1]}{birth}"
    return text


def _is_keystrokes(plain: str) -> bool:
    """A word with the few digits by which VNI marks it; a passport has more of them."""
    return sum(map(str.isdigit, plain)) <= 3


def _name(plain: str, on: date) -> Candidate:
    name, birth = _parted(plain)
    if not birth:
        return Candidate(Kind.NAME, NameQuery(plain))
    try:
        return Candidate(Kind.NAME_AND_BIRTH, NameQuery(name, PartialDate.parse(birth, on=on)))
    except ValidationError as problem:
        return Candidate(Kind.NAME_AND_BIRTH, NameQuery(name), problem)


def _parted(plain: str) -> tuple[str, str]:
    """Return the name and the birth that stands after it or before it."""
    words = [word for word in re.split(r"[\s,]+", plain) if word]
    for birth, name in ((words[-1:], words[:-1]), (words[:1], words[1:])):
        if name and birth and BIRTH.fullmatch(birth[0]) and _is_name(name):
            return " ".join(name), birth[0]
    return plain, ""


def _is_name(words: Sequence[str]) -> bool:
    """Whether the words may be a name and a birth: digits stand beside letters, as VNI leaves them."""
    bare = [word.strip(",") for word in words]
    is_word = [any(map(str.isalpha, word)) or not any(map(str.isdigit, word)) for word in bare]
    births = [word for word, fits in zip(bare, is_word, strict=True) if not fits]
    return any(is_word) and len(births) <= 1 and all(map(BIRTH.fullmatch, births))
