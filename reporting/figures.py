"""Figures computed from the records: visits by day, and which facilities have gone quiet."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate

from healthrecords.models import Visit
from portal.places.models import Organisation
from portal.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

# Organisations that are expected to see people every week.
TREATING = ("station", "hospital", "centre", "clinic")
ZONE = ZoneInfo(settings.TIME_ZONE)


def start_of(day: date) -> datetime:
    """Return the first moment of a Vietnamese day."""
    return datetime.combine(day, time.min, tzinfo=ZONE)


def visits_by_day(
    scope: Scope, first: date, last: date, *, sees_sensitive: bool
) -> "Sequence[int]":
    """Count visits of each day from ``first`` to ``last``, both included; 0 is a count."""
    counts = dict(
        Visit.objects.within(scope)
        .open_to(sees_sensitive=sees_sensitive)
        .exclude(status=Visit.Status.WITHDRAWN)
        .filter(started_at__gte=start_of(first), started_at__lt=start_of(last + timedelta(days=1)))
        .annotate(day=TruncDate("started_at", tzinfo=ZONE))
        .order_by()
        .values_list("day")
        .annotate(number=Count("pk"))
        .values_list("day", "number")
    )
    days = (last - first).days + 1
    return [counts.get(first + timedelta(days=n), 0) for n in range(days)]


@dataclass(frozen=True, slots=True)
class Month:
    """Visits of a month so far, and of the same days of the month before."""

    number: int
    before: int
    first: date
    trend: "Sequence[int]"


def month_so_far(scope: Scope, today: date, *, sees_sensitive: bool) -> Month:
    """Compare this month until ``today`` with the same days of the month before."""
    first = today.replace(day=1)
    earlier_last = first - timedelta(days=1)
    earlier_first = earlier_last.replace(day=1)
    counts = visits_by_day(scope, earlier_first, today, sees_sensitive=sees_sensitive)
    now = counts[(first - earlier_first).days :]
    same_days = min(today.day, earlier_last.day)
    return Month(number=sum(now), before=sum(counts[:same_days]), first=first, trend=counts[-30:])


def quietest_facilities(scope: Scope) -> QuerySet[Organisation]:
    """Order treating facilities by their last visit, those without any first."""
    last = (
        Visit.objects.filter(facility=OuterRef("pk")).order_by("-started_at").values("started_at")
    )
    return (
        Organisation.objects.within(scope)
        .current()
        .filter(kind__in=TREATING)
        .annotate(last_visit_at=Subquery(last[:1]))
        .order_by(F("last_visit_at").asc(nulls_first=True), "path")
    )
