"""What do the figures of the desk say: waiting, due, decided, by whom, against the term of the law?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from portal.names import name_norm
from practitioners.models import ProfileSubmission
from practitioners.pages.filters import DUE, RISK, Filter

if TYPE_CHECKING:
    from django.http import HttpRequest

    from portal.scope import Scope
    from practitioners.pages.queue import Queue

MOST_FACILITIES = 500


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures above the desk."""

    waiting: int
    due_today: int
    overdue: int
    done_today: int
    pace: int | None


def counts_of(request: HttpRequest, scope: Scope) -> Counts:
    """Count what waits and what this person decided today; one query per request."""
    kept: Counts | None = request.__dict__.get("_desk_counts")
    if kept is None:
        kept = _count(request.user, scope, timezone.now())
        request.__dict__["_desk_counts"] = kept
    return kept


def _count(user: Any, scope: Scope, now: datetime) -> Counts:
    waits, mine = _waits_and_mine(user, now)
    rows = ProfileSubmission.objects.within(scope).filter(waits | mine)
    return _counts([rows.aggregate(**_counting(waits, mine, timezone.localdate(now)))], now)


def _waits_and_mine(user: Any, now: datetime) -> tuple[Q, Q]:
    """Return the conditions of what waits, and of what this person decided today."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    waits = Q(state=ProfileSubmission.State.SUBMITTED)
    return waits, Q(reviewer=user.pk, decided_at__gte=midnight) & ~waits


def _counting(waits: Q, mine: Q, today: date) -> dict[str, Any]:
    return {
        "waiting": Count("id", filter=waits),
        "due_today": Count("id", filter=waits & Q(due_on=today)),
        "overdue": Count("id", filter=waits & Q(due_on__lt=today)),
        "done_today": Count("id", filter=mine),
        "first": Min("decided_at", filter=mine),
    }


def _counts(rows: Iterable[Mapping[str, Any]], now: datetime) -> Counts:
    """Add the counts of some groups up; the pace needs three decisions and some minutes."""
    names = ("waiting", "due_today", "overdue", "done_today")
    found = dict.fromkeys(names, 0)
    first: datetime | None = None
    for row in rows:
        for name in names:
            found[name] += row[name]
        if row["first"] is not None:
            first = min(first or row["first"], row["first"])
    done = found["done_today"]
    hours = (now - first).total_seconds() / 3600 if first else 0
    return Counts(**found, pace=round(done / hours) if done > 2 and hours > 0.05 else None)


@dataclass
class Facets:
    """How many profiles each choice of the filter would leave, the other choices being as they are."""

    due: dict[str, int] = field(default_factory=dict)
    risk: dict[str, int] = field(default_factory=dict)
    facilities: list[tuple[str, str, int]] = field(default_factory=list)
    length: int = 0


def facets_of(request: HttpRequest, queue: Queue) -> Facets:
    """Count the queue by day, by risk and by facility, and the day's work, in one query."""
    chosen, today = queue.chosen, queue.today
    waits, mine = _waits_and_mine(request.user, queue.at)
    here = waits & chosen.of_who(queue.user, queue.at)
    due, risk = chosen.of_due(today), chosen.of_risk()
    counting: dict[str, Any] = {"length": Count("id", filter=here & due & risk)}
    for name in DUE:
        counting[f"of_due_{name}"] = Count(
            "id", filter=here & risk & Filter(due=name).of_due(today)
        )
    for name in RISK:
        counting[f"of_risk_{name}"] = Count("id", filter=here & due & Q(worst=name))
    rows: list[Any] = list(
        ProfileSubmission.objects.within(queue.scope)
        .filter(waits | mine)
        .values("facility_id", "facility__name")
        .annotate(**counting, **_counting(waits, mine, today))
        .order_by()
    )
    request.__dict__["_desk_counts"] = _counts(rows, queue.at)
    return _added(rows, chosen)


def _added(rows: Iterable[dict[str, Any]], chosen: Filter) -> Facets:
    found = Facets(dict.fromkeys(DUE, 0), dict.fromkeys(RISK, 0))
    for row in rows:
        facility = str(row["facility_id"])
        if row["length"] or facility == chosen.facility:
            found.facilities.append((facility, row["facility__name"], row["length"]))
        if chosen.facility and facility != chosen.facility:
            continue
        found.length += row["length"]
        for name in DUE:
            found.due[name] += row[f"of_due_{name}"]
        for name in RISK:
            found.risk[name] += row[f"of_risk_{name}"]
    found.facilities.sort(key=lambda item: name_norm(item[1]))
    found.facilities = found.facilities[:MOST_FACILITIES]
    return found
