"""In which hours of the week, as facilities write them, does a person work?

Lists write the same week in many ways: ``T2T3T4T5T6 0730-1630``, ``T20800-1500;T30700-1100``,
``07:30-11:30, 13:30-17:00, thứ Hai đến thứ Sáu``. What cannot be read is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from portal.names import name_norm

DAY = 24 * 60
NOON = 12 * 60
WEEK = tuple(range(2, 9))
WORDS = {"hai": 2, "ba": 3, "tu": 4, "nam": 5, "sau": 6, "bay": 7}
TOKEN = re.compile(
    r"""(?P<all>hang\ ngay|hang\ tuan|ca\ tuan|tat\ ca\ cac\ ngay|moi\ ngay)
    | (?P<sunday>cn|chu\ nhat|t8)
    | t(?:hu)?\ ?(?P<day>[2-7])
    | thu\ (?P<word>hai|ba|tu|nam|sau|bay)\b
    | (?P<hour>\d{1,2})(?:\ ?(?:gio|h|g)\ ?(?P<minute>\d{2})?|[:.](?P<past>\d{2}))(?!\d)p?(?:hut)?
    | (?P<compact>\d{4})
    | (?P<bare>[2-7])(?!\d)
    | (?P<dash>-|–|—|→|->|\bden\b|\btoi\b)
    | (?P<gap>[\s,;:()&+/.]+|\bva\b|\btu\b|\bcac\b|\bngay\b|\bsang\b|\bchieu\b|\bluc\b)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Hours that begin on a weekday; past midnight ``ends`` counts on, 07:00 the next day is 1860."""

    weekday: int
    starts: int
    ends: int

    @property
    def is_overnight(self) -> bool:
        return self.ends > DAY

    @property
    def pieces(self) -> tuple[Span, ...]:
        """Cut at midnight: the evening, and the next weekday's morning."""
        if not self.is_overnight:
            return (self,)
        following = self.weekday + 1 if self.weekday < WEEK[-1] else WEEK[0]
        return (
            Span(self.weekday, self.starts, DAY),
            Span(following, 0, self.ends - DAY),
        )

    def meets(self, other: Span) -> bool:
        """Say whether two spans within a day share a minute; the end does not count."""
        same = self.weekday == other.weekday
        return same and self.starts < other.ends and other.starts < self.ends


def read_hours(text: str) -> tuple[Span, ...] | None:
    """Read a week as written; None where it cannot be read, or where it meets itself."""
    tokens = _tokens(name_norm(text))
    if tokens is None:
        return None
    blocks = _blocks(tokens)
    if blocks is None or len(blocks) % 2:
        return None
    spans = []
    for first, second in zip(blocks[::2], blocks[1::2], strict=True):
        days, hours = (first, second) if isinstance(first, frozenset) else (second, first)
        if not (isinstance(days, frozenset) and isinstance(hours, list)):
            return None
        spans += [Span(day, starts, ends) for day in sorted(days) for starts, ends in hours]
    found = tuple(sorted(set(spans)))
    return None if not found or meets_itself(found) else found


def meets_itself(spans: Sequence[Span]) -> bool:
    """Say whether a week has the same minute twice."""
    pieces = sorted(piece for span in spans for piece in span.pieces)
    return any(one.meets(other) for one, other in pairwise(pieces))


Token = tuple[str, int]
Block = frozenset[int] | list[tuple[int, int]]


def _tokens(text: str) -> list[Token] | None:
    found: list[Token] = []
    place, is_afternoon = 0, False
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None or not match.group():
            return None
        place = match.end()
        kind = match.lastgroup or ""
        if match["bare"] and (not found or found[-1][0] not in {"day", "dash"}):
            return None
        if kind == "gap":
            is_afternoon = match["gap"] == "chieu" or (is_afternoon and match["gap"] != "sang")
            continue
        token = _token(match)
        # 1h30 in the afternoon is 13:30, and 5h after 13h too: who means which hour is not guessed.
        if token is None or (is_afternoon and token[0] == "minute" and token[1] < NOON):
            return None
        if token[0] == "day" and found and found[-1][0] == "minute":
            is_afternoon = False
        found.append(token)
    return found


def _token(match: re.Match[str]) -> Token | None:
    found: Token | None = ("dash", 0)
    if match["all"]:
        found = ("all", 0)
    elif match["sunday"]:
        found = ("day", 8)
    elif match["day"] or match["bare"]:
        found = ("day", int(match["day"] or match["bare"]))
    elif match["word"]:
        found = ("day", WORDS[match["word"]])
    elif match["hour"] or match["compact"]:
        found = _minute(match)
    return found


def _minute(match: re.Match[str]) -> Token | None:
    digits = match["compact"]
    hour, minute = (
        (int(digits[:2]), int(digits[2:]))
        if digits
        else (int(match["hour"]), int(match["minute"] or match["past"] or 0))
    )
    at = hour * 60 + minute
    return ("minute", at) if minute < 60 and at <= DAY else None


def _blocks(tokens: Sequence[Token]) -> list[Block] | None:
    """Gather neighbouring days into one set and neighbouring hours into one list."""
    blocks: list[Block] = []
    place = 0
    while place < len(tokens):
        read = _days(tokens, place) or _span(tokens, place)
        if read is None:
            return None
        found, place = read
        last = blocks[-1] if blocks else None
        if isinstance(found, frozenset) and isinstance(last, frozenset):
            blocks[-1] = last | found
        elif isinstance(found, list) and isinstance(last, list):
            last += found
        else:
            blocks.append(found)
    return blocks


def _days(tokens: Sequence[Token], place: int) -> tuple[Block, int] | None:
    kind, day = tokens[place]
    if kind == "all":
        return frozenset(WEEK), place + 1
    if kind != "day":
        return None
    kinds = [token[0] for token in tokens[place : place + 3]]
    if kinds == ["day", "dash", "day"]:
        last = tokens[place + 2][1]
        return (frozenset(range(day, last + 1)), place + 3) if day <= last else None
    return frozenset({day}), place + 1


def _span(tokens: Sequence[Token], place: int) -> tuple[Block, int] | None:
    kinds = [token[0] for token in tokens[place : place + 3]]
    if kinds != ["minute", "dash", "minute"]:
        return None
    starts, ends = tokens[place][1], tokens[place + 2][1]
    if starts in {ends, DAY}:
        return None
    return [(starts, ends if ends > starts else ends + DAY)], place + 3


def clock(minute: int) -> str:
    """Write a minute of the day as a clock shows it: 450 is 07:30, 1860 is 07:00 the next day."""
    minute = minute if minute <= DAY else minute - DAY
    return f"{minute // 60:02d}:{minute % 60:02d}"


def day_word(weekday: int) -> str:
    """Return T2 to T7, CN."""
    return "CN" if weekday == WEEK[-1] else f"T{weekday}"


def written(spans: Iterable[Span]) -> str:
    """Write a week shortly: T2–T6 07:30–11:30, 13:30–17:00; T7 07:30–11:30."""
    by_day: dict[int, list[str]] = {}
    for span in sorted(spans):
        hours = f"{clock(span.starts)}–{clock(span.ends)}"
        by_day.setdefault(span.weekday, []).append(hours)
    texts = [(day, ", ".join(hours)) for day, hours in sorted(by_day.items())]
    parts = []
    for text, group in groupby(texts, key=lambda pair: pair[1]):
        for first, last in _runs([day for day, _text in group]):
            days = day_word(first) if first == last else f"{day_word(first)}–{day_word(last)}"
            parts.append(f"{days} {text}")
    return "; ".join(parts)


def _runs(days: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for day in days:
        if runs and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs
