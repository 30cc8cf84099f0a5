"""How is a Vietnamese name shown, found without its marks, and put in order?"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase

from portal.legacy_encodings import looks_legacy_encoded
from portal.syllables import TONES, split_tone

__all__ = [
    "NAME_NORM_DROP_SQL",
    "NAME_NORM_SQL",
    "display_name",
    "given_name_key",
    "looks_legacy_encoded",
    "name_norm",
    "sort_key",
]

# What the folding does, said once for Python and for SQL. Decomposition has split off every mark before.
_MARKS = "".join(map(chr, range(0x300, 0x370)))
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_SPACES = "\t\n\v\f\r\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_STROKED_D = "Đđ\u00d0\u00f0\u0189\u0256"  # also eth and the African d, typed for Đ
_APOSTROPHES = "\u2018\u2019\u02bc\u00b4`"
_FROM = _STROKED_D + ascii_uppercase + _APOSTROPHES + _SPACES + _INVISIBLE + _MARKS
_TO = "d" * len(_STROKED_D) + ascii_lowercase + "'" * len(_APOSTROPHES) + " " * len(_SPACES)

_FOLDING = dict.fromkeys(map(ord, _FROM)) | {ord(a): b for a, b in zip(_FROM, _TO, strict=False)}
_ESCAPED = "".join(f"\\{ord(character):04X}" for character in _FROM)

# Built-ins with their schema and the "C" collation only, so that a restored dump folds the same
# whatever the search path and the locale of the server. A migration copies this text, never imports it.
NAME_NORM_SQL = f"""\
CREATE OR REPLACE FUNCTION public.mach_name_norm(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.normalize(pg_catalog.btrim(pg_catalog.regexp_replace(
    pg_catalog.translate(
      pg_catalog.normalize(value, 'NFD'),
      U&'{_ESCAPED}',
      '{_TO.replace("'", "''")}'
    ), ' +' COLLATE pg_catalog."C", ' ', 'g'), ' '), 'NFC')
$$;"""
NAME_NORM_DROP_SQL = "DROP FUNCTION public.mach_name_norm(text);"


def name_norm(text: str) -> str:
    """The name in small letters without marks, single spaces between words; equal to the SQL function.

    Word by word, for a space joins nothing to what stands beside it, and a country's names are made
    of a few thousand words.
    """
    return " ".join(filter(None, map(_word_norm, text.split(" "))))


def names_whole(name: str, text: str) -> bool:
    """Say whether a text holds a name in whole words: “Nguyễn Văn An” is not in “Nguyễn Văn Anh”."""
    said, asked = (" ".join(re.findall(r"\w+", name_norm(one))) for one in (text, name))
    return bool(asked) and f" {asked} " in f" {said} "


@lru_cache(maxsize=16_384)
def _word_norm(word: str) -> str:
    folded = unicodedata.normalize("NFD", word).translate(_FOLDING)
    return unicodedata.normalize("NFC", re.sub(" +", " ", folded).strip(" "))


def display_name(text: str) -> str:
    """The name as entered but tidied: NFC, single spaces, capitals only in front of each word.

    A name that mixes small and capital letters was written by someone who meant it and keeps them.
    """
    seen = text.translate(dict.fromkeys(map(ord, _INVISIBLE)))
    name = " ".join(unicodedata.normalize("NFC", seen).split())
    if not (name.isupper() or name.islower()):
        return name
    # After an apostrophe only when a single letter stands before it: H'Bia, but not an English 's.
    capital = re.compile(r"(?<![^\W\d_])(?<![^\W\d_]['’])[^\W\d_]|(?<=\b[^\W\d_]['’])[^\W\d_]")
    # CB. (con bà) in front of its mother's name stands for a newborn without a name of its own.
    name = re.sub("^Cb(?=[. ])", "CB", capital.sub(_capital, name.lower()))
    return unicodedata.normalize("NFC", name)


# Every letter of the Vietnamese alphabet in its place: plain letters stand for themselves, the marked
# ones follow their plain letter and everything it can begin, because { and | come after z in ASCII.
_LETTERS = {"ă": "a{", "â": "a|", "đ": "d{", "ê": "e{", "ô": "o{", "ơ": "o|", "ư": "u{"}


def _capital(match: re.Match[str]) -> str:
    # A letter whose capital is two letters (ß) stays: names gain no letters here.
    upper = match[0].upper()
    return upper if len(upper) == 1 else match[0]


def given_name_key(name: str) -> str:
    """The key of the last word alone, for an index of people called by their given name."""
    words = name.split()
    return _word_key(words[-1]) if words else ""


def sort_key(name: str) -> str:
    """An ASCII key by given name, then surname, then middle names, for a column COLLATE "C"."""
    words = name.split()
    if len(words) > 1:
        words = [words[-1], words[0], *words[1:-1]]
    return " ".join(_word_key(word) for word in words)


@lru_cache(maxsize=16_384)
def _word_key(word: str) -> str:
    """The letters, a space (before any letter, so An precedes Anh), then the tone: ngang is 0."""
    letters, tones = split_tone(word)
    key = "".join(_letter_key(letter) for letter in letters)
    return f"{key} {''.join(str(TONES.index(tone) + 1) for tone in tones) or '0'}"


def _letter_key(letter: str) -> str:
    if letter in _LETTERS:
        return _LETTERS[letter]
    folded = name_norm(letter)
    if folded.isascii():
        return "".join(character for character in folded if character.isalnum())
    return "".join(f"~{ord(character):06x}" for character in folded)
