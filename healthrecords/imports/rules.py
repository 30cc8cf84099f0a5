"""How are the cells read that have a form of their own: papers, cards, telephones, blood pressure?"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.dates import PartialDate
from portal.identifiers import InsuranceCard, OldIdCard, Passport, PersonalNumber, PhoneNumber
from portal.identifiers.identifier import Identifier
from portal.intake.declaration import Read
from portal.intake.moments import moment_of
from portal.intake.problems import WARNING, Problem, of_doubt, of_refusal

# What a spreadsheet did to a number; the sender can and must mend it.
MANGLED = frozenset({"spreadsheet_rounded", "leading_zero_lost"})
PRESSURE = re.compile(r"(\d{1,3})\s*[/\-]\s*(\d{1,3})(?:\s*mmhg)?", re.IGNORECASE)
SIGNS = re.compile(r"CSST\s*<([^>]*)>", re.IGNORECASE)
SIGN = re.compile(r"([A-Z]+?)([\d.,]+(?:/[\d.,]+)?)")
NAMES = {"M": "pulse", "T": "temperature", "NT": "respiratory_rate", "SP": "oxygen_saturation"}


def _kept(kind: type[Identifier], text: str) -> Read:
    """Read an identifier that only warns when it cannot be one, unless a spreadsheet spoilt it."""
    try:
        value = kind.parse(text)
    except ValidationError as error:
        problem = of_refusal(error)
        if error.code in MANGLED:
            return None, [problem]
        return None, [replace(problem, severity=WARNING)]
    return value.value, [of_doubt(doubt) for doubt in value.doubts()]


def paper(text: str) -> Read:
    """Read SO_CCCD: twelve digits, nine, or a passport; other accounts are kept out with a warning."""
    if len(text) == 12 and text.isascii() and text.isdigit():
        return _kept(PersonalNumber, text)
    squeezed = re.sub(r"[\s.\-]", "", text)
    if re.fullmatch(r"\d{9}", squeezed):
        return _kept(OldIdCard, text)
    if re.fullmatch(r"[A-Za-z]\d{7,8}", squeezed):
        return _kept(Passport, text)
    return _kept(PersonalNumber, text)


def card(text: str) -> Read:
    """Read one insurance card of MA_THE_BHYT."""
    return _kept(InsuranceCard, text)


def phone(text: str) -> Read:
    """Read a telephone number; a wrong one is left out with a warning."""
    return _kept(PhoneNumber, text)


@lru_cache(maxsize=20_000)
def partial(text: str) -> PartialDate:
    """Read a date of birth; many rows of a file speak of the same people."""
    return PartialDate.parse(text)


def birth(text: str) -> Read:
    """Read NGAY_SINH: 196005150000, 15/05/1960, 05/1960 or 1960."""
    return partial(text).iso(), ()


def as_sent(text: str) -> Read:
    """Keep a cell as it was sent; whoever checks the whole record says what is wrong with it."""
    return text, ()


def stated_moment(text: str) -> Read:
    """Read a time that no record is kept out for; what is none of its kind is said elsewhere."""
    try:
        return moment_of(text).strftime("%Y-%m-%dT%H:%M"), ()
    except ValidationError:
        return text, ()


def blood_pressure(text: str) -> Read:
    """Read 120/80."""
    match = PRESSURE.fullmatch(text)
    if match is None:
        return None, [
            Problem(
                "blood_pressure_unreadable",
                _("“%(value)s” is not a blood pressure."),
                _("Write both figures with a stroke, like 120/80."),
                {"value": text[:40]},
            )
        ]
    return f"{int(match[1])}/{int(match[2])}", ()


def signs_of(text: str) -> dict[str, str]:
    """Return the vital signs in a progress note: CSST<M75_T37_HA120/70_NT18_SP98_HL2>."""
    found: dict[str, str] = {}
    for block in SIGNS.findall(text):
        for part in block.split("_"):
            match = SIGN.fullmatch(part.strip().upper())
            if match is None:
                continue
            name, value = match[1], match[2].replace(",", ".")
            if name == "HA" and "/" in value:
                found["systolic"], found["diastolic"] = value.split("/")
            elif name in NAMES:
                found[NAMES[name]] = value
    return found
