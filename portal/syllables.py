"""Can this word be a syllable of written Vietnamese?"""

from __future__ import annotations

import re
import unicodedata

TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền hỏi ngã sắc nặng, in the order of dictionaries
_TONE = re.compile(f"[{TONES}]")

_INITIAL = r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx])?"
_CLOSED = r"(?:uyê|iê|yê|uô|ươ|oă|oa|oe|oo|uâ|uê|uơ|uy|[aăâeêioôơuưy])"
_FINAL = r"(?:ng|nh|ch|[cmnpt])"
_OPEN = (
    r"(?:oai|oao|oay|oeo|uao|uây|uôi|ươi|ươu|uya|uyu|yêu|iêu|ai|ao|au|ay|âu|ây|eo|êu|ia|iu|oa|oe|oi|ôi"
    r"|ơi|ua|uê|ui|uơ|uy|ưa|ưi|ưu|[aeêioôơuưy])"
)
_SYLLABLE = re.compile(f"{_INITIAL}(?:{_CLOSED}(?P<final>{_FINAL})|{_OPEN})")
_STOPPED = {"c", "ch", "p", "t"}


def split_tone(word: str) -> tuple[str, str]:
    """The word in small letters without its tone marks, and those marks in the order written."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = "".join(_TONE.findall(decomposed))
    return unicodedata.normalize("NFC", _TONE.sub("", decomposed)), tones


def is_syllable(word: str) -> bool:
    """Whether the spelling rules allow the word, marks and tone included."""
    letters, tones = split_tone(word)
    match = _SYLLABLE.fullmatch(letters)
    if match is None or len(tones) > 1:
        return False
    return match["final"] not in _STOPPED or tones in {"\u0301", "\u0323"}
