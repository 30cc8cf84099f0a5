"""What does a printed scope of practice mean by codes, and does a technique lie within it?

Which techniques a scope covers is no list of one document: the chapters of the national list of
techniques and the insurer's codes of scopes share their numbers (technique_chapters). Where neither
says anything the answer is "not known", never "no".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from django.db import models

from portal.codelists.lookup import code_on, codes_on
from portal.names import name_norm

SCOPES, CHAPTERS = "practice_scopes", "technique_chapters"
PARTS = re.compile(r"[;,\n]+|\s+và\s+")
TECHNIQUE = re.compile(r"(?P<chapter>\d{2})\.\d{4}(?:\.\d{4})?")
LEADING = re.compile(
    r"^(?:khám bệnh, chữa bệnh|khám, chữa bệnh|chuyên khoa|hệ|về)\s+", re.IGNORECASE
)


class Covers(models.TextChoices):
    """Whether a scope covers a technique."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def codes_of(text: str, on: date) -> list[str]:
    """Return the codes a printed scope means, in the order of its words; unread words mean none."""
    entries = codes_on(SCOPES, on)
    known = {name_norm(entry.title): entry.code for entry in entries}
    codes = {entry.code for entry in entries}
    found = []
    for part in PARTS.split(text):
        plain = LEADING.sub("", " ".join(part.split()))
        code = plain if plain in codes else known.get(name_norm(plain))
        if code is not None and code not in found:
            found.append(code)
    return found


def technique_code(text: str) -> str | None:
    """Return the seven characters of a technique's code, as lists of assignments write it."""
    match = TECHNIQUE.fullmatch(text.strip())
    return match.group()[:7] if match else None


def covers(codes: Iterable[str], technique: str, title: str, on: date) -> Covers:
    """Say whether a scope by codes covers a technique on a day.

    Only scopes that name a chapter each can answer no; a general scope (bác sỹ y khoa, điều dưỡng)
    does not say which techniques it leaves out.
    """
    match = TECHNIQUE.fullmatch(technique.strip())
    chapter = code_on(CHAPTERS, match["chapter"], on) if match else None
    if chapter is None:
        return Covers.UNKNOWN
    wanted = _listed(chapter.attributes.get("scopes", ""))
    held = [_whole(code) for code in codes]
    if set(held) & set(wanted):
        return Covers.YES
    chapters = {
        code
        for entry in codes_on(CHAPTERS, on)
        for code in _listed(entry.attributes.get("scopes", ""))
    }
    is_told = (
        bool(held) and set(held) <= chapters and title == chapter.attributes.get("title_of", "")
    )
    return Covers.NO if is_told else Covers.UNKNOWN


def _listed(text: object) -> Sequence[str]:
    return [code for code in str(text).split(";") if code]


def _whole(code: str) -> str:
    """Return the scope a finer one is part of: 102 of 102.04."""
    return code.partition(".")[0]
