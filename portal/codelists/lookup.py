"""What does a code mean on a day, and which codes may a typed text mean?

A version never changes under its digest, so its codes are read once and kept in memory.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity

from portal.codelists.models import Code, CodeListVersion
from portal.names import name_norm

SIMILAR_ENOUGH = 0.45
WORD = re.compile(r"[^\W_]+")
# What it takes to know on which days a version holds, and to read it.
READ = ("digest", "valid_from", "valid_until")
LOOKS_LIKE_CODE = re.compile(r"[a-z]?\d[0-9a-z.]*|[a-z]\d?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of one version, as the lists, forms and checks read it."""

    code: str
    title: str
    parent: str
    attributes: Mapping[str, Any]
    version_id: UUID
    valid_from: date | None
    valid_until: date | None
    plain: str  # the code in small letters without full stops
    title_norm: str
    words_norm: str
    words: tuple[str, ...]

    def holds(self, on: date) -> bool:
        """Say whether the code holds on a day on which its version does."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.valid_until is None or self.valid_until >= on)


Versions = dict[str, list[CodeListVersion]]
_held: ContextVar[list[Versions] | None] = ContextVar("held", default=None)


@contextmanager
def lists_held() -> Iterator[None]:
    """Within, ask once for all versions: a visit is checked against a dozen lists, a file on many days.

    For one deed, which another process's new version may precede or follow, never come between.
    """
    if _held.get() is not None:
        yield
        return
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def version_on(key: str, on: date) -> CodeListVersion | None:
    """Return the version of a list that holds on a day."""
    held = _held.get()
    if held is None:
        return CodeListVersion.objects.holding(on).filter(code_list__key=key).first()
    if not held:  # asked once, also where there is no list at all
        held.append(_all_versions())
    return next((version for version in held[0].get(key, ()) if _holds(version, on)), None)


def _all_versions() -> Versions:
    found: Versions = {}
    said = (*READ, "lawful_until", "legal_basis", "code_list__key")
    for version in CodeListVersion.objects.select_related("code_list").only(*said):
        found.setdefault(version.code_list.key, []).append(version)
    return found


def _holds(version: CodeListVersion, on: date) -> bool:
    return version.valid_from <= on and (version.valid_until is None or version.valid_until >= on)


def outdated_on(key: str, on: date) -> CodeListVersion | None:
    """Return the version that serves on a day, where the law asks for a newer one that is not here."""
    version = version_on(key, on)
    past = version is not None and version.lawful_until is not None and version.lawful_until < on
    return version if past else None


def same_since(version: CodeListVersion, on: date) -> date:
    """Return the first day since which a version has said what it says on a day."""
    edges = _edges(version.pk, version.digest)
    at = bisect_right(edges, on)
    return max(version.valid_from, edges[at - 1]) if at else version.valid_from


@lru_cache(maxsize=64)
def _edges(version_id: UUID, digest: str) -> tuple[date, ...]:
    """Return the days on which a code of a version begins, or holds no more."""
    entries = _load(version_id, digest).values()
    begun = {entry.valid_from for entry in entries if entry.valid_from}
    over = {
        entry.valid_until + timedelta(days=1)
        for entry in entries
        if entry.valid_until and entry.valid_until < date.max
    }
    return tuple(sorted(begun | over))


def codes_on(key: str, on: date) -> list[Entry]:
    """Return every code of a list on a day, in the list's own order."""
    return [entry for entry in _entries_on(key, on).values() if entry.holds(on)]


def on_any_day(key: str) -> Callable[[date], list[Entry]]:
    """Return how a list reads on whatever day is asked for; one query for all its versions."""
    versions = list(CodeListVersion.objects.filter(code_list__key=key).only(*READ))

    def read(day: date) -> list[Entry]:
        version = next((version for version in versions if _holds(version, day)), None)
        entries = _load(version.pk, version.digest).values() if version is not None else ()
        return [entry for entry in entries if entry.holds(day)]

    return read


def _versions_on(keys: Sequence[str], on: date) -> Iterable[CodeListVersion]:
    """Return the versions of several lists that hold on a day: those held, else one query."""
    if _held.get() is not None:
        return [version for key in keys if (version := version_on(key, on)) is not None]
    versions = CodeListVersion.objects.holding(on).filter(code_list__key__in=keys)
    return versions.select_related("code_list")


def lists_on(keys: Iterable[str], on: date) -> dict[str, list[Entry]]:
    """Return the codes of several lists on a day; one query for all of them, then memory."""
    wanted = list(keys)
    found: dict[str, list[Entry]] = {key: [] for key in wanted}
    for version in _versions_on(wanted, on):
        entries = _load(version.pk, version.digest).values()
        found[version.code_list.key] = [entry for entry in entries if entry.holds(on)]
    return found


def code_on(key: str, code: str, on: date) -> Entry | None:
    """Return a code as it holds on a day, or None when the list has no such code then."""
    entry = _entries_on(key, on).get(code.strip())
    return entry if entry is not None and entry.holds(on) else None


