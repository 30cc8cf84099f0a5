"""What do all identifiers have in common: a typed text is read once, or refused with a remedy?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Spaces, dots, hyphens and invisible marks that people, scanners and spreadsheets put between digits.
SEPARATORS = re.compile(r"[\s.\-\u00ad\u2010-\u2015\u2212\u200b-\u200f\u2060\ufeff]+")
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]+")
SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+?\d{1,2}", re.IGNORECASE)
WHOLE_NUMBER_CELL = re.compile(r"(\d{6,})\.0")
DIGIT_MEANT = {"O": "0", "o": "0", "Q": "0", "l": "1", "I": "1", "i": "1", "|": "1"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a value that a person should look at; it stops nothing."""

    code: str
    message: StrOrPromise
    params: Mapping[str, object] = field(default_factory=dict)

    @override
    def __str__(self) -> str:
        return str(self.message) % self.params if self.params else str(self.message)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier in its canonical form; ``parse`` is the door for anything typed."""

    value: str

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(r".+")

    def __post_init__(self) -> None:
        if not self.PATTERN.fullmatch(self.value):
            msg = f"not canonical for {type(self).__name__}: use parse()"
            raise ValueError(msg)

    @override
    def __str__(self) -> str:
        return self.value

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a person typed, or raise ValidationError saying what is wrong and what to do."""
        return cls(squeezed(text).upper())

    @classmethod
    def is_usual(cls, text: str) -> bool:
        """Say whether a text is canonical and nothing about it is doubtful, as most of a file are.

        A short way round ``parse`` and ``doubts``: False says only that they have to be asked.
        """
        return False

    @classmethod
    def read(cls, text: str) -> tuple[Self | None, list[Doubt]]:
        """Read for an import that must keep the row: what cannot be parsed becomes a doubt."""
        try:
            value = cls.parse(text)
        except ValidationError as error:
            return None, [Doubt(error.code or "invalid", error.message, error.params or {})]
        return value, value.doubts()

    def doubts(self) -> list[Doubt]:
        """What is unlikely about the value taken alone."""
        return []

    def grouped(self) -> str:
        """The value as a person reads it aloud."""
        return self.value


def refusal(code: str, message: StrOrPromise, **params: object) -> ValidationError:
    """The error to raise for a value that cannot stand: what is wrong with it and what to do."""
    return ValidationError(message, code=code, params=params)


def cleaned(text: str) -> str:
    """The text without invisible marks and Excel's leading apostrophe, in full-width-free NFC."""
    if text.isascii() and text.isalnum():
        return text  # as nearly every number of a file comes
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip().lstrip("'’").strip()
    if not plain:
        raise refusal("blank", _("Nothing is written here. Type the number, or scan the card."))
    return plain


def squeezed(text: str) -> str:
    """The text without any separator, after the checks every number needs."""
    plain = cleaned(text)
    if plain.isascii() and (plain.isdigit() or (plain.isalnum() and plain[0].isalpha())):
        return plain
    if SCIENTIFIC.fullmatch(plain.replace(" ", "")):
        raise refusal(
            "spreadsheet_rounded",
            _(
                "The spreadsheet changed the number to %(value)s and its last digits are lost. "
                "Set the column to Text and paste the numbers again. Nothing is guessed here."
            ),
            value=plain,
        )
    if cell := WHOLE_NUMBER_CELL.fullmatch(plain):
        plain = cell[1]
    return SEPARATORS.sub("", plain)


def require_digits(text: str, original: str) -> None:
    """Refuse letters among the digits, naming the digit that was probably meant."""
    for place, character in enumerate(text, start=1):
        if character.isascii() and character.isdigit():
            continue
        if character in DIGIT_MEANT and len(text) - sum(c.isdigit() for c in text) <= 3:
            raise refusal(
                "letter_for_digit",
                _(
                    "%(value)s has the letter %(letter)s at place %(place)d. "
                    "Type the digit %(digit)s there."
                ),
                value=original.strip(),
                letter=character,
                place=place,
                digit=DIGIT_MEANT[character],
            )
        raise refusal(
            "not_only_digits",
            _("%(value)s has “%(letter)s” where only digits stand. Type the digits alone."),
            value=original.strip(),
            letter=character,
        )


def in_groups(digits: str, *sizes: int) -> str:
    """Cut ``digits`` into groups of the given sizes, joined by no-break spaces."""
    parts, start = [], 0
    for size in sizes:
        parts.append(digits[start : start + size])
        start += size
    return "\u00a0".join([*parts, digits[start:]] if digits[start:] else parts)
