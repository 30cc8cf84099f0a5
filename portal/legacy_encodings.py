"""Was this text written with a font of before Unicode (TCVN3 or VNI) and never converted?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

from portal.syllables import is_syllable

# TCVN3 (the .Vn fonts): one byte a letter, read here as Windows-1252.
_TCVN3 = dict(
    zip(
        "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\u00adõö÷øùúûüýþ¡¢£¤¥¦§",
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵăâêôơưđ",
        strict=True,
    )
)

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
_VNI_PAIR = re.compile(f"([aeouyôö])([{''.join(_VNI_SIGNS)}])|([{''.join(_VNI_LETTERS)}])")

_WORD = re.compile(r"[^\s,.;:()/\d-]+")
# Upper case follows lower case, or a sign stands within a word: no language writes a name so.
_BROKEN_WORD = re.compile(r"[a-zà-ÿ][À-ÖØ-Þ]|[¡-©«¬®±-¾×÷]")


def looks_legacy_encoded(text: str) -> Literal["tcvn3", "vni"] | None:
    """Name the encoding when undoing it turns words that are no Vietnamese into words that are.

    A text in plain ASCII, in good Vietnamese or in another language is None.
    """
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    odd = [word for word in words if not word.isascii() and not is_syllable(word)]
    if not odd:
        return None
    if any(_BROKEN_WORD.search(word) for word in odd) and _mended(odd, _from_tcvn3) * 2 >= len(odd):
        return "tcvn3"
    scores = {"tcvn3": _mended(odd, _from_tcvn3), "vni": _mended(odd, _from_vni)}
    if scores["vni"] >= scores["tcvn3"] and scores["vni"] * 2 > len(odd):
        return "vni"
    if scores["tcvn3"] * 2 > len(odd):
        return "tcvn3"
    return None


def _mended(words: list[str], convert: Callable[[str], str]) -> int:
    return sum(is_syllable(convert(word)) for word in words)


def _from_tcvn3(word: str) -> str:
    return "".join(_TCVN3.get(letter, letter.lower()) for letter in word)


def _from_vni(word: str) -> str:
    def mark(match: re.Match[str]) -> str:
        if match[3]:
            return _VNI_LETTERS[match[3]]
        vowel = {"ô": "ơ", "ö": "ư"}.get(match[1], match[1])
        return unicodedata.normalize("NFC", vowel + _VNI_SIGNS[match[2]])

    return _VNI_PAIR.sub(mark, word.lower())
