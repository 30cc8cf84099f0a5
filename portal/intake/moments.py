"""Which moment does a cell say: as text, as a date of the sheet, as the number a date became?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.dates import EARLIEST_YEAR, LATEST_YEAR, PartialDate

CLOCK = re.compile(
    r"(\d{1,2})(?::|h|g)(\d{2})?(?::\d{2}(?:\.\d+)?)?(?:\s*(SA|CH)\b)?", re.IGNORECASE
)
HERE = re.compile(r"(?<=\d)\+07:?00$")  # the zone of Vietnam, as programs write it
COMPACT = re.compile(r"(\d{8})(\d{2})(\d{2})(\d{2})?")
# The two ways of writing that nearly every file has; whatever else is read slowly.
USUAL = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: (\d{1,2}):(\d{2}))?", re.ASCII)
OFFICIAL = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2}))?", re.ASCII)
EXCEL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  (a sheet's clock has no zone)
SERIAL_FROM, SERIAL_UNTIL = 3_000, 80_000  # 1908 to 2119


def usual_moment(text: str) -> datetime | None:
    """Read the two usual ways of writing a date; None when the slow way has to look."""
    match = USUAL.fullmatch(text)
    if match is not None:
        day, month, year, hour, minute = match.groups()
    else:
        match = OFFICIAL.fullmatch(text)
        if match is None:
            return None
        year, month, day, hour, minute = match.groups()
    if not EARLIEST_YEAR <= int(year) <= LATEST_YEAR:
        return None
    try:
        return datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0))  # noqa: DTZ001  (a file's clock has no zone)
    except ValueError:
        return None


def moment_of_cell(raw: Any) -> datetime | None:
    """Read a date cell, or the serial number a date becomes when its format is lost."""
    if type(raw) is str:
        return None
    if isinstance(raw, Mapping):
        moment = datetime.fromisoformat(str(raw["moment"])).replace(second=0, microsecond=0)
        return moment if EARLIEST_YEAR <= moment.year <= LATEST_YEAR else None
    if isinstance(raw, bool) or not isinstance(raw, float | int):
        return None
    if SERIAL_FROM <= raw < SERIAL_UNTIL:
        moment = EXCEL_DAY_ZERO + timedelta(days=float(raw), seconds=30)
        return moment.replace(second=0, microsecond=0)
    return None


def full_day(text: str) -> date:
    """Read a whole day; a year or a month alone is refused."""
    found = PartialDate.parse(text).as_date()
    if found is None:
        raise ValidationError(
            _("“%(value)s” is no whole date. Write day, month and year, like 05/10/2026."),
            code="date_incomplete",
            params={"value": text},
        )
    return found


def moment_of(text: str) -> datetime:
    """Read a day with an hour, in either order, or as 202610050925; a day alone is its midnight."""
    compact = COMPACT.fullmatch(text.replace(" ", ""))
    if compact:
        day, hour, minute = compact[1], int(compact[2]), int(compact[3])
        return datetime.combine(full_day(day), _clock(hour, minute, text))
    iso = re.sub(r"(?<=\d)T(?=\d)", " ", HERE.sub("", text))
    clock = next((match for match in CLOCK.finditer(iso)), None)
    if clock is None:
        return datetime.combine(full_day(iso), time())
    rest = f"{iso[: clock.start()]} {iso[clock.end() :]}".strip(" ,-")
    hour = int(clock[1])
    if clock[3]:  # as spreadsheets in Vietnamese write a clock of twelve hours
        hour = hour % 12 + (12 if clock[3].upper() == "CH" else 0) if 1 <= hour <= 12 else 99
    return datetime.combine(_day_of(rest, text), _clock(hour, int(clock[2] or 0), text))


def _day_of(rest: str, text: str) -> date:
    """Read what stands beside the clock; a refusal names the text as it was written."""
    try:
        return full_day(rest)
    except ValidationError as error:
        said = {**(error.params or {}), "value": text}
        raise ValidationError(error.message, code=error.code, params=said) from error


def _clock(hour: int, minute: int, text: str) -> time:
    if hour == 24 and minute == 0:
        return time(23, 59)
    if hour > 23 or minute > 59:
        raise ValidationError(
            _("“%(value)s” has an hour that no clock shows. Write it like 05/10/2026 09:25."),
            code="no_such_hour",
            params={"value": text},
        )
    return time(hour, minute)
