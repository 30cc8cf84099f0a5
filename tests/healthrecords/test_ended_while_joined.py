"""What was ended of a record while it was joined with another holds again once the two are parted."""

from collections.abc import Iterable
from typing import Any

import pytest

from healthrecords import services
from healthrecords.finder import identifiers_named
from healthrecords.models import (
    Allergy,
    Citizen,
    CitizenIdentifier,
    FieldSource,
    HouseholdMember,
    Immunization,
    LongTermMedicine,
    TwinCase,
)
from healthrecords.services import NumberEntry, households, identity, numbers
from healthrecords.services.background import end_fact, record_fact, void_fact
from healthrecords.services.facts import AllergyEntry
from healthrecords.services.stopping import resume_long_term, stop_long_term
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, Register
from tests.healthrecords.merging import LATER, fresh, join, mended, part

pytestmark = pytest.mark.usefixtures("few_lists")
NA, NB = "011162004137", "011162009999"
Facts = Iterable[Any]


@pytest.fixture
def two(register: Register) -> list[Citizen]:
    return fresh(
        [
            register(numbers=[NumberEntry("personal", NA)]),
            register(
                name="Quàng Thị Hạc",
                birth=PartialDate(1962, 5, 1),
                numbers=[NumberEntry("personal", NB)],
            ),
        ]
    )


def written(citizen: Citizen, by: User, model: Any = Allergy, **said: Any) -> Any:
    """Write a row of somebody's history as it stands."""
    place = by.place_of_work
    told = {"citizen": citizen, "facility": place, "recorded_at": AT, "recorded_by": by, **said}
    return model.objects.create(**told)


def state(row: Any) -> dict[str, Any]:
    return dict(type(row).objects.filter(pk=row.pk).values().get())


