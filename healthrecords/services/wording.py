"""How is a text held against words that betray, so that everyday Vietnamese is not taken for them?

A word that is typed with its marks is that word and no other: “bố Thái” is not “bỏ thai”. One that is
typed without any may stand for each. Marks of a sentence part what stands on both sides (“Hà Giang,
mai tái khám”), letters and figures that stand together are one word (“CD4”, not “CD 4 cm”), and
figures beside a word leave it (“HIV1”, “lamivudin150mg”).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from healthrecords.services.substances import one_spelling
from portal.names import name_norm
from portal.syllables import TONES

MARKS = "\u0300-\u036f"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
PARTED = "|"
PARTS = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}{INVISIBLE}])*|[.,;:()!?|]+")
LETTERS = re.compile(r"[a-z]+")
# hoà and hòa, thuỷ and thủy: the mark of the tone goes behind the word.
TONE = re.compile(rf"([{TONES}])([a-zđ\u0302\u0306\u031b]+)")
_STROKED = str.maketrans({"ð": "đ", "ɖ": "đ", **dict.fromkeys(INVISIBLE)})
# What stands before and behind a word that begins or ends with a letter, and with a figure.
BESIDE_LETTER, BESIDE_FIGURE = "[ 0-9]", " "


def said(text: str) -> str:
    """Return a text as its words are looked for: “ khám | hiv ”, each word as it was typed."""
    parts = (_part(part) for part in PARTS.findall(text))
    return f" {' '.join(parts)} "


@lru_cache(maxsize=16_384)
def _part(part: str) -> str:
    if not part[0].isalnum():
        return PARTED
    plain, marked = name_norm(part), _marked(part)
    return _spelled(plain) if marked == plain else marked


def _marked(word: str) -> str:
    small = word.lower().translate(_STROKED)
    return TONE.sub(r"\2\1", unicodedata.normalize("NFD", small))


def _spelled(word: str) -> str:
    return LETTERS.sub(lambda letters: one_spelling(letters[0]), word)


def looked_for(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern that finds any of these phrases in what :func:`said` returns."""
    letters: list[str] = []
    figures: list[str] = []
    for phrase in dict.fromkeys(phrases):
        parts = PARTS.findall(phrase)
        words = [part for part in parts if part[0].isalnum()]
        if words:
            (figures if words[0][0].isdecimal() else letters).append(_phrase(parts, words[-1][-1]))
    groups = {BESIDE_LETTER: letters, BESIDE_FIGURE: figures}
    found = (f"{before}(?:{'|'.join(some)})" for before, some in groups.items() if some)
    return re.compile("|".join(found) or "(?!)")


def _phrase(parts: Sequence[str], last: str) -> str:
    """Write a phrase with its words as somebody types them: with their marks, or without any."""
    source = ""
    for part in parts:
        if part[0].isalnum():
            typed = dict.fromkeys([_part(part), _spelled(name_norm(part))])
            source += f"{' ' if source else ''}(?:{'|'.join(typed)})"
        elif source:
            source += r"(?: \|)?"
    return f"{source}(?={BESIDE_FIGURE if last.isdecimal() else BESIDE_LETTER})"
