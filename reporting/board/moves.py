"""Whose data became better, whose worse, in a week? Read from standings, the largest move first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q

from portal.places.models import Organisation
from reporting.board.matters import BODIES
from reporting.models import PlaceStanding, QualityScore
from reporting.quality.overview import WEEK, has_other_base

SHOWN = 5


def moved(body: Organisation, *, upwards: bool) -> list[Any]:
    """Return the places under a body whose score moved most one way."""
    rows: Any = PlaceStanding.objects.below(body).exclude(place__kind__in=BODIES)
    rows = rows.annotate(move=F("quality") - F("quality_before"))
    rows = rows.filter(move__gt=0) if upwards else rows.filter(move__lt=0)
    sign = "-move" if upwards else "move"
    return list(rows.select_related("place").order_by(sign, "place__name_norm")[:SHOWN])


def with_other_base(places: Sequence[UUID], day: date) -> set[UUID]:
    """Return the places where other records were judged a week ago; two queries."""
    rows = QualityScore.objects.filter(organisation__in=places)
    then = {row.organisation_id: row for row in rows.standing("facility", day - WEEK)}
    return {
        row.organisation_id
        for row in rows.standing("facility", day)
        if row.organisation_id is not None and has_other_base(row, then.get(row.organisation_id))
    }


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
