"""Was this text written with a font of before Unicode (TCVN3 or VNI), and how would it read?

Spreadsheets of those years hold the bytes of the font as letters of Western Europe: "NguyÔn V¨n An"
(TCVN3), "Nguyeãn Vaên An" (VNI).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from portal.syllables import is_syllable

Encoding = Literal["tcvn3", "vni"]
TITLES: Mapping[str, str] = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI"}

# TCVN3 (the .Vn fonts): one byte a letter, read here as Windows-1252.
_TCVN3 = dict(
    zip(
        "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\u00adõö÷øùúûüýþ",
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_TCVN3_CAPITALS = dict(zip("¡¢£¤¥¦§", "ĂÂÊÔƠƯĐ", strict=True))
_TCVN3_ALL = str.maketrans({**_TCVN3, **_TCVN3_CAPITALS})

# VNI (the VNI- fonts): a vowel followed by the sign of its mark and tone; a few letters of their own.
_VNI_TONES = dict(zip("øùûõï", "\u0300\u0301\u0309\u0303\u0323", strict=True))
_VNI_SIGNS = {
    **_VNI_TONES,
    "â": "\u0302",
    **{sign: "\u0302" + tone for sign, tone in zip("àáåãä", _VNI_TONES.values(), strict=True)},
    "ê": "\u0306",
    **{sign: "\u0306" + tone for sign, tone in zip("èéúüë", _VNI_TONES.values(), strict=True)},
}
_VNI_LETTERS = {"ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ñ": "đ"}
_VNI_PAIR = re.compile(
    f"([aeouyôö])([{''.join(_VNI_SIGNS)}])|([{''.join(_VNI_LETTERS)}])", re.IGNORECASE
)

_WORD = re.compile(r"[^\s,.;:()/\d\-'\"“”’?!&+]{1,30}")
# 4×6 and ±2 are sums, not letters of a font.
_RECKONING = re.compile(r"(?<=\d)\s*[×÷±]\s*(?=\d)|±(?=\s*\d)")
# Upper case follows lower case, or a sign stands within a word: no language writes a name so.
_BROKEN_WORD = re.compile(r"[a-zà-ÿ][À-ÖØ-Þ]|[¡-©«¬®±-¾×÷]|(?<=\w)\u00ad(?=\w)")
# Spelt as Vietnamese allows, but the tone stands on a letter where nobody puts it; and Thị of VNI.
_MISPLACED_TONE = re.compile(r"[aeouy][ùõ]|(?<!^)\bTh[òÒ]\b|(?<!^)\bTHÒ\b")
# Names of the highlands that the spelling rules of Vietnamese do not cover.
_HIGHLAND = frozenset(
    [
        *("niê", "mlô", "kpă", "byă", "kđăm", "êban", "đăk"),
        *("đắk", "plô", "krông", "pék", "búk", "sắk", "kbuôr"),
    ]
)
_FOREIGN = re.compile(r"[A-Z]?[a-z]{2,}")
_REMEMBERED = 20_000
LOOKED_AT = 400  # characters: enough to tell how the rest is written


def looks_legacy_encoded(text: str) -> Encoding | None:
    """Name the encoding when undoing it turns words that are no Vietnamese into words that are.

    A text in plain ASCII, in good Vietnamese or in another language is None.
    """
    if text.isascii() or all(map(is_surely_good, text.split())):
        return None
    fitting = _fitting(text)
    return fitting[0] if fitting else None


def misread(text: str) -> str:
    """Return what a text was before its UTF-8 was read as Windows-1252 ("Nguyá»…n"), "" for others.

    The hard space that belongs to an à may have become a plain one on the way.
    """
    try:
        meant = b"".join(map(_byte_of, text.replace("Ã ", "Ã\u00a0"))).decode()
    except ValueError:
        return ""
    words = [word for word in _WORD.findall(meant) if not word.isascii()]
    return meant if any(map(is_syllable, words)) else ""


def _byte_of(letter: str) -> bytes:
    # What Windows-1252 has no letter for was kept as it is.
    return letter.encode("cp1252" if letter > "\x9f" else "latin-1")


@lru_cache(_REMEMBERED)
def is_surely_good(word: str) -> bool:
    """Say whether a word is plain, or good Vietnamese wherever it stands; most words of a file are."""
    return word.isascii() or (_is_good(word) and not _MISPLACED_TONE.search(f" {word}"))


def converted(text: str, encoding: str) -> str:
    """Return the text as its writer saw it; what cannot be of this encoding is left as it is."""
    if text.isascii() or encoding not in _fitting(text):
        return text
    convert = _from_tcvn3 if encoding == "tcvn3" else _from_vni
    text = unicodedata.normalize("NFC", text)
    words = _WORD.findall(text)
    # TCVN3 has no large letters with tones: "¸nh" begins small though every other word is a name's.
    plain = [letter for letter in text if letter.isascii() and letter.isalpha()]
    is_capitals = len(plain) > 2 and all(letter.isupper() for letter in plain)
    is_title = len(words) > 1 and all(w[0].isupper() for w in words if w[0].isascii())

    def undo(match: re.Match[str]) -> str:
        word = convert(match[0])
        if is_capitals:
            return word.upper()
        raised = is_title and not match[0][0].isascii()
        return word[:1].upper() + word[1:] if raised else word

    return _WORD.sub(undo, text)


def _fitting(text: str) -> tuple[Encoding, ...]:
    """Name the encodings the text may be of, the likelier first."""
    text = _RECKONING.sub(" ", unicodedata.normalize("NFC", text[:LOOKED_AT]))
    misplaced = bool(_MISPLACED_TONE.search(text))
    odd = tuple(
        word
        for word in _WORD.findall(text)
        if not word.isascii() and (misplaced or not _is_good(word))
    )
    if not odd:
        return ()
    foreign = any(
        word.isascii() and _FOREIGN.fullmatch(word) and not _is_good_plain(word)
        for word in _WORD.findall(text)
    )
    return _judge(odd, foreign=foreign)


@lru_cache(_REMEMBERED)
def _is_good(word: str) -> bool:
    return is_syllable(word) or word.lower() in _HIGHLAND


@lru_cache(_REMEMBERED)
def _is_good_plain(word: str) -> bool:
    """Say whether a word without marks could be Vietnamese, with the tone its ending may want."""
    return is_syllable(word) or is_syllable(f"{word}\u0301") or len(word) == 1


@lru_cache(_REMEMBERED)
def _judge(odd: tuple[str, ...], *, foreign: bool) -> tuple[Encoding, ...]:
    mended: dict[Encoding, int] = {
        "tcvn3": sum(_is_good(_from_tcvn3(word)) for word in odd),
        "vni": sum(_is_good(_from_vni(word)) for word in odd),
    }
    broken = any(_BROKEN_WORD.search(word) for word in odd)
    if broken and mended["tcvn3"] >= mended["vni"] and mended["tcvn3"] * 2 >= len(odd):
        return ("tcvn3",)
    # Accents that a Western name may have as well must all turn out to be Vietnamese.
    if foreign and not broken:
        return ()
    order: tuple[Encoding, ...] = ("vni", "tcvn3")
    return tuple(encoding for encoding in order if mended[encoding] == len(odd))


def _from_tcvn3(word: str) -> str:
    mended = word.translate(_TCVN3_ALL)
    # The capital font has the small letters' bytes: a word whose plain letters are large is large.
    plain = [letter for letter in word if letter.isascii() and letter.isalpha()]
    capitals = all(letter.isupper() for letter in plain)
    return mended.upper() if capitals and len(plain) > 1 else mended


def _from_vni(word: str) -> str:
    def mark(match: re.Match[str]) -> str:
        letter = match[1] or match[3]
        if match[3]:
            return _as(letter, _VNI_LETTERS[letter.lower()])
        vowel = {"ô": "ơ", "ö": "ư"}.get(letter.lower(), letter.lower())
        composed = unicodedata.normalize("NFC", vowel + _VNI_SIGNS[match[2].lower()])
        return _as(letter, composed)

    return _VNI_PAIR.sub(mark, word)


def _as(pattern: str, letter: str) -> str:
    return letter.upper() if pattern.isupper() else letter
