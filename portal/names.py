"""Vietnamese names: folded for search, the same as in SQL."""

import re
import string
import unicodedata

MARKS = "".join(map(chr, range(0x300, 0x370)))
SPACES = "\t\n\v\f\r\u00a0\u2007\u202f\u3000"
TABLE = {
    **dict.fromkeys(map(ord, MARKS)),
    **dict.fromkeys(map(ord, SPACES), " "),
    ord("Đ"): "d",
    ord("đ"): "d",
    **str.maketrans(string.ascii_uppercase, string.ascii_lowercase),
}


def name_norm(value: str) -> str:
    """Return ``value`` without marks or capitals, single-spaced; equals SQL's mach_name_norm."""
    folded = unicodedata.normalize("NFD", value).translate(TABLE)
    return unicodedata.normalize("NFC", re.sub(" +", " ", folded).strip(" "))
