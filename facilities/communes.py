"""Which communes have no station or more than one? (Circular 43/2025/TT-BYT: one for each.)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from facilities.querysets import holding_on
from portal.places.models import Area, Catchment, Organisation
from portal.scope import Scope

STATION = Organisation.Kind.STATION
ONE, NONE, SEVERAL = "mot", "khong", "nhieu"


@dataclass(slots=True)
class Coverage:
    """A commune with the stations that stand in it or look after it, those out of sight counted."""

    area: Area
    stations: list[Organisation] = field(default_factory=list)
    unseen: int = 0


def provinces_within(scope: Scope) -> QuerySet[Area]:
    """Return the provinces in which a scope has its organisations."""
    provinces = Area.objects.provinces()
    if scope.everything:
        return provinces
    held = Organisation.objects.within(scope).exclude(area=None).order_by()
    of_communes = held.filter(area__parent__isnull=False).values("area__parent")
    of_provinces = held.filter(area__kind="province").values("area")
    return provinces.filter(Q(pk__in=of_communes) | Q(pk__in=of_provinces))


def counted(scope: Scope) -> QuerySet[Any]:
    """Return the communes of a scope's provinces with the number of their open stations.

    A station counts once for the commune it stands in and for those it looks after: those that are
    open today, not one that begins next month, and one that ends next month still.
    """
    looks = Catchment.objects.filter(
        holding_on(timezone.localdate()), area=OuterRef(OuterRef("pk"))
    )
    here = _open().filter(Q(area=OuterRef("pk")) | Q(pk__in=looks.values("organisation")))
    communes = Area.objects.communes().filter(parent__in=provinces_within(scope))
    found: QuerySet[Any] = communes.annotate(stations=Coalesce(Subquery(_count(here)), 0))
    return found


def _open() -> QuerySet[Organisation]:
    return Organisation.objects.filter(holding_on(timezone.localdate()), kind=STATION)


def _count(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return how many different organisations a subquery holds."""
    grouped = rows.order_by().values("kind")
    numbers: QuerySet[Any] = grouped.annotate(number=Count("pk", distinct=True))
    return numbers.values("number")


def totals(communes: QuerySet[Any]) -> dict[str, int]:
    """Return how many communes have one station, none, several."""
    counts: dict[str, int] = communes.aggregate(
        all=Count("pk"),
        mot=Count("pk", filter=Q(stations=1)),
        khong=Count("pk", filter=Q(stations=0)),
        nhieu=Count("pk", filter=Q(stations__gt=1)),
    )
    return counts


COUNTED = """
WITH here AS (
  SELECT area_id AS area, id FROM places_organisation
  WHERE kind = 'station' AND area_id IS NOT NULL
    AND valid_from <= %(today)s AND (valid_until IS NULL OR valid_until >= %(today)s)
  UNION
  SELECT looks.area_id, station.id
  FROM places_catchment looks JOIN places_organisation station ON station.id = looks.organisation_id
  WHERE station.kind = 'station'
    AND station.valid_from <= %(today)s
    AND (station.valid_until IS NULL OR station.valid_until >= %(today)s)
    AND looks.valid_from <= %(today)s
    AND (looks.valid_until IS NULL OR looks.valid_until >= %(today)s)
), counted AS (SELECT area, count(*) AS stations FROM here GROUP BY area)
SELECT count(*) FILTER (WHERE stations IS NULL), count(*) FILTER (WHERE stations > 1)
FROM places_area commune LEFT JOIN counted ON counted.area = commune.id
WHERE commune.kind = 'commune' AND commune.valid_until IS NULL
  AND (%(everywhere)s OR commune.parent_id = ANY(%(provinces)s))
"""


def counts_within(scope: Scope) -> tuple[int, int]:
    """Return how many communes of a scope have no station, and how many several: one pass over all."""
    keys = [] if scope.everything else list(provinces_within(scope).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        said: dict[str, Any] = {
            "everywhere": scope.everything,
            "provinces": keys,
            "today": timezone.localdate(),
        }
        cursor.execute(COUNTED, said)
        none, several = cursor.fetchone()
    return none, several


def chosen(communes: QuerySet[Any], choice: str) -> QuerySet[Any]:
    """Return the communes of one choice, by province and name."""
    condition = {ONE: Q(stations=1), NONE: Q(stations=0), SEVERAL: Q(stations__gt=1)}
    rows = communes.filter(condition[choice]).select_related("parent")
    return rows.order_by("parent__code", "code")


def with_stations(areas: Sequence[Area], scope: Scope) -> list[Coverage]:
    """Return communes with their open stations, a fixed number of questions for all of them."""
    found = {area.pk: Coverage(area) for area in areas}
    looks = Catchment.objects.filter(holding_on(timezone.localdate()))
    of_these = looks.filter(area__in=found).values("organisation")
    rows = _open().filter(Q(area__in=found) | Q(pk__in=of_these)).select_related("facility")
    rows = rows.prefetch_related(Prefetch("catchments", queryset=looks, to_attr="looks_after"))
    for station in rows.order_by("name_norm"):
        looked_after: list[Catchment] = station.looks_after
        for key in {station.area_id, *(row.area_id for row in looked_after)}:
            coverage = found.get(key) if key else None
            if coverage is None:
                continue
            if station.pk in scope:
                coverage.stations.append(station)
            else:
                coverage.unseen += 1
    return list(found.values())
