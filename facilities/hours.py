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


@dataclass(frozen=True, order=True, slots=True)
class Slot:
    """Open on a weekday (1 Monday to 7 Sunday) between two minutes of the day."""

    weekday: int
    opens: int
    closes: int


def always_open(text: str) -> bool:
    """Say whether a sentence means day and night."""
    return bool(ALWAYS.search(name_norm(text)))


def read_hours(text: str) -> list[Slot]:
    """Read a sentence into hours of the week; one that cannot be read is refused."""
    folded = WORD_OF_DAY.sub(lambda found: f"thu {SPELLED[found[1]]}", name_norm(text))
    slots: set[Slot] = set()
    days: list[int] = []
    for part in re.split(r"[;\n]|\.(?!\d)", folded):
        named, hours = _cut(part)
        days = _days(named) or days or ([] if not part.strip() else list(range(1, 8)))
        if CLOSED.search(hours) and not SPAN.search(hours):
            days = [] if _days(named) else days
            continue
        slots |= {Slot(day, *span) for day in days for span in _spans(hours)}
    found = sorted(slots)
    if not found:
        raise _unreadable(text)
    _require_apart(found, text)
    return found


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


def _spans(text: str) -> Iterable[tuple[int, int]]:
    for match in SPAN.finditer(text):
        opens = int(match[1]) * MINUTES + int(match[2] or 0)
        closes = int(match[3]) * MINUTES + int(match[4] or 0)
        before = text[max(0, match.start() - 8) : match.start()]
        if "chieu" in before and closes <= NOON and opens < NOON:
            opens, closes = opens + NOON, closes + NOON  # chiều 1 giờ - 5 giờ
        if opens < closes <= EVENING:
            yield opens, closes


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


def _unreadable(text: str) -> ValidationError:
    message = _(
        "“%(text)s” names no hours that can be read. Write like: Thứ 2 đến thứ 6: 7 giờ - 11 giờ 30,"
        " 13 giờ 30 - 17 giờ; thứ 7: 7 giờ - 11 giờ."
    )
    error = ValidationError(message, code="hours_unreadable", params={"text": text})
    return ValidationError({"text": error})


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
