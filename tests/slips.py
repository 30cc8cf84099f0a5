"""How do people mistype a name? Slips of every kind, the same each time for one seed."""

import unicodedata
from collections.abc import Iterator
from random import Random

from portal.names import name_norm

TELEX = {"\u0302": "", "\u0306": "w", "\u031b": "w"} | dict(
    zip("\u0301\u0300\u0309\u0303\u0323", "sfrxj", strict=True)
)
VNI = {"\u0302": "6", "\u0306": "8", "\u031b": "7"} | dict(
    zip("\u0301\u0300\u0309\u0303\u0323", "12345", strict=True)
)


def keys_of(word: str, *, telex: bool) -> str:
    """Return the keys that write a word, marks beside their letters and the tone last."""
    said, tone = [], ""
    for character in unicodedata.normalize("NFD", word.lower()):
        if character == "đ":
            said.append("dd" if telex else "d9")
        elif character == "\u0302" and telex:
            said.append(said[-1])
        elif character in "\u0301\u0300\u0309\u0303\u0323":
            tone = (TELEX if telex else VNI)[character]
        else:
            said.append((TELEX if telex else VNI).get(character, character))
    return "".join(said) + tone


def slipped(name: str, rng: Random) -> Iterator[tuple[str, str]]:
    """Yield each kind of slip and the name with one of it, in one word of two letters or more."""
    words = name_norm(name).split()
    place = rng.choice([n for n, word in enumerate(words) if len(word) > 1])
    word = words[place]
    at = rng.randrange(len(word))
    before = rng.randrange(len(word) - 1)
    wrong = rng.choice("abcdeghiklmnopqrstuvxy".replace(word[at], ""))
    typed = {
        "missing": word[:at] + word[at + 1 :],
        "doubled": word[: at + 1] + word[at:],
        "wrong": word[:at] + wrong + word[at + 1 :],
        "swapped": word[:before] + word[before + 1] + word[before] + word[before + 2 :],
    }
    for kind, slip in typed.items():
        yield kind, " ".join([*words[:place], slip, *words[place + 1 :]])
    marked = name.split()
    for kind, telex in (("telex", True), ("vni", False)):
        yield kind, " ".join(keys_of(word, telex=telex) for word in marked)
