"""Input methods and keyboards as machines: what stands in the box after a scanner has typed a text."""

import re
import unicodedata

VOWELS = "aăâeêioôơuưy"
TONES = {"huyền": "\u0300", "hỏi": "\u0309", "ngã": "\u0303", "sắc": "\u0301", "nặng": "\u0323"}
MARKS = {"^": "\u0302", "(": "\u0306", "'": "\u031b"}


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def without_tone(text: str) -> str:
    kept = (c for c in unicodedata.normalize("NFD", text) if c not in TONES.values())
    return nfc("".join(kept))


def tone_of(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if c in TONES.values())


def base(letter: str) -> str:
    return without_tone(letter).lower()


class InputMethod:
    """A composing input method: it rewrites the word being typed, key by key."""

    tone_keys: dict[str, str]
    mark_keys: dict[str, tuple[str, ...]]
    clear_key: str
    letter_keys: dict[str, str] = {}

    def __init__(self, *, keeps_word: bool) -> None:
        # Whether a letter that arrives composed (ễ) belongs to the word, or begins a new one.
        self.keeps_word = keeps_word

    def type(self, text: str) -> str:
        done, word = "", ""
        for key in text:
            if key.isascii() and (key.isalnum() or key in self.letter_keys):
                word = self.press(word, key)
            elif key.isalpha() and self.keeps_word:
                word += key
            else:
                done, word = done + word + key, ""
        return nfc(done + word)

    def press(self, word: str, key: str) -> str:
        lowered = key.lower()
        if lowered in self.tone_keys:
            return set_tone(word, TONES[self.tone_keys[lowered]], key)
        if lowered == self.clear_key and tone_of(word):
            return without_tone(word)
        if lowered in self.mark_keys:
            return set_mark(word, self.mark_keys[lowered], key, self.letter_keys.get(lowered, key))
        return word + self.letter_keys.get(lowered, key)


class Telex(InputMethod):
    tone_keys = {"f": "huyền", "s": "sắc", "r": "hỏi", "x": "ngã", "j": "nặng"}
    mark_keys = {"a": ("aâ",), "e": ("eê",), "o": ("oô",), "d": ("dđ",), "w": ("aă", "oơ", "uư")}
    letter_keys = {"w": "ư", "[": "ơ", "]": "ư"}
    clear_key = "z"


class Vni(InputMethod):
    tone_keys = {"1": "sắc", "2": "huyền", "3": "hỏi", "4": "ngã", "5": "nặng"}
    mark_keys = {"6": ("aâ", "eê", "oô"), "7": ("oơ", "uư"), "8": ("aă",), "9": ("dđ",)}
    clear_key = "0"


def set_mark(word: str, pairs: tuple[str, ...], key: str, alone: str) -> str:
    """Mark the last letter the key can mark; pressed twice it takes the mark back and types itself."""
    for place in range(len(word) - 1, -1, -1):
        for plain, marked in pairs:
            if base(word[place]) == marked:
                return word[:place] + recast(word[place], plain) + word[place + 1 :] + key
            if base(word[place]) == plain:
                changed = word[:place] + recast(word[place], marked) + word[place + 1 :]
                if marked == "ơ" and place and base(word[place - 1]) == "u":
                    changed = changed[: place - 1] + recast(word[place - 1], "ư") + changed[place:]
                return changed
    return word + alone


def recast(letter: str, into: str) -> str:
    return nfc((into.upper() if letter.isupper() else into) + tone_of(letter))


def set_tone(word: str, tone: str, key: str) -> str:
    vowels = [place for place, letter in enumerate(word) if base(letter) in VOWELS]
    if word[:2].lower() in {"qu", "gi"} and len(vowels) > 1:
        vowels = vowels[1:]
    if not vowels:
        return word + key
    if tone_of(word) == tone:
        return without_tone(word) + key
    plain = without_tone(word)
    # The last unbroken run of vowels carries the tone: on its marked letter, else by what follows.
    run = [place for place in vowels if all(p in vowels for p in range(place, vowels[-1] + 1))]
    marked = [place for place in run if plain[place].lower() in "ăâêôơư"]
    closed = run[-1] < len(plain) - 1
    place = marked[-1] if marked else run[-1] if closed or len(run) == 1 else run[-2]
    return nfc(plain[: place + 1] + tone + plain[place + 1 :])


def keystrokes(text: str, method: type[InputMethod]) -> str:
    """The keys a person would press for the text, as scanners with a “Vietnamese mode” send them."""
    tones = {TONES[name]: key for key, name in method.tone_keys.items()}
    marks = {pair: key for key, pairs in method.mark_keys.items() for pair in pairs}
    sent = ""
    for word in re.findall(r"[^\W\d_]+|.", text):
        keys = ""
        for letter in without_tone(word):
            pair = next((p for p in marks if p[1] == letter.lower()), None)
            if pair is None:
                keys += letter
            else:
                keys += (pair[0].upper() if letter.isupper() else pair[0]) + marks[pair]
        sent += keys + "".join(tones[tone] for tone in tone_of(word))
    return sent


NUMBER_ROW = dict(
    zip(
        "1234567890",
        ["ă", "â", "ê", "ô", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323", "đ"],
        strict=True,
    )
)


def vietnamese_layout(text: str) -> str:
    """The Vietnamese keyboard layout of Windows: the number row holds letters and tones."""
    return nfc("".join(NUMBER_ROW.get(key, {"[": "ư", "]": "ơ"}.get(key, key)) for key in text))


def ascii_only(text: str) -> str:
    """A scanner that sends plain letters only."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in plain if c.isascii())