class TestNumbers:
    def test_a_number_typed_over_holds_again(
        self, two: list[Citizen], clerk: User, clinician: User, communes: list[Area]
    ) -> None:
        a, b = two
        was = state(b.identifiers.get())
        merge = join(clerk, a, b)
        mended(clerk, a, communes[0], numbers=[NumberEntry("personal", NA)])
        assert identifiers_named(NB, on=ON) == []
        part(clinician, merge)
        assert state(b.identifiers.get()) == was
        assert identifiers_named(NB, on=ON) == [b.pk]

    def test_a_number_said_to_be_another_persons_is_that_of_the_other_person(
        self, two: list[Citizen], clerk: User, clinician: User
    ) -> None:
        a, b = two
        merge = join(clerk, a, b)
        end(clerk, NB, "not_theirs")
        part(clinician, merge)
        assert identifiers_named(NB, on=ON) == [b.pk]

    def test_a_passport_that_was_a_slip_of_the_record_that_stays_is_that_of_the_other_one(
        self, two: list[Citizen], clerk: User, clinician: User, communes: list[Area]
    ) -> None:
        a, b = two
        b.identifiers.create(kind="passport", value="B7654321")
        merge = join(clerk, a, b)
        said = [NumberEntry("personal", NB), NumberEntry("passport", "C1234567")]
        mended(clerk, a, communes[0], numbers=said)
        part(clinician, merge)
        assert identifiers_named("B7654321", on=ON) == [b.pk]
        assert identifiers_named("C1234567", on=ON) == [a.pk]

    def test_what_the_authority_cancelled_stays_cancelled(
        self, two: list[Citizen], clerk: User, clinician: User
    ) -> None:
        a, b = two
        merge = join(clerk, a, b)
        end(clerk, NB, "cancelled", note="Công an tỉnh, văn bản 12")
        was = state(CitizenIdentifier.objects.get(value=NB))
        part(clinician, merge)
        assert state(b.identifiers.get()) == {**was, "citizen_id": b.pk}

    def test_a_number_that_a_file_brought_and_took_back_stays_ended(
        self, two: list[Citizen], clerk: User, clinician: User
    ) -> None:
        a, b = two
        merge = join(clerk, a, b)
        CitizenIdentifier.objects.filter(value=NB).update(ended_on=ON)
        part(clinician, merge)
        assert b.identifiers.get().ended_on == ON

    def test_what_the_record_itself_had_ended_before_the_joining_stays_ended(
        self, two: list[Citizen], clerk: User, clinician: User
    ) -> None:
        a, b = two
        end(clerk, NB, "not_theirs")
        was = state(b.identifiers.get())
        part(clinician, join(clerk, a, b))
        assert state(b.identifiers.get()) == was

    def test_a_verified_number_that_another_was_verified_by_since_is_a_claim(
        self, two: list[Citizen], clerk: User, clinician: User, register: Register
    ) -> None:
        a, b = two
        b.identifiers.update(is_verified=True, verified_at=AT)
        merge = join(clerk, a, b)
        end(clerk, NB, "not_theirs")
        c = register(name="Lò Thị Mai", numbers=[NumberEntry("personal", NB)])
        c.identifiers.update(is_verified=True, verified_at=LATER)
        part(clinician, merge)
        row = b.identifiers.get()
        assert (row.ended_on, row.ending, row.is_verified) == (None, "", False)
        assert c.identifiers.get().is_verified

    def test_a_number_claimed_anew_and_handed_over_takes_the_place_of_the_ended_one(
        self, two: list[Citizen], clerk: User, clinician: User, communes: list[Area]
    ) -> None:
        a, b = two
        merge = join(clerk, a, b)
        end(clerk, NB, "corrected")
        new = CitizenIdentifier.objects.create(citizen=a, kind="personal", value=NB)
        part(clinician, merge, to_merged=[("healthrecords_citizenidentifier", new.pk)])
        assert b.identifiers.get(ended_on=None) == new
        assert b.identifiers.count() == 2

    def test_a_paper_replaced_by_one_that_is_handed_over_stays_replaced(
        self, two: list[Citizen], clerk: User, clinician: User, communes: list[Area]
    ) -> None:
        a, b = two
        old = b.identifiers.create(kind="passport", value="B7654321")
        merge = join(clerk, a, b)
        numbers.end_number(
            actor=clerk, identifier=old, ending="replaced", note="", successor="C1234567", at=LATER
        )
        new = CitizenIdentifier.objects.get(value="C1234567")
        part(clinician, merge, to_merged=[("healthrecords_citizenidentifier", new.pk)])
        held = b.identifiers.filter(kind="passport").values_list("value", "ending", "successor")
        assert set(held) == {("B7654321", "replaced", new.pk), ("C1234567", "", None)}

    def test_both_claim_a_number_again_that_the_record_in_front_gave_up(
        self, two: list[Citizen], clerk: User, clinician: User
    ) -> None:
        """The verified one of the joined record stood in front of the claim of the other one."""
        a, b = two
        b.identifiers.update(is_verified=True, verified_at=AT)
        claim = a.identifiers.create(kind="personal", value=NB)
        merge = join(clerk, a, b)
        end(clerk, NB, "not_theirs", is_verified=True)
        part(clinician, merge)
        claim.refresh_from_db()
        assert (claim.citizen, claim.ended_on) == (a, None)
        assert b.identifiers.get(ended_on=None).is_verified

    def test_a_question_about_the_number_is_asked_again(
        self, two: list[Citizen], clerk: User, clinician: User, register: Register
    ) -> None:
        a, b = two
        c = register(name="Lò Thị Mai", numbers=[NumberEntry("personal", NB)])
        asked = TwinCase.objects.open().get(number=NB)
        merge = join(clerk, a, b)
        end(clerk, NB, "not_theirs", citizen=a)
        assert TwinCase.objects.get(pk=asked.pk).answer == "given_up"
        part(clinician, merge)
        asked = TwinCase.objects.open().get(pk=asked.pk)
        assert {asked.older, asked.newer} == {b, c}


def end(clerk: User, value: str, ending: str, *, note: str = "", **which: Any) -> None:
    row = CitizenIdentifier.objects.get(value=value, ended_on=None, **which)
    numbers.end_number(actor=clerk, identifier=row, ending=ending, note=note, at=LATER)


