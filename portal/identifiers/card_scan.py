"""What does the QR text of an identity card say, and did a Vietnamese input method spoil it on the way?"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.dates import PartialDate
from portal.identifiers.identifier import Doubt
from portal.identifiers.keystrokes import (
    has_tone,
    is_odd_in_address,
    is_odd_in_name,
    is_typed_marks,
    is_unsure_in_address,
)
from portal.identifiers.person import OldIdCard, PersonalNumber
from portal.names import display_name

SEXES = {"nam": "male", "nữ": "female"}
SCANNER_PREFIX = re.compile(r"^\][A-Za-z]\d")  # AIM symbology identifier, such as ]Q1
NAME_LETTERS = re.compile(r"[^\W\d_]+(?:[ .'’\-]+[^\W\d_]+)*\.?")
HIGHLAND = re.compile(
    r"(?:Y |H ?['’ ]|Siu |Ksor |Rmah |Rah |Rơ |Rcom |Rlan |Kpă |Nay |Puih )", re.IGNORECASE
)
NUMBER_AND_MORE = re.compile(r"\d{12}.*[^\W\d_]{2}.*\d{8}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CardScan:
    """The first seven fields on a chip card (2021) or identity card (2024); the rest is never kept."""

    personal_number: PersonalNumber
    name: str
    sex: str
    birth: PartialDate | None = None
    old_id_card: OldIdCard | None = None
    address: str = ""
    issued_on: date | None = None
    doubts: tuple[Doubt, ...] = field(default=(), compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the scanned text, or say that an input method spoiled it and how to scan again."""
        fields = _fields(text)
        sex_at = _sex_place(fields)
        name, address = fields[sex_at - 2], (fields[sex_at + 1 : sex_at + 2] or [""])[0]
        _check_letters(text, name, address)
        number = PersonalNumber.parse(fields[0])
        sex, birth = SEXES[fields[sex_at].lower()], _date(fields[sex_at - 1])
        issued_on, issue_doubts = _issue_date((fields[sex_at + 2 : sex_at + 3] or [""])[0])
        return cls(
            personal_number=number,
            name=display_name(name),
            sex=sex,
            birth=birth,
            old_id_card=_old_card(fields[1] if sex_at == 4 else ""),
            address=address,
            issued_on=issued_on,
            doubts=(
                *number.warnings(sex=sex, born=birth),
                *issue_doubts,
                *_spelling_doubts(text, name, address),
            ),
        )


def is_card_text(text: str) -> bool:
    """Whether the text comes from an identity card, spoiled or not, and nothing a person would type."""
    plain = unicodedata.normalize("NFC", text).strip()
    if len(re.findall(r"\|", plain)) >= 3 or re.match(r"\d{12}\|", plain):
        return True
    lowered = plain.lower()
    has_sex = any(f"{mark}{sex}" in lowered for sex in SEXES for mark in "|¦~\\}")
    return has_sex or NUMBER_AND_MORE.match(plain) is not None


def refuse_cut_off() -> NoReturn:
    """Refuse a text of which a part is missing: the scanner was moved, or a key was pressed."""
    raise ValidationError(
        _("Only a part of the card was read. Hold the scanner still and scan again."),
        code="card_scan_cut_off",
    )


def refuse_garbled(detail: str) -> NoReturn:
    """Refuse with the deed that helps; ``detail`` names the part of the text that gave it away."""
    if not detail:
        refuse_cut_off()
    raise ValidationError(
        _(
            "A Vietnamese input method is on, so the card was read wrongly: “%(detail)s”. "
            "Turn it off (Ctrl Shift), then scan again."
        ),
        code="card_scan_garbled",
        params={"detail": detail[:40]},
    )


def _fields(text: str) -> list[str]:
    plain = SCANNER_PREFIX.sub("", unicodedata.normalize("NFC", text).strip("\ufeff\r\n\t "))
    fields = [" ".join(part.split()) for part in plain.split("|")]
    if any(part in {"nAM", "nỮ"} for part in fields):  # Caps Lock is on and nothing else is wrong.
        fields = [part.swapcase() for part in fields]
    if len(fields) < 5 or not re.fullmatch(r"\d{12}", fields[0]):
        if re.fullmatch(r"\d{1,12}", fields[0]):
            refuse_cut_off()
        refuse_garbled(fields[0])
    return fields


def _sex_place(fields: list[str]) -> int:
    """Find the sex, fifth on the card and fourth where a reader drops the empty old number."""
    for place in (4, 3):
        if len(fields) > place and fields[place].lower() in SEXES:
            return place
    refuse_garbled(fields[4])


def _date(text: str) -> PartialDate | None:
    """ddmmyyyy; zeros stand for a day or month that is not known, a year may stand alone."""
    if not text or set(text) == {"0"}:
        return None
    if not re.fullmatch(r"\d{8}|\d{4}", text):
        refuse_garbled(text)
    if len(text) == 8:
        text = f"{text[:2]}/{text[2:4]}/{text[4:]}"
        text = re.sub(r"^(?:00/)+", "", text)
    return PartialDate.parse(text)


def _issue_date(text: str) -> tuple[date | None, list[Doubt]]:
    """The day of issue; one that is none is left out and doubted: the card says who it is without it."""
    try:
        issued = _date(text)
    except ValidationError as problem:
        if problem.code == "card_scan_garbled":
            raise
        message = _(
            "The card's day of issue, %(digits)s, is no day of a calendar; it was left out."
        )
        return None, [Doubt("card_scan_issued_on", message, {"digits": text})]
    return issued.as_date() if issued else None, []


def _old_card(text: str) -> OldIdCard | None:
    if not text:
        return None
    if re.search(r"[^\W\d_]", text) and not text.isascii():
        refuse_garbled(text)
    try:
        return OldIdCard.parse(text)
    except ValidationError:
        return None  # Some cards carry the former 12-digit number here.


def _check_letters(text: str, name: str, address: str) -> None:
    if not NAME_LETTERS.fullmatch(name):
        refuse_garbled(name)
    if text.isascii() and is_typed_marks(name, address):
        refuse_garbled(name)
    for word in address.split():
        if is_odd_in_address(word):
            refuse_garbled(word)


def _spelling_doubts(text: str, name: str, address: str) -> list[Doubt]:
    """What an input method may have changed without leaving proof: the person compares with the card."""
    found = []
    if any(map(is_odd_in_name, name.split())) or _is_toned_highland_name(name):
        message = _(
            "The name %(name)s is written unusually. Compare it with the card; if it differs, "
            "turn the input method off (Ctrl Shift) and scan again."
        )
        found.append(Doubt("card_scan_name", message, {"name": name}))
    if text.isascii():
        message = _(
            "The name %(name)s came without any mark. If the card has marks, write them, "
            "and set the scanner to send Vietnamese letters."
        )
        found.append(Doubt("card_scan_without_marks", message, {"name": name}))
    if is_unsure_in_address(address):
        message = _("The address %(address)s is written unusually. Compare it with the card.")
        found.append(Doubt("card_scan_address", message, {"address": address}))
    return found


def _is_toned_highland_name(name: str) -> bool:
    """Ê Đê and Gia Rai names have ă, ê, ơ and no tones, unless a tone key or a Vietnamese name came in."""
    return HIGHLAND.match(name) is not None and any(map(has_tone, name.split()))
