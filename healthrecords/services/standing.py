"""Which record speaks for a citizen now, and who keeps it from being joined meanwhile?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Q

from healthrecords.models import Citizen, CitizenMerge, Visit


def standing(citizen: Citizen) -> Citizen:
    """Return the record that speaks for this one, held until the transaction ends.

    Whoever writes about a citizen asks this first: a form that was opened for a record that was
    joined meanwhile lands on the one that stays.
    """
    held = _hold(citizen.pk)
    while held.merged_into_id is not None:
        held = _hold(held.merged_into_id)
    return held


def reread(visit: Visit | None) -> Visit | None:
    """Return a visit as it stands by now, held until the transaction ends.

    It moves with its record when that is joined, and nothing is added to it while it is withdrawn.
    """
    rows = Visit.objects.select_for_update(of=("self",), no_key=True)
    return None if visit is None else rows.get(pk=visit.pk)


def hold_visit(visit: Visit) -> Visit:
    """Lock a visit whose change may reach its person's record: the record first, as all who write."""
    standing(visit.citizen)
    return Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)


def _hold(pk: UUID) -> Citizen:
    return Citizen.objects.select_for_update(no_key=True).get(pk=pk)


def hold(people: Iterable[UUID]) -> dict[UUID, Citizen]:
    """Lock records against everyone else who writes about them, always in the same order."""
    rows = Citizen.objects.select_for_update().filter(pk__in=set(people)).order_by("pk")
    return {row.pk: row for row in rows}


def hold_trees(*people: UUID) -> dict[UUID, Citizen]:
    """Lock the records that speak for these citizens, and all that were joined with them."""
    while True:
        wanted = _trees(people)
        held = hold(wanted)
        if _trees(people) == wanted:
            return held


def _trees(people: Iterable[UUID]) -> set[UUID]:
    roots = {_root_of(pk) for pk in people}
    rows = Citizen.objects.filter(Q(pk__in=roots) | Q(merged_into__in=roots))
    return set(rows.values_list("pk", flat=True))


def _root_of(citizen_id: UUID) -> UUID:
    row = Citizen.objects.only("pk", "merged_into").get(pk=citizen_id)
    return row.merged_into_id or row.pk


def people_of(citizen_id: UUID) -> list[UUID]:
    """Return under which keys history and the read log speak of a person."""
    return [
        citizen_id,
        *Citizen.objects.filter(merged_into=citizen_id).values_list("pk", flat=True),
    ]


def joined_with(citizen_id: UUID) -> set[UUID]:
    """Return a record and all that were joined with it, and with those, by joinings in force."""
    joined = CitizenMerge.objects.filter(undone_at=None)
    found = last = {citizen_id}
    while last:
        last = set(joined.filter(survivor__in=last).values_list("merged", flat=True)) - found
        found = found | last
    return found


def roots_of(people: Mapping[UUID, Citizen]) -> dict[UUID, UUID]:
    """Return of each record the one that speaks for it, as the joinings in force say."""
    up = dict(
        CitizenMerge.objects.filter(merged__in=list(people), undone_at=None).values_list(
            "merged", "survivor"
        )
    )
    roots = {}
    for key in people:
        root = key
        while root in up:
            root = up[root]
        roots[key] = root
    return roots
