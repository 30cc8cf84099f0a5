"""Which papers name a person: the personal number, the old identity card, a passport?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Self

from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.dates import PartialDate
from portal.identifiers.identifier import (
    Doubt,
    Identifier,
    in_groups,
    refusal,
    require_digits,
    squeezed,
)
from portal.identifiers.provinces import OLD_PROVINCE_CODES

COUNTING = frozenset({"012345678901", "123456789012", "123456789123", "098765432109"})
INSURANCE_CARD_SHAPE = re.compile(r"[A-Z]{2}\d{13}")


@dataclass(frozen=True, slots=True)
class PersonalNumber(Identifier):
    """The 12-digit personal number (Law 26/2023/QH15); it has no check digit, so structure only warns."""

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"\d{12}")

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        if len(text) == 12 and text.isascii() and text.isdigit():
            return cls(text)
        digits = squeezed(text)
        if INSURANCE_CARD_SHAPE.fullmatch(digits.upper()):
            raise refusal(
                "is_insurance_card",
                _(
                    "%(value)s is an insurance card number. Enter it as the insurance card; "
                    "the personal number has 12 digits and no letters."
                ),
                value=digits,
            )
        require_digits(digits, text)
        if len(digits) != 12:
            refuse_length(digits)
        return cls(digits)

    @classmethod
    @override
    def is_usual(cls, text: str) -> bool:
        return (
            len(text) == 12
            and text.isascii()
            and text.isdigit()
            and (text[0] != "0" or text[1:3] in OLD_PROVINCE_CODES)
            and text not in COUNTING
            and text != text[0] * 12
        )

    @property
    def province_code(self) -> str:
        """The old province where the birth was registered: two digits, or three for a country."""
        return self.value[1:3] if self.value.startswith("0") else self.value[:3]

    @property
    def sex(self) -> str:
        return "female" if int(self.value[3]) % 2 else "male"

    @property
    def birth_year(self) -> int:
        return 1900 + 100 * (int(self.value[3]) // 2) + int(self.value[4:6])

    @override
    def grouped(self) -> str:
        return in_groups(self.value, 3, 3, 3, 3)

    @override
    def doubts(self) -> list[Doubt]:
        params = {"value": self.value}
        if self.value in COUNTING or self.value == self.value[0] * 12:
            message = _(
                "%(value)s looks made up to fill the box. Leave the box empty when the number is not known."
            )
            return [Doubt("personal_number_made_up", message, params)]
        if not self.has_known_province:
            message = _(
                "%(value)s does not begin with the code of a province. Compare it with the card."
            )
            return [Doubt("personal_number_province", message, params)]
        return []

    @property
    def has_known_province(self) -> bool:
        # Three digits above 096 are country codes of people born abroad; that list is not at hand.
        return not self.value.startswith("0") or self.province_code in OLD_PROVINCE_CODES

    def warnings(
        self, *, sex: str = "", born: PartialDate | None = None, on: date | None = None
    ) -> list[Doubt]:
        """What in the number disagrees with what else is known; corrected papers make all of it possible."""
        found = self.doubts()
        if any(doubt.code == "personal_number_made_up" for doubt in found):
            return found
        if sex in {"male", "female"} and sex != self.sex:
            found.append(self._sex_doubt())
        if born is not None and born.year != self.birth_year:
            message = _(
                "%(value)s belongs to a person born in %(year)d, and %(born)s is entered. "
                "Compare both with the card; keep both when a birth date was corrected later."
            )
            params = {"value": self.value, "year": self.birth_year, "born": str(born)}
            found.append(Doubt("personal_number_birth_year", message, params))
        elif on is not None and self.birth_year > on.year:
            message = _(
                "%(value)s belongs to a person born in %(year)d, which is still to come. "
                "Compare the fourth to sixth digits with the card."
            )
            params = {"value": self.value, "year": self.birth_year}
            found.append(Doubt("personal_number_future", message, params))
        return found

    def _sex_doubt(self) -> Doubt:
        message = (
            _("%(value)s is a man's number, and female is entered. Compare both with the card.")
            if self.sex == "male"
            else _(
                "%(value)s is a woman's number, and male is entered. Compare both with the card."
            )
        )
        return Doubt("personal_number_sex", message, {"value": self.value})


def refuse_length(digits: str) -> None:
    """Say why this many digits are not a personal number."""
    count, params = len(digits), {"value": digits, "count": len(digits)}
    if count == 9:
        raise refusal(
            "is_old_id_card",
            _(
                "%(value)s has 9 digits: it is an old identity card number. "
                "Enter it as the old card; the personal number has 12 digits."
            ),
            **params,
        )
    restored = digits.zfill(12)
    if count in {10, 11} and restored[1:3] in OLD_PROVINCE_CODES and not digits.startswith("0"):
        raise refusal(
            "leading_zero_lost",
            _(
                "The personal number has %(count)d digits, 12 are needed. If it comes from a spreadsheet, "
                "the 0 in front was lost: set the column to Text and write %(restored)s. "
                "Otherwise count the digits on the card again."
            ),
            restored=restored,
            **params,
        )
    raise refusal(
        "personal_number_length",
        _(
            "The personal number has %(count)d digits, 12 are needed. "
            "Count them on the card again, or scan the card."
        ),
        **params,
    )


@dataclass(frozen=True, slots=True)
class OldIdCard(Identifier):
    """The 9-digit identity card number (CMND), invalid since 01/01/2025 and kept to find old records."""

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"\d{9}")

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        digits = squeezed(text)
        require_digits(digits, text)
        if len(digits) == 12:
            raise refusal(
                "is_personal_number",
                _(
                    "%(value)s has 12 digits: it is a personal number. Enter it as the personal number."
                ),
                value=digits,
            )
        if len(digits) == 8:
            raise refusal(
                "leading_zero_lost",
                _(
                    "The old identity card number has %(count)d digits, 9 are needed. If it comes from a "
                    "spreadsheet, the 0 in front was lost: set the column to Text and write %(restored)s. "
                    "Otherwise count the digits on the card again."
                ),
                count=8,
                restored=digits.zfill(9),
            )
        if len(digits) != 9:
            raise refusal(
                "old_id_card_length",
                _(
                    "The old identity card number has %(count)d digits, 9 are needed. "
                    "Count them on the card again."
                ),
                count=len(digits),
            )
        return cls(digits)

    @override
    def grouped(self) -> str:
        return in_groups(self.value, 3, 3, 3)


@dataclass(frozen=True, slots=True)
class Passport(Identifier):
    """A passport number of any country: at most nine letters and digits (ICAO Doc 9303)."""

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"(?=.*\d)[A-Z0-9]{6,9}")
    VIETNAMESE: ClassVar[re.Pattern[str]] = re.compile(r"[A-Z]\d{7,8}")

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        number = squeezed(text).upper()
        if re.fullmatch(r"\d{12}", number):
            raise refusal(
                "is_personal_number",
                _(
                    "%(value)s has 12 digits: it is a personal number. Enter it as the personal number."
                ),
                value=number,
            )
        if not cls.PATTERN.fullmatch(number):
            raise refusal(
                "passport_unreadable",
                _(
                    "%(value)s is not a passport number: 6 to 9 digits and plain letters are needed. "
                    "A Vietnamese one is like C1234567. Copy it from the last line of the photo page."
                ),
                value=text.strip(),
            )
        return cls(number)

    @property
    def has_vietnamese_form(self) -> bool:
        return self.VIETNAMESE.fullmatch(self.value) is not None

    @override
    def doubts(self) -> list[Doubt]:
        if self.value.isdigit() and len(self.value) == 9:
            message = _(
                "%(value)s has 9 digits and no letter, like an old identity card. "
                "Check that it comes from a passport."
            )
            return [Doubt("passport_like_old_id_card", message, {"value": self.value})]
        return []