class TestHistory:
    @pytest.fixture(autouse=True)
    def _open(self, clinician: User, two: list[Citizen]) -> None:
        for one in two:
            services.open_access(user=clinician, citizen=one, at=LATER)

    def test_an_allergy_that_was_ended_warns_again(
        self, two: list[Citizen], clinician: User, station: Organisation
    ) -> None:
        a, b = two
        entry = AllergyEntry(substance="Penicillin")
        row = record_fact(
            actor=clinician, citizen=b, facility=station, client_key=uuid7(), at=LATER, entry=entry
        ).row
        was = state(row)
        merge = join(clinician, a, b)
        end_fact(actor=clinician, fact=row, ended=PartialDate(2026), at=LATER)
        part(clinician, merge)
        assert state(row) == was

    @pytest.mark.parametrize(
        ("model", "said"),
        [
            (Allergy, {"substance": "Penicillin"}),
            (LongTermMedicine, {"name": "Amlodipin"}),
            (Immunization, {"vaccine": "Vắc xin sởi"}),
        ],
    )
    def test_what_was_marked_as_a_mistake_is_none_of_the_other_person(
        self, two: list[Citizen], clinician: User, model: Any, said: dict[str, str]
    ) -> None:
        a, b = two
        row = written(b, clinician, model, **said)
        was = state(row)
        merge = join(clinician, a, b)
        void_fact(actor=clinician, fact=row, reason="không phải của người này", at=LATER)
        part(clinician, merge)
        assert state(row) == was

    def test_a_medicine_stopped_is_taken_again_and_one_taken_anew_is_stopped(
        self, two: list[Citizen], clinician: User
    ) -> None:
        a, b = two
        taken = written(b, clinician, LongTermMedicine, name="Amlodipin")
        stopped = written(b, clinician, LongTermMedicine, name="Metformin")
        said = {"actor": clinician, "at": LATER}
        stop = {"stopped": PartialDate(2026), "reason": "phù chân"}
        stop_long_term(**said, **stop, fact=stopped)
        was = [state(row) for row in (taken, stopped)]
        merge = join(clinician, a, b)
        stop_long_term(**said, **stop, fact=taken)
        resume_long_term(**said, fact=stopped)
        part(clinician, merge)
        assert [state(row) for row in (taken, stopped)] == was

    def test_what_was_set_right_in_it_stays_so(self, two: list[Citizen], clinician: User) -> None:
        a, b = two
        row = written(b, clinician, substance="Penicillin")
        merge = join(clinician, a, b)
        Allergy.objects.filter(pk=row.pk).update(severity="severe", ended="2026")
        part(clinician, merge)
        row.refresh_from_db()
        assert (row.citizen, row.severity, row.ended) == (b, "severe", "")

    def test_what_the_record_that_stays_ended_of_its_own_stays_ended(
        self, two: list[Citizen], clinician: User
    ) -> None:
        a, b = two
        row = written(a, clinician, substance="Penicillin")
        merge = join(clinician, a, b)
        end_fact(actor=clinician, fact=row, ended=PartialDate(2026), at=LATER)
        part(clinician, merge)
        assert Allergy.objects.get().ended == "2026"

    def test_a_row_written_since_and_handed_over_goes_as_it_stands(
        self, two: list[Citizen], clinician: User
    ) -> None:
        a, b = two
        merge = join(clinician, a, b)
        row = written(a, clinician, substance="Penicillin")
        end_fact(actor=clinician, fact=row, ended=PartialDate(2026), at=LATER)
        part(clinician, merge, to_merged=[("healthrecords_allergy", row.pk)])
        row.refresh_from_db()
        assert (row.citizen, row.ended) == (b, "2026")

    def test_each_record_of_three_gets_back_what_it_said_when_it_was_joined(
        self, two: list[Citizen], clinician: User, register: Register
    ) -> None:
        """The record between ended one of them while it spoke for the first."""
        a, b = two
        c = register(name="Quang Thi Hac", numbers=[])
        by_a, by_c = (written(b, clinician, substance=name) for name in ("Penicillin", "Sulfa"))
        lower = join(clinician, a, b)
        end_fact(actor=clinician, fact=by_a, ended=PartialDate(2026), at=LATER)
        upper = join(clinician, c, *fresh([a]))
        end_fact(actor=clinician, fact=by_c, ended=PartialDate(2026), at=LATER)
        part(clinician, upper)
        stands = dict(Allergy.objects.filter(citizen=a).values_list("substance", "ended"))
        assert stands == {"Penicillin": "2026", "Sulfa": ""}
        part(clinician, lower)
        stands = dict(Allergy.objects.filter(citizen=b).values_list("substance", "ended"))
        assert stands == {"Penicillin": "", "Sulfa": ""}

    def test_a_word_of_the_register_that_was_set_aside_waits_for_its_person_again(
        self, two: list[Citizen], clerk: User, clinician: User, station: Organisation
    ) -> None:
        a, b = two
        said = {"citizen": b, "organisation": station, "said_at": AT}
        word = FieldSource.objects.create(**said, field="phone", value="0912000417", source="file")
        gone = FieldSource.objects.create(**said, field="sex", value="male", source="register")
        merge = join(clerk, a, b)
        word.refresh_from_db()
        identity.settle_difference(
            actor=clerk, word=word, takes_theirs=False, reason="số của người khác", at=LATER
        )
        FieldSource.objects.filter(pk=gone.pk).update(
            set_aside_at=LATER, set_aside_because="không còn trong cơ sở dữ liệu"
        )
        part(clinician, merge)
        for row in (word, gone):
            row.refresh_from_db()
        assert (word.citizen, word.set_aside_at, word.set_aside_because) == (b, None, "")
        # What the register itself took back stays so, whoever it was about.
        assert (gone.citizen, gone.set_aside_at) == (b, LATER)


