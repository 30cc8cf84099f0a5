"""Which words may have been meant by one that was typed wrong?"""

from __future__ import annotations

import re
from itertools import combinations
from string import ascii_lowercase

# Keys of the Telex method besides the letters themselves: five tones, z that takes a tone back, and
# w, the horn and the breve. The keys a, e, o and d are struck twice, the second anywhere after it.
_TELEX_KEYS = frozenset("fsrxjzw")
_DOUBLED = frozenset("aeod")
_VOWEL = frozenset("aeiouy")
# More keys than this are not left over in one syllable.
_MOST_KEYS = 3


def slips_of(word: str) -> set[str]:
    """Return every word one slip away: a letter missing, too many, wrong, or two neighbours swapped."""
    parts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    found = {before + after[1:] for before, after in parts if after}
    found |= {before + after[1] + after[0] + after[2:] for before, after in parts if len(after) > 1}
    for letter in ascii_lowercase:
        found |= {before + letter + after for before, after in parts}
        found |= {before + letter + after[1:] for before, after in parts if after}
    return found - {word, ""}


def keystrokes_of(word: str) -> set[str]:
    """Return what plain letters may say when the keys of Telex or VNI were left in: nguyeenx, nguye64n."""
    if re.search(r"\d", word):
        bare = re.sub(r"\d", "", word)
        return {bare} - {""}
    found = _without_keys(word)
    if "w" in word:  # w alone is ư: nhw, twf
        read = {word.replace("w", "u"), word.replace("w", "u", 1)}
        found |= read.union(*map(_without_keys, read))
    return found - {word, ""}


def _without_keys(word: str) -> set[str]:
    keys = [place for place in range(1, len(word)) if _is_key(word, place)]
    return {
        "".join(letter for place, letter in enumerate(word) if place not in left_out)
        for count in range(1, min(len(keys), _MOST_KEYS) + 1)
        for left_out in combinations(keys, count)
    }


def _is_key(word: str, place: int) -> bool:
    letter, before = word[place], word[:place]
    if letter in _TELEX_KEYS:
        return bool(_VOWEL & set(before))
    return letter in _DOUBLED and letter in before


def splits_of(word: str) -> list[tuple[str, str]]:
    """Return the pairs of words that were written as one: nguyenvan."""
    return [(word[:n], word[n:]) for n in range(1, len(word))]
