"""After two records are parted each place cares for exactly those whose visits it has."""

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from healthrecords import services
from healthrecords.models import (
    Appointment,
    CareRelation,
    Citizen,
    CitizenIdentifier,
    MergedRow,
    Referral,
    Visit,
)
from healthrecords.services import referrals
from healthrecords.services.access import ground_of
from healthrecords.services.merges import rows_since
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT
from tests.healthrecords.merging import LATER, changes, everything, fresh, join, part
from tests.healthrecords.test_papers import refer

DAY = timedelta(days=1)
Record = Callable[..., Visit]
MIGRATION = "healthrecords.migrations.0056_care_goes_with_the_visits_of_parted_records"


@pytest.fixture
def hospital_doctor(hospital: Organisation) -> User:
    return make_user("tinh", "Vũ Thị Tình", Role.HOSPITAL_DOCTOR, hospital)


@pytest.fixture
def seen(hospital_doctor: User, record: Record) -> Callable[[Citizen], Visit]:
    """Let the hospital see a person whom it had nothing to do with: brought in as an emergency."""

    def see(citizen: Citizen) -> Visit:
        services.break_glass(
            user=hospital_doctor, citizen=citizen, reason="bất tỉnh, đưa đến cấp cứu", at=LATER
        )
        return record(citizen, "J00", actor=hospital_doctor, at=LATER, started_at=LATER)

    return see


def cared_for(place: Organisation, ground: str = "visit") -> set[Citizen]:
    """Return for whom a place cares from now on."""
    rows = CareRelation.objects.holding(LATER.date() + DAY)
    return {row.citizen for row in rows.filter(organisation=place, ground=ground)}


def handed(visit: Visit) -> list[tuple[str, Any]]:
    return [("healthrecords_visit", visit.pk)]


def test_care_goes_with_a_visit_that_is_handed_over(
    clinician: User, hospital: Organisation, people: list[Citizen], seen: Callable[..., Visit]
) -> None:
    """Decree 102/2025/NĐ-CP (read second-hand): who may see a record."""
    a, b, *_rest = people
    merge = join(clinician, a, b)
    visit = seen(a)
    assert cared_for(hospital) == {a}
    part(clinician, merge, to_merged=handed(visit))
    assert cared_for(hospital) == {b}
    a, b = fresh((a, b))
    assert ground_of(hospital, a, LATER) == ""
    assert ground_of(hospital, b, LATER) == "visit"
    assert not MergedRow.objects.exists()


def test_both_are_cared_for_where_both_have_visits(
    clinician: User, hospital: Organisation, people: list[Citizen], seen: Callable[..., Visit]
) -> None:
    a, b, *_rest = people
    seen(b)
    own = CareRelation.objects.filter(citizen=b, organisation=hospital).values().get()
    merge = join(clinician, a, b)
    seen(a)
    assert cared_for(hospital) == {a}
    part(clinician, merge)
    assert cared_for(hospital) == {a, b}
    assert CareRelation.objects.filter(citizen=b, organisation=hospital).values().get() == own


def test_care_that_had_ended_is_ended_again_when_the_visit_was_the_other_ones(
    clinician: User, hospital: Organisation, people: list[Citizen], seen: Callable[..., Visit]
) -> None:
    a, b, *_rest = people
    ended = CareRelation.objects.create(
        citizen=b,
        organisation=hospital,
        ground="visit",
        since=date(2025, 8, 1),
        until=date(2026, 1, 1),
    )
    merge = join(clinician, a, b)
    seen(a)
    assert cared_for(hospital) == {a}
    part(clinician, merge)
    assert cared_for(hospital) == {a}
    ended.refresh_from_db()
    said = (ended.citizen, ended.since, ended.until)
    assert said == (b, date(2025, 8, 1), date(2026, 1, 1))


def test_care_that_was_said_by_hand_stays_as_it_was(
    clinician: User, hospital: Organisation, people: list[Citizen], seen: Callable[..., Visit]
) -> None:
    a, b, *_rest = people
    said = CareRelation.objects.create(
        citizen=a, organisation=hospital, ground="visit", since=date(2025, 8, 1)
    )
    merge = join(clinician, a, b)
    visit = seen(a)
    part(clinician, merge, to_merged=handed(visit))
    assert cared_for(hospital) == {a, b}
    said.refresh_from_db()
    assert (said.citizen, said.since, said.until) == (a, date(2025, 8, 1), None)


def test_the_way_of_a_referral_goes_with_it(
    clinician: User, hospital: Organisation, people: list[Citizen], record: Record
) -> None:
    a, b, *_rest = people
    merge = join(clinician, a, b)
    visit = record(a, "J00", at=LATER, next_visit_on=LATER.date() + 7 * DAY)
    services.open_access(user=clinician, citizen=a, at=AT)
    referral = refer(visit, clinician, hospital)
    part(clinician, merge, to_merged=handed(visit))
    assert Referral.objects.get(pk=referral.pk).citizen == b
    assert cared_for(hospital, "referral") == {b}
    assert Appointment.objects.get(visit=visit).citizen == b
    assert cared_for(visit.facility, "appointment") == {b}
    referrals.take_back(
        actor=clinician, referral=Referral.objects.get(), reason="người bệnh không đi", at=LATER
    )
    assert cared_for(hospital, "referral") == set()


