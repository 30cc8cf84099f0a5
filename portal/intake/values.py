"""What does one cell say, read as its column declares: a value that can be kept, and what is wrong?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.dates import PartialDate
from portal.intake.declaration import Column, Need, Type
from portal.intake.moments import full_day, moment_of, moment_of_cell, usual_moment
from portal.intake.problems import WARNING, Problem, of_refusal
from portal.intake.spoilt import SCIENTIFIC, rounded, spoilt

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
UNSEEN = re.compile("[\u00a0\u00ad\u200b-\u200f\u2060\ufeff]")
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,15})?(?:[eE][+-]?\d{1,2})?", re.ASCII)

Found = tuple[Any, list[Problem]]


def text_of(raw: Any) -> str:
    """Return a cell as a person reads it: no invisible marks, NFC, days as 05/10/2026."""
    if type(raw) is str:
        text = raw.strip()
        return text if text.isascii() else _tidy(text)
    if raw is None:
        return ""
    if isinstance(raw, Mapping):
        moment = datetime.fromisoformat(str(raw["moment"]))
        day = f"{moment.day:02d}/{moment.month:02d}/{moment.year:04d}"
        return f"{day} {moment:%H:%M}".removesuffix(" 00:00")
    if isinstance(raw, float):
        return f"{raw:.15g}"
    return _tidy(str(raw))


def _tidy(text: str) -> str:
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if UNSEEN.search(text):
        text = text.translate(INVISIBLE).replace("\u00a0", " ")
    return text.strip()


def read_cell(column: Column, raw: Any) -> Found:
    """Read one cell; codes are looked up afterwards, for their list depends on another cell.

    The same column and cell always give the same answer.
    """
    value, problems = _read(column, raw)
    if column.is_beside:
        problems = [replace(problem, severity=WARNING) for problem in problems]
    return value, problems


def _read(column: Column, raw: Any) -> Found:
    text = text_of(raw)
    if text[:1] == "'":
        text = text[1:].strip()
    if not text:
        return None, blank(column)
    if type(raw) is not str or text[0] == "#" or column.length or not text.isascii():
        found = spoilt(column, raw, text)
        if found is not None:
            return None, [found]
    try:
        if column.rule is None:
            return READERS[column.type._value_](column, raw, text)
        if column.is_padded and column.digits and text.isdigit():
            text = text.zfill(min(column.digits))
        value, problems = column.rule(text)
    except ValidationError as error:
        return None, [of_refusal(error)]
    return value, list(problems)


BLANK = Problem(
    "cell_blank",
    _("This cell is empty."),
    _("Fill it from the papers and send the row again."),
)
BLANK_TAKEN = Problem(
    "cell_blank",
    _("This cell is empty; the row is taken all the same."),
    _("Fill it in the next sending when the value is known."),
    severity=WARNING,
)


def blank(column: Column) -> list[Problem]:
    """Say that a cell which should be filled is not."""
    if column.need == Need.OPTIONAL:
        return []
    return [BLANK_TAKEN if column.need == Need.WANTED else BLANK]


def _text(column: Column, raw: Any, text: str) -> Found:
    return text, []


def _name(column: Column, raw: Any, text: str) -> Found:
    if not LETTER.search(text):
        return None, [_no_name(text)]
    return " ".join(text.split()), []


LETTER = re.compile(r"[^\W\d_]")


def _no_name(text: str) -> Problem:
    return Problem(
        "name_without_letters",
        _("“%(value)s” is no name: it has no letters."),
        _("Check that the value stands in the right column."),
        {"value": text[:80]},
    )


def _identifier(column: Column, raw: Any, text: str) -> Found:
    if ("E" in text or "e" in text) and SCIENTIFIC.fullmatch(text):
        return None, [rounded(text)]
    if column.is_padded and column.digits and text.isdigit():
        text = text.zfill(min(column.digits))
    return text, []


def _integer(column: Column, raw: Any, text: str) -> Found:
    if column.low is None and column.high is None and len(text) <= 15 and text.isdecimal():
        return int(text), []
    number = decimal_of(text)
    if number is None or number != number.to_integral_value():
        return None, [_not_a_number(text, whole=True)]
    found = _out_of_range(column, number)
    return (None, [found]) if found else (int(number), [])


def _decimal(column: Column, raw: Any, text: str) -> Found:
    if column.may_be_grouped and isinstance(raw, str) and GROUPED.fullmatch(text):
        return None, [_grouped(text)]
    number = decimal_of(text)
    if number is None:
        return None, [_not_a_number(text, whole=False)]
    found = _out_of_range(column, number)
    return (None, [found]) if found else (plain(number), [])


def decimal_of(text: str) -> Decimal | None:
    """Read a number with a point or a comma as its mark; None when it is none."""
    squeezed = text.replace(" ", "")
    if not NUMBER.fullmatch(squeezed):
        return None
    try:
        number = Decimal(squeezed.replace(",", "."))
    except InvalidOperation:
        return None
    return number if abs(number) < MOST else None


MOST = Decimal(10) ** 15


def plain(number: Decimal) -> str:
    """Write a number without needless zeros and without an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _not_a_number(text: str, *, whole: bool) -> Problem:
    message = (
        _("“%(value)s” is not a whole number.") if whole else _("“%(value)s” is not a number.")
    )
    return Problem(
        "not_a_number",
        message,
        _("Write digits alone, without a unit, like 72 or 36.5."),
        {"value": text[:80]},
    )


