"""What does the law of a day fix about practising: terms, limits, years of a roadmap?

Each rule is a code of the list practice_rules with its article and whether the text was compared
with the original. Without the list nothing is fixed, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from portal.codelists.lookup import Entry, codes_on, on_any_day
from portal.dates import months_later

LIST = "practice_rules"
ONE_DAY = timedelta(days=1)
MONTHS, DAYS, WORKING_DAYS = "months", "calendar_days", "working_days"


@dataclass(frozen=True, slots=True)
class Rule:
    """One figure of the law: how much of which unit, and where it stands."""

    code: str
    title: str
    value: str
    unit: str
    article: str
    is_checked: bool

    @property
    def number(self) -> int:
        return int(self.value)

    @property
    def day(self) -> date:
        return date.fromisoformat(self.value)


class _OtherDays:
    """The rules of other days than the one asked about: read once somebody asks, all in one query."""

    def __init__(self) -> None:
        self._found: dict[date, Rules] = {}

    @cached_property
    def _read(self) -> Callable[[date], list[Entry]]:
        return on_any_day(LIST)

    def of(self, day: date) -> Rules:
        if day not in self._found:
            self._found[day] = rules_of(self._read(day), day)
        return self._found[day]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one day; one the list does not hold is None."""

    on: date
    by_code: Mapping[str, Rule]
    _others: _OtherDays = field(default_factory=_OtherDays, repr=False, compare=False)

    def as_of(self, day: date) -> Rules:
        """Return the rules of another day: what was done on a day is judged by those of that day."""
        return self if day == self.on else self._others.of(day)

    def get(self, code: str) -> Rule | None:
        return self.by_code.get(code)

    def number(self, code: str) -> int | None:
        rule = self.by_code.get(code)
        return rule.number if rule else None

    def legacy_end(self, issued_on: date) -> date | None:
        """Return the last day of an old certificate that was never converted.

        The term of five years begins to run in 2030: it ends on the certificate's own day and month
        in 2035 (Decree 96/2023/NĐ-CP, article 143; read in a digest, not in the original).
        """
        year = self.number("legacy_expiry_year")
        if year is None:
            return None
        return months_later(issued_on, (year - issued_on.year) * 12)

    def term_end(self, issued_on: date) -> date | None:
        """Return the last day of a licence issued on a day (Law 15/2023/QH15, article 27)."""
        months = self.number("licence_term")
        if months is None:
            return None
        last = months_later(issued_on, months)
        return last if self.number("licence_last_day_counts") else last - ONE_DAY

    def renewed_end(self, last: date) -> date | None:
        """Return the last day of the term that follows a term's last day (article 32).

        Where the day like that of the issue counts, it is the last of one term; else the first of
        the next.
        """
        return self.term_end(last if self.number("licence_last_day_counts") else last + ONE_DAY)

    def last_day_to_file(self, expires_on: date) -> date | None:
        """Return the last day on which a renewal is filed in time (article 32)."""
        days = self.number("renewal_filing")
        return None if days is None else expires_on - timedelta(days=days)


def rules_on(day: date) -> Rules:
    """Return the rules that hold on a day; one query, then memory."""
    return rules_of(codes_on(LIST, day), day)


def rules_of(entries: Iterable[Entry], day: date) -> Rules:
    """Return the rules of a day from the codes of the list as they were read."""
    return Rules(
        day,
        {
            entry.code: Rule(
                code=entry.code,
                title=entry.title,
                value=str(entry.attributes.get("value", "")),
                unit=str(entry.attributes.get("unit", "")),
                article=str(entry.attributes.get("article", "")),
                is_checked=str(entry.attributes.get("checked", "")) == "1",
            )
            for entry in entries
        },
    )
