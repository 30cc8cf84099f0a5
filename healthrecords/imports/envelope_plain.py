"""What do the lines of a table say, where it is written plainly? Most programs write it so. No Django.

A short way past the XML parser for texts of tags in capitals without attributes, with values that
are no more than letters: whatever else a text has is not known here and left to the parser, and of
what is known the parser says the same. Runs in the reading child.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

BLANKS = " \t\r\n"  # what XML takes for blanks; Python knows more
BLANK = f"[{BLANKS}]*"
NAME = "[A-Z][A-Z0-9_]*"
# Nothing to be cut off at the ends, nothing that XML forbids or reads as something else.
LETTERS = r"[^<>&\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]*"
SIGN = re.compile("&(lt|gt|amp|quot|apos);")
SIGNS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
VALUE = rf"(?!\s){LETTERS}(?:&(?:{'|'.join(SIGNS)});{LETTERS})*(?<!\s)"
FIELD = re.compile(rf"<({NAME})(?:>({VALUE})</\1>|/>)")
# Of what is printable nothing is forbidden, and the search for it is a third of all.
PRINTED = re.compile(rf"<({NAME})(?:>(?!\s)([^<]*)(?<!\s)</\1>|/>)")
WRAPPERS = re.compile(rf"{BLANK}(?:<{NAME}>{BLANK})*")
WRAPPER = re.compile(f"<({NAME})>")
WRAPPERS_AT_MOST = 10
TAGS_AT_MOST = 500_000  # beyond them the parser refuses


class Plain(NamedTuple):
    """The fields of each element of a name, in their order, and the elements around them."""

    around: tuple[str, ...]
    items: list[dict[str, str]]


def plain(text: str, item: str) -> Plain | None:
    """Return what stands in the elements named so; None where only the parser knows."""
    head, *bodies = text.split(f"<{item}>")
    if not bodies or text.count("<") > TAGS_AT_MOST or WRAPPERS.fullmatch(head) is None:
        return None
    around = tuple(WRAPPER.findall(head))
    if len(around) > WRAPPERS_AT_MOST or (len(bodies) > 1 and not around):
        return None
    field = PRINTED if text.isprintable() and "]]>" not in text else FIELD
    found, rest = [], ""
    for body in bodies:
        inside, closed, after = body.partition(f"</{item}>")
        fields = _fields(inside, field)
        if fields is None or not closed or rest.strip(BLANKS):
            return None
        found.append(fields)
        rest = after
    return Plain(around, found) if _ending(around).fullmatch(rest) else None


def _fields(inside: str, field: re.Pattern[str]) -> dict[str, str] | None:
    """Read fields between which there is nothing but blanks."""
    parts = field.split(inside)
    if "".join(parts[::3]).strip(BLANKS):
        return None
    names, values = parts[1::3], parts[2::3]
    signs = inside.count("&")
    if signs != (len(SIGN.findall(inside)) if signs else 0):
        return None
    if signs or None in values:
        values = [SIGN.sub(_meant, value or "") for value in values]
    return dict(zip(names, values, strict=True))


def _meant(sign: re.Match[str]) -> str:
    return SIGNS[sign[1]]


@lru_cache(maxsize=256)
def _ending(around: tuple[str, ...]) -> re.Pattern[str]:
    """Return how the elements around the items end."""
    return re.compile(BLANK + "".join(f"</{name}>{BLANK}" for name in reversed(around)))
