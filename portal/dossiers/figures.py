"""How long did dossiers wait, with whom, and how many were late? From rows, in sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Aggregate, Count, F, FloatField, Q

from portal.dossiers.definitions import procedures_on
from portal.dossiers.models import Dossier
from portal.dossiers.queue import DECIDED, counted_in, scopes_of
from portal.dossiers.states import OPEN_STATES, Clock
from portal.dossiers.turns import DAYS, days_of

COUNTED = ("filed", "ended", "in_time", "late", "open", "overdue")


class Median(Aggregate):
    """The middle value: one dossier that lay for a year does not make all look slow."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class Lain:
    """How long dossiers lay with an official in a period: how many, days of the middle one, the most.

    Counted while it was the authority's turn, by whoever had it then: a dossier that was handed on
    counts for each with the days it lay there.
    """

    dossiers: int
    median: float
    longest: int


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
    lain: Lain | None = None

    @property
    def timed(self) -> int:
        """Return how many that ended had a last day at all."""
        return self.in_time + self.late

    @property
    def share_in_time(self) -> float | None:
        return 100 * self.in_time / self.timed if self.timed else None


def _measures(first: date, last: date, on: date) -> dict[str, Any]:
    is_open = Q(state__in=OPEN_STATES)
    period = counted_in(first, last).items()
    return {
        **{name: Count("id", filter=condition) for name, condition in period},
        "open": Count("id", filter=is_open),
        "overdue": Count("id", filter=is_open & Q(due_on__lt=on) & ~Q(clock=Clock.STOPPED)),
    }


def _medians(rows: Any, by: str, first: date, last: date) -> dict[Any, float]:
    """Return the middle number of days of the term that were used, by procedure or official.

    What had two terms in two units, before and after its appraisal, has no number of days.
    """
    timed = rows.filter(DECIDED, ended_on__range=(first, last), term_count__isnull=False)
    timed = timed.filter(clock_left__isnull=False).order_by()
    timed = timed.exclude(term_from=Dossier.CountedFrom.APPRAISAL)
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
    """Return the figures of each official a dossier is or was with; four queries."""
    rows = Dossier.objects.of_scopes(scopes_of(user))
    lain = lain_with(rows, first=first, last=last)
    held = rows.exclude(assigned_to=None).order_by().values("assigned_to")
    measured = {row["assigned_to"]: row for row in held.annotate(**_measures(first, last, on))}
    medians = _medians(rows.exclude(assigned_to=None), "assigned_to", first, last)
    none = dict.fromkeys(COUNTED, 0)
    named = get_user_model().objects.filter(pk__in={*measured, *lain})
    lines = [
        _line(name, str(key), measured.get(key, none), medians.get(key), lain.get(key))
        for key, name in named.values_list("pk", "full_name")
    ]
    return sorted(lines, key=lambda line: (-line.overdue, -line.open, line.title))


LAIN = f"""{DAYS}
SELECT official, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY lain), max(lain)
FROM days GROUP BY official
"""  # noqa: S608


def lain_with(rows: Any, *, first: date, last: date) -> dict[Any, Lain]:
    """Return for each official how long these dossiers lay there in a period, from their steps."""
    scoped, asked = rows.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(LAIN.format(scoped=scoped), days_of(asked, first, last))
        return {
            official: Lain(count, float(median), int(longest))
            for official, count, median, longest in cursor.fetchall()
        }


def _line(title: str, key: str, row: Any, used: float | None, lain: Lain | None = None) -> Line:
    return Line(title, key, **{name: row[name] for name in COUNTED}, used=used, lain=lain)


def total_of(lines: Sequence[Line], title: str) -> Line:
    """Add lines up; a middle value cannot be added and stays out."""
    sums = {name: sum(getattr(line, name) for line in lines) for name in COUNTED}
    return Line(title, "", **sums, used=None)