class TestHouseholds:
    @pytest.fixture
    def head(self, register: Register) -> Citizen:
        return register(name="Quàng Văn Páo", birth=PartialDate(1950), numbers=[])

    def test_a_household_left_is_that_of_the_joined_record_again(
        self, two: list[Citizen], clerk: User, clinician: User, head: Citizen
    ) -> None:
        a, b = two
        households.join_household(actor=clerk, citizen=b, member=head, relation="spouse", at=AT)
        was = state(b.memberships.get())
        merge = join(clerk, a, b)
        households.leave_household(actor=clerk, citizen=fresh([a])[0], at=LATER)
        part(clinician, merge)
        assert state(b.memberships.get()) == was

    def test_another_household_of_the_record_that_stays_is_its_own(
        self, two: list[Citizen], clerk: User, clinician: User, head: Citizen
    ) -> None:
        a, b = two
        households.begin_household(actor=clerk, head=b, at=AT)
        merge = join(clerk, a, b)
        (a,) = fresh([a])
        households.leave_household(actor=clerk, citizen=a, at=LATER)
        households.join_household(actor=clerk, citizen=a, member=head, relation="child", at=LATER)
        part(clinician, merge)
        held = HouseholdMember.objects.filter(until=None).values_list("citizen", "relation")
        assert set(held) == {(b.pk, "head"), (a.pk, "child"), (head.pk, "head")}

    def test_who_became_the_head_meanwhile_stays_the_head(
        self, two: list[Citizen], clerk: User, clinician: User, head: Citizen
    ) -> None:
        a, b = two
        row = households.begin_household(actor=clerk, head=b, at=AT)
        merge = join(clerk, a, b)
        households.leave_household(actor=clerk, citizen=fresh([a])[0], at=LATER)
        HouseholdMember.objects.create(
            household=row.household, citizen=head, relation="head", since=LATER.date()
        )
        part(clinician, merge)
        assert HouseholdMember.objects.get(until=None).citizen == head
        row.refresh_from_db()
        assert row.citizen == b
