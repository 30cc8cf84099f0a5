"""Where is a person insured whose records are joined, and where is each of two that are parted?

A citizen has one relation to a place for insurance, so that of one of two joined records waits at
home. While they are one, the cards of both say together who cares. Once they are parted each record
has again what it had, and what its own cards written or set right meanwhile made of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from healthrecords.models import CareRelation, Citizen, CitizenMerge, Coverage, MergedRow
from healthrecords.services.insurance_care import (
    ONE_DAY,
    Card,
    Days,
    InsuranceCare,
    longer,
)
from healthrecords.services.rehoming import taken_back_since

Roots = Mapping[UUID, UUID]  # of each record the one that speaks for it


def join_insurance(held: Mapping[UUID, Citizen], roots: Roots, merge: CitizenMerge) -> None:
    """Let places care as the cards of both records say, where there are none as long as both said.

    ``held`` says of each record who spoke for it before it was joined.
    """
    joined = {key for key, row in held.items() if merge.merged_id in (key, row.merged_into_id)}
    care = InsuranceCare([*roots], timezone.localdate(merge.merged_at))
    homes = _homes(care.rows)
    for front, behind in _pairs(care, roots):
        if (homes[front.pk] in joined) != (homes[behind.pk] in joined):
            _cover(front, behind, on=care.on)
    for root in set(roots.values()):
        care.judge(root)
    care.keep()


def part_insurance(roots: Roots, merge: CitizenMerge, *, at: datetime) -> None:
    """Let each record be insured as it was, and as its own cards said since."""
    parting = _Parting(roots, merge, timezone.localdate(at))
    parting.restore()
    for front, behind in _pairs(parting.care, roots):
        _cover(front, behind, on=parting.care.on)
    for root in sorted(set(roots.values())):
        parting.tell_again(root)
    parting.end_what_was_the_others()
    parting.care.keep()


def _homes(rows: list[Any]) -> dict[UUID, UUID]:
    """Return for which record each row was written."""
    homes = {row.pk: row.citizen_id for row in rows}
    for table in {row._meta.db_table for row in rows}:
        away = MergedRow.objects.filter(table=table, row_id__in=list(homes))
        homes |= dict(away.values_list("row_id", "home"))
    return homes


def _pairs(care: InsuranceCare, roots: Roots) -> Iterator[tuple[CareRelation, CareRelation]]:
    """Yield the relations in front with each that waits behind it at its home."""
    for key, root in sorted(roots.items()):
        for place, behind in care.relations[key].items() if key != root else ():
            if (front := care.relations[root].get(place)) is not None:
                yield front, behind


def _cover(front: CareRelation, behind: CareRelation, *, on: date) -> None:
    if behind.until is not None and behind.until < on:
        return
    front.since = min(front.since, behind.since)
    front.until = longer(front.until, behind.until)


def _joined_since(roots: Roots, merge: CitizenMerge) -> dict[UUID, CitizenMerge]:
    """Return of each record the first joining that lasted when it was joined last."""
    rows = CitizenMerge.objects.filter(Q(survivor__in=[*roots]) | Q(merged__in=[*roots]))
    rows = rows.filter(Q(undone_at=None) | Q(undone_at__gt=merge.merged_at) | Q(pk=merge.pk))
    found: dict[UUID, CitizenMerge] = {}
    for row in rows.order_by("pk"):
        for side in (row.survivor_id, row.merged_id):
            found.setdefault(side, row)
    return found


def _history(model: Any, keys: list[UUID]) -> Any:
    history = model._meta.get_field("historys").related_model
    return history.objects.filter(pgh_obj__in=keys).order_by("pgh_id")


@dataclass(frozen=True, slots=True)
class _Told:
    """A card as it was written or set right; ``says`` is None where it names no place any more."""

    moment: UUID
    key: UUID
    says: Card | None
    is_by_file: bool


@dataclass(slots=True)
class _Cards:
    """The cards that stand with a record by now: as they were when it was joined, and told since.

    ``gone`` are the places of those that it had then, and that are another record's after all.
    """

    before: dict[UUID, Card] = field(default_factory=dict)
    since: list[_Told] = field(default_factory=list)
    gone: set[UUID] = field(default_factory=set)

    def add(self, before: list[_Told], told: list[_Told]) -> None:
        """Add a card by what it said before and in all."""
        if before and (says := before[-1].says) is not None:
            self.before[says.key] = says
        self.since += told[len(before) :]

    def all(self) -> Iterator[Card]:
        """Yield all that they ever said since."""
        yield from self.before.values()
        yield from (told.says for told in self.since if told.says is not None)


class _Parting:
    """The insurance of records that are parted: as each was when it was joined, and told since."""

    def __init__(self, roots: Roots, merge: CitizenMerge, on: date) -> None:
        self.care = InsuranceCare([*roots], on)
        self.roots, self.since = roots, _joined_since(roots, merge)
        self.homes = _homes(self.care.rows)
        self.was = self._days_before()
        self.cards = self._cards()
        first = min(row.merged_at for row in self.since.values())
        self.taken_back = taken_back_since(first)
        self.brought = {row.organisation_id for row in self.care.rows if self._has_begun_since(row)}

    def _days_before(self) -> dict[UUID, Days]:
        """Return what relations said before their record was joined; none of those written since."""
        said = _history(CareRelation, list(self.homes))
        found: dict[UUID, Days] = {}
        for key, at, begin, end in said.values_list("pgh_obj", "pgh_id", "since", "until"):
            joined = self.since[self.homes[key]]
            if key < joined.pk and at < joined.pk:
                found[key] = begin, end
        return found

    def _cards(self) -> dict[UUID, _Cards]:
        """Return the cards by the record that speaks; each is judged by when its own was joined."""
        found = {root: _Cards() for root in self.roots.values()}
        rows = {row.pk: row for row in Coverage.objects.filter(citizen__in=list(found))}
        homes, versions = _homes(list(rows.values())), defaultdict(list)
        columns = ("citizen", "registered_at", "valid_from", "valid_until", "withdrawn_on")
        history = _history(Coverage, list(rows)).values_list("pgh_obj", "pgh_id", *columns)
        for key, moment, writer, *values in history:
            versions[key].append((moment, writer, values))
        for key, row in rows.items():
            told = list(self._told(row, versions[key]))
            joined = self.since[homes[key]].pk
            found[row.citizen_id].add([one for one in told if one.moment < joined], told)
            writer = versions[key][0][1] if versions[key] else row.citizen_id
            if self.roots.get(writer, row.citizen_id) != row.citizen_id:
                joined = self.since[writer].pk
                gone = found[self.roots[writer]].gone
                gone |= {one.says.place for one in told if one.moment < joined and one.says}
        for cards in found.values():
            cards.since.sort(key=lambda told: told.moment)
        return found

    def _told(self, row: Coverage, versions: list[tuple[UUID, UUID, list[Any]]]) -> Iterator[_Told]:
        """Yield what a card said from when on; that it went to another record says nothing new."""
        by_file, said = row.origin == Citizen.Origin.FILE, None
        for moment, _writer, values in versions:
            if values == said:
                continue
            place, first, last, withdrawn = said = values
            is_in_force = place is not None and withdrawn is None
            says = Card.of(row.pk, place, (first, last), self.care.on) if is_in_force else None
            yield _Told(moment, row.pk, says, by_file)

    def _has_begun_since(self, row: CareRelation) -> bool:
        """Say whether a relation that goes on was written since its record was joined, or was over."""
        ended = self.was[row.pk][1] if row.pk in self.was else date.min
        joined_on = timezone.localdate(self.since[self.homes[row.pk]].merged_at)
        return self.care.goes_on(row) and ended is not None and ended < joined_on

    def restore(self) -> None:
        """Let relations say what they said before; what cards brought since is not there yet.

        What was written since without any card, by a list or by hand, stays with its record.
        """
        said = self._lines(*(card.place for one in self.cards.values() for card in one.all()))
        for row in self.care.rows:
            if row.pk in self.was:
                self._say_as_before(row)
                lines = self._lines_gone(row.citizen_id)
            else:
                is_since = row.pk > self.since[self.homes[row.pk]].pk
                lines = said if is_since else set()
            key = row.citizen_id, row.organisation_id
            if key[0] in self.cards and self.care.line_of(key[1]) in lines:
                self.care.spare[key] = self.care.relations[key[0]].pop(key[1])

    def _lines(self, *places: UUID) -> set[UUID]:
        return {self.care.line_of(place) for place in places}

    def _say_as_before(self, row: CareRelation) -> None:
        row.since, row.until = self.was[row.pk]
        for step in self.taken_back:
            if step.at >= self.since[self.homes[row.pk]].merged_at:
                step.undo(row)

    def _lines_gone(self, citizen: UUID) -> set[UUID]:
        """Return where a person was insured by cards that are another record's after all."""
        cards = self.cards.get(citizen, _Cards())
        return self._lines(*cards.gone) - self._lines(*(card.place for card in cards.all()))

    def tell_again(self, root: UUID) -> None:
        """Let the cards of a record say in their order what they said since it was joined."""
        tree = [key for key, speaks in self.roots.items() if speaks == root]
        joined_on = min(timezone.localdate(self.since[key].merged_at) for key in tree)
        cards, places = dict(self.cards[root].before), {*self.care.relations[root]}
        places |= {card.place for card in cards.values()}
        if len(tree) > 1 or places & self.care.heirs.keys():
            self._judge(root, cards, joined_on)
        for told in self.cards[root].since:
            cards.pop(told.key, None)
            if told.says is None:
                continue
            cards[told.key], place = told.says, told.says.place
            # What a file says moves nothing, but where a list let the place care.
            moves = not told.is_by_file or place in self.brought
            named = [place] if moves else []
            self._judge(root, cards, joined_on, named=named, gives_way=moves, last=told.key)
        for step in self.taken_back:
            self.care.part_places(root, cards.values(), step.old, step.heir)
        self._keep_days(root)

    def _judge(self, root: UUID, cards: Mapping[UUID, Card], on: date, **said: Any) -> None:
        # A card that was valid once they were joined took care from another one, be it over by now.
        valid = [card for card in cards.values() if card.end >= on]
        self.care.judge(root, valid, **said)

    def _keep_days(self, root: UUID) -> None:
        """What ended or began anew meanwhile, and not today, has the day that it has."""
        for row in self.care.relations[root].values():
            since, until = self.care.stored.get(row.pk, (row.since, row.until))
            if row.until == self.care.on and until is not None and until < self.care.on:
                row.until = until
            ended = self.was[row.pk][1] if row.pk in self.was else date.min
            if ended is not None and ended < since < row.since == self.care.on:
                row.since = since

    def end_what_was_the_others(self) -> None:
        """End what a card brought that is the other one's, or names another place."""
        for row in self.care.spare.values():
            if self.care.goes_on(row):
                row.until = self.care.on - ONE_DAY
