"""Whatever is joined, edited and parted, in whatever order: each row gets back what was its own."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners.models import (
    DiscrepancyCase,
    JoinedRow,
    PracticePeriod,
    Practitioner,
    PractitionerJoining,
)
from practitioners.public.addresses import speaks_for
from practitioners.services.contradictions import Remedy, contradictions
from tests.practitioners.joining.rows import (
    LATER,
    Rows,
    case_of,
    changes,
    everything,
    full_person,
    join,
    part,
)
from tests.practitioners.law import load_law

ASKED = ("phone", "email", "name", "birth_date", "keeper")
STEP = st.one_of(
    st.tuples(
        st.just("join"),
        st.integers(0, 2),
        st.integers(0, 2),
        st.sets(st.sampled_from(ASKED)),
        st.sampled_from(["survivor", "joined"]),
    ),
    st.tuples(st.just("part"), st.integers(0, 5)),
    st.tuples(st.just("edit"), st.integers(0, 2)),
    st.tuples(st.just("write"), st.integers(0, 2)),
)
WRITTEN = {PracticePeriod._meta.db_table, DiscrepancyCase._meta.db_table}


class Register:
    """Three rows of the register, and what was done to them beyond joining and parting."""

    def __init__(
        self, people: list[UUID], officials: tuple[User, User], department: Organisation
    ) -> None:
        self.people, self.officials, self.department = people, officials, department
        self.before: Rows = everything()
        self.joinings: list[PractitionerJoining] = []
        self.edited: dict[UUID, str] = {}
        self.written: dict[UUID, UUID] = {}  # a new row, and whose it is

    def do(self, step: Any) -> None:
        acts: dict[str, Callable[..., None]] = {
            "join": self._join,
            "part": self._part,
            "edit": self._edit,
            "write": self._write,
        }
        noted = everything(), PractitionerJoining.objects.count(), JoinedRow.objects.count()
        try:
            with transaction.atomic():
                acts[step[0]](*step[1:])
        except ValidationError:
            # A refusal changes nothing.
            now = everything(), PractitionerJoining.objects.count(), JoinedRow.objects.count()
            assert now == noted

    def _join(self, one: int, other: int, take: set[str], holds: str) -> None:
        if one == other:
            return
        survivor, joined = (Practitioner.objects.get(pk=self.people[n]) for n in (one, other))
        if survivor.keeper is None:
            return
        found = contradictions(survivor.pk, joined.pk, LATER.date())
        choices = {c.key: holds if c.remedy == Remedy.HOLDS else "rest" for c in found}
        case = case_of(survivor, joined, self.department, self.officials[0])
        joining = join(case, survivor, self.officials, take=take, choices=choices)
        self.joinings.append(joining)

    def _part(self, n: int) -> None:
        if n < len(self.joinings):
            part(self.joinings[n], self.officials)

    def _edit(self, n: int) -> None:
        """Give somebody another address, which no joining here takes."""
        key = self.people[n]
        said = f"Bản {len(self.edited)}.{n}"
        Practitioner.objects.filter(pk=key).update(address=said)
        self.edited[key] = said

    def _write(self, n: int) -> None:
        """Write something new for the row that speaks for a person."""
        key = self.people[n]
        stays = speaks_for(key) or key
        row = PracticePeriod.objects.create(
            practitioner_id=stays, place_text="Mới", valid_from=date(2026, 10, 1)
        )
        self.written[row.pk] = stays

    def part_all(self) -> None:
        for joining in reversed(self.joinings):
            joining.refresh_from_db()
            if joining.state == "done":
                part(joining, self.officials)

    def check(self) -> None:
        differ = changes(self.before, everything())
        for key, columns in differ.items():
            table, row = key
            if table == Practitioner._meta.db_table:
                assert columns == {"address": ("", self.edited[row])}
            elif key in self.before:
                raise AssertionError((key, columns))
            else:
                assert table in WRITTEN
        for row, owner in self.written.items():
            # What was written for a row stays with it, once that row is one again.
            assert PracticePeriod.objects.get(pk=row).practitioner_id == owner
        assert not Practitioner.objects.exclude(replaced_by=None).exists()


@pytest.fixture
def register(
    hospital: Organisation,
    station: Organisation,
    department: Organisation,
    licensing_officer: User,
    second_officer: User,
) -> Register:
    load_law()
    places = (hospital, station, hospital)
    people = [
        full_person("Lò Văn Thoan", place, licensing_officer, department, n + 1)
        for n, place in enumerate(places)
    ]
    officials = licensing_officer, second_officer
    return Register([one.pk for one in people], officials, department)


@trying(
    max_examples=15,
    deadline=None,
    # Making a failing example shorter would take longer than reading it.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEP, min_size=3, max_size=10))
def test_each_row_gets_back_what_was_its_own(register: Register, steps: list[Any]) -> None:
    with transaction.atomic():
        here = Register(register.people, register.officials, register.department)
        for step in steps:
            here.do(step)
        here.part_all()
        here.check()
        transaction.set_rollback(True)
