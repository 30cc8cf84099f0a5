"""Does this word show the keystrokes of a Vietnamese input method, or its meddling?"""

from __future__ import annotations

import re
import unicodedata

from portal.syllables import is_syllable, split_tone

TELEX_TONES = dict(zip("fsrxj", "\u0300\u0301\u0309\u0303\u0323", strict=True))
VNI_TONES = dict(zip("21345", "\u0300\u0301\u0309\u0303\u0323", strict=True))
TELEX_MARKS = (
    ("aa", "â"), ("aw", "ă"), ("ee", "ê"), ("oo", "ô"), ("uow", "ươ"), ("ow", "ơ"), ("uw", "ư"),
    ("dd", "đ"),
)  # fmt: skip
VNI_MARKS = (
    ("a6", "â"), ("a8", "ă"), ("e6", "ê"), ("o6", "ô"), ("uo7", "ươ"), ("o7", "ơ"), ("u7", "ư"),
    ("d9", "đ"),
)  # fmt: skip
MARKED_ALONE = re.compile(r"\b([ĂÂÊÔƠƯĐÝỲỶỸỴ])\b(?! [^\W\d_])", re.IGNORECASE)
NEVER_BARE = re.compile(
    "nguyen|tran|pham|hoang|huynh|phan|vu|vo|dang|bui|do|ho|ngo|duong|ly|thi|van|le"
)


def _has_tone(word: str) -> bool:
    return bool(split_tone(word)[1])


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _composed(word: str, marks: tuple[tuple[str, str], ...], tones: dict[str, str]) -> str:
    """The word as the input method would have left it, for marks typed anywhere and the tone last."""
    tone = tones.get(word[-1:], "")
    body = word[:-1] if tone else word
    # A mark key may also come after the final consonant: Nguyene, Nguyen6.
    for keys, letter in marks:
        body = body.replace(keys, letter) if keys in body else _late_mark(body, keys, letter)
    vowel = re.search(r"[aăâeêioôơuưy](?=[^aăâeêioôơuưy]*$)", body)
    if not tone or vowel is None:
        return body
    end = vowel.end()
    return unicodedata.normalize("NFC", body[:end] + tone + body[end:])


def _late_mark(body: str, keys: str, letter: str) -> str:
    if not body.endswith(keys[-1]) or body[:-1].count(keys[:-1]) != 1:
        return body
    return body[:-1].replace(keys[:-1], letter)


def is_typed_marks(*texts: str) -> bool:
    """Whether plain letters spell Vietnamese words in Telex or VNI keystrokes: Nguyeenx, Nguye64n."""
    for word in (word for text in texts for word in _words(text)):
        if is_syllable(word) or not re.search(r"[^\d]", word):
            continue
        for marks, tones in ((TELEX_MARKS, TELEX_TONES), (VNI_MARKS, VNI_TONES)):
            composed = _composed(word, marks, tones)
            if composed != word and not composed.isascii() and is_syllable(composed):
                return True
    return False


def looks_without_marks(name: str) -> bool:
    """Whether the name has a surname or middle word that Vietnamese never writes without marks."""
    return any(map(NEVER_BARE.fullmatch, _words(name)))


def is_odd_in_name(word: str) -> bool:
    """A tone on letters that are no Vietnamese syllable: languages that write so have no tones."""
    bare = word.strip(".'’-")
    return _has_tone(bare) and not all(map(is_syllable, filter(None, re.split(r"['’.\-]", bare))))


def is_odd_in_address(word: str) -> bool:
    """A toned vowel standing alone or beside a digit: house A12 becomes À in VNI, A10 becomes Á0."""
    bare = word.strip(".,;:()")
    for part in re.split(r"[/\-.,]", bare):
        if not _has_tone(part):
            continue
        if any(character.isdigit() for character in part):
            return True
        if len(part) == 1 and split_tone(part)[0] != "y":
            return True
    return False


def is_unsure_in_address(address: str) -> bool:
    """A marked letter standing alone with no word after it, where O6 or Y1 may have been."""
    return MARKED_ALONE.search(address) is not None
