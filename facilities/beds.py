"""Beds of the departments of a place of care, beside what the place says it has in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django_stubs_ext import StrOrPromise

from facilities.models import BedCount, Department
from facilities.querysets import holding_on
from portal.places.models import Organisation

Bed = BedCount.Kind


@dataclass(frozen=True, slots=True)
class KindSum:
    """One kind of bed: what the departments make together and what the place itself says."""

    kind: str
    label: StrOrPromise
    own: int | None
    told: Sequence[int]  # of the departments that counted this kind

    @property
    def summed(self) -> int | None:
        """Return the sum of the departments, None where none of them counted."""
        return sum(self.told) if self.told else None

    @property
    def differs(self) -> bool:
        """Say whether the departments tell another number than the place, or it tells none."""
        return self.summed is not None and self.summed != self.own


@dataclass(frozen=True, slots=True)
class OfDepartment:
    """A department with its number of each kind of bed, None where it counted none."""

    department: Department
    counts: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class BedsByDepartment:
    """The beds of a place on a day, department by department."""

    rooms: Sequence[OfDepartment]
    sums: Sequence[KindSum]


def sums_of(own: Mapping[str, int], rooms: Sequence[tuple[str, int]]) -> list[KindSum]:
    """Set what departments counted, as (kind, number), beside what the place says of each kind."""
    return [
        KindSum(
            kind.value, kind.label, own.get(kind), [count for said, count in rooms if said == kind]
        )
        for kind in Bed
    ]


def beds_by_department(place: Organisation, on: date) -> BedsByDepartment:
    """Return the beds that hold on a day, in two questions."""
    departments = place.department_rows.filter(holding_on(on)).order_by("code", "name", "id")
    counted = list(place.bedcount_rows.filter(holding_on(on)))
    own = {row.kind: row.count for row in counted if row.department_id is None}
    by_room = {(row.department_id, row.kind): row.count for row in counted if row.department_id}
    rooms = [
        OfDepartment(room, [by_room.get((room.pk, kind.value)) for kind in Bed])
        for room in departments
    ]
    told = [(kind, count) for (_room, kind), count in by_room.items()]
    return BedsByDepartment(rooms, sums_of(own, told))
