"""Whatever is joined, written and parted, in whatever order: each record gets back what was its own."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from typing_extensions import override

from healthrecords import services
from healthrecords.models import (
    CareRelation,
    Citizen,
    CitizenIdentifier,
    CitizenMerge,
    DiagnosticReport,
    MergedRow,
    Procedure,
    Result,
    Visit,
)
from healthrecords.services.access import care_for
from healthrecords.services.grounds import end_ground
from healthrecords.services.merges import rows_since
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.results import amend_report, record_report
from portal.accounts.models import User
from portal.codelists.loader import load_lists
from portal.codelists.models import CodeList, CodeListVersion
from portal.database.context import acting
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.around_ended import ENDING_STEP, VALUES, ToldEnded
from tests.healthrecords.around_joined import RELATIVES
from tests.healthrecords.conftest import AT
from tests.healthrecords.merging import (
    LATER,
    LONG_AGO,
    everything,
    join,
    part,
    person_of,
    report_of,
)

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def _lists_here(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """All lists of the product, for these tests alone: the file that comes between needs them."""
    with django_db_blocker.unblock(), acting(command="pytest"):
        load_lists()
    yield
    with django_db_blocker.unblock(), acting(command="pytest"):
        CodeListVersion.objects.all().delete()
        CodeList.objects.all().delete()


@pytest.fixture
def lists(_lists_here: None, db: None, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


ASKED = ("phone", "occupation", "address")
STEP = st.one_of(
    st.tuples(
        st.just("join"), st.integers(0, 3), st.integers(0, 3), st.sets(st.sampled_from(ASKED))
    ),
    st.tuples(st.just("part"), st.integers(0, 5), st.sets(st.integers(0, 3))),
    st.tuples(st.just("edit"), st.integers(0, 3), st.sampled_from(ASKED)),
    st.tuples(st.just("visit"), st.integers(0, 3), st.integers(0, 2)),
    st.tuples(st.just("withdraw"), st.integers(0, 5)),
    st.tuples(st.just("report"), st.integers(0, 3), st.integers(-2, 5)),
    st.tuples(st.just("correct"), st.integers(0, 5)),
    st.tuples(st.just("procedure"), st.integers(0, 3), st.integers(-2, 5)),
    st.tuples(st.just("number"), st.integers(0, 3), st.sampled_from(VALUES), st.booleans()),
    st.tuples(st.just("give_up"), st.integers(0, 3), st.sampled_from(VALUES)),
)


MOTHER, PEOPLE = RELATIVES[0], st.integers(0, 2)
# Of three records alone: what is written around a person meets its like more often.
AROUND_STEP = st.one_of(
    st.tuples(st.just("join"), PEOPLE, PEOPLE, st.sets(st.just("address"))),
    st.tuples(st.just("part"), st.integers(0, 1)),
    st.tuples(st.just("edit"), PEOPLE, st.just("address")),
    st.tuples(st.just("relative"), PEOPLE, st.sampled_from(RELATIVES)),
    st.tuples(st.just("no_longer"), PEOPLE, st.sampled_from(RELATIVES)),
)


@dataclass(kw_only=True)
class Told(ToldEnded):
    """What was done, told again without the joinings that were parted: what everything must be."""

    events: dict[UUID, list[tuple[Any, ...]]] = field(default_factory=dict)
    merges: list[CitizenMerge] = field(default_factory=list)
    reports: list[UUID] = field(default_factory=list)
    # Care that no visit began: by a list, or by somebody's word.
    said_of_care: dict[tuple[UUID, UUID], tuple[date, date | None]] = field(default_factory=dict)

    @override
    def root(self, key: UUID) -> UUID:
        for merge in self.merges:
            if merge.merged_id == key:
                return self.root(merge.survivor_id)
        return key

    def said(self, key: UUID, name: str, until: int | None = None) -> str:
        """Return what a record says by its own events and the joinings that still hold."""
        value = ""
        for number, kind, what, names in self.events[key]:
            if until is not None and number > until:
                break
            if kind == "edit" and what == name:
                value = names
            elif kind == "join" and what in self.merges and name in names:
                value = self.said(what.merged_id, name, number)
        return value

    def join(self, i: int, j: int, names: set[str]) -> None:
        one, other = (self.root(self.people[n].pk) for n in (i, j))
        if one == other:
            return
        rows = Citizen.objects.in_bulk([one, other])
        merge = join(self.clerk, rows[one], rows[other], take=names)
        self.merges.append(merge)
        self.joined[merge.pk] = next(self.fresh)
        self.events[one].append((self.joined[merge.pk], "join", merge, names))

    def part(self, n: int, handed: Collection[int] = ()) -> None:
        """Part two; of the visits that were written since some go with the one that was joined."""
        if n >= len(self.merges):
            return
        merge = self.merges[n]
        root = Citizen.objects.get(pk=self.root(merge.survivor_id))
        since = [row.key for row in rows_since(merge, root) if isinstance(row.row, Visit)]
        theirs = [key for number, key in enumerate(since) if number in handed]
        part(self.clerk, merge, to_merged=[("healthrecords_visit", key) for key in theirs])
        del self.merges[n]
        self.give_back(merge)
        for key in theirs:
            self.homes["healthrecords_visit", key] = merge.merged_id
            for model in (DiagnosticReport, Procedure):
                for row in model.objects.filter(visit=key):
                    self._keep(row, merge.merged_id)

    def edit(self, i: int, name: str) -> None:
        key, number = self.root(self.people[i].pk), next(self.fresh)
        value = f"{number:05d}"
        if name == "address":
            self.move(key, value)
        else:
            Citizen.objects.filter(pk=key).update(**{name: value})
        self.events[key].append((number, "edit", name, value))

    def visit(self, i: int, n: int) -> None:
        key = self.root(self.people[i].pk)
        citizen, place = Citizen.objects.get(pk=key), self.places[n]
        row = Visit.objects.create(citizen=citizen, facility=place, started_at=AT)
        care_for(citizen=citizen, organisation=place, ground="visit", at=LATER)
        self.homes["healthrecords_visit", row.pk] = key

    def withdraw(self, n: int) -> None:
        visits = [key for table, key in self.homes if table == "healthrecords_visit"]
        if n < len(visits):
            visit = Visit.objects.get(pk=visits[n])
            visit.status = "withdrawn"
            visit.save(update_fields=["status"])
            end_ground(visit, LATER)

    def care(self, person: Citizen, place: Organisation, until: date | None) -> None:
        """Let a place care for somebody without a visit: until a day, or from now on."""
        row = CareRelation.objects.create(
            citizen=person, organisation=place, ground="visit", since=LONG_AGO, until=until
        )
        self.said_of_care[person.pk, place.pk] = (row.since, row.until)

    def _done(self, i: int, n: int) -> tuple[dict[str, Any], UUID]:
        """Return for whom something is done, for the n-th of their visits or none, and its home."""
        root = self.root(self.people[i].pk)
        here = Visit.objects.filter(citizen=root, facility=self.places[0])
        visits = list(here.exclude(status="withdrawn").order_by("pk"))
        chosen = visits[n % len(visits)] if n >= 0 and visits else None
        home = self.homes["healthrecords_visit", chosen.pk] if chosen else root
        said = {
            "actor": self.clerk,
            "citizen": Citizen.objects.get(pk=root),
            "facility": self.places[0],
            "visit": chosen,
            "client_key": uuid7(),
            "at": LATER,
        }
        return said, home

    def report(self, i: int, n: int) -> None:
        said, home = self._done(i, n)
        row = record_report(**said, entry=report_of("7,1")).row
        self._keep(row, home)
        self.reports.append(row.pk)

    def correct(self, n: int) -> None:
        if n < len(self.reports):
            old = DiagnosticReport.objects.get(pk=self.reports[n])
            new = amend_report(
                actor=self.clerk, report=old, entry=report_of("7,2"), reason="đọc nhầm", at=LATER
            )
            self._keep(new, self.homes["healthrecords_diagnosticreport", old.pk])
            self.reports[n] = new.pk

    def procedure(self, i: int, n: int) -> None:
        said, home = self._done(i, n)
        row = record_procedure(**said, entry=ProcedureEntry("Khâu vết thương", AT)).row
        self._keep(row, home)

    def _keep(self, row: Any, home: UUID) -> None:
        self.homes[row._meta.db_table, row.pk] = home
        for one in (
            Result.objects.filter(report=row.pk) if row._meta.model_name != "procedure" else ()
        ):
            self.homes["healthrecords_result", one.pk] = home

    def number(self, i: int, value: str, is_verified: bool) -> None:
        key = self.root(self.people[i].pk)
        rows = CitizenIdentifier.objects.filter(kind="old_card", value=value)
        if rows.filter(citizen=key).exists() or (is_verified and rows.exists()):
            return
        row = rows.create(citizen_id=key, kind="old_card", value=value, is_verified=is_verified)
        self.homes["healthrecords_citizenidentifier", row.pk] = key

    def check(self) -> None:
        """Compare what stands with what was told."""
        people = Citizen.objects.in_bulk([one.pk for one in self.people])
        for key, row in people.items():
            root = self.root(key)
            assert row.merged_into_id == (None if root == key else root)
            assert {name: getattr(row, name) for name in ASKED} == {
                name: self.said(key, name) for name in ASKED
            }
        self.check_around(people)
        self.check_ended()
        kinds = (Visit, CitizenIdentifier, DiagnosticReport, Result, Procedure)
        models = {model._meta.db_table: model for model in kinds}
        for (table, key), home in self.homes.items():
            at = models[table].objects.get(pk=key).citizen_id  # type: ignore[attr-defined]
            waits = at != self.root(home)
            assert not waits or table == "healthrecords_citizenidentifier"
            assert not waits or self._has_its_like(key, self.root(home))
            # Nobody who stands alone has anything of somebody else's.
            assert at == self.root(home) or self.root(at) == self.root(home)

        self.check_care()

    def check_care(self) -> None:
        """Each place cares for exactly those whose visits it has, and for whom it was said."""
        seen = {
            (self.root(self.homes["healthrecords_visit", key]), place)
            for key, place in Visit.objects.exclude(status="withdrawn").values_list(
                "pk", "facility"
            )
        }
        said = {
            (self.root(person), place)
            for (person, place), (_since, until) in self.said_of_care.items()
            if until is None
        }
        roots = {self.root(one.pk) for one in self.people}
        care = CareRelation.objects.holding(LATER.date() + DAY).filter(ground="visit")
        standing = set(care.filter(citizen__in=roots).values_list("citizen", "organisation"))
        # While two are one, care said of one of them may wait behind care of the other that ended.
        waits = {(root, place) for root, place in said if any(self._joined(root))}
        assert seen <= standing <= seen | said
        assert said - standing <= waits

    def _joined(self, root: UUID) -> Iterator[UUID]:
        return (merge.merged_id for merge in self.merges if merge.survivor_id == root)

    def check_care_of_each(self) -> None:
        """Nobody is joined: what was said of care is told again, but where the person came since."""
        came = set(Visit.objects.values_list("citizen", "facility"))
        for (person, place), stood in self.said_of_care.items():
            row = CareRelation.objects.get(citizen=person, organisation=place, ground="visit")
            assert (person, place) in came or (row.since, row.until) == stood

    @staticmethod
    def _has_its_like(key: UUID, root: UUID) -> bool:
        row = CitizenIdentifier.objects.get(pk=key)
        like = CitizenIdentifier.objects.filter(citizen=root, kind=row.kind, value=row.value)
        # One that ended stood in front until then; what waits behind it comes with the next joining.
        return any(front.ended_on or front.is_verified or not row.is_verified for front in like)


CALM = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.fixture
def places(
    station: Organisation, other_station: Organisation, hospital: Organisation
) -> list[Organisation]:
    return [station, other_station, hospital]


@trying(max_examples=15, **CALM)
@given(st.lists(STEP, min_size=4, max_size=14))
# A visit that began care anew is withdrawn while two are one.
@example([("join", 1, 3, set()), ("join", 0, 3, set()), ("visit", 3, 2), ("withdraw", 4)])
def test_any_sequence_of_joining_writing_and_parting_gives_back_what_was(
    lists: None,
    clinician: User,
    places: list[Organisation],
    communes: list[Area],
    steps: list[tuple[Any, ...]],
) -> None:
    _play(clinician, places, communes[0], steps)


@trying(max_examples=12, **CALM)
@given(st.lists(AROUND_STEP, min_size=4, max_size=10))
@example([("join", 0, 1, set()), ("edit", 0, "address"), ("part", 0)])
@example([("join", 0, 1, {"address"}), ("edit", 0, "address"), ("join", 2, 0, set()), ("part", 0)])
@example(
    [(said, n, MOTHER) for said, n in (("relative", 1), ("relative", 0))]
    + [("join", 0, 1, set()), ("relative", 0, MOTHER), ("no_longer", 0, MOTHER)]
)
def test_any_sequence_of_joining_moving_and_parting_gives_back_residences_and_relatives(
    lists: None,
    clinician: User,
    places: list[Organisation],
    communes: list[Area],
    steps: list[tuple[Any, ...]],
) -> None:
    _play(clinician, places, communes[0], steps)


@trying(max_examples=10, **CALM)
@given(st.lists(ENDING_STEP, min_size=4, max_size=12))
@example([("number", 1, VALUES[0], False), ("join", 0, 1, set()), ("give_up", 0, VALUES[0])])
@example([("allergy", 1), ("join", 0, 1, set()), ("join", 2, 0, set()), ("no_allergy", 2, 0, True)])
@example([("household", 1), ("join", 0, 1, set()), ("leave", 0), ("household", 0)])
def test_any_sequence_of_joining_ending_and_parting_gives_back_what_was_in_force(
    lists: None,
    clinician: User,
    places: list[Organisation],
    communes: list[Area],
    steps: list[tuple[Any, ...]],
) -> None:
    _play(clinician, places, communes[0], steps)


def _play(
    actor: User, places: list[Organisation], area: Area, steps: list[tuple[Any, ...]]
) -> None:
    """Do the steps, then part what is still joined, and compare after each."""
    with transaction.atomic():
        people = [person_of(places[0], n) for n in range(4)]
        told = Told(clerk=actor, commune=area, people=people, places=places)
        told.care(people[1], places[2], until=LONG_AGO + DAY)
        told.care(people[2], places[1], until=None)
        for person in told.people:
            told.events[person.pk] = []
            for name in ASKED:
                told.edit(told.people.index(person), name)
            told.visit(told.people.index(person), 0)
            services.open_access(user=actor, citizen=person, at=LATER)
        for name, *said in steps:
            getattr(told, name)(*said)
            told.check()
        while told.merges:
            told.part(len(told.merges) // 2)
            told.check()
        assert not MergedRow.objects.exists()
        told.check_care_of_each()
        stands = everything()
        for (table, key), home in told.homes.items():
            assert stands[table, key]["citizen_id"] == home
        transaction.set_rollback(True)
