"""How long did dossiers wait, with whom, and how many were late? From rows, in sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Aggregate, Count, F, FloatField, Q

from portal.dossiers.definitions import procedures_on
from portal.dossiers.models import Dossier
from portal.dossiers.queue import scopes_of
from portal.dossiers.states import OPEN_STATES, Clock, State

COUNTED = ("filed", "ended", "in_time", "late", "open", "overdue")
DECIDED = Q(state__in=[State.GRANTED, State.REFUSED])


class Median(Aggregate):
    """The middle value: one dossier that lay for a year does not make all look slow."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one procedure or one official in a period."""

    title: str
    key: str
    filed: int
    ended: int
    in_time: int
    late: int
    open: int
    overdue: int
    used: float | None

    @property
    def timed(self) -> int:
        """Return how many that ended had a last day at all."""
        return self.in_time + self.late

    @property
    def share_in_time(self) -> float | None:
        return 100 * self.in_time / self.timed if self.timed else None


def _measures(first: date, last: date, on: date) -> dict[str, Any]:
    ended = DECIDED & Q(ended_on__range=(first, last))
    is_open = Q(state__in=OPEN_STATES)
    return {
        "filed": Count("id", filter=Q(filed_on__range=(first, last))),
        "ended": Count("id", filter=ended),
        "in_time": Count("id", filter=ended & Q(ended_on__lte=F("due_on"))),
        "late": Count("id", filter=ended & Q(ended_on__gt=F("due_on"))),
        "open": Count("id", filter=is_open),
        "overdue": Count("id", filter=is_open & Q(due_on__lt=on) & ~Q(clock=Clock.STOPPED)),
    }


def _medians(rows: Any, by: str, first: date, last: date) -> dict[Any, float]:
    """Return the middle number of days of the term that were used, by procedure or official."""
    timed = rows.filter(DECIDED, ended_on__range=(first, last), term_count__isnull=False)
    timed = timed.filter(clock_left__isnull=False).order_by()
    found = timed.values(by).annotate(used=Median(F("term_count") - F("clock_left")))
    return {row[by]: row["used"] for row in found}


def by_procedure(user: Any, *, first: date, last: date, on: date) -> list[Line]:
    """Return the figures of each procedure in the list's order; two queries."""
    rows = Dossier.objects.of_scopes(scopes_of(user))
    measured = {
        row["procedure"]: row
        for row in rows.order_by().values("procedure").annotate(**_measures(first, last, on))
    }
    medians = _medians(rows, "procedure", first, last)
    titles = {row.code: row.title for row in procedures_on(on)}
    known = [code for code in titles if code in measured]
    return [
        _line(titles.get(code, code), code, measured[code], medians.get(code))
        for code in [*known, *sorted(set(measured) - set(titles))]
    ]


def by_official(user: Any, *, first: date, last: date, on: date) -> list[Line]:
    """Return the figures of each official a dossier is or was with; two queries."""
    rows = Dossier.objects.of_scopes(scopes_of(user)).exclude(assigned_to=None)
    measured = rows.order_by().values("assigned_to", "assigned_to__full_name")
    medians = _medians(rows, "assigned_to", first, last)
    lines = [
        _line(
            row["assigned_to__full_name"],
            str(row["assigned_to"]),
            row,
            medians.get(row["assigned_to"]),
        )
        for row in measured.annotate(**_measures(first, last, on))
    ]
    return sorted(lines, key=lambda line: (-line.overdue, -line.open, line.title))


def _line(title: str, key: str, row: Any, used: float | None) -> Line:
    return Line(title, key, **{name: row[name] for name in COUNTED}, used=used)


def total_of(lines: Sequence[Line], title: str) -> Line:
    """Add lines up; a middle value cannot be added and stays out."""
    sums = {name: sum(getattr(line, name) for line in lines) for name in COUNTED}
    return Line(title, "", **sums, used=None)
