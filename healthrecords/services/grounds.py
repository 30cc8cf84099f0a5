"""Which ground of care do visits give, and whose is it once two records are parted?

A place where both were seen while they were one record has one ground for both. Each has its own
again: who has a visit, a referral or a day of return there, by what is theirs; who has none is not
seen by that place, but for what was said of them before or beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from healthrecords.models import Appointment, CareRelation, CitizenMerge, MergedRow, Referral, Visit
from healthrecords.querysets import NOT_HELD, of_held_visits
from healthrecords.services.appointments import LATE
from healthrecords.services.insurance_care import longer
from healthrecords.services.standing import people_of

Ground = CareRelation.Ground
Key = tuple[str, UUID]  # ground, place
ONE_DAY = timedelta(days=1)
# What visits and their papers give; of the others somebody says so.
BY_VISITS = (Ground.VISIT, Ground.APPOINTMENT, Ground.REFERRAL)


@dataclass(frozen=True, slots=True)
class Given:
    """What gives a ground: a visit, a day of return, a referral."""

    row: UUID
    since: date
    until: date | None


@dataclass(slots=True)
class Side:
    """One of two records that are parted: what gives it grounds, and the grounds it has."""

    citizen: UUID
    joined: UUID  # the first joining that the record was ever in
    given: dict[Key, list[Given]] = field(default_factory=lambda: defaultdict(list))
    taken_back: dict[Key, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    has: dict[Key, CareRelation] = field(default_factory=dict)

    def gives(self, key: Key, since: UUID | None = None) -> list[Given]:
        """Return what gives a ground, of all times or written after a joining; keys grow with time."""
        rows = self.given.get(key, ())
        return [one for one in rows if since is None or one.row > since]

    def gave(self, key: Key, since: UUID) -> bool:
        """Say whether something written after a joining gives a ground, or gave it and was withdrawn."""
        return bool(self.gives(key, since)) or any(row > since for row in self.taken_back[key])


def part_care(merge: CitizenMerge, roots: Mapping[UUID, UUID], *, at: datetime) -> None:
    """Let each place care for exactly those of two parted records whose visits it has."""
    people = {roots.get(key, key) for key in (merge.survivor_id, merge.merged_id)}
    rows = CitizenMerge.objects.filter(Q(survivor__in=[*roots]) | Q(merged__in=[*roots]))
    joined: dict[UUID, UUID] = {}
    for row in rows.order_by("-pk"):
        joined |= dict.fromkeys((row.survivor_id, row.merged_id), row.pk)
    sides = [_side(citizen, joined.get(citizen, merge.pk)) for citizen in sorted(people)]
    parting = _Parting(merge.pk, min(joined.values()), timezone.localdate(at))
    for key in sorted({key for side in sides for key in (*side.given, *side.has)}):
        parting.settle(key, *sides)
    # What was withdrawn while they were one ended no ground where the other one had a visit.
    for visit in Visit.objects.filter(citizen__in=people, status__in=NOT_HELD):
        end_ground(visit, at)


def given_by_visits(relations: Any) -> Any:
    """Return those relations that follow from a visit of the person, or a paper of one."""
    said = {"citizen": OuterRef("citizen")}
    here = Visit.objects.filter(**said, facility=OuterRef("organisation"))
    waits = Appointment.objects.filter(**said, facility=OuterRef("organisation"))
    sent = Referral.objects.filter(**said, to_facility=OuterRef("organisation"))
    return relations.filter(
        Q(Exists(here), ground=Ground.VISIT)
        | Q(Exists(waits), ground=Ground.APPOINTMENT)
        | Q(Exists(sent), ground=Ground.REFERRAL)
    )


def _side(citizen: UUID, joined: UUID) -> Side:
    side = Side(citizen, joined)
    for key, given in _given(citizen):
        side.given[key].append(given)
    gone = Visit.objects.filter(citizen=citizen, status__in=NOT_HELD)
    for pk, place in gone.values_list("pk", "facility"):
        side.taken_back[Ground.VISIT, place].append(pk)
    rows = CareRelation.objects.select_for_update().filter(citizen=citizen, ground__in=BY_VISITS)
    for row in rows.order_by("pk"):
        side.has[row.ground, row.organisation_id] = row
    return side


def _given(citizen: UUID) -> Iterator[tuple[Key, Given]]:
    """Yield what the visits of a person give, as the services that write them do."""
    visits = Visit.objects.filter(citizen=citizen).exclude(status__in=NOT_HELD)
    for visit in visits.only("facility", "started_at", "entered_at"):
        on = timezone.localdate(visit.entered_at or visit.started_at)
        yield (Ground.VISIT, visit.facility_id), Given(visit.pk, on, None)
    waiting = of_held_visits(Appointment.objects.filter(citizen=citizen, cancelled_at=None))
    for day in waiting:
        on = timezone.localdate(day.made_at)
        yield (Ground.APPOINTMENT, day.facility_id), Given(day.pk, on, day.on + LATE)
    sent = of_held_visits(Referral.objects.filter(citizen=citizen, document__cancelled_at=None))
    for referral in sent.exclude(to_facility=None):
        on = timezone.localdate(referral.sent_at)
        until = referral.valid_until if referral.arrived_at is None else None
        yield (Ground.REFERRAL, referral.to_facility_id), Given(referral.pk, on, until)


@dataclass(frozen=True, slots=True)
class _Parting:
    """A joining that is undone, the first one that these records were ever in, and the day."""

    merge: UUID
    first: UUID
    on: date

    def settle(self, key: Key, one: Side, other: Side) -> None:
        for side, beside in ((one, other), (other, one)):
            relation = side.has.get(key)
            if relation is None:
                continue
            if relation.pk < self.merge and beside.gave(key, self.merge):
                self._restore(relation)
            if not side.gives(key) and self._began_with(relation, side, beside, key):
                self._hand_over(relation, side, beside, key)
        for side in (one, other):
            if since := side.gives(key, self.first):
                self._give(side, key, since)

    def _began_with(self, relation: CareRelation, side: Side, beside: Side, key: Key) -> bool:
        """Say whether a relation began, while its record was joined, with what is the other one's now.

        That may have been a joining with a third record before this one.
        """
        if relation.pk > self.merge:
            return bool(beside.gives(key, self.merge))
        if relation.pk < side.joined or not beside.gives(key, side.joined):
            return False
        table = relation._meta.db_table
        return not MergedRow.objects.filter(table=table, row_id=relation.pk).exists()

    def _restore(self, relation: CareRelation) -> None:
        """Let a relation say what it said before; one that ended since stays ended."""
        history: Any = CareRelation._meta.get_field("historys").related_model
        rows = history.objects.filter(pgh_obj=relation.pk, pgh_id__lt=self.merge)
        was = rows.order_by("-pgh_id").first()
        if was is None or was.until is None or longer(was.until, relation.until) == was.until:
            return
        relation.since, relation.until = was.since, was.until
        relation.save(update_fields=["since", "until"])

    def _hand_over(self, relation: CareRelation, side: Side, to: Side, key: Key) -> None:
        """Let a relation that a visit began go with the visit; where there is one already it ends."""
        if key in to.has:
            relation.until = self.on - ONE_DAY
            relation.save(update_fields=["until"])
            return
        MergedRow.objects.filter(table=relation._meta.db_table, row_id=relation.pk).delete()
        given = to.gives(key)
        relation.citizen_id = to.citizen
        relation.since = min(one.since for one in given)
        relation.until = _longest(given)
        relation.save(update_fields=["citizen", "since", "until"])
        to.has[key] = side.has.pop(key)

    @staticmethod
    def _give(side: Side, key: Key, since: Sequence[Given]) -> None:
        """Let a relation hold as long as what was written since gives it."""
        ground, place = key
        relation, first = side.has.get(key), min(one.since for one in since)
        if relation is None:
            side.has[key] = CareRelation.objects.create(
                citizen_id=side.citizen,
                organisation_id=place,
                ground=ground,
                since=first,
                until=_longest(since),
            )
        elif relation.until != (until := longer(relation.until, _longest(since))):
            if relation.until is not None and relation.until < first:
                relation.since = first
            relation.until = until
            relation.save(update_fields=["since", "until"])


def _longest(given: Sequence[Given]) -> date | None:
    return reduce(longer, [one.until for one in given])


def end_ground(visit: Visit, at: datetime) -> None:
    """End the care that began with an arrival that is not held; what gave care before or beside it goes on.

    Otherwise whoever broke the glass and registered an arrival would keep the record open for good.
    """
    held = Visit.objects.filter(citizen=visit.citizen_id, facility=visit.facility_id)
    if (
        visit.citizen.registered_at_id == visit.facility_id
        or held.exclude(status__in=NOT_HELD).exists()
    ):
        return
    ground = CareRelation.Ground.VISIT
    came_on = timezone.localdate(visit.entered_at or visit.started_at)
    # Of joined records the like of a relation waits behind it; it would come in front again.
    begun = CareRelation.objects.filter(
        citizen__in=people_of(visit.citizen_id),
        organisation=visit.facility_id,
        ground=ground,
        since=came_on,
    )
    last = max(timezone.localdate(at), came_on)
    begun.filter(Q(until=None) | Q(until__gt=last)).update(until=last)
