"""What a licence to operate allows, beside what the place has and offers: its beds, its services."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from facilities.models import HealthcareService, LicensedActivity, OperatingLicenseVersion
from facilities.querysets import holding_on
from portal.names import name_norm
from portal.places.models import Organisation

# A technique as the ministry's list numbers it: chapter, full stop, four digits.
CODED = re.compile(r"(?P<code>\d{1,2}\.\d{4})[\s:.–-]+(?P<title>\S.*)")


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
    untold: int  # of those nothing can be said: they or the activities have no code


def offered_on(place: Organisation, on: date) -> list[Offered]:
    """Return the services a place offers on a day."""
    rows = HealthcareService.objects.filter(holding_on(on), facility=place)
    return [Offered(code, name) for code, name in rows.values_list("code", "name")]


def version_on(
    versions: Iterable[OperatingLicenseVersion], on: date
) -> OperatingLicenseVersion | None:
    """Return what the licence says on a day."""
    return next((row for row in versions if row.holds_on(on)), None)


def compare(offered: Iterable[Offered], activities: Iterable[LicensedActivity]) -> Compared:
    """Look for each service among the activities, by its code or by the same words."""
    rows = list(activities)
    codes = {key_of(row.code) for row in rows if row.code}
    names = {name_norm(row.title) for row in rows}
    within, untold = 0, 0
    outside: list[str] = []
    for service in offered:
        if key_of(service.code) in codes or name_norm(service.name) in names:
            within += 1
        elif service.code and codes:
            outside.append(service.name)
        else:
            untold += 1
    return Compared(within, sorted(outside), untold)


def key_of(code: str) -> str:
    """Return a code as it is compared: a price's suffix behind the technique is not part of it."""
    found = re.fullmatch(r"(\d{1,2}\.\d{4})(?:\.\d{4})?", code.strip())
    return found[1].zfill(7) if found else code.strip().casefold()


def read_activity(line: str) -> tuple[str, str]:
    """Return code and title of a line as an official types it; most lines have no code."""
    found = CODED.fullmatch(line)
    return (found["code"], found["title"]) if found else ("", line)


def written_activity(code: str, title: str) -> str:
    """Return the line that is read as this code and title."""
    return f"{code} {title}" if code and CODED.fullmatch(f"{code} {title}") else title
