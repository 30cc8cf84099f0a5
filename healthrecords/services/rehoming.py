"""The people of a place of care go with it to who continues: their home station and its care."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from facilities.heirs import taken_over_on
from facilities.models import FacilitySuccession
from facilities.services.continuing import Continued
from healthrecords.models import CareRelation, Citizen, Coverage, MergedRow, Visit
from healthrecords.querysets import NOT_HELD
from healthrecords.services.insurance_care import AT_ONCE, ONE_DAY, InsuranceCare, longer
from portal.places.models import Organisation

Ground = CareRelation.Ground


@transaction.atomic
def carry(step: Continued) -> dict[str, Any]:
    """Let the people of a place be those of its heir; return who moved and whose care began.

    Who cares for whom is handed on too: otherwise the heir could not open who was treated there
    and lives elsewhere. Where the old place works on as a point, its staff keep their people.
    """
    moved = list(_lock(Citizen.objects.filter(home_station=step.old)))
    Citizen.objects.filter(pk__in=moved).update(home_station=step.heir)
    if step.stands_as_point:
        wanted = [_Wanted(pk, Ground.RESIDENCE, step.on, None) for pk in moved]
        care = _begin(step.old, wanted, step)
    else:
        care = _begin(step.heir, _cared_for(step), step)
        _insure(step)
    return {"home": [str(pk) for pk in moved], "care": care}


@transaction.atomic
def give_back(step: Continued, kept: dict[str, Any]) -> None:
    """Let the people be those of the old place again who have not moved elsewhere since.

    Whoever came to the heir meanwhile from a commune that only the step gave it goes back as well.
    """
    theirs = Q(pk__in=kept["home"]) | Q(area__in=step.areas)
    back = list(_lock(Citizen.objects.filter(theirs, home_station=step.heir)))
    Citizen.objects.filter(pk__in=back).update(home_station=step.old)
    _end(kept["care"], step.today)
    if not step.stands_as_point:
        _insure_again(step, kept["care"]["begun"])


def _lock(rows: Any) -> Iterable[UUID]:
    """Return the keys of people, locked in their order."""
    found: Iterable[UUID] = rows.order_by("pk").select_for_update().values_list("pk", flat=True)
    return found


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Care that is to begin: for whom, on which ground, since when and how long.

    Where it follows from a row of a joined record, ``entry`` says in the ledger whose that is.
    """

    person: UUID
    ground: str
    since: date
    until: date | None
    entry: MergedRow | None = None

    @property
    def home(self) -> UUID:
        """The record that has this care of its own, also while it is joined with another."""
        home: UUID = self.entry.home_id if self.entry else self.person
        return home

    def is_anothers(self, known: MergedRow | None) -> bool:
        """Say whether the relation that the heir has there is not of the record that has this care."""
        return self.home not in (self.person, known.home_id if known else self.person)

    def of(self, person: UUID, place: Organisation) -> CareRelation:
        """Return this care as a relation of a person."""
        return CareRelation(
            citizen_id=person,
            organisation=place,
            ground=self.ground,
            since=self.since,
            until=self.until,
        )

    def entries_of(self, row: CareRelation) -> list[MergedRow]:
        """Return what the ledger is to say of a relation that stands where this care does."""
        if self.entry is None:
            return []
        said = {"table": self.entry.table, "column": self.entry.column, "home_id": self.home}
        return [MergedRow(row_id=row.pk, merge_id=self.entry.merge_id, **said)]


def _cared_for(step: Continued) -> list[_Wanted]:
    """Return whom the old place cares for: on which ground, since the step or a later card, how long."""
    rows = CareRelation.objects.not_over(step.today).filter(organisation=step.old).order_by("pk")
    away = _ledger(rows)
    return [
        _Wanted(
            row.citizen_id,
            row.ground,
            row.since if row.since > step.today else step.on,
            row.until,
            away.get(row.pk),
        )
        for row in rows
    ]


def _ledger(rows: Any) -> dict[UUID, MergedRow]:
    """Return where it is written whose relations are that stand away from their home."""
    away = MergedRow.objects.filter(table=CareRelation._meta.db_table)
    return {row.row_id: row for row in away.filter(row_id__in=rows.order_by().values("pk"))}


