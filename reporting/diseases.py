"""Which notifiable disease does a code mean on a day, and until when must its case be reported?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils import timezone

from portal.codelists.lookup import Entry, codes_on, same_since, version_on
from portal.codelists.models import CodeListVersion
from reporting.definitions.reading import covers, icd_ranges
from reporting.limits import surveillance_on
from reporting.periods import ONE_DAY, Period

LIST = "infectious_diseases"
URGENCY = {"24h": 0, "48h": 1, "week": 2, "month": 3}
ANY = ""


@dataclass(frozen=True, slots=True)
class Disease:
    """One notifiable disease as its list has it on a day."""

    code: str
    title: str
    clock: str
    case_days: int
    is_restricted: bool
    ranges: tuple[tuple[str, str], ...]

    def apart_on(self, on: date) -> timedelta:
        """Return how far apart visits may lie and still be one illness: its own term, or that of all."""
        days = self.case_days or surveillance_on(on).days("case.apart") or 0
        return timedelta(days=days)

    def width_for(self, code: str) -> int | None:
        """Return how wide the range is that a code lies in: the narrower, the more it is meant."""
        widths = [
            width_of(first, last) for first, last in self.ranges if covers([(first, last)], code)
        ]
        return min(widths, default=None)


def width_of(first: str, last: str) -> int:
    """Return how many four-character codes a range holds, roughly: A83.0 is 1, B50-B54 is 50."""

    def place(code: str, filler: str) -> int:
        whole = (code + filler * 4)[:4]
        return ord(whole[0]) * 1000 + int("".join(c if c.isdigit() else "9" for c in whole[1:]))

    return place(last, "9") - place(first, "0") + 1


def diseases_on(on: date) -> Sequence[Disease]:
    """Return the notifiable diseases of a day, in the list's order."""
    version = version_on(LIST, on)
    if version is None:
        return ()
    return _diseases(version.pk, version.digest, same_since(version, on))


@lru_cache(maxsize=64)
def _diseases(_version: UUID, _digest: str, on: date) -> tuple[Disease, ...]:
    return tuple(_disease(entry) for entry in codes_on(LIST, on))


def _disease(entry: Entry) -> Disease:
    said = entry.attributes
    return Disease(
        code=entry.code,
        title=entry.title,
        clock=str(said.get("deadline", "week")),
        case_days=int(said.get("case_days") or 0),
        is_restricted=bool(said.get("is_restricted")),
        ranges=icd_ranges(str(said.get("icd_ranges", ""))),
    )


def diseases_of(code: str, on: date) -> list[Disease]:
    """Return the diseases a diagnosis may mean, the likeliest first.

    Where ranges overlap the narrower is meant (A83.0 is Japanese encephalitis, not any viral
    encephalitis); where two are equal (J09 is four kinds of influenza), the first of the list.
    """
    version = version_on(LIST, on)
    if version is None:
        return []
    near = _near(version.pk, version.digest, same_since(version, on))
    found = [
        (width, URGENCY.get(disease.clock, 9), place, disease)
        for place, disease in {**near.get(code[:3], {}), **near.get(ANY, {})}.items()
        if (width := disease.width_for(code)) is not None
    ]
    return [item[3] for item in sorted(found, key=lambda item: item[:3])]


@lru_cache(maxsize=64)
def _near(version: UUID, digest: str, on: date) -> Mapping[str, Mapping[int, Disease]]:
    """Return diseases by category and place in the list; under ANY those whose range has many letters."""
    found: dict[str, dict[int, Disease]] = {}
    for place, disease in enumerate(_diseases(version, digest, on)):
        for first, last in disease.ranges:
            is_plain = first[0] == last[0] and (first[1:3] + last[1:3]).isdigit()
            for category in _between(first[:3], last[:3]) if is_plain else (ANY,):
                found.setdefault(category, {})[place] = disease
    return found


def called_on(disease: str, code: str, on: date) -> str:
    """Return what a case is called by the list of a day: measles was SOI until 30/06/2026, then H18.

    Its diagnosis tells; where the list of the day lacks that code (A91), what the list before meant by
    the disease, if today that is one disease. What nothing tells keeps its own code.
    """
    if disease_on(disease, on) is not None:
        return disease
    meant = diseases_of(code, on) if code else []
    return meant[0].code if meant else _followed_by(disease, on) or disease


def _followed_by(disease: str, on: date) -> str:
    """Return the one disease of today that a disease of the list before has become, or nothing."""
    version = version_on(LIST, on)
    before = disease_on(disease, version.valid_from - ONE_DAY) if version is not None else None
    if before is None:
        return ""
    ends = {code for ends in before.ranges for code in ends}
    found = {meant[0].code for code in ends if (meant := diseases_of(code, on))}
    return found.pop() if len(found) == 1 else ""


def disease_on(code: str, on: date) -> Disease | None:
    """Return a disease by its own code."""
    return next((disease for disease in diseases_on(on) if disease.code == code), None)


def categories() -> frozenset[str]:
    """Return the three-character categories of any version: what else is not looked at."""
    versions = CodeListVersion.objects.filter(code_list__key=LIST).order_by("valid_from")
    return _categories(tuple(versions.values_list("pk", "digest", "valid_from")))


@lru_cache(maxsize=8)
def _categories(versions: tuple[tuple[UUID, str, date], ...]) -> frozenset[str]:
    found: set[str] = set()
    for pk, digest, begins in versions:
        for disease in _diseases(pk, digest, begins):
            for first, last in disease.ranges:
                found |= set(_between(first[:3], last[:3]))
    return frozenset(found)


def _between(first: str, last: str) -> Iterable[str]:
    if first[0] != last[0] or not (first[1:] + last[1:]).isdigit():
        return {first, last}
    return [f"{first[0]}{n:02}" for n in range(int(first[1:]), int(last[1:]) + 1)]


def due_at(clock: str, noticed_at: datetime, died_at: datetime | None = None) -> datetime:
    """Return the last moment for reporting a case (Circular 15/2026/TT-BYT, article 10).

    24 or 48 hours count from the diagnosis, in hours, holidays included; a week's cases are due before
    Wednesday of the next: until the last moment of Tuesday; a death within its own hours. The terms are
    those of the day of the diagnosis; where no list holds one, the case is due at once.
    """
    day = timezone.localdate(noticed_at)
    terms = surveillance_on(day)
    if clock in {"week", "month"}:
        days = terms.days(f"clock.{clock}") or 0
        due = Period.holding(clock, day).end + days * ONE_DAY
    else:
        due = noticed_at + (terms.hours(f"clock.{clock}") or timedelta())
    return due if died_at is None else min(due, death_due_at(died_at))


def death_due_at(died_at: datetime) -> datetime:
    """Return the last moment for telling a death, however long the case itself has time."""
    term = surveillance_on(timezone.localdate(died_at)).hours("clock.death")
    return died_at + (term or timedelta())


def titles_of(codes: Iterable[str], on: date) -> dict[str, str]:
    """Return the titles of diseases, for lists."""
    known: dict[str, Any] = {disease.code: disease.title for disease in diseases_on(on)}
    return {code: known.get(code, code) for code in codes}
