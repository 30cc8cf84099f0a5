"""What is told of the rows of joined people that end: numbers, allergies, households."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from healthrecords.models import Allergy, Citizen, CitizenIdentifier, CitizenMerge, HouseholdMember
from healthrecords.services.background import end_fact, void_fact
from healthrecords.services.households import begin_household, leave_household
from healthrecords.services.numbers import end_number
from portal.dates import PartialDate
from portal.places.models import Organisation
from tests.healthrecords.around_joined import ToldAround
from tests.healthrecords.conftest import AT
from tests.healthrecords.merging import LATER

VALUES = ("040000001", "040000002", "040000003")
PEOPLE = st.integers(0, 2)
# Of three records alone and two numbers: rows meet their like, in force and ended, more often.
ENDING_STEP = st.one_of(
    st.tuples(st.just("join"), PEOPLE, PEOPLE, st.just(frozenset[str]())),
    st.tuples(st.just("part"), st.integers(0, 1)),
    st.tuples(st.just("number"), PEOPLE, st.sampled_from(VALUES[:2]), st.booleans()),
    st.tuples(st.just("give_up"), PEOPLE, st.sampled_from(VALUES[:2])),
    st.tuples(st.just("allergy"), PEOPLE),
    st.tuples(st.just("no_allergy"), PEOPLE, st.integers(0, 2), st.booleans()),
    st.tuples(st.just("household"), PEOPLE),
    st.tuples(st.just("leave"), PEOPLE),
)


@dataclass(kw_only=True)
class ToldEnded(ToldAround):
    """Of each row that may end the record it was written for, and when it was ended."""

    places: list[Organisation]
    homes: dict[tuple[str, UUID], UUID] = field(default_factory=dict)
    joined: dict[UUID, int] = field(default_factory=dict)
    ended: dict[tuple[str, UUID], int] = field(default_factory=dict)
    lasting: dict[tuple[str, UUID], UUID] = field(default_factory=dict)

    def give_up(self, i: int, value: str) -> None:
        key = self.root(self.people[i].pk)
        rows = CitizenIdentifier.objects.filter(kind="old_card", value=value, ended_on=None)
        for row in rows.filter(citizen=key):
            said = {"actor": self.clerk, "ending": "not_theirs", "note": "", "at": LATER}
            self._end(end_number(identifier=row, **said))  # type: ignore[arg-type]

    def allergy(self, i: int) -> None:
        key, place = self.root(self.people[i].pk), self.places[0]
        said = {"facility": place, "recorded_at": AT, "recorded_by": self.clerk}
        row = Allergy.objects.create(citizen_id=key, substance=f"{next(self.fresh)}", **said)
        self.lasting[row._meta.db_table, row.pk] = key

    def no_allergy(self, i: int, n: int, is_mistake: bool) -> None:
        rows = Allergy.objects.filter(citizen=self.root(self.people[i].pk), status="active")
        for row in rows.filter(ended="").order_by("pk")[n : n + 1]:
            said: dict[str, Any] = {"actor": self.clerk, "fact": row, "at": LATER}
            if is_mistake:
                self._end(void_fact(reason="của người khác", **said))
            else:
                self._end(end_fact(ended=PartialDate(2026), **said))

    def household(self, i: int) -> None:
        head = Citizen.objects.get(pk=self.root(self.people[i].pk))
        if not head.memberships.filter(until=None).exists():
            row = begin_household(actor=self.clerk, head=head, at=AT)
            self.lasting[row._meta.db_table, row.pk] = head.pk

    def leave(self, i: int) -> None:
        citizen = Citizen.objects.get(pk=self.root(self.people[i].pk))
        if citizen.memberships.filter(until=None).exists():
            self._end(leave_household(actor=self.clerk, citizen=citizen, at=LATER))

    def _end(self, row: Any) -> None:
        self.ended[row._meta.db_table, row.pk] = next(self.fresh)

    def give_back(self, merge: CitizenMerge) -> None:
        """Forget what ended since a joining, of the rows of the record that speaks for itself again."""
        homes = {**self.homes, **self.lasting}
        for key, when in list(self.ended.items()):
            if self.root(homes[key]) == merge.merged_id and when > self.joined[merge.pk]:
                del self.ended[key]

    def check_ended(self) -> None:
        """Each row is with who speaks for its home, and holds unless its end was told."""
        stands: Mapping[type[Any], Any] = {
            Allergy: lambda row: row.ended == "" and row.status == "active",
            HouseholdMember: lambda row: row.until is None,
            CitizenIdentifier: lambda row: row.ended_on is None,
        }
        for model, holds in stands.items():
            table = model._meta.db_table
            for row in model._default_manager.all():
                assert holds(row) == ((table, row.pk) not in self.ended), row
                if (home := self.lasting.get((table, row.pk))) is not None:
                    waits = row.citizen_id != self.root(home)
                    assert not waits or model is HouseholdMember, row
                    assert self.root(row.citizen_id) == self.root(home), row
