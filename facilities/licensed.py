"""What a licence to operate allows, beside what the place has and offers: its beds, its services."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from facilities.models import HealthcareService, OperatingLicenseVersion
from facilities.querysets import holding_on
from portal.names import name_norm
from portal.places.models import Organisation

# A technique as the ministry's list numbers it: chapter, full stop, four digits; a price adds four.
CODED = re.compile(r"(?P<code>\d{1,2}\.\d{4})[\s:.–-]+(?P<title>\S.*)")
TECHNIQUE = re.compile(r"(\d{1,2}\.\d{4})(?:\.\d{4})?")


@dataclass(frozen=True, slots=True)
class Offered:
    """A service that is open on a day."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Open services beside the activities of a licence."""

    within: int
    outside: Sequence[str]  # names of those whose code the licence does not hold
    untold: int  # of those nothing can be said: they have no code, or the licence has words beside codes


def offered_on(place: Organisation, on: date) -> list[Offered]:
    """Return the services a place offers on a day."""
    rows = HealthcareService.objects.filter(holding_on(on), facility=place)
    return [Offered(code, name) for code, name in rows.values_list("code", "name")]


def version_on(
    versions: Iterable[OperatingLicenseVersion], on: date
) -> OperatingLicenseVersion | None:
    """Return what the licence says on a day."""
    return next((row for row in versions if row.holds_on(on)), None)


def compare(offered: Iterable[Offered], version: OperatingLicenseVersion) -> Compared:
    """Look for each service among the activities of a licence, by its code or by the same words.

    A service is outside a licence that lists techniques and nothing else: words ("internal medicine",
    "general practice") may well mean it.
    """
    rows = list(version.activities.all())
    lists_all = bool(rows) and not version.scope.strip() and all(is_technique(r.code) for r in rows)
    codes = {key_of(row.code) for row in rows if row.code}
    names = {name_norm(row.title) for row in rows}
    within, untold = 0, 0
    outside: list[str] = []
    for service in offered:
        if key_of(service.code) in codes or name_norm(service.name) in names:
            within += 1
        elif lists_all and is_technique(service.code):
            outside.append(service.name)
        else:
            untold += 1
    return Compared(within, sorted(outside), untold)


def is_technique(code: str) -> bool:
    """Say whether a code is one of the list of techniques, and not of a place's own making."""
    return TECHNIQUE.fullmatch(code.strip()) is not None


def key_of(code: str) -> str:
    """Return a code as it is compared: a price's suffix behind the technique is not part of it."""
    found = TECHNIQUE.fullmatch(code.strip())
    return found[1].zfill(7) if found else code.strip().casefold()


def read_activity(line: str) -> tuple[str, str]:
    """Return code and title of a line as an official types it; most lines have no code."""
    found = CODED.fullmatch(line)
    return (found["code"], found["title"]) if found else ("", line)


def written_activity(code: str, title: str) -> str:
    """Return the line that is read as this code and title."""
    return f"{code} {title}" if code and CODED.fullmatch(f"{code} {title}") else title
