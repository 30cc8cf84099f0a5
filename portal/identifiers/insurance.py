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
from portal.identifiers.person import PersonalNumber
from portal.identifiers.provinces import INSURER_CODES


@dataclass(frozen=True, slots=True)
class InsuranceCard(Identifier):
    """A health insurance card: 15 characters, the 10 digits printed alone since 04/2021, or 12 digits.

    The last 10 digits are the social insurance number in the first two forms, so they compare people;
    the five characters in front change with the group a person is insured in. Since 2025 the personal
    number may stand for the social insurance number (Law 41/2024/QH15, in force from 01/07/2025; not
    compared with its text): a card of 12 digits bears no number but that one.
    """

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(r"(?:[A-Z]{2}[1-5]\d{2})?\d{10}|\d{12}")

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        number = squeezed(text).upper()
        if cls.PATTERN.fullmatch(number):
            return cls(number)
        if number[:2].isascii() and number[:2].isalpha():
            _refuse_long(number, text)
        require_digits(number, text)
        _refuse_length(number)
        return cls(number)

    @classmethod
    @override
    def is_usual(cls, text: str) -> bool:
        return (
            text.isascii()
            and cls.PATTERN.fullmatch(text) is not None
            and (len(text) == 10 or (len(text) == 15 and text[3:5] in INSURER_CODES))
            and text[-10:] != text[-1] * 10
        )

    @property
    def is_long(self) -> bool:
        return len(self.value) == 15

    @property
    def is_personal_number(self) -> bool:
        return len(self.value) == 12

    @property
    def social_insurance_number(self) -> str:
        """The ten digits of the person; empty where the personal number stands for them."""
        return "" if self.is_personal_number else self.value[-10:]

    def named_by(self) -> list[tuple[str, str]]:
        """Return the numbers that find the holder, by kind, the one on the card first."""
        if self.is_personal_number:
            return [("personal", self.value)]
        card = [("insurance_card", self.value)] if self.is_long else []
        return [*card, ("insurance_number", self.social_insurance_number)]

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
        return self.named_by()[-1] == other.named_by()[-1]

    @override
    def doubts(self) -> list[Doubt]:
        if self.is_personal_number:
            return PersonalNumber(self.value).doubts()
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
        if self.is_personal_number:
            return PersonalNumber(self.value).grouped()
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
    _refuse_length(digits)


def _refuse_length(digits: str) -> None:
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