def _begin(place: Organisation, wanted: Collection[_Wanted], step: Continued) -> dict[str, Any]:
    """Let a place care for people from the day of the step; return what was not so before.

    A relation that ended begins again, one that ends earlier is lengthened, as by ``care_for``, and one
    that begins with a later card begins now. What was a joined record's is its own at the heir too.
    """
    rows = CareRelation.objects.filter(organisation=place)
    known = {(row.citizen_id, row.ground): row for row in rows.select_for_update()}
    taken, away = set(known), _ledger(rows)
    made, entries = [], []
    stood = {row.pk: (row.since, row.until) for row in known.values()}
    for one in wanted:
        row = known.get((one.person, one.ground))
        if row is None and (one.person, one.ground) not in taken:
            made.append(one.of(one.person, place))
            entries += one.entries_of(made[-1])
            taken.add((one.person, one.ground))
        if row is None:
            continue
        row.since = min(row.since, one.since)
        row.until = longer(row.until, one.until)
        if one.is_anothers(away.get(row.pk)) and (one.home, one.ground) not in taken:
            made.append(one.of(one.home, place))  # it waits there, behind this one
            taken.add((one.home, one.ground))
    changed = [row for row in known.values() if stood[row.pk] != (row.since, row.until)]
    CareRelation.objects.bulk_create(made, batch_size=AT_ONCE)
    CareRelation.objects.bulk_update(changed, ["since", "until"], batch_size=AT_ONCE)
    MergedRow.objects.bulk_create(entries, batch_size=AT_ONCE)
    before = [(str(row.pk), *stood[row.pk], row) for row in changed]
    return {
        "begun": [str(row.pk) for row in made],
        "until": {
            key: until.isoformat()
            for key, _since, until, row in before
            if until is not None and until != row.until
        },
        "since": {
            key: since.isoformat() for key, since, _until, row in before if since != row.since
        },
    }


def _end(care: dict[str, Any], today: date) -> None:
    """End what a step began, but where the person was seen there since."""
    seen = Visit.objects.filter(
        citizen=OuterRef("citizen"),
        facility=OuterRef("organisation"),
    ).exclude(status__in=NOT_HELD)
    rows = CareRelation.objects.exclude(Exists(seen), ground=Ground.VISIT)
    rows.filter(pk__in=care["begun"]).update(until=today - ONE_DAY)
    changed = list(rows.filter(pk__in=[*care["until"], *care.get("since", {})]))
    for row in changed:
        _say_as_before(row, care)
    CareRelation.objects.bulk_update(changed, ["since", "until"], batch_size=AT_ONCE)


def _say_as_before(row: CareRelation, care: dict[str, Any]) -> None:
    key = str(row.pk)
    if key in care["until"]:
        row.until = date.fromisoformat(care["until"][key])
    if key in care.get("since", {}):
        row.since = date.fromisoformat(care["since"][key])


def _insure(step: Continued) -> None:
    """Let cards say how long the heir cares: the two are one place to them now."""
    rows = CareRelation.objects.not_over(step.today).filter(organisation=step.old)
    heirs = taken_over_on(step.today)
    line = {old for old, heir in heirs.items() if heir == heirs.get(step.old.pk)}
    for care, part in _insured(rows, line, step.today):
        for person in part:
            care.judge(person)
        care.keep()


def _insure_again(step: Continued, begun: Collection[str]) -> None:
    """Let cards say again who cares, now that the two are two places.

    What cards of the old place brought to the heir since ends; where the heir's own say so it goes on.
    """
    old, heir = step.old.pk, step.heir.pk
    here = CareRelation.objects.not_over(step.today).filter(organisation=old)
    rows = here | CareRelation.objects.filter(pk__in=begun)
    line = {old, *(one for one, last in taken_over_on(step.today).items() if last == old)}
    for care, part in _insured(rows, line, step.today):
        for person in part:
            there = care.relations[person].get(heir)
            lines = {care.line_of(card.place) for card in care.cards[person]}
            is_begun = there is not None and str(there.pk) in begun
            care.judge(person, named=[heir] if is_begun and care.line_of(heir) in lines else [])
            care.part_places(person, care.cards[person], old, heir)
        care.keep()


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A step that was a mistake: between which places, when it was withdrawn, whose care it changed."""

    old: UUID
    heir: UUID
    at: datetime
    care: dict[str, Any]

    def undo(self, row: CareRelation) -> None:
        """Let a relation that says what it did before say what it says since."""
        if str(row.pk) in self.care["begun"]:
            last = timezone.localdate(self.at) - ONE_DAY
            row.until = min(last, row.until or last)
        _say_as_before(row, self.care)


def taken_back_since(moment: datetime) -> list[TakenBack]:
    """Return the steps between places that were withdrawn since a moment, in their order."""
    steps = FacilitySuccession.objects.filter(withdrawn_at__gte=moment, is_main=True)
    steps = steps.exclude(kind=FacilitySuccession.Kind.DOWNGRADE).order_by("withdrawn_at", "pk")
    found = []
    for step in steps:
        carried = step.before.get("carried", {})
        if step.withdrawn_at is not None and "people" in carried.get("kept", {}):
            heir, care = UUID(carried["heir"]), carried["kept"]["people"]["care"]
            found.append(TakenBack(step.old_id, heir, step.withdrawn_at, care))
    return found


def _insured(
    rows: Any, places: Collection[UUID], on: date
) -> Iterator[tuple[InsuranceCare, list[UUID]]]:
    """Yield the insurance of those people of relations, and of cards of places, some at a time."""
    cards = Coverage.objects.filter(registered_at__in=places, withdrawn_on=None)
    people = set(rows.filter(ground=Ground.INSURANCE).values_list("citizen", flat=True))
    people |= set(cards.values_list("citizen", flat=True))
    ordered = sorted(people)
    for first in range(0, len(ordered), AT_ONCE):
        part = ordered[first : first + AT_ONCE]
        yield InsuranceCare(part, on), part
