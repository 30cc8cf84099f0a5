"""Which hours of the week does a sentence like “Thứ 2 đến thứ 6: 7 giờ - 11 giờ” mean, and back?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.names import name_norm

MINUTES = 60
NOON, EVENING = 12 * MINUTES, 24 * MINUTES
DAY = re.compile(
    r"(?:thu\s*)?\b([2-7])\b(?!\s*(?:gio|h\b|h\d|:|g\b|g\d))|\b(chu\s*nhat|cn)\b|\bt([2-7])\b"
)
RANGE = re.compile(r"(?:den|toi|->|–|—|-)")
HOUR = r"(\d{1,2})\s*(?:gio|h|g|:)?\s*(\d{2})?\s*(?:phut|p)?"
SPAN = re.compile(rf"(?<!\d){HOUR}\s*(?:-|–|—|den|toi)\s*{HOUR}(?!\d)")
ALWAYS = re.compile(r"\b24\s*(?:/|gio\s*/?\s*|h\s*/?\s*)(?:24|7|ngay)|\bca ngay dem\b|\bngay dem\b")
EVERY_DAY = re.compile(r"\b(?:hang ngay|hang tuan|tat ca cac ngay|cac ngay trong tuan|moi ngay)\b")
SPELLED = {"hai": 2, "ba": 3, "tu": 4, "nam": 5, "sau": 6, "bay": 7}
WORD_OF_DAY = re.compile(rf"\bthu ({'|'.join(SPELLED)})\b")
CLOSED = re.compile(r"\b(?:nghi|dong cua|khong lam viec)\b")
OTHER_DAYS = re.compile(r"[,\s]*(?=\b(?:thu\s*[2-7]|t[2-7]|chu\s*nhat|cn)\b)")
NIGHT = re.compile(r"\b(?:dem|hom sau|ngay sau)\b")
DUSK, DAWN = 18 * MINUTES, 8 * MINUTES  # 22 giờ - 6 giờ is a night, 11 giờ - 7 giờ a slip


@dataclass(frozen=True, order=True, slots=True)
class Slot:
    """Open on a weekday (1 Monday to 7 Sunday) between two minutes of the day."""

    weekday: int
    opens: int
    closes: int


def always_open(text: str) -> bool:
    """Say whether a sentence means day and night.

    Where it names hours too, day and night is about a part of the work: “trực cấp cứu 24/24”.
    """
    folded = name_norm(text)
    return bool(ALWAYS.search(folded)) and not SPAN.search(folded)


def can_be_read(text: str) -> bool:
    """Say whether hours of the week can be read from a sentence."""
    try:
        return always_open(text) or bool(read_hours(text))
    except ValidationError:
        return False


def read_hours(text: str) -> list[Slot]:
    """Read a sentence into hours of the week; what cannot be read whole is refused, nothing dropped."""
    folded = WORD_OF_DAY.sub(lambda found: f"thu {SPELLED[found[1]]}", name_norm(text))
    slots: set[Slot] = set()
    days: list[int] = []
    for named, hours in _parts(folded):
        own = _days(named)
        days = own or days or list(range(1, 8))
        if SPAN.search(hours):
            slots |= {slot for day in days for slot in _slots(day, hours, text)}
        elif CLOSED.search(hours):
            days = [] if own else days
        elif own and not ALWAYS.search(hours):
            raise _unreadable(text, named)
    found = sorted(slots)
    if not found:
        raise _unreadable(text)
    _require_apart(found, text)
    return found


def _parts(folded: str) -> Iterable[tuple[str, str]]:
    """Part a sentence into days with their hours; days named after hours begin a new part."""
    waiting = [part for part in re.split(r"[;\n]|\.(?!\d)", folded) if part.strip()]
    while waiting:
        named, hours = _cut(waiting.pop(0))
        span = SPAN.search(hours)
        more = OTHER_DAYS.search(hours, span.end()) if span else None
        if more:
            waiting.insert(0, hours[more.end() :])
            hours = hours[: more.start()]
        yield named, hours


def _cut(part: str) -> tuple[str, str]:
    """Part the days from the hours: at the colon after the days, else before the first hour."""
    colon = re.match(r"^([^:]*?[a-z27][^:\d]*|[^:]*?\d\s*):(?!\d)", part)
    if colon:
        return colon[1], part[colon.end() :]
    first = SPAN.search(part)
    return (part[: first.start()], part[first.start() :]) if first else (part, part)


def _days(text: str) -> list[int]:
    """Return the weekdays a text names; “thứ 2 đến thứ 6” means all between."""
    if EVERY_DAY.search(text):
        return list(range(1, 8))
    found: list[int] = []
    end = 0
    for match in DAY.finditer(text):
        day = 7 if match[2] else int(match[1] or match[3]) - 1
        between = text[end : match.start()]
        if found and RANGE.search(between) and found[-1] < day:
            found += range(found[-1] + 1, day)
        found.append(day)
        end = match.end()
    return sorted(set(found))


def _slots(day: int, hours: str, text: str) -> Iterable[Slot]:
    """Return the hours of a day; a night goes on with the day after."""
    for match in SPAN.finditer(hours):
        opens, closes = _minute(match[1], match[2]), _minute(match[3], match[4])
        before, after = hours[max(0, match.start() - 8) : match.start()], hours[match.end() :]
        if "chieu" in before and closes <= NOON:  # chiều 1 giờ - 5 giờ, chiều 13 giờ 30 - 5 giờ
            opens, closes = opens + (NOON if opens < NOON else 0), closes + NOON
        said = f"{before}{match[0]}{after.partition(',')[0]}"
        is_night = NIGHT.search(said) or (opens >= DUSK and closes <= DAWN)
        if not (0 <= opens < EVENING and 0 <= closes <= EVENING):
            raise _unreadable(text, match[0])
        if opens < closes:
            yield Slot(day, opens, closes)
        elif is_night and opens != closes:
            yield Slot(day, opens, EVENING)
            if closes:
                yield Slot(day % 7 + 1, 0, closes)
        else:
            raise _unreadable(text, match[0])


def _minute(hours: str, minutes: str | None) -> int:
    """Return the minute of the day, -1 where the clock has none such."""
    past = int(minutes or 0)
    return int(hours) * MINUTES + past if past < MINUTES else -1


def _require_apart(slots: Sequence[Slot], text: str) -> None:
    for first, second in pairwise(slots):
        if first.weekday == second.weekday and second.opens < first.closes:
            raise ValidationError(
                {
                    "text": ValidationError(
                        _("Two stretches of one day overlap in “%(text)s”; write them apart."),
                        code="hours_overlap",
                        params={"text": text},
                    )
                }
            )


def _unreadable(text: str, part: str = "") -> ValidationError:
    message = _(
        "“%(text)s” names no hours that can be read. Write like: Thứ 2 đến thứ 6: 7 giờ - 11 giờ 30,"
        " 13 giờ 30 - 17 giờ; thứ 7: 7 giờ - 11 giờ. A night: 22 giờ - 6 giờ hôm sau."
    )
    params = {"text": _as_written(text, part.strip()) if part else text}
    error = ValidationError(message, code="hours_unreadable", params=params)
    return ValidationError({"text": error})


def _as_written(text: str, part: str) -> str:
    """Return a part of the folded sentence with its marks, the whole where it is not found."""
    plain, folded = " ".join(text.split()), name_norm(text)
    at = folded.find(part) if len(plain) == len(folded) else -1
    return plain[at : at + len(part)] if at >= 0 else plain


def week_of(slots: Iterable[Any]) -> dict[int, list[tuple[str, str]]]:
    """Return the hours of each weekday as they are read, Monday first, closed days empty."""
    week: dict[int, list[tuple[str, str]]] = {day: [] for day in range(1, 8)}
    for slot in sorted(slots, key=lambda one: (one.weekday, one.opens)):
        week[slot.weekday].append((clock(slot.opens), clock(slot.closes)))
    return week


def clock(minute: int) -> str:
    """Write a minute of the day as 07:30."""
    return f"{minute // MINUTES:02d}:{minute % MINUTES:02d}"


def sentence_of(slots: Iterable[Any]) -> str:
    """Write hours of the week as the sentence of a sign; ``read_hours`` reads it back."""
    by_day: dict[int, list[str]] = {}
    for slot in sorted(slots, key=lambda one: (one.weekday, one.opens)):
        by_day.setdefault(slot.weekday, []).append(
            f"{_spoken(slot.opens)} - {_spoken(slot.closes)}"
        )
    parts = []
    for hours, days in groupby(sorted(by_day), key=lambda day: by_day[day]):
        parts.append(f"{_named(list(days))}: {', '.join(hours)}")
    return "; ".join(parts)


def _spoken(minute: int) -> str:
    hours, minutes = divmod(minute, MINUTES)
    return f"{hours} giờ {minutes:02d}" if minutes else f"{hours} giờ"


def _named(days: list[int]) -> str:
    """Name days that follow each other; the sorted days of one group may have gaps."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        _day(run[0]) if len(run) == 1 else f"{_day(run[0])} đến {_day(run[-1])}" for run in runs
    )


def _day(day: int) -> str:
    return "chủ nhật" if day == 7 else f"thứ {day + 1}"
