"""How is a person or a place reached by telephone, in one form for all ways of writing it?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.identifiers.identifier import Identifier, cleaned, in_groups, refusal, squeezed

# Eleven-digit mobile prefixes became ten-digit ones in 2018.
RENUMBERED = {
    **{f"016{digit}": f"03{digit}" for digit in "23456789"},
    "0120": "070",
    "0121": "079",
    "0122": "077",
    "0126": "076",
    "0128": "078",
    "0123": "083",
    "0124": "084",
    "0125": "085",
    "0127": "081",
    "0129": "082",
    "0186": "056",
    "0188": "058",
    "0199": "059",
}
ACCEPTED = re.compile(r"[\d\s().+\-/\u00a0\u2010-\u2015]+")


@dataclass(frozen=True, slots=True)
class PhoneNumber(Identifier):
    """A telephone number: Vietnamese ones begin with 0, foreign ones with + and the country."""

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(
        r"0[35789]\d{8}|02\d{9}|1[89]00\d{4,6}|\+(?!84)[1-9]\d{7,14}"
    )

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        if text.isascii() and cls.PATTERN.fullmatch(text):
            return cls(text)
        plain = cleaned(text)
        squeezed(text)
        number = re.sub(r"[^\d+]", "", plain.replace("(0)", ""))
        if ACCEPTED.fullmatch(plain):
            number = _national(number)
            if cls.PATTERN.fullmatch(number):
                return cls(number)
        raise refusal(
            "phone_unreadable",
            _(
                "%(value)s is not a telephone number. A mobile has 10 digits like 0912 345 678, "
                "a landline 11 with its area code like 0215 3825 115; "
                "a foreign one begins with + and the country."
            ),
            value=text.strip(),
        )

    @classmethod
    @override
    def is_usual(cls, text: str) -> bool:
        return text.isascii() and cls.PATTERN.fullmatch(text) is not None

    @property
    def is_mobile(self) -> bool:
        return re.fullmatch(r"0[35789]\d{8}", self.value) is not None

    @property
    def international(self) -> str:
        return "+84" + self.value[1:] if self.value.startswith("0") else self.value

    @override
    def grouped(self) -> str:
        if self.is_mobile:
            return in_groups(self.value, 4, 3, 3)
        if self.value.startswith("02"):
            # Hanoi and Hồ Chí Minh City have a three-digit area code, the others four.
            return in_groups(self.value, *((3, 4, 4) if self.value[2] in "48" else (4, 4, 3)))
        return self.value


def _national(number: str) -> str:
    """Put the 0 in front for +84, 84, 0084 and for the 0 a spreadsheet dropped; apply the 2018 prefixes."""
    number = re.sub(r"^00(?=[1-9])", "+", number)
    number = re.sub(r"^(?:\+84|84(?=\d{9,10}$))0?", "0", number)
    if re.fullmatch(r"[35789]\d{8}|2\d{9}|1[26]\d{8}|18[68]\d{7}|199\d{7}", number):
        number = "0" + number
    if len(number) == 11 and number[:4] in RENUMBERED:
        number = RENUMBERED[number[:4]] + number[4:]
    return number
