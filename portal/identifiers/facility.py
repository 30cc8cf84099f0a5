"""Which code names a place of care: the insurer's five characters, or the 13-digit location number?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.identifiers.identifier import (
    Doubt,
    Identifier,
    in_groups,
    refusal,
    require_digits,
    squeezed,
)
from portal.identifiers.provinces import INSURER_CODES


@dataclass(frozen=True, slots=True)
class FacilityCode(Identifier):
    """The insurer's code of a facility (MA_CSKCB): its old province and three characters."""

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"\d{2}[0-9A-Z]{3}")

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        code = squeezed(text).upper()
        if cls.PATTERN.fullmatch(code):
            return cls(code)
        if re.fullmatch(r"\d{13}", code):
            raise refusal(
                "is_location_number",
                _(
                    "%(value)s has 13 digits: it is a location number (GLN). Enter it as the GLN; "
                    "the insurance code of a facility has 5 characters, like 01020."
                ),
                value=code,
            )
        if re.fullmatch(r"\d{4}|\d[A-Z]\d{2}|\d{2}[A-Z]\d", code):
            raise refusal(
                "leading_zero_lost",
                _(
                    "The facility code %(value)s has 4 characters, 5 are needed. If it comes from a "
                    "spreadsheet, the 0 in front was lost: set the column to Text and write %(restored)s."
                ),
                value=code,
                restored=code.zfill(5),
            )
        raise refusal(
            "facility_code_unreadable",
            _(
                "%(value)s is not a facility code: two digits of the province and three characters "
                "are needed, like 01020 or 01C51."
            ),
            value=text.strip(),
        )

    @property
    def province_code(self) -> str:
        """The province of before 01/07/2025."""
        return self.value[:2]

    @override
    def doubts(self) -> list[Doubt]:
        if self.province_code in INSURER_CODES:
            return []
        message = _(
            "The facility code %(value)s begins with %(province)s, which is no province. "
            "Compare it with the insurer's list."
        )
        params = {"value": self.value, "province": self.province_code}
        return [Doubt("facility_code_province", message, params)]


@dataclass(frozen=True, slots=True)
class GlobalLocationNumber(Identifier):
    """The 13-digit GS1 number of a place (GLN); a wrong check digit is a doubt, not a refusal."""

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"\d{13}")

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        digits = squeezed(text)
        if FacilityCode.PATTERN.fullmatch(digits.upper()):
            raise refusal(
                "is_facility_code",
                _(
                    "%(value)s has 5 characters: it is the insurance code of a facility. "
                    "Enter it as that; the location number (GLN) has 13 digits."
                ),
                value=digits.upper(),
            )
        require_digits(digits, text)
        if len(digits) != 13:
            raise refusal(
                "location_number_length",
                _(
                    "The location number (GLN) has %(count)d digits, 13 are needed. "
                    "Copy it from the certificate again."
                ),
                count=len(digits),
            )
        return cls(digits)

    @property
    def expected_check_digit(self) -> int:
        weighted = sum(
            int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(self.value[:12])
        )
        return -weighted % 10

    @override
    def doubts(self) -> list[Doubt]:
        if int(self.value[-1]) == self.expected_check_digit:
            return []
        message = _(
            "The location number %(value)s ends in %(digit)s where its other digits call for %(expected)d. "
            "A digit is probably mistyped: compare it with the certificate."
        )
        params = {
            "value": self.value,
            "digit": self.value[-1],
            "expected": self.expected_check_digit,
        }
        return [Doubt("location_number_check_digit", message, params)]

    @override
    def grouped(self) -> str:
        return in_groups(self.value, 3, 4, 5, 1)