def _grouped(text: str) -> Problem:
    whole, rest = text[:-4], text[-3:]
    return Problem(
        "number_grouped",
        _("“%(value)s” may mean %(many)s or %(few)s."),
        _("Write %(many)s without a mark, or %(few)s0 where it is a fraction."),
        {"value": text, "many": whole + rest, "few": f"{whole},{rest}"},
    )


def _out_of_range(column: Column, number: Decimal) -> Problem | None:
    low, high = column.low, column.high
    if (low is None or number >= low) and (high is None or number <= high):
        return None
    return Problem(
        "out_of_range",
        _("%(value)s lies outside what is possible (%(low)s to %(high)s)."),
        _("Check the value and its unit against the papers; perhaps a 0 too many."),
        {
            "value": plain(number),
            "low": plain(low) if low is not None else "–",
            "high": plain(high) if high is not None else "–",
        },
    )


class TimedDay(str):
    """A day as ISO text that was sent with its hour: a newborn's, told to the minute."""

    __slots__ = ("clock",)
    clock: str


def _partial_day(column: Column, raw: Any, text: str) -> Found:
    if len(text) == 4 and text.isdecimal() and text.isascii() and "1880" <= text <= "2100":
        return text, []
    moment = moment_of_cell(raw) or usual_moment(text)
    if moment is None:
        return PartialDate.parse(text).iso(), []
    if not moment.hour and not moment.minute:  # 0000 stands for an hour that nobody knows
        return _iso_day(moment), []
    timed = TimedDay(_iso_day(moment))
    timed.clock = f"{moment:%H:%M}"
    return timed, []


def _day(column: Column, raw: Any, text: str) -> Found:
    moment = moment_of_cell(raw) or usual_moment(text)
    if moment is not None:
        return _iso_day(moment), []
    return full_day(text).isoformat(), []


def _iso_day(moment: datetime) -> str:
    return moment.isoformat()[:10]


def _moment(column: Column, raw: Any, text: str) -> Found:
    moment = moment_of_cell(raw) or usual_moment(text)
    if moment is None:
        moment = moment_of(text)
    return moment.isoformat()[:16], []


# By the plain word of a type: an enumeration's member is slow to look up, and asked for every cell.
READERS: Mapping[str, Callable[[Column, Any, str], Found]] = {
    kind.value: reader
    for kind, reader in (
        (Type.TEXT, _text),
        (Type.NAME, _name),
        (Type.IDENTIFIER, _identifier),
        (Type.CODE, _identifier),
        (Type.INTEGER, _integer),
        (Type.DECIMAL, _decimal),
        (Type.PARTIAL_DAY, _partial_day),
        (Type.DAY, _day),
        (Type.MOMENT, _moment),
    )
}
