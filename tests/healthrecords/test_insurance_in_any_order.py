"""Whatever is joined, parted and continued: who cares by insurance is what a person's own cards alone give."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from facilities.heirs import taken_over_on
from facilities.models import FacilitySuccession
from facilities.services import Decision, Step, succeed, withdraw_succession
from healthrecords.models import CareRelation, Citizen, CitizenMerge, Coverage
from healthrecords.services.coverage import keep_coverage
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.merges import rows_since
from healthrecords.services.sources import Source, Spoken
from portal.accounts.models import User
from portal.places import services as places_of
from portal.places.models import Organisation
from tests.conftest import SINCE
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.merging import join, part

PAPER = Decision("12/QĐ-UBND", date(2026, 9, 20), "Ủy ban nhân dân tỉnh")
PERSON, PLACE, CARD = st.integers(0, 2), st.integers(0, 3), st.integers(0, 5)
BEGIN, LENGTH = st.integers(-300, 300), st.sampled_from([None, 20, 100, 365])
STEP = st.one_of(
    st.tuples(st.just("card"), PERSON, PLACE, BEGIN, LENGTH),
    st.tuples(st.just("card"), PERSON, PLACE, BEGIN, LENGTH),
    st.tuples(st.just("right"), CARD, PLACE, LENGTH),
    st.tuples(st.just("join"), PERSON, PERSON),
    st.tuples(st.just("join"), PERSON, PERSON),
    st.tuples(st.just("part"), st.integers(0, 1), st.sets(st.integers(0, 3))),
    st.tuples(st.just("follow"), PLACE, PLACE),
    st.tuples(st.just("withdraw"), st.integers(0, 1)),
)
STEPS = st.lists(st.tuples(STEP, st.integers(0, 15)), min_size=7, max_size=12)
Cards = dict[str, int]  # whose each card is in the end, by its number


@dataclass
class World:
    """Three people, four places, and what happened: with joinings, or to each card's own person."""

    actor: User
    people: list[Citizen]
    places: list[Organisation]
    homes: Cards | None = None
    on: date = ON
    merges: list[CitizenMerge] = field(default_factory=list)
    steps: list[FacilitySuccession] = field(default_factory=list)
    cards: list[tuple[str, date, int]] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return AT + (self.on - ON)

    def root(self, person: int) -> Citizen:
        row = Citizen.objects.get(pk=self.people[person].pk)
        return row.merged_into or row

    def run(self, steps: list[tuple[tuple[Any, ...], int]]) -> Cards:
        for (name, *said), days in steps:
            self.on += timedelta(days=days)
            getattr(self, name)(*said)
        while self.merges:
            self.part(len(self.merges) // 2, set())
        return {number: self.owner(number) for number, *_rest in self.cards}

    def owner(self, number: str) -> int:
        keys = [one.pk for one in self.people]
        return keys.index(Coverage.objects.get(number=number).citizen_id)

    def card(self, person: int, place: int, begin: int, length: int | None) -> None:
        number = f"DN401112345{len(self.cards):04d}"
        self.cards.append((number, ON + timedelta(days=begin), person))
        self.right(len(self.cards) - 1, place, length)

    def right(self, n: int, place: int, length: int | None) -> None:
        if n >= len(self.cards):
            return
        number, first, person = self.cards[n]
        if self.homes is not None:
            citizen = self.people[self.homes[number]]
        elif (row := Coverage.objects.filter(number=number).first()) is not None:
            citizen = row.citizen
        else:
            citizen = self.root(person)
        last = None if length is None else first + timedelta(days=length)
        entry = CoverageEntry(
            number, registered_at=self.places[place], valid_from=first, valid_until=last
        )
        spoken = Spoken(Source.TYPED, self.at, self.actor, self.actor.place_of_work)
        keep_coverage(Citizen.objects.get(pk=citizen.pk), entry, spoken=spoken)

    def join(self, i: int, j: int) -> None:
        one, other = self.root(i), self.root(j)
        if self.homes is None and one.pk != other.pk:
            self.merges.append(join(self.actor, one, other, at=self.at))

    def part(self, n: int, handed: set[int]) -> None:
        if n >= len(self.merges):
            return
        merge = CitizenMerge.objects.get(pk=self.merges.pop(n).pk)
        root = merge.survivor.merged_into or merge.survivor
        asked = [row for row in rows_since(merge, root) if isinstance(row.row, Coverage)]
        theirs = [(row.table, row.key) for at, row in enumerate(asked) if at in handed]
        part(self.actor, merge, to_merged=theirs, at=self.at)

    def follow(self, i: int, j: int) -> None:
        old, new = (Organisation.objects.get(pk=self.places[n].pk) for n in (i, j))
        step = Step(old, new, FacilitySuccession.Kind.MERGE, self.on, decision=PAPER)
        try:
            with transaction.atomic():
                self.steps.append(succeed(actor=None, step=step, today=self.on))
        except ValidationError:
            return  # it was closed before

    def withdraw(self, n: int) -> None:
        if n < len(self.steps):
            step = self.steps.pop(n)
            withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=self.at)

    def caring(self) -> dict[tuple[int, int], set[UUID]]:
        """Return of each person who cares from tomorrow on; who continues for a place stands for it."""
        heirs = taken_over_on(self.on)
        found: dict[tuple[int, int], set[UUID]] = {}
        for at, person in enumerate(self.people):
            for days in (1, 5, 20, 60, 120, 200, 300, 500, 800):
                rows = CareRelation.objects.holding(self.on + timedelta(days=days))
                rows = rows.filter(citizen=person.pk, ground="insurance")
                held = rows.values_list("organisation", flat=True)
                found[at, days] = {heirs.get(place, place) for place in held}
        return found


@pytest.fixture
def world(clinician: User, station: Organisation, department: Organisation, hospital: Any) -> Any:
    made = [
        places_of.create_organisation(
            name=f"Trạm Y tế số {n}", kind="station", parent=department, valid_from=SINCE
        )
        for n in range(3)
    ]
    people = [
        Citizen.objects.create(
            name=f"Lò Thị {name}", birth_date=ON, sex="female", home_station=station
        )
        for name in ("Một", "Hai", "Ba")
    ]
    return lambda homes=None: World(clinician, people, [hospital, *made], homes)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],
)
@given(steps=STEPS)
def test_cards_alone_say_who_cares_once_all_are_parted(
    few_lists: None, world: Any, steps: list[Any]
) -> None:
    with transaction.atomic():
        joined = world()
        homes = joined.run(steps)
        after = joined.caring()
        transaction.set_rollback(True)
    with transaction.atomic():
        alone = world(homes)
        alone.run(steps)
        assert after == alone.caring()
        transaction.set_rollback(True)
