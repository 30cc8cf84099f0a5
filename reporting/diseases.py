"""Which notifiable disease does a code mean on a day, and until when must its case be reported?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils import timezone

from portal.codelists.lookup import Entry, codes_on, version_on
from portal.codelists.models import CodeListVersion
from reporting.definitions.reading import covers, icd_ranges
from reporting.periods import ONE_DAY, Period

LIST = "infectious_diseases"
CASE_DAYS = 30
URGENCY = {"24h": 0, "48h": 1, "week": 2, "month": 3}
HOURS = {"24h": 24, "48h": 48}
DEATH_HOURS = 24
# "Before Wednesday": until the last moment of Tuesday.
WEEKLY_DAYS, MONTHLY_DAYS = 2, 10


@dataclass(frozen=True, slots=True)
class Disease:
    """One notifiable disease as its list has it on a day."""

    code: str
    title: str
    clock: str
    case_days: int
    is_restricted: bool
    ranges: tuple[tuple[str, str], ...]

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
    return () if version is None else _diseases(version.pk, version.digest, on)


@lru_cache(maxsize=64)
def _diseases(_version: UUID, _digest: str, on: date) -> tuple[Disease, ...]:
    return tuple(_disease(entry) for entry in codes_on(LIST, on))


def _disease(entry: Entry) -> Disease:
    said = entry.attributes
    return Disease(
        code=entry.code,
        title=entry.title,
        clock=str(said.get("deadline", "week")),
        case_days=int(said.get("case_days") or CASE_DAYS),
        is_restricted=bool(said.get("is_restricted")),
        ranges=icd_ranges(str(said.get("icd_ranges", ""))),
    )


def diseases_of(code: str, on: date) -> list[Disease]:
    """Return the diseases a diagnosis may mean, the likeliest first.

    Where ranges overlap the narrower is meant (A83.0 is Japanese encephalitis, not any viral
    encephalitis); where two are equal (J09 is four kinds of influenza), the first of the list.
    """
    found = [
        (width, URGENCY.get(disease.clock, 9), place, disease)
        for place, disease in enumerate(diseases_on(on))
        if (width := disease.width_for(code)) is not None
    ]
    return [item[3] for item in sorted(found, key=lambda item: item[:3])]


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
    Wednesday of the next; a death within 24 hours of it.
    """
    if clock in HOURS:
        due = noticed_at + timedelta(hours=HOURS[clock])
    else:
        kind, days = ("week", WEEKLY_DAYS) if clock == "week" else ("month", MONTHLY_DAYS)
        due = Period.holding(kind, timezone.localdate(noticed_at)).end + days * ONE_DAY
    if died_at is not None:
        due = min(due, died_at + timedelta(hours=DEATH_HOURS))
    return due


def titles_of(codes: Iterable[str], on: date) -> dict[str, str]:
    """Return the titles of diseases, for lists."""
    known: dict[str, Any] = {disease.code: disease.title for disease in diseases_on(on)}
    return {code: known.get(code, code) for code in codes}
