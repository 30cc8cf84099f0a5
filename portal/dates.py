"""Which days can a birth date mean when only the year, or the month and the year, is known?"""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NoReturn, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.ages import age_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

EARLIEST_YEAR, LATEST_YEAR = 1880, 2100
MONTH_WORDS = re.compile(r"(?:ngày|tháng|năm|sinh)", re.IGNORECASE)
MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?$")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to the day, to the month, or to the year."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.day is not None and self.month is None:
            msg = "a day needs its month"
            raise ValueError(msg)
        date(self.year, self.month or 1, self.day or 1)

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month, day.day)

    @classmethod
    def parse(cls, text: str, *, on: date | None = None) -> Self:
        """Read a date written day first, in XML 130's form, or as a year or month alone.

        ``on`` is the day of reading: a two-digit year means the latest year that is not after it.
        Without it a two-digit year is refused.
        """
        plain = unicodedata.normalize("NFC", text).strip().lstrip("'").strip()
        plain = re.sub(r"(?<=\d)\.0$", "", MIDNIGHT.sub("", plain))
        if plain.isascii() and plain.isdigit():
            return cls(*_checked(*_split_digits(plain, text)))
        parts = [part for part in re.split(r"[\s/.,\-]+", MONTH_WORDS.sub(" ", plain)) if part]
        if not 1 <= len(parts) <= 3 or not all(p.isascii() and p.isdigit() for p in parts):
            _refuse_unreadable(text)
        if len(parts) > 1 and len(parts[0]) == 4:
            parts.reverse()
        return cls(*_checked(*_numbers(parts, text, on)))

    @property
    def is_full(self) -> bool:
        return self.day is not None

    @property
    def earliest(self) -> date:
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def as_date(self) -> date | None:
        return self.earliest if self.is_full else None

    def may_be(self, other: PartialDate) -> bool:
        """Whether both can name the same day: 1958 and 12/03/1958 can."""
        return self.earliest <= other.latest and other.earliest <= self.latest

    def is_after(self, day: date) -> bool:
        return self.earliest > day

    def age_text(self, on: date) -> str:
        """The age on a day; with the day of birth unknown it is the greatest the age can be."""
        return age_text(self.year if self.month is None else self.earliest, on)

    def iso(self) -> str:
        """1958, 1958-05 or 1958-05-12, as FHIR writes it."""
        if self.month is None:
            return f"{self.year:04d}"
        if self.day is None:
            return f"{self.year:04d}-{self.month:02d}"
        return self.earliest.isoformat()

    @override
    def __str__(self) -> str:
        if self.month is None:
            return str(self.year)
        if self.day is None:
            return f"{self.month:02d}/{self.year}"
        return f"{self.day:02d}/{self.month:02d}/{self.year}"


def _split_digits(digits: str, text: str) -> tuple[int, int, int]:
    """Year, month and day of unbroken digits: the four that can be a year of our time decide the order."""
    if len(digits) in {12, 14}:  # XML 130 adds the hour and minute, some tools the second.
        digits = digits[:8]
    if len(digits) == 4:
        return int(digits), 0, 0
    if len(digits) == 6:
        year_first = digits[:2] in {"18", "19", "20"} and int(digits[4:]) <= 12
        return (
            (int(digits[:4]), int(digits[4:]), 0)
            if year_first
            else (int(digits[2:]), int(digits[:2]), 0)
        )
    if len(digits) != 8:
        _refuse_unreadable(text)
    if EARLIEST_YEAR <= int(digits[:4]) <= LATEST_YEAR and int(digits[4:6]) <= 12:
        return int(digits[:4]), int(digits[4:6]), int(digits[6:])
    return int(digits[4:]), int(digits[2:4]), int(digits[:2])


def _numbers(parts: list[str], text: str, on: date | None) -> tuple[int, int, int]:
    day, month, year = [0] * (3 - len(parts)) + [int(part) for part in parts]
    if len(parts[-1]) == 4:
        return year, month, day
    if len(parts[-1]) != 2 or len(parts) == 1:
        _refuse_unreadable(text)
    if on is None:
        _refuse(
            "two_digit_year",
            _("%(value)s has a year of two digits. Write four, like 1958."),
            value=text.strip(),
        )
    year += on.year // 100 * 100
    # Compared as numbers, since 30/02 is no date yet and has to be refused by its own sentence.
    if (year, month, day) > (on.year, on.month if month else 0, on.day if day else 0):
        year -= 100
    return year, month, day


def _checked(year: int, month: int, day: int) -> tuple[int, int | None, int | None]:
    """Refuse what no calendar has; zeros stand for what is not known."""
    written = f"{day:02d}/{month:02d}/{year}" if day else f"{month:02d}/{year}"
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        _refuse(
            "year_out_of_range",
            _("The year %(year)d cannot be right. Write four digits, like 1958."),
            year=year,
        )
    if month > 12 and 1 <= day <= 12:
        _refuse(
            "month_first",
            _("%(month)d is no month: dates are written day first. Write %(remedy)s."),
            month=month,
            remedy=f"{month:02d}/{day:02d}/{year}",
        )
    if month > 12:
        _refuse(
            "no_such_month",
            _(
                "%(month)d is no month. Write the day first, like 12/03/%(year)d; "
                "when only the year is known write %(year)d."
            ),
            month=month,
            year=year,
        )
    if day > (calendar.monthrange(year, month)[1] if month else 0):
        _refuse(
            "no_such_day",
            _("There is no %(date)s in the calendar. When only the year is known write %(year)d."),
            date=written,
            year=year,
        )
    return year, month or None, day or None


def _refuse_unreadable(text: str) -> NoReturn:
    _refuse(
        "date_unreadable",
        _(
            "“%(value)s” cannot be read as a date. Write the day first, like 12/03/1980; "
            "when only the year is known write 1980."
        ),
        value=text.strip(),
    )


def _refuse(code: str, message: StrOrPromise, **params: object) -> NoReturn:
    raise ValidationError(message, code=code, params=params)


def months_later(start: date, months: int) -> date:
    """Return the same day some months later, the month's last day where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))