def test_the_care_of_a_visit_is_no_question_of_its_own(
    clinician: User, people: list[Citizen], seen: Callable[..., Visit]
) -> None:
    a, b, *_rest = people
    merge = join(clinician, a, b)
    visit = seen(a)
    since = rows_since(merge, Citizen.objects.get(pk=a.pk))
    assert [(row.table, row.key) for row in since] == handed(visit)


def test_a_number_that_came_in_front_and_went_on_with_its_guest_leaves_both_at_home(
    clinician: User, people: list[Citizen]
) -> None:
    """A claim stands in nobody's way: the verified number goes back in front of it."""
    a, b, _c, d = people
    for one in (a, b, d):
        services.open_access(user=clinician, citizen=one, at=LATER)
    verified = CitizenIdentifier.objects.create(
        citizen=b, kind="old_card", value="040000003", is_verified=True
    )
    claimed = CitizenIdentifier.objects.create(citizen=a, kind="old_card", value="040000003")
    before = everything()
    lower = join(clinician, a, b)
    upper = join(clinician, d, a)
    part(clinician, upper, at=LATER)
    verified.refresh_from_db()
    claimed.refresh_from_db()
    assert (verified.citizen, claimed.citizen) == (a, b)
    part(clinician, lower, at=LATER)
    assert changes(before, everything()) == {}
    assert not MergedRow.objects.exists()


class TestStoredBefore:
    """What was parted before the care went along is set right, as far as it can be told."""

    @pytest.fixture(autouse=True)
    def _as_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "healthrecords.services.merges.grounds.part_care", lambda *_, **__: None
        )

    @staticmethod
    def migrate() -> None:
        with connection.cursor() as cursor:
            for operation in import_module(MIGRATION).Migration.operations:
                cursor.execute(operation.sql)

    def test_a_visit_without_care_gets_it_and_the_care_of_the_other_one_ends(
        self,
        clinician: User,
        hospital: Organisation,
        people: list[Citizen],
        seen: Callable[..., Visit],
    ) -> None:
        a, b, *_rest = people
        merge = join(clinician, a, b)
        visit = seen(a)
        part(clinician, merge, to_merged=handed(visit))
        assert cared_for(hospital) == {a}
        self.migrate()
        now = CareRelation.objects.holding(timezone.localdate()).filter(organisation=hospital)
        assert {row.citizen for row in now} == {b}

    def test_care_said_by_hand_and_people_never_joined_are_left_alone(
        self,
        clinician: User,
        hospital: Organisation,
        people: list[Citizen],
        seen: Callable[..., Visit],
    ) -> None:
        a, b, c, d = people
        for one in (a, c):
            CareRelation.objects.create(
                citizen=one, organisation=hospital, ground="visit", since=date(2025, 8, 1)
            )
        Visit.objects.create(citizen=d, facility=hospital, started_at=AT)
        merge = join(clinician, a, b)
        part(clinician, merge, to_merged=handed(seen(a)))
        before = everything()
        self.migrate()
        differ = changes(before, everything())
        assert {key[0] for key in differ} == {"healthrecords_carerelation"}
        assert cared_for(hospital) == {a, b, c}
        assert len(differ) == 1


def test_care_of_three_records_ends_where_the_place_saw_another_one_alone(
    clinician: User, hospital: Organisation, people: list[Citizen], seen: Callable[..., Visit]
) -> None:
    a, b, c, _d = people
    first = join(clinician, a, b)
    visit = seen(a)
    seen(c)
    second = join(clinician, *fresh((a, c)))
    part(clinician, first, to_merged=handed(visit))
    part(clinician, second)
    assert cared_for(hospital) == {b, c}
    assert ground_of(hospital, fresh([a])[0], LATER) == ""


def test_care_of_a_record_that_came_later_and_was_said_without_a_visit_goes_on(
    clinician: User, hospital: Organisation, people: list[Citizen], seen: Callable[..., Visit]
) -> None:
    a, b, c, _d = people
    join(clinician, a, b)
    seen(a)
    CareRelation.objects.create(
        citizen=c, organisation=hospital, ground="visit", since=LATER.date()
    )
    second = join(clinician, *fresh((a, c)))
    part(clinician, second)
    assert cared_for(hospital) == {a, c}


GONE, SOON = date(2026, 1, 1), date(2027, 6, 1)


@pytest.mark.parametrize("untils", [(GONE, None, SOON), (SOON, GONE, None), (None, SOON, GONE)])
def test_care_of_three_records_at_one_place_goes_home_in_any_order(
    clinician: User, hospital: Organisation, people: list[Citizen], untils: tuple[date | None, ...]
) -> None:
    a, b, c, _d = people
    for one, until in zip((a, b, c), untils, strict=True):
        CareRelation.objects.create(
            citizen=one, organisation=hospital, ground="visit", since=date(2025, 8, 1), until=until
        )
    rows = CareRelation.objects.order_by("pk")
    before = list(rows.values())
    for order in permutations(range(2)):
        merges = [join(clinician, *fresh((b, c))), join(clinician, *fresh((a, b)))]
        assert a in cared_for(hospital)
        # Whatever ended meanwhile: the one in front may hold less long by now.
        CareRelation.objects.filter(citizen=a, organisation=hospital).update(until=LATER.date())
        held = CareRelation.objects.filter(until=LATER.date(), organisation=hospital).get()
        for at in order:
            part(clinician, merges[at])
        CareRelation.objects.filter(pk=held.pk).update(until=None)
        assert list(rows.values()) == before
        assert not MergedRow.objects.exists()