def titles_on(key: str, on: date) -> dict[str, str]:
    """Return code and title of a whole list on a day."""
    return {entry.code: entry.title for entry in codes_on(key, on)}


def choices_on(key: str, on: date) -> list[tuple[str, str]]:
    """Return a list as the choices of a form field."""
    return [(entry.code, entry.title) for entry in codes_on(key, on)]


def says_any(key: str, names: Iterable[str], on: date) -> bool:
    """Say whether any code of a list, as it holds on a day, has one of these attributes."""
    version = version_on(key, on)
    return version is not None and _says_any(version.pk, version.digest, tuple(names))


@lru_cache(maxsize=64)
def _says_any(version_id: UUID, digest: str, names: tuple[str, ...]) -> bool:
    entries = _load(version_id, digest).values()
    return any(entry.attributes.get(name) for entry in entries for name in names)


def find_codes(key: str, text: str, *, on: date, limit: int = 20) -> list[Entry]:
    """Return the codes a text may mean, the likeliest first.

    A code or its beginning with or without full stop; else words in any order without marks, the
    last one perhaps unfinished; else, for a slip, words that look alike.
    """
    version = version_on(key, on)
    folded = name_norm(text)
    if version is None or not folded:
        return []
    entries = [entry for entry in _load(version.pk, version.digest).values() if entry.holds(on)]
    found = _by_code(entries, folded) or _by_words(entries, folded)
    if not found:
        known = {entry.code: entry for entry in entries}
        found = [known[code] for code in _look_alike(version, folded, limit) if code in known]
    return found[:limit]


def _entries_on(key: str, on: date) -> Mapping[str, Entry]:
    version = version_on(key, on)
    return {} if version is None else _load(version.pk, version.digest)


@lru_cache(maxsize=64)
def _load(version_id: UUID, digest: str) -> Mapping[str, Entry]:
    """Read the codes of a version; ``digest`` parts a mended version from what it was."""
    rows = Code.objects.filter(version=version_id).order_by("position", "code")
    return {row.code: _entry(row) for row in rows.iterator(chunk_size=5_000)}


def _entry(row: Code) -> Entry:
    return Entry(
        code=row.code,
        title=row.title,
        parent=row.parent_code,
        attributes=row.attributes,
        version_id=row.version_id,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        plain=_plain(row.code.lower()),
        title_norm=name_norm(row.title),
        words_norm=row.words_norm,
        words=tuple(dict.fromkeys(WORD.findall(row.words_norm))),
    )


def _plain(code: str) -> str:
    return code.replace(".", "").replace(" ", "").rstrip("†*+")


def _by_code(entries: Sequence[Entry], folded: str) -> list[Entry]:
    """Return the codes that are, or begin with, what was typed; the whole code first."""
    if not LOOKS_LIKE_CODE.fullmatch(folded):
        return []
    typed = _plain(folded)
    found = [entry for entry in entries if entry.plain.startswith(typed)]
    return sorted(found, key=lambda entry: (len(entry.plain), entry.plain))


def _by_words(entries: Sequence[Entry], folded: str) -> list[Entry]:
    typed = WORD.findall(folded)
    ranked = [
        (rank, entry.code, entry)
        for entry in entries
        if (rank := _rank(entry, typed, folded)) is not None
    ]
    return [entry for _rank_of, _code, entry in sorted(ranked, key=lambda item: item[:2])]


def _rank(
    entry: Entry, typed: Sequence[str], folded: str
) -> tuple[int, bool, bool, bool, bool, int] | None:
    """Return how well an entry answers, smaller is better; None when a word is missing.

    Fewest unfinished words first, then titles that begin with the text, entries that hold it as it
    stands, titles that hold all its words, broader codes, shorter titles.
    """
    unfinished = 0
    for word in typed:
        if word in entry.words:
            continue
        if not any(known.startswith(word) for known in entry.words):
            return None
        unfinished += 1
    title_words = set(WORD.findall(entry.title_norm))
    return (
        unfinished,
        not entry.title_norm.startswith(folded),
        folded not in entry.words_norm,
        not title_words.issuperset(typed),
        len(entry.plain) > 3,
        len(entry.title_norm),
    )


def _look_alike(version: CodeListVersion, folded: str, limit: int) -> list[str]:
    rows = (
        Code.objects.filter(words_norm__trigram_word_similar=folded, version=version)
        .annotate(alike=TrigramWordSimilarity(folded, "words_norm"))
        .filter(alike__gte=SIMILAR_ENOUGH)
        .order_by("-alike", "position")
        .values_list("alike", "code", "title")[: max(limit, 50)]
    )
    # Nearly equal likeness is no difference: the broader code and the shorter title come first.
    ranked = sorted(rows, key=lambda row: (-round(row[0], 1), len(row[1]) > 3, len(row[2])))
    return [code for _alike, code, _title in ranked]
