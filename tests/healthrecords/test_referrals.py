"""Referrals and re-visits: who is sent opens the record there, who comes again keeps the day."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Appointment, CareRelation, Citizen, Document, Referral, Visit
from healthrecords.services import appointments, receiving, referrals
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_papers import refer


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    return record(citizen)


@pytest.fixture
def receiver(hospital: Organisation) -> User:
    return make_user("tinh", "Vũ Thị Tình", Role.HOSPITAL_DOCTOR, hospital)


def test_a_referral_opens_the_record_to_the_hospital_until_it_is_taken_back(
    visit: Visit, clerk: User, hospital: Organisation, receiver: User
) -> None:
    assert services.open_access(user=receiver, citizen=visit.citizen, at=AT) is None
    referral = refer(visit, clerk, hospital)
    access = services.open_access(user=receiver, citizen=visit.citizen, at=AT)
    assert access is not None
    assert access.ground == "referral"
    assert (referral.state_on(ON), referral.valid_until) == ("sent", date(2026, 11, 19))
    assert referral.state_on(date(2026, 11, 20)) == "expired"
    referrals.take_back(actor=clerk, referral=referral, reason="người bệnh không đi", at=AT)
    referral = Referral.objects.get()
    assert referral.state_on(ON) == "cancelled"
    relation = CareRelation.objects.get(organisation=hospital)
    assert relation.until == ON


def test_a_referral_opens_the_record_no_longer_than_it_holds(
    visit: Visit, clerk: User, hospital: Organisation, receiver: User
) -> None:
    """Circular 01/2025/TT-BYT, Article 7: ten working days (not compared with the text)."""
    referral = refer(visit, clerk, hospital)
    assert CareRelation.objects.get(organisation=hospital).until == referral.valid_until
    after = AT + timedelta(days=15)
    assert timezone.localdate(after) > referral.valid_until
    assert services.open_access(user=receiver, citizen=visit.citizen, at=after) is None
    before = AT + timedelta(days=14)
    assert timezone.localdate(before) == referral.valid_until
    assert services.open_access(user=receiver, citizen=visit.citizen, at=before) is not None


def test_who_arrived_may_be_looked_after_beyond_the_day_of_the_paper(
    visit: Visit, clerk: User, hospital: Organisation, receiver: User, record: Callable[..., Visit]
) -> None:
    referral = refer(visit, clerk, hospital)
    record(visit.citizen, actor=receiver, started_at=AT + timedelta(hours=3))
    relation = CareRelation.objects.get(organisation=hospital, ground="referral")
    assert relation.until is None
    assert Referral.objects.get(pk=referral.pk).arrived_at is not None


@pytest.mark.parametrize("late", [timedelta(days=-3), timedelta(days=15)])
def test_a_visit_before_the_referral_or_after_its_last_day_is_no_arrival(
    visit: Visit,
    clerk: User,
    hospital: Organisation,
    receiver: User,
    record: Callable[..., Visit],
    late: timedelta,
) -> None:
    referral = refer(visit, clerk, hospital)
    at = max(AT, AT + late)
    services.break_glass(user=receiver, citizen=visit.citizen, reason="cấp cứu ngất", at=at)
    record(visit.citizen, actor=receiver, started_at=AT + late, at=at)
    referral.refresh_from_db()
    assert (referral.arrived_at, referral.arrived_visit) == (None, None)
    relation = CareRelation.objects.get(organisation=hospital, ground="referral")
    assert relation.until == referral.valid_until


def test_taking_back_one_referral_leaves_the_day_of_another_that_waits(
    visit: Visit, clerk: User, hospital: Organisation
) -> None:
    waits, again = refer(visit, clerk, hospital), refer(visit, clerk, hospital)
    referrals.take_back(actor=clerk, referral=again, reason="người bệnh không đi", at=AT)
    assert CareRelation.objects.get(organisation=hospital).until == waits.valid_until


def test_taking_back_a_referral_leaves_the_ground_an_answered_one_gave(
    visit: Visit, clerk: User, hospital: Organisation, receiver: User
) -> None:
    came = refer(visit, clerk, hospital)
    referrals.answer(actor=receiver, referral=came, text="Đã khám, cho về theo dõi", at=AT)
    again = refer(visit, clerk, hospital)
    referrals.take_back(actor=clerk, referral=again, reason="người bệnh không đi", at=AT)
    assert CareRelation.objects.get(organisation=hospital).until is None
    access = services.open_access(user=receiver, citizen=visit.citizen, at=AT)
    assert access is not None
    assert access.ground == "referral"


def test_who_is_sent_and_comes_is_arrived_and_the_answer_comes_back(
    visit: Visit,
    clerk: User,
    hospital: Organisation,
    receiver: User,
    record: Callable[..., Visit],
) -> None:
    referral = refer(visit, clerk, hospital)
    there = record(visit.citizen, actor=receiver, started_at=AT + timedelta(hours=3))
    referral.refresh_from_db()
    assert (referral.state_on(ON), referral.arrived_visit) == ("arrived", there)
    with pytest.raises(ValidationError) as refused:
        referrals.take_back(actor=clerk, referral=referral, reason="không đi nữa", at=AT)
    assert refused.value.code == "referral_arrived"
    referrals.answer(actor=receiver, referral=referral, text="Cơn tăng huyết áp, đã ổn", at=AT)
    referral.refresh_from_db()
    assert referral.state_on(ON) == "answered"
    with pytest.raises(ValidationError) as again:
        referrals.answer(actor=receiver, referral=referral, text="Một câu trả lời khác", at=AT)
    assert again.value.code == "referral_answered"
    page = text_of(logged_in(clerk).get(reverse("admin:healthrecords_visit_referrals")))
    assert "Cơn tăng huyết áp, đã ổn" in page


def test_only_who_received_the_person_answers(
    visit: Visit, clerk: User, hospital: Organisation
) -> None:
    referral = refer(visit, clerk, hospital)
    with pytest.raises(PermissionDenied):
        referrals.answer(actor=clerk, referral=referral, text="Tự trả lời mình", at=AT)
    referral.refresh_from_db()
    assert referral.answered_at is None


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"reason": "7"}, "reason", "code_unknown"),
        ({"to": None}, "to", "referral_nowhere"),
    ],
)
def test_a_referral_to_nowhere_or_without_reason_is_refused(
    visit: Visit,
    clerk: User,
    hospital: Organisation,
    said: dict[str, Any],
    field: str,
    code: str,
) -> None:
    """QĐ 4750/QĐ-BYT, table 13: MA_LYDO_CT is asked for."""
    with pytest.raises(ValidationError) as refused:
        refer(visit, clerk, **{"to": hospital, **said})
    assert [e.code for e in refused.value.error_dict[field]] == [code]
    assert not Document.objects.exists()


def test_a_referral_to_a_facility_outside_the_register_keeps_its_name(
    visit: Visit, clerk: User
) -> None:
    referral = refer(visit, clerk, None, to_name="Bệnh viện Bạch Mai")
    assert (referral.to_facility, referral.to_name) == (None, "Bệnh viện Bạch Mai")


def test_an_appointment_follows_the_visit_and_is_kept_by_the_next_one(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen, next_visit_on=date(2026, 12, 3))
    (planned,) = Appointment.objects.all()
    assert planned.state_on(date(2026, 12, 3)) == "planned"
    assert planned.state_on(date(2026, 12, 4)) == "missed"
    assert CareRelation.objects.filter(citizen=citizen, ground="appointment").exists()
    services.correct_visit(
        actor=clerk,
        visit=visit,
        entry=visit_of(next_visit_on=date(2026, 12, 4)),
        version=version_of(visit),
        at=AT,
    )
    kept = Appointment.objects.get(cancelled_at=None)
    assert (kept.on, Appointment.objects.count()) == (date(2026, 12, 4), 2)
    again = record(citizen, started_at=AT + timedelta(days=30), medicines=())
    kept.refresh_from_db()
    assert (kept.kept_by, kept.state_on(date(2027, 1, 1))) == (again, "kept")


def test_a_visit_long_before_the_day_keeps_no_appointment(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    record(citizen, next_visit_on=date(2026, 12, 31))
    record(citizen, started_at=AT + timedelta(days=10), medicines=())
    assert Appointment.objects.get(on=date(2026, 12, 31)).kept_by is None


def test_who_is_to_come_today_stands_on_the_desk_and_is_registered_from_there(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    today = timezone.localdate()
    before = timezone.now() - timedelta(days=28)
    record(citizen, started_at=before, at=before, next_visit_on=today)
    assert len(appointments.appointments_on(clerk.place_of_work, today, sees_sensitive=True)) == 1
    page = text_of(logged_in(clerk).get(reverse("admin:healthrecords_visit_queue")))
    assert "Hẹn đến hôm nay" in page
    assert "Quàng Thị Hặc" in page


def test_the_dead_are_not_waited_for_and_missed_nothing(
    citizen: Citizen, record: Callable[..., Visit], station: Organisation
) -> None:
    on = date(2026, 12, 3)
    record(citizen, next_visit_on=on)
    Citizen.objects.filter(pk=citizen.pk).update(died_on=on)
    assert appointments.appointments_on(station, on, sees_sensitive=True) == []
    assert Appointment.objects.get().state_on(on + timedelta(days=1)) == "died"
    Citizen.objects.filter(pk=citizen.pk).update(died_on=on + timedelta(days=1))
    assert len(appointments.appointments_on(station, on, sees_sensitive=True)) == 1
    assert Appointment.objects.get().state_on(on + timedelta(days=1)) == "missed"


def test_a_referral_of_a_withdrawn_visit_waits_for_nobody(
    visit: Visit, clerk: User, hospital: Organisation, receiver: User
) -> None:
    withdrawn, waits = refer(visit, clerk, hospital), refer(visit, clerk, hospital)
    Visit.objects.filter(pk=visit.pk).update(status="withdrawn")
    assert not receiving.open_referrals(visit.citizen, hospital, AT).exists()
    page = text_of(logged_in(receiver).get(reverse("admin:healthrecords_visit_referrals")))
    assert visit.citizen.name not in page
    referrals.take_back(actor=clerk, referral=withdrawn, reason="tệp gửi nhầm", at=AT)
    assert waits.state_on(ON) == "sent"
    assert CareRelation.objects.get(organisation=hospital, ground="referral").until == ON
