"""What does one cell say, read as its column declares: a value that can be kept, and what is wrong?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.dates import PartialDate
from portal.intake.declaration import Column, Need, Type
from portal.intake.problems import WARNING, Problem, of_refusal
from portal.intake.sheets import is_blank
from portal.legacy_encodings import TITLES, Encoding, converted, looks_legacy_encoded

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d{1,3}")
CLOCK = re.compile(r"(\d{1,2})(?::|h|g)(\d{2})?(?::\d{2}(?:\.\d+)?)?")
COMPACT = re.compile(r"(\d{8})(\d{2})(\d{2})(\d{2})?")
EXCEL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  (a sheet's clock has no zone)
SERIAL_FROM, SERIAL_UNTIL = 3_000, 80_000  # 1908 to 2119
WRITTEN = frozenset({Type.TEXT, Type.NAME})
KEPT_AS_TEXT = frozenset({Type.IDENTIFIER, Type.CODE})
LOST_DIGITS = 5  # zeros at the end of a long number in a numeric cell
KEPT_BY_SPREADSHEETS = 15

Found = tuple[Any, list[Problem]]


def text_of(raw: Any) -> str:
    """Return a cell as a person reads it: no invisible marks, NFC, days as 05/10/2026."""
    if raw is None:
        return ""
    if isinstance(raw, Mapping):
        moment = datetime.fromisoformat(str(raw["moment"]))
        return moment.strftime("%d/%m/%Y %H:%M").removesuffix(" 00:00")
    if isinstance(raw, float):
        return f"{raw:.15g}"
    text = unicodedata.normalize("NFC", str(raw)).translate(INVISIBLE)
    return text.replace("\u00a0", " ").strip()


def read_cell(column: Column, raw: Any) -> Found:
    """Read one cell; codes are looked up afterwards, for their list depends on another cell."""
    text = "" if is_blank(raw) else text_of(raw).removeprefix("'").strip()
    if not text:
        return None, list(blank(column))
    if found := _spoilt(column, raw, text):
        return None, [found]
    try:
        if column.rule is None:
            return READERS[column.type](column, raw, text)
        value, problems = column.rule(text)
    except ValidationError as error:
        return None, [of_refusal(error)]
    return value, list(problems)


def _spoilt(column: Column, raw: Any, text: str) -> Problem | None:
    """Say what happened to a cell before anybody read it."""
    if isinstance(raw, str) and text in EXCEL_ERRORS:
        return _excel_error(text)
    if column.length and len(text) > column.length and not column.separator:
        return _too_long(text, column.length)
    if column.type in WRITTEN and isinstance(raw, str) and not raw.isascii():
        encoding = looks_legacy_encoded(raw)
        if encoding:
            return _old_font(raw, encoding)
    is_number = isinstance(raw, float | int) and not isinstance(raw, bool)
    return _lost_digits(raw) if is_number and column.type in KEPT_AS_TEXT else None


def blank(column: Column) -> list[Problem]:
    """Say that a cell which should be filled is not."""
    if column.need == Need.OPTIONAL:
        return []
    wanted = column.need == Need.WANTED
    message, remedy = (
        (
            _("This cell is empty; the row is taken all the same."),
            _("Fill it in the next sending when the value is known."),
        )
        if wanted
        else (_("This cell is empty."), _("Fill it from the papers and send the row again."))
    )
    severity = {"severity": WARNING} if wanted else {}
    return [Problem("cell_blank", message, remedy, **severity)]  # type: ignore[arg-type]


UNCALCULATED = "#FORMULA!"  # the reader's word for a formula without a value
EXCEL_ERRORS = frozenset(
    f"#{word}"
    for word in (
        *("N/A", "REF!", "DIV/0!", "VALUE!", "NAME?", "NUM!", "NULL!", "GETTING_DATA", "SPILL!"),
        *("CALC!", "FIELD!", "BLOCKED!", "CONNECT!", "UNKNOWN!", "FORMULA!"),
    )
)


def _old_font(raw: str, encoding: Encoding) -> Problem:
    return Problem(
        "legacy_encoded",
        _(
            "The text is written for a font of before Unicode (%(encoding)s). It reads “%(reading)s”."
        ),
        _(
            "Press “Convert the old fonts” on this page to have the whole file converted, "
            "or convert it yourself and send it again."
        ),
        {"encoding": TITLES[encoding], "reading": converted(raw, encoding)[:80]},
    )


def _excel_error(text: str) -> Problem:
    if text == UNCALCULATED:
        return Problem(
            "cell_formula_uncalculated",
            _("The formula of this cell was never calculated, so the cell has no value."),
            _("Open the file in Excel, save it and send it again, or type the value."),
        )
    return Problem(
        "cell_formula_broken",
        _("The formula of this cell gives the error %(value)s."),
        _("Mend the formula, or type the value in its place."),
        {"value": text},
    )


def _too_long(text: str, length: int) -> Problem:
    return Problem(
        "cell_too_long",
        _("The text has %(count)d characters; this column takes %(length)d."),
        _("Shorten the text, or check that it stands in the right column."),
        {"count": len(text), "length": length},
    )


def _lost_digits(raw: float) -> Problem | None:
    """Suspect a long number in a numeric cell: its last digits may be zeros of the spreadsheet's."""
    digits = f"{raw:.0f}"
    rounded = len(digits) > KEPT_BY_SPREADSHEETS or (
        len(digits) >= 10 and digits.endswith("0" * LOST_DIGITS)
    )
    return _rounded(f"{Decimal(digits):.5E}") if rounded else None


