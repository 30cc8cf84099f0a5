"""Which texts does a column keep as sent, with nothing to say of them? Most cells of a file are such."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

from portal.intake.declaration import Column, Type
from portal.intake.values import UNSEEN
from portal.legacy_encodings import is_surely_good


def usual_of(column: Column) -> Callable[[str], bool] | None:
    """Return what tells the texts that a column keeps as sent, with nothing to say of them.

    A short way for columns in which nearly every cell is another one: whatever it does not know is
    read by ``read_cell``, and that says the same of what it knows. None where there is no short way.
    """
    if column.rule is not None:
        return None if column.length or column.is_padded else column.usual
    if column.separator or column.code_list or column.is_padded:
        return None
    short = USUAL.get(column.type)
    if short is None or not column.length:
        return short
    length = column.length
    return lambda text: len(text) <= length and short(text)


def _is_usual_number(text: str) -> bool:
    """A number kept as text, without the E of a spreadsheet's rounding."""
    return text.isascii() and text.isalnum() and "E" not in text and "e" not in text


def _is_usual_text(text: str) -> bool:
    return text.isascii() and text.isprintable() and text[:1] not in SIGNS and text[-1:] != " "


def _is_usual_name(text: str) -> bool:
    return all(map(_is_usual_word, text.split(" ")))


@lru_cache(maxsize=16_384)
def _is_usual_word(word: str) -> bool:
    """A word of letters in Unicode's usual form, written in no old font wherever it stands."""
    if not word.isalpha():
        return False
    is_plain = unicodedata.is_normalized("NFC", word) and not UNSEEN.search(word)
    return is_plain and is_surely_good(word)


# An apostrophe in front is a spreadsheet's mark of text, a # the beginning of its errors; a space is cut.
SIGNS = frozenset({"", " ", "'", "#"})
USUAL: Mapping[Type, Callable[[str], bool]] = {
    Type.TEXT: _is_usual_text,
    Type.NAME: _is_usual_name,
    Type.IDENTIFIER: _is_usual_number,
}
