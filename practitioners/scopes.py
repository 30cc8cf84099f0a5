"""What does a printed scope of practice mean by codes, and does a technique lie within it?

The annexes of Circular 32/2023/TT-BYT list the techniques of a professional title one by one
(technique_titles, uploaded by officials). Of titles they were not uploaded for, the chapters of the
national list of techniques say which specialist's scope they belong to: a chapter and the insurer's
code of scope share their numbers (technique_chapters). Where neither says anything the answer is
"not known", never "no".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from unicodedata import combining, normalize

from django.db import models

from portal.codelists.lookup import Entry, code_on, codes_on, version_on
from portal.codelists.referring import named_in, words_of
from portal.names import name_norm

SCOPES, CHAPTERS, TITLES = "practice_scopes", "technique_chapters", "professional_titles"
LISTED = "technique_titles"
PARTS = re.compile(r"[;,\n]+|\.(?!\d)|\s+và\s+")
TECHNIQUE = re.compile(r"(?P<chapter>\d{2})\.\d{4}(?:\.\d{4})?")
# "Khám bệnh, chữa bệnh" is one expression; its comma parts nothing.
EXAMINES = re.compile(r"\bkhám(?:\s+bệnh)?\s*(?:,|-|\bvà\b)?\s*chữa\s+bệnh\b", re.IGNORECASE)
LEADING = re.compile(
    r"^(?:(?:khám chữa bệnh|thuộc|về|hệ|chuyên khoa|chuyên ngành)\b[\s:]*)+", re.IGNORECASE
)


class Covers(models.TextChoices):
    """Whether a scope covers a technique."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def codes_of(text: str, on: date) -> list[str]:
    """Return the codes a printed scope means, in the order of its words; unread words mean none."""
    return list(dict.fromkeys(code for code in _read(text, on) if code is not None))


def is_understood(text: str, on: date, codes: Sequence[str] = ()) -> bool:
    """Say whether every part of a printed scope has its code: only such a scope leaves anything out.

    By the list, or because as many ``codes`` were given with it as it has parts.
    """
    read = _read(text, on)
    return bool(read) and (None not in read or len(set(codes)) >= len(read))


def _read(text: str, on: date) -> list[str | None]:
    """Return the code of each printed part of a scope, None where no list says what it means."""
    known: dict[str, Entry] = {}
    for entry in codes_on(SCOPES, on):
        plain = _plain(entry.title)
        known |= {entry.code: entry, plain.removesuffix(" khoa"): entry, plain: entry}
    parts = (" ".join(part.split()) for part in PARTS.split(EXAMINES.sub("khám chữa bệnh", text)))
    return [_code_of(LEADING.sub("", part) or part, known) for part in parts if part]


def _code_of(part: str, known: Mapping[str, Entry]) -> str | None:
    """Find a part by its letters; one typed with marks has the title's marks (Lão khoa is not Lao)."""
    entry = known.get(_plain(part))
    if entry is None:
        return None
    if part == entry.code:
        return part
    plain, typed, title = _plain(part), _letters(part), _letters(entry.title)
    is_same = typed in (_letters(plain), title, _letters(entry.title.removesuffix(" khoa")))
    return entry.code if is_same else None


def _plain(text: str) -> str:
    """Return a scope's name without marks; the dashes of răng - hàm - mặt are blanks."""
    return " ".join(name_norm(text.replace("-", " ").replace("–", " ")).split())


def _letters(text: str) -> Counter[str]:
    """Count letters and marks: hoá sinh and hóa sinh are the same."""
    return Counter(c for c in normalize("NFD", text.lower()) if c.isalnum() or combining(c))


def owners_of(entries: Iterable[Entry]) -> dict[str, frozenset[str]]:
    """Return to which titles a list of scopes gives each, by its folded name."""
    given: dict[str, set[str]] = {}
    for entry in entries:
        owner = str(entry.attributes.get("professional_title", ""))
        given.setdefault(entry.title_norm, set()).add(owner)
    return {name: frozenset(owners) for name, owners in given.items()}


def technique_code(text: str) -> str | None:
    """Return the seven characters of a technique's code, as lists of assignments write it."""
    match = TECHNIQUE.fullmatch(text.strip())
    return match.group()[:7] if match else None


def covers(codes: Iterable[str], technique: str, title: str, on: date) -> Covers:
    """Say whether a scope by codes covers a technique on a day.

    A title whose techniques are listed one by one has these and no others; what is no code of a
    technique and not listed is not told. Else only scopes that name a chapter each can answer no; a general scope (bác sỹ y khoa, điều dưỡng)
    does not say which techniques it leaves out. Of titles no list speaks of, nothing is known: not
    even a scope of another title, written on their licence, answers yes.
    """
    if title in listed_titles(on):
        code = technique_code(technique)
        if title in _titles(_entries_of(code or technique.strip(), on), on):
            return Covers.YES
        return Covers.UNKNOWN if code is None else Covers.NO
    match = TECHNIQUE.fullmatch(technique.strip())
    chapter = code_on(CHAPTERS, match["chapter"], on) if match else None
    if chapter is None or title != chapter.attributes.get("title_of", title):
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


def listed_titles(on: date) -> frozenset[str]:
    """Return the professional titles whose techniques the law lists one by one, as uploaded."""
    return _titles(codes_on(LISTED, on), on)


def _entries_of(code: str, on: date) -> Iterable[Entry]:
    """Return where a technique is listed: by its seven characters, or by the longer codes they begin."""
    longer = f"{code}."
    return (e for e in codes_on(LISTED, on) if e.code == code or e.code.startswith(longer))


def _titles(entries: Iterable[Entry], on: date) -> frozenset[str]:
    """Return the titles for which techniques are listed, written by their codes or names.

    By the names of the day the list began too: a title that is called otherwise since is the same.
    """
    cells = {str(entry.attributes.get("titles", "")) for entry in entries}
    version = version_on(LISTED, on) if cells else None
    words = words_of(TITLES, version.valid_from) | words_of(TITLES, on) if version else {}
    named = (code for cell in cells for _said, code in named_in(cell, words))
    return frozenset(code for code in named if code is not None)


def told_titles(on: date) -> str:
    """Name the professional titles of whose scopes a list says which techniques they leave out."""
    told = {str(entry.attributes.get("title_of", "")) for entry in codes_on(CHAPTERS, on)}
    told |= listed_titles(on)
    return ", ".join(entry.title for entry in codes_on(TITLES, on) if entry.code in told)


def _listed(text: object) -> Sequence[str]:
    return [code.strip() for code in str(text).split(";") if code.strip()]


def _whole(code: str) -> str:
    """Return the scope a finer one is part of: 102 of 102.04."""
    return code.partition(".")[0]
