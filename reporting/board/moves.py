"""Whose data became better, whose worse, in a week? Read from standings, the largest move first."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q

from portal.places.models import Organisation
from reporting.board.matters import BODIES
from reporting.models import PlaceStanding

SHOWN = 5


def moved(body: Organisation, *, upwards: bool) -> list[Any]:
    """Return the places under a body whose score moved most one way."""
    rows: Any = PlaceStanding.objects.below(body).exclude(place__kind__in=BODIES)
    rows = rows.annotate(move=F("quality") - F("quality_before"))
    rows = rows.filter(move__gt=0) if upwards else rows.filter(move__lt=0)
    sign = "-move" if upwards else "move"
    return list(rows.select_related("place").order_by(sign, "place__name_norm")[:SHOWN])


def rank_of(place: Organisation) -> tuple[int, int] | None:
    """Return the rank of a place among its peers by its score, and how many they are; two queries."""
    standing = PlaceStanding.objects.filter(place=place).select_related("place__facility").first()
    if standing is None or standing.quality is None or place.parent_id is None:
        return None
    facility = getattr(standing.place, "facility", None)
    peers = PlaceStanding.objects.filter(place__kind=place.kind, quality__isnull=False)
    peers = peers.filter(place__path__startswith=place.path[: -len(place.step)])
    if facility is not None:
        peers = peers.filter(
            place__facility__form=facility.form, place__facility__level=facility.level
        )
    found = peers.aggregate(
        above=_count(quality__gt=standing.quality), all=_count(quality__isnull=False)
    )
    return found["above"] + 1, found["all"]


def _count(**condition: Any) -> Any:
    return Count("pk", filter=Q(**condition))
