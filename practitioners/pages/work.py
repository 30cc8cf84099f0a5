"""How much was decided each day and by whom, and how long do profiles wait against their term?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import (
    Aggregate,
    Count,
    DateField,
    DurationField,
    ExpressionWrapper,
    F,
    Min,
    Q,
)
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit.reads import note
from portal.site.pages import page
from practitioners.models import ProfileSubmission
from practitioners.pages.rights import scope_for
from practitioners.querysets import ProfileSubmissionQuerySet

if TYPE_CHECKING:
    pass

CAPABILITY = "review_practitioners"
DAYS, LOOKED_BACK, MOST_LISTED = 7, 30, 1000
State = ProfileSubmission.State


class Percentile(Aggregate):
    """The value that a share of the rows does not exceed."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass
class Official:
    """One person's decisions of the last days."""

    key: UUID
    name: str
    by_day: dict[date, dict[str, int]] = field(default_factory=dict)
    in_hand: int = 0

    def total(self, state: str) -> int:
        return sum(day.get(state, 0) for day in self.by_day.values())

    @property
    def verified(self) -> int:
        return self.total(State.VERIFIED)

    @property
    def returned(self) -> int:
        return self.total(State.RETURNED)


@require_safe
def desk_work(request: HttpRequest) -> HttpResponse:
    """Show decisions by day and official, and the waiting times against the term."""
    scope = scope_for(request, CAPABILITY)
    now = timezone.now()
    today = timezone.localdate(now)
    days = [today - timedelta(days=back) for back in range(DAYS)]
    rows: Any = ProfileSubmission.objects.within(scope)
    officials = _officials(rows, days, now)
    day, who = _day(request.GET.get("day", "")), request.GET.get("who", "")
    listed = _listed(rows, day, who) if day else []
    note(request, [row.person_id for row in listed], action="listed", ground="review")
    context = {
        "title": _("Work done and waiting times"),
        "days": days,
        "officials": [(one, [_cell(one, day) for day in days]) for one in officials],
        "totals": [_sum(officials, day) for day in days],
        "waiting": _waiting(rows, today),
        "decided": _decided(rows, today),
        "day": day,
        "listed": listed,
    }
    return page(request, "practitioners/desk_work.html", context)


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _officials(rows: ProfileSubmissionQuerySet, days: list[date], now: datetime) -> list[Official]:
    decided = (
        rows.exclude(state=State.SUBMITTED)
        .filter(decided_at__gte=_start(days[-1]))
        .annotate(day=TruncDate("decided_at"))
        .values("day", "state", "reviewer_id", "reviewer__full_name")
        .annotate(count=Count("id"))
        .order_by()
    )
    found: dict[UUID, Official] = {}
    for row in decided:
        one = found.setdefault(
            row["reviewer_id"], Official(row["reviewer_id"], row["reviewer__full_name"])
        )
        one.by_day.setdefault(row["day"], {})[row["state"]] = row["count"]
    held = rows.waiting().held(now).values("assignee_id", "assignee__full_name")
    for load in held.annotate(count=Count("id")).order_by():
        key = load["assignee_id"]
        one = found.setdefault(key, Official(key, load["assignee__full_name"]))
        one.in_hand = load["count"]
    return sorted(found.values(), key=lambda one: (-one.verified - one.returned, one.name))


def _cell(one: Official, day: date) -> dict[str, Any]:
    counts = one.by_day.get(day, {})
    return {
        "day": day,
        "verified": counts.get("verified", 0),
        "returned": counts.get("returned", 0),
    }


def _sum(officials: Iterable[Official], day: date) -> int:
    return sum(sum(one.by_day.get(day, {}).values()) for one in officials)


def _waiting(rows: ProfileSubmissionQuerySet, today: date) -> dict[str, Any]:
    """Count what waits by the days its term has left; each bar is a share of the longest."""
    edges = {
        "overdue": Q(due_on__lt=today),
        "today": Q(due_on=today),
        "soon": Q(due_on__gt=today, due_on__lte=today + timedelta(days=2)),
        "later": Q(due_on__gt=today + timedelta(days=2)),
        "none": Q(due_on=None),
    }
    counts = rows.waiting().aggregate(
        oldest=Min("submitted_at"),
        **{name: Count("id", filter=edge) for name, edge in edges.items()},
    )
    labels = {
        "overdue": (_("Overdue"), "bad", "overdue"),
        "today": (_("Due today"), "bad", "today"),
        "soon": (_("In 1 or 2 days"), "warn", ""),
        "later": (_("Later"), "", ""),
        "none": (_("Without a term"), "", ""),
    }
    most = max(1, *(counts[name] for name in edges))
    bars = [
        {
            "label": label,
            "kind": kind,
            "due": due,
            "count": counts[name],
            "width": round(counts[name] * 240 / most),
        }
        for name, (label, kind, due) in labels.items()
        if counts[name] or name != "none"
    ]
    return {"bars": bars, "oldest": counts["oldest"]}


def _decided(rows: ProfileSubmissionQuerySet, today: date) -> Mapping[str, Any]:
    """Measure the decisions of the last days: how long they took, how many kept the term."""
    since = _start(today - timedelta(days=LOOKED_BACK))
    took = ExpressionWrapper(F("decided_at") - F("submitted_at"), output_field=DurationField())
    done: Any = rows.exclude(state=State.SUBMITTED).filter(decided_at__gte=since)
    found = done.annotate(
        took=took, decided_on=TruncDate("decided_at", output_field=DateField())
    ).aggregate(
        count=Count("id"),
        with_term=Count("id", filter=Q(due_on__isnull=False)),
        in_term=Count("id", filter=Q(due_on__gte=F("decided_on"))),
        half=Percentile("took", share=0.5),
        most=Percentile("took", share=0.9),
    )
    share = found["in_term"] * 100 / found["with_term"] if found["with_term"] else None
    return {
        **found,
        "days": LOOKED_BACK,
        "share": share,
        "half": _in_days(found["half"]),
        "most": _in_days(found["most"]),
    }


def _in_days(took: timedelta | None) -> float | None:
    return None if took is None else round(took.total_seconds() / 86400, 1)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _listed(rows: ProfileSubmissionQuerySet, day: date, who: str) -> list[ProfileSubmission]:
    """Return what was decided on a day, by one official or by all."""
    found = rows.exclude(state=State.SUBMITTED).filter(
        decided_at__gte=_start(day), decided_at__lt=_start(day + timedelta(days=1))
    )
    try:
        found = found.filter(reviewer=UUID(who)) if who else found
    except ValueError:
        found = found.none()
    shown = found.select_related("facility", "reviewer").order_by("-decided_at", "-id")
    return list(shown[:MOST_LISTED])
