"""Where does the care of joined records stand? Of each place and ground one relation is in front.

The one that holds longest speaks for all. Each of the others waits at its home; that of the record
that speaks waits at the home of the one in front. So none stands in the way of another when records
are joined or parted, in whatever order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from healthrecords.models import CareRelation, CitizenMerge, MergedRow

TABLE, COLUMN = CareRelation._meta.db_table, "citizen_id"


@dataclass(slots=True)
class _Standing:
    """A relation with its home, and the record it is to stand with now."""

    row: CareRelation
    home: UUID
    to: UUID

    def like(self, citizen: UUID) -> tuple[Any, ...]:
        """Return what a record has but once."""
        return citizen, self.row.organisation_id, self.row.ground


def place(roots: Mapping[UUID, UUID], *, merge: CitizenMerge) -> int:
    """Let each relation stand where it belongs now; return how many moved."""
    rows = list(CareRelation.objects.filter(citizen__in=list(roots)).order_by("pk"))
    ledger = MergedRow.objects.filter(table=TABLE, row_id__in=[row.pk for row in rows])
    homes = dict(ledger.values_list("row_id", "home_id"))
    alike: dict[tuple[Any, ...], list[_Standing]] = defaultdict(list)
    for row in rows:
        home = homes.get(row.pk, row.citizen_id)
        one = _Standing(row, home, home)
        if home in roots:
            alike[one.like(roots[home])].append(one)
    for (root, *_like), found in alike.items():
        _line_up(root, found)
    standing = [one for found in alike.values() for one in found]
    moved = [one for one in standing if one.row.citizen_id != one.to]
    _stand(moved, {(row.citizen_id, row.organisation_id, row.ground) for row in rows})
    _keep_homes(standing, homes, merge)
    return len(moved)


def _line_up(root: UUID, alike: Sequence[_Standing]) -> None:
    front = max(alike, key=lambda one: (one.row.until or date.max, one.row.citizen_id == root))
    for one in alike:
        if one.home == root:
            one.to = front.home
    front.to = root


def _stand(moved: list[_Standing], taken: set[tuple[Any, ...]]) -> None:
    """Move relations as there is room; those in each other's way are taken out, put in unchanged."""
    while ready := [one for one in moved if one.like(one.to) not in taken]:
        by_record: dict[UUID, list[UUID]] = defaultdict(list)
        for one in ready:
            by_record[one.to].append(one.row.pk)
            taken.discard(one.like(one.row.citizen_id))
            taken.add(one.like(one.to))
        for record, keys in by_record.items():
            CareRelation.objects.filter(pk__in=keys).update(citizen=record)
        moved = [one for one in moved if one not in ready]
    rows = CareRelation.objects.filter(pk__in=[one.row.pk for one in moved])
    rows._raw_delete(using=connection.alias)
    for one in moved:
        one.row.citizen_id = one.to
        one.row.save_base(raw=True, force_insert=True)


def _keep_homes(
    standing: Sequence[_Standing], known: Mapping[UUID, UUID], merge: CitizenMerge
) -> None:
    """Note where the home of each is that stands away from it, and forget the others."""
    back = [one.row.pk for one in standing if one.row.pk in known and one.to == one.home]
    MergedRow.objects.filter(table=TABLE, row_id__in=back).delete()
    MergedRow.objects.bulk_create(
        MergedRow(table=TABLE, column=COLUMN, row_id=one.row.pk, home_id=one.home, merge=merge)
        for one in standing
        if one.row.pk not in known and one.to != one.home
    )
