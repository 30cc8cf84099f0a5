"""How do places compare: with their peers, a commune with the others of its province?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django_stubs_ext import StrOrPromise

from portal.places.models import Area, Organisation
from portal.site.home import Chip
from reporting.models import QualityPolicy, QualityScore
from reporting.quality.overview import WEEK, chip_of, has_other_base


@dataclass(frozen=True, slots=True)
class Peer:
    """One place of a league."""

    rank: int
    name: str
    value: Decimal
    change: Decimal | None
    has_other_base: bool
    chip: Chip
    is_here: bool


@dataclass(frozen=True, slots=True)
class League:
    """Places of the same kind, form and level under the same body, the best first."""

    peers: Sequence[Peer]
    kind: StrOrPromise

    @property
    def here(self) -> Peer | None:
        return next((peer for peer in self.peers if peer.is_here), None)

    @property
    def median(self) -> Decimal | None:
        values = sorted(peer.value for peer in self.peers)
        middle = len(values) // 2
        if not values:
            return None
        return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2

    @property
    def best(self) -> Decimal | None:
        return self.peers[0].value if self.peers else None


def league_of(place: Organisation, day: date, policy: QualityPolicy) -> League:
    """Return the places to compare one with; equal scores share a rank."""
    facility = getattr(place, "facility", None)
    same: Any = Organisation.objects.current().filter(kind=place.kind)
    if facility is not None:
        same = same.filter(facility__form=facility.form, facility__level=facility.level)
    same = same.below(place.parent) if place.parent is not None else same.filter(pk=place.pk)
    rows = QualityScore.objects.filter(organisation__in=same).select_related("organisation")
    now = {row.organisation_id: row for row in rows.standing("facility", day)}
    then = {row.organisation_id: row for row in rows.standing("facility", day - WEEK)}
    judged = [
        (row.value, row.organisation, row)
        for row in now.values()
        if row.value is not None and row.organisation is not None
    ]
    judged.sort(key=lambda one: (-one[0], one[1].name_norm))
    peers: list[Peer] = []
    for at, (value, organisation, row) in enumerate(judged, start=1):
        equal = bool(peers) and peers[-1].value == value
        earlier = then.get(row.organisation_id)
        peers.append(
            Peer(
                rank=peers[-1].rank if equal else at,
                name=organisation.name,
                value=value,
                change=_change(row, earlier),
                has_other_base=has_other_base(row, earlier),
                chip=chip_of(value, policy, holds_gates=row.holds_gates),
                is_here=row.organisation_id == place.pk,
            )
        )
    return League(peers, place.get_kind_display())


def _change(now: QualityScore | None, then: QualityScore | None) -> Decimal | None:
    if now is None or then is None or now.value is None or then.value is None:
        return None
    return now.value - then.value


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One commune of a province, or one province, beside the others."""

    area: Area
    value: Decimal | None
    change: Decimal | None
    has_other_base: bool
    chip: Chip


def areas_of(parent: Area | None, day: date, policy: QualityPolicy) -> list[AreaLine]:
    """Return the communes of a province, or all provinces, the worst first; three queries."""
    areas = Area.objects.filter(parent=parent, valid_until=None)
    rows = QualityScore.objects.filter(area__in=areas)
    now = {row.area_id: row for row in rows.standing("area", day)}
    then = {row.area_id: row for row in rows.standing("area", day - WEEK)}
    found = []
    for area in areas:
        row = now.get(area.pk)
        value, earlier = (row.value if row else None), then.get(area.pk)
        is_other = has_other_base(row, earlier)
        chip = chip_of(value, policy, holds_gates=row is None or row.holds_gates)
        found.append(AreaLine(area, value, _change(row, earlier), is_other, chip))
    return sorted(found, key=lambda one: (one.value is None, one.value or 0, one.area.name))
