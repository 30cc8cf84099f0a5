"""Who left before being seen did not come: no care goes on, no appointment is kept, nobody arrived."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from healthrecords import services
from healthrecords.models import (
    Appointment,
    CareRelation,
    Citizen,
    Diagnosis,
    DiagnosticReport,
    Procedure,
    Visit,
    VitalSigns,
)
from healthrecords.services import documents, queue, referrals
from healthrecords.services.deaths import DeathEntry, record_death
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, ON, entry_of
from tests.healthrecords.test_papers import issue, refer
from tests.healthrecords.test_queue import let_in, steps_of


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    return record(citizen)


@pytest.fixture
def receiver(hospital: Organisation) -> User:
    return make_user("tinh", "Vũ Thị Tình", Role.HOSPITAL_DOCTOR, hospital)


def test_broken_glass_gives_no_lasting_ground_to_where_the_person_left_unseen(
    citizen: Citizen, neighbour: User, other_station: Organisation
) -> None:
    services.break_glass(user=neighbour, citizen=citizen, reason="ngất ngoài chợ", at=AT)
    visit = let_in(citizen, neighbour)
    queue.leave(actor=neighbour, visit=visit, at=AT + timedelta(minutes=5))
    relation = CareRelation.objects.get(citizen=citizen, organisation=other_station)
    assert (relation.ground, relation.until) == ("visit", ON)
    tomorrow = AT + timedelta(days=1)
    assert services.open_access(user=neighbour, citizen=citizen, at=tomorrow) is None
    with pytest.raises(PermissionDenied):
        let_in(citizen, neighbour, at=tomorrow)
    assert Visit.objects.count() == 1


def test_who_comes_back_is_cared_for_again(
    citizen: Citizen, neighbour: User, other_station: Organisation
) -> None:
    services.break_glass(user=neighbour, citizen=citizen, reason="ngất ngoài chợ", at=AT)
    visit = let_in(citizen, neighbour)
    queue.leave(actor=neighbour, visit=visit, at=AT + timedelta(minutes=5))
    queue.come_back(actor=neighbour, visit=visit, at=AT + timedelta(minutes=30))
    assert CareRelation.objects.get(organisation=other_station).until is None


def test_who_left_unseen_today_is_cared_for_as_before(
    citizen: Citizen, record: Callable[..., Visit], neighbour: User, other_station: Organisation
) -> None:
    """An earlier visit that was held, or having been registered there, goes on giving the ground."""
    services.break_glass(user=neighbour, citizen=citizen, reason="ngất ngoài chợ", at=AT)
    record(citizen, actor=neighbour, medicines=())
    queue.leave(actor=neighbour, visit=let_in(citizen, neighbour), at=AT)
    assert CareRelation.objects.get(organisation=other_station).until is None


def test_the_place_that_registered_a_person_cares_for_them_though_they_left_unseen(
    citizen: Citizen, neighbour: User, other_station: Organisation, communes: list[Area]
) -> None:
    entry = entry_of(communes[0], name="Lò Thị Khách", numbers=())
    guest = services.register_citizen(
        actor=neighbour, place=other_station, entry=entry, client_key=uuid7(), at=AT
    ).row
    queue.leave(actor=neighbour, visit=let_in(guest, neighbour), at=AT)
    relation = CareRelation.objects.get(citizen=guest, organisation=other_station, ground="visit")
    assert relation.until is None


def test_care_that_began_on_an_earlier_day_goes_on_when_the_person_left_unseen(
    citizen: Citizen, neighbour: User, other_station: Organisation
) -> None:
    """As where the people of a closed station were handed on to this one."""
    CareRelation.objects.create(
        citizen=citizen, organisation=other_station, ground="visit", since=ON - timedelta(days=9)
    )
    queue.leave(actor=neighbour, visit=let_in(citizen, neighbour), at=AT)
    assert CareRelation.objects.get(organisation=other_station).until is None


def _paper(visit: Visit, actor: User) -> None:
    issue(visit, actor)


def _diagnosed(visit: Visit, actor: User) -> None:
    Diagnosis.objects.create(visit=visit, rank="main", position=1, code="J02.9", title="Viêm họng")


def _done(visit: Visit, actor: User) -> None:
    Procedure.objects.create(**_of(visit, actor), title="Khâu vết thương", performed_at=AT)


def _result(visit: Visit, actor: User) -> None:
    DiagnosticReport.objects.create(
        **_of(visit, actor), kind="laboratory", title="Đường máu", performed_at=AT
    )


def _of(visit: Visit, actor: User) -> dict[str, Any]:
    who = {"citizen": visit.citizen, "facility": visit.facility}
    return {**who, "visit": visit, "recorded_at": AT, "recorded_by": actor}


@pytest.mark.parametrize("write", [_paper, _diagnosed, _done, _result])
def test_nobody_leaves_unseen_once_something_was_done_for_them(
    citizen: Citizen, clerk: User, write: Callable[[Visit, User], None]
) -> None:
    visit = let_in(citizen, clerk)
    write(visit, clerk)
    with pytest.raises(ValidationError) as refused:
        queue.leave(actor=clerk, visit=visit, at=AT)
    assert refused.value.code == "visit_begun"
    visit.refresh_from_db()
    assert (visit.status, steps_of(visit)) == ("in_progress", ["arrived"])


def test_who_was_only_weighed_and_measured_at_the_desk_can_leave_unseen(
    citizen: Citizen, clerk: User
) -> None:
    """Triage is no consultation; what was measured stays with the visit."""
    visit = let_in(citizen, clerk)
    VitalSigns.objects.create(visit=visit, measured_at=AT, pulse=80, systolic=150, diastolic=90)
    queue.take(actor=clerk, visit=visit, seen=1, at=AT + timedelta(minutes=3))
    queue.give_back(actor=clerk, visit=visit, at=AT + timedelta(minutes=6))
    queue.leave(actor=clerk, visit=visit, at=AT + timedelta(minutes=40))
    visit.refresh_from_db()
    assert (visit.status, steps_of(visit)[-1]) == ("cancelled", "left")
    assert visit.vitalsigns_rows.get().pulse == 80
    queue.come_back(actor=clerk, visit=visit, at=AT + timedelta(minutes=50))
    assert visit.vitalsigns_rows.get().systolic == 150


def test_what_was_written_by_mistake_and_taken_out_keeps_nobody(
    citizen: Citizen, clerk: User
) -> None:
    visit = let_in(citizen, clerk)
    documents.cancel(actor=clerk, document=issue(visit, clerk), reason="ghi nhầm người", at=AT)
    _done(visit, clerk)
    Procedure.objects.update(
        status="entered_in_error", voided_at=AT, voided_by=clerk, void_reason="nhầm người"
    )
    queue.leave(actor=clerk, visit=visit, at=AT)
    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_who_died_meanwhile_does_not_come_back(citizen: Citizen, clerk: User) -> None:
    visit = let_in(citizen, clerk)
    queue.leave(actor=clerk, visit=visit, at=AT)
    Citizen.objects.filter(pk=citizen.pk).update(died_on=ON - timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        queue.come_back(actor=clerk, visit=visit, at=AT + timedelta(minutes=5))
    assert refused.value.code == "visit_after_death"
    assert steps_of(visit) == ["arrived", "left"]


def test_who_left_before_being_seen_has_not_arrived_and_who_comes_back_has(
    visit: Visit, clerk: User, hospital: Organisation, receiver: User
) -> None:
    referral = refer(visit, clerk, hospital)
    there = let_in(visit.citizen, receiver, at=AT + timedelta(hours=3))
    referral.refresh_from_db()
    assert referral.arrived_visit == there
    queue.leave(actor=receiver, visit=there, at=AT + timedelta(hours=4))
    referral.refresh_from_db()
    came = (referral.arrived_at, referral.arrived_by, referral.arrived_visit)
    assert (came, referral.state_on(ON)) == ((None, None, None), "sent")
    relation = CareRelation.objects.get(organisation=hospital, ground="referral")
    assert relation.until == referral.valid_until
    queue.come_back(actor=receiver, visit=there, at=AT + timedelta(hours=5))
    referral.refresh_from_db()
    relation.refresh_from_db()
    assert (referral.arrived_visit, relation.until) == (there, None)


def test_an_answer_that_was_sent_stays_though_the_person_left(
    visit: Visit, clerk: User, hospital: Organisation, receiver: User
) -> None:
    referral = refer(visit, clerk, hospital)
    there = let_in(visit.citizen, receiver, at=AT + timedelta(hours=3))
    referrals.answer(actor=receiver, referral=referral, text="Đã khám, không nhập viện", at=AT)
    queue.leave(actor=receiver, visit=there, at=AT + timedelta(hours=4))
    referral.refresh_from_db()
    assert (referral.state_on(ON), referral.arrived_visit) == ("answered", there)
    assert CareRelation.objects.get(organisation=hospital, ground="referral").until is None


def test_who_left_before_being_seen_kept_no_appointment(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    record(citizen, next_visit_on=date(2026, 12, 3))
    at = AT + timedelta(days=28)
    visit = let_in(citizen, clerk, at=at)
    assert Appointment.objects.get().kept_by == visit
    queue.leave(actor=clerk, visit=visit, at=at)
    assert Appointment.objects.get().state_on(date(2026, 12, 4)) == "missed"
    queue.come_back(actor=clerk, visit=visit, at=at + timedelta(minutes=9))
    assert Appointment.objects.get().kept_by == visit


def test_who_left_before_being_seen_was_not_treated_after_death(
    citizen: Citizen, clerk: User
) -> None:
    queue.leave(actor=clerk, visit=let_in(citizen, clerk), at=AT)
    day = ON - timedelta(days=1)
    record_death(actor=clerk, citizen=citizen, entry=DeathEntry(day, "family"), at=AT)
    citizen.refresh_from_db()
    assert citizen.died_on == day
