"""What does a health insurance number say: its group, benefit level and the social insurance number?"""

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
class InsuranceCard(Identifier):
    """A health insurance card: 15 characters, or the 10 digits printed alone since 04/2021.

    The last 10 digits are the social insurance number in both forms, so they compare people;
    the five characters in front change with the group a person is insured in.
    """

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"(?:[A-Z]{2}[1-5]\d{2})?\d{10}")

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        number = squeezed(text).upper()
        if cls.PATTERN.fullmatch(number):
            return cls(number)
        if number[:2].isascii() and number[:2].isalpha():
            _refuse_long(number, text)
        require_digits(number, text)
        _refuse_short(number)
        return cls(number)

    @classmethod
    @override
    def is_usual(cls, text: str) -> bool:
        return (
            text.isascii()
            and cls.PATTERN.fullmatch(text) is not None
            and (len(text) == 10 or text[3:5] in INSURER_CODES)
            and text[-10:] != text[-1] * 10
        )

    @property
    def is_long(self) -> bool:
        return len(self.value) == 15

    @property
    def social_insurance_number(self) -> str:
        return self.value[-10:]

    @property
    def group_code(self) -> str:
        """The two letters of the insured group (DN, HT, TE ...); empty on the short form."""
        return self.value[:2] if self.is_long else ""

    @property
    def benefit_level(self) -> int | None:
        return int(self.value[2]) if self.is_long else None

    @property
    def province_code(self) -> str:
        return self.value[3:5] if self.is_long else ""

    @property
    def is_child_card(self) -> bool:
        """Issued to a child under six; a temporary one has the same form and is not told apart."""
        return self.value.startswith("TE1")

    def is_same_person_as(self, other: InsuranceCard) -> bool:
        return self.social_insurance_number == other.social_insurance_number

    @override
    def doubts(self) -> list[Doubt]:
        found = []
        if len(set(self.social_insurance_number)) <= 1:
            message = _(
                "%(value)s looks made up to fill the box. Leave the box empty when the number is not known."
            )
            found.append(Doubt("insurance_card_made_up", message, {"value": self.value}))
        if self.is_long and self.province_code not in INSURER_CODES:
            message = _(
                "%(value)s has %(province)s where the code of a province stands. Compare it with the card."
            )
            params = {"value": self.value, "province": self.province_code}
            found.append(Doubt("insurance_card_province", message, params))
        return found

    @override
    def grouped(self) -> str:
        if self.is_long:
            return in_groups(self.value, 2, 1, 2, 3, 3, 4)
        return in_groups(self.value, 3, 3, 4)


@dataclass(frozen=True, slots=True)
class SocialInsuranceNumber(Identifier):
    """The ten digits the social insurer knows a person by; files name practitioners with them."""

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"\d{10}")

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        number = squeezed(text)
        if not cls.PATTERN.fullmatch(number):
            require_digits(number, text)
            _refuse_short(number)
        return cls(number)

    @override
    def grouped(self) -> str:
        return in_groups(self.value, 3, 3, 4)


def _refuse_long(number: str, text: str) -> None:
    if len(number) != 15:
        raise refusal(
            "insurance_card_length",
            _(
                "The insurance card number %(value)s has %(count)d characters: 15 are needed, "
                "or the 10 digits alone. Compare it with the card."
            ),
            value=number,
            count=len(number),
        )
    require_digits(number[2:], text.strip()[2:])
    raise refusal(
        "insurance_card_benefit",
        _(
            "The insurance card number %(value)s has %(digit)s as its third character: "
            "the benefit level is 1 to 5. Compare it with the card."
        ),
        value=number,
        digit=number[2],
    )


def _refuse_short(digits: str) -> None:
    if len(digits) == 12:
        raise refusal(
            "is_personal_number",
            _("%(value)s has 12 digits: it is a personal number. Enter it as the personal number."),
            value=digits,
        )
    if len(digits) == 9:
        raise refusal(
            "leading_zero_lost",
            _(
                "The insurance number has %(count)d digits, 10 are needed. If it comes from a spreadsheet, "
                "the 0 in front was lost: set the column to Text and write %(restored)s. "
                "Otherwise count the digits on the card again."
            ),
            count=9,
            restored=digits.zfill(10),
        )
    if len(digits) != 10:
        raise refusal(
            "insurance_number_length",
            _(
                "The insurance number has %(count)d digits, 10 are needed. "
                "Count them on the card again, or type all 15 characters of the card."
            ),
            count=len(digits),
        )
