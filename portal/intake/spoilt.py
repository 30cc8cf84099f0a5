"""What happened to a cell before anybody read it: what did a spreadsheet, a font or an encoding do to it?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.intake.declaration import Column
from portal.intake.problems import Problem
from portal.legacy_encodings import TITLES, Encoding, converted, looks_legacy_encoded, misread

# As spreadsheets and programs write them: 1.2E+11, 2E+11, 1.2E11. A lot 5E12 is none of these.
SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+[eE]\+?|[eE]\+)\d{1,3}")
LOST_LETTER = "\ufffd"
LOST_DIGITS = 5  # zeros at the end of a long number in a numeric cell
KEPT_BY_SPREADSHEETS = 15


def spoilt(column: Column, raw: Any, text: str) -> Problem | None:
    """Say what happened to a cell before anybody read it."""
    if isinstance(raw, str):
        found = _excel_error(text) if text in EXCEL_ERRORS else _misspelt(column, raw, text)
    else:
        found = _mistaken(column, raw, text) if column.is_kept_as_text else None
    if found is None and column.length and len(text) > column.length and not column.separator:
        return _too_long(text, column.length)
    return found


def _mistaken(column: Column, raw: Any, text: str) -> Problem | None:
    """Say what a spreadsheet did to something that is no number."""
    if isinstance(raw, Mapping):
        return _dated(text)
    if isinstance(raw, bool):
        return None
    return _lost_digits(raw) or _lost_zeros(column, text)


def _misspelt(column: Column, raw: str, text: str) -> Problem | None:
    """Say what was done to the letters of a text before it came here."""
    if text.isascii():
        return None
    if LOST_LETTER in text:
        return _letters_lost(text)
    if not column.is_written:
        return None
    meant = misread(raw)
    if meant:
        return _misread(meant)
    encoding = looks_legacy_encoded(raw)
    return _old_font(raw, encoding) if encoding else None


def _letters_lost(text: str) -> Problem:
    return Problem(
        "letters_lost",
        _("“%(value)s” has lost letters: a � stands where each was."),
        _("Export the file again as “CSV UTF-8” or as .xlsx, or write the word out here."),
        {"value": text[:80]},
    )


def _misread(meant: str) -> Problem:
    return Problem(
        "text_misread",
        _("The text was read in the wrong encoding before it came here. It is “%(reading)s”."),
        _("Open the first file as UTF-8, save it anew as “CSV UTF-8” or as .xlsx and send that."),
        {"reading": meant[:80]},
    )


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
        {
            "name": str(encoding),
            "encoding": TITLES[encoding],
            "reading": converted(raw, encoding)[:80],
        },
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
    is_rounded = len(digits) > KEPT_BY_SPREADSHEETS or (
        len(digits) >= 10 and digits.endswith("0" * LOST_DIGITS)
    )
    return rounded(f"{Decimal(digits):.5E}") if is_rounded else None


MAKE_TEXT = _(
    "Set the column to Text, then paste the numbers again from the first system. "
    "Nothing is guessed here."
)


def rounded(value: str) -> Problem:
    """Say that a long number lost its last digits."""
    return Problem(
        "spreadsheet_rounded",
        _("The spreadsheet changed the number to %(value)s and its last digits are lost."),
        MAKE_TEXT,
        {"value": value},
    )


def _lost_zeros(column: Column, text: str) -> Problem | None:
    """Name a number in a numeric cell that is too short: its first zeros are gone."""
    if not column.digits or column.is_padded or not text.isdigit():
        return None
    count = len(text)
    if count in column.digits or count > max(column.digits):
        return None
    return Problem(
        "leading_zero_lost",
        _(
            "The number %(value)s has %(count)d digits, %(wanted)s are needed: "
            "the spreadsheet dropped the zeros in front."
        ),
        MAKE_TEXT,
        {"value": text, "count": count, "wanted": max(column.digits)},
    )


def _dated(text: str) -> Problem:
    return Problem(
        "spreadsheet_dated",
        _("The spreadsheet took this for a date and changed it to %(value)s."),
        MAKE_TEXT,
        {"value": text},
    )