def _rounded(value: str) -> Problem:
    return Problem(
        "spreadsheet_rounded",
        _("The spreadsheet changed the number to %(value)s and its last digits are lost."),
        _(
            "Set the column to Text, then paste the numbers again from the first system. "
            "Nothing is guessed here."
        ),
        {"value": value},
    )


def _text(column: Column, raw: Any, text: str) -> Found:
    return text, []


def _name(column: Column, raw: Any, text: str) -> Found:
    return " ".join(text.split()), []


def _identifier(column: Column, raw: Any, text: str) -> Found:
    if SCIENTIFIC.fullmatch(text):
        return None, [_rounded(text)]
    return text, []


def _integer(column: Column, raw: Any, text: str) -> Found:
    number = decimal_of(text)
    if number is None or number != number.to_integral_value():
        return None, [_not_a_number(text, whole=True)]
    found = _out_of_range(column, number)
    return (None, [found]) if found else (int(number), [])


def _decimal(column: Column, raw: Any, text: str) -> Found:
    number = decimal_of(text)
    if number is None:
        return None, [_not_a_number(text, whole=False)]
    found = _out_of_range(column, number)
    return (None, [found]) if found else (plain(number), [])


def decimal_of(text: str) -> Decimal | None:
    """Read a number with a point or a comma as its mark; None when it is none."""
    squeezed = text.replace(" ", "")
    if squeezed.count(",") == 1 and "." not in squeezed:
        squeezed = squeezed.replace(",", ".")
    try:
        number = Decimal(squeezed)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 15 else None


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


def _partial_day(column: Column, raw: Any, text: str) -> Found:
    moment = _moment_of_cell(raw)
    if moment is not None:
        return moment.date().isoformat(), []
    return PartialDate.parse(text).iso(), []


def _day(column: Column, raw: Any, text: str) -> Found:
    moment = _moment_of_cell(raw)
    if moment is not None:
        return moment.date().isoformat(), []
    return _full_day(text).isoformat(), []


def _full_day(text: str) -> date:
    found = PartialDate.parse(text).as_date()
    if found is None:
        raise ValidationError(
            _("“%(value)s” is no whole date. Write day, month and year, like 05/10/2026."),
            code="date_incomplete",
            params={"value": text},
        )
    return found


def _moment(column: Column, raw: Any, text: str) -> Found:
    moment = _moment_of_cell(raw)
    if moment is None:
        moment = moment_of(text)
    return moment.strftime("%Y-%m-%dT%H:%M"), []


def moment_of(text: str) -> datetime:
    """Read a day with an hour, in either order, or as 202610050925; a day alone is its midnight."""
    compact = COMPACT.fullmatch(text.replace(" ", ""))
    if compact:
        day, hour, minute = compact[1], int(compact[2]), int(compact[3])
        return datetime.combine(_full_day(day), _clock(hour, minute, text))
    iso = re.sub(r"(?<=\d)T(?=\d)", " ", text)
    clock = next((match for match in CLOCK.finditer(iso)), None)
    if clock is None:
        return datetime.combine(_full_day(iso), time())
    rest = f"{iso[: clock.start()]} {iso[clock.end() :]}".strip(" ,-")
    return datetime.combine(_full_day(rest), _clock(int(clock[1]), int(clock[2] or 0), text))


def _clock(hour: int, minute: int, text: str) -> time:
    if hour == 24 and minute == 0:
        return time(23, 59)
    if hour > 23 or minute > 59:
        raise ValidationError(
            _("“%(value)s” has an hour that no clock shows. Write it like 05/10/2026 09:25."),
            code="no_such_hour",
            params={"value": text},
        )
    return time(hour, minute)


def _moment_of_cell(raw: Any) -> datetime | None:
    """Read a date cell, or the serial number a date becomes when its format is lost."""
    if isinstance(raw, Mapping):
        return datetime.fromisoformat(str(raw["moment"])).replace(second=0, microsecond=0)
    if isinstance(raw, bool) or not isinstance(raw, float | int):
        return None
    if SERIAL_FROM <= raw < SERIAL_UNTIL:
        moment = EXCEL_DAY_ZERO + timedelta(days=float(raw), seconds=30)
        return moment.replace(second=0, microsecond=0)
    return None


READERS: Mapping[Type, Callable[[Column, Any, str], Found]] = {
    Type.TEXT: _text,
    Type.NAME: _name,
    Type.IDENTIFIER: _identifier,
    Type.CODE: _identifier,
    Type.INTEGER: _integer,
    Type.DECIMAL: _decimal,
    Type.PARTIAL_DAY: _partial_day,
    Type.DAY: _day,
    Type.MOMENT: _moment,
}
