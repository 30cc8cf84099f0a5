"""A file of a hospital tells who came that was sent there or was to come again; undone, it told nothing."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from healthrecords import services as records
from healthrecords.models import Appointment, CareRelation, Citizen, Referral, Visit
from healthrecords.services import documents, referrals
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.intake import services
from portal.intake.models import Batch
from portal.places.models import Area, Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import entry_of, visit_of
from tests.healthrecords.test_papers import SENT
from tests.intake.sending import NOW, confirm, send, visit, workbook
from tests.intake.test_a_sending_is_undone import undo

pytestmark = pytest.mark.usefixtures("lists")
BEGAN = NOW - timedelta(days=33)
LAST = date(2026, 10, 16)


@pytest.fixture
def patient(clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    """Lò Văn Ún, of whom the file speaks."""
    entry = entry_of(
        communes[0],
        name="Lò Văn Ún",
        sex="male",
        birth=PartialDate(1971, 8, 15),
        numbers=[records.NumberEntry("personal", "011071000123")],
    )
    return records.register_citizen(
        actor=clerk, place=station, entry=entry, client_key=uuid7(), at=BEGAN
    ).row


def seen(patient: Citizen, actor: User, *, at: datetime = BEGAN, **said: Any) -> Visit:
    return records.record_visit(
        actor=actor,
        citizen=patient,
        facility=actor.place_of_work,
        entry=visit_of(started_at=at, medicines=(), **said),
        client_key=uuid7(),
        at=at,
    ).row


@pytest.fixture
def refer(patient: Citizen, clerk: User, hospital: Organisation) -> Callable[[], Referral]:
    """Send the patient on to the hospital, on 3 October."""
    came = seen(patient, clerk)

    def refer_now() -> Referral:
        return referrals.refer(
            actor=clerk,
            visit=came,
            way=referrals.Way("2", hospital),
            content=SENT,
            client_key=uuid7(),
            at=BEGAN,
        ).row

    return refer_now


def written(by: User, place: Organisation, *rows: dict[str, Any]) -> Batch:
    return confirm(send(workbook(rows or [visit()]), by=by, organisation=place), by)


def test_who_was_sent_twice_and_came_twice_in_one_file_has_arrived_by_both(
    refer: Callable[[], Referral], data_officer: User, hospital: Organisation
) -> None:
    """As at a desk: the first visit follows from the latest referral, the next from the one left."""
    earlier, latest = refer(), refer()
    batch = written(
        data_officer, hospital, visit(), visit(MA_LK="2", NGAY_VAO="06/10/2026 08:00", NGAY_RA="")
    )
    came = {
        row.pk: row.arrived_visit.episode_key
        for row in Referral.objects.exclude(arrived_visit=None).select_related("arrived_visit")
    }
    assert came == {latest.pk: visit()["MA_LK"], earlier.pk: "2"}
    undo(batch, data_officer)
    assert not Referral.objects.exclude(arrived_at=None).exists()


def test_who_was_sent_has_arrived_by_the_file_and_not_when_it_is_undone(
    refer: Callable[[], Referral], data_officer: User, hospital: Organisation
) -> None:
    referral = refer()
    batch = written(
        data_officer, hospital, visit(), visit(MA_LK="2", NGAY_VAO="06/10/2026 08:00", NGAY_RA="")
    )
    there = Visit.objects.get(episode_key=visit()["MA_LK"])
    referral.refresh_from_db()
    assert (referral.arrived_visit, referral.arrived_by) == (there, data_officer)
    assert referral.arrived_at == there.started_at
    ground = CareRelation.objects.get(organisation=hospital, ground="referral")
    assert ground.until is None
    undo(batch, data_officer)
    referral.refresh_from_db()
    came = (referral.arrived_at, referral.arrived_by, referral.arrived_visit)
    assert (came, referral.state_on(LAST)) == ((None, None, None), "sent")
    ground.refresh_from_db()
    assert ground.until == max(referral.valid_until or NOW.date(), NOW.date())
    written(data_officer, hospital)
    referral.refresh_from_db()
    assert referral.arrived_visit == there


@pytest.mark.parametrize("began", ["01/10/2026 09:25", "30/10/2026 09:25"])
def test_a_visit_before_the_referral_or_after_its_last_day_is_no_arrival(
    refer: Callable[[], Referral], data_officer: User, hospital: Organisation, began: str
) -> None:
    referral = refer()
    assert referral.valid_until == LAST
    written(data_officer, hospital, visit(NGAY_VAO=began, NGAY_RA=""))
    referral.refresh_from_db()
    assert Visit.objects.filter(facility=hospital).count() == 1
    assert (referral.arrived_at, referral.arrived_visit) == (None, None)


def test_of_two_referrals_one_visit_answers_the_later_one_also_when_sent_again(
    refer: Callable[[], Referral], data_officer: User, hospital: Organisation
) -> None:
    first, second = refer(), refer()
    written(data_officer, hospital)
    written(data_officer, hospital, visit(LY_DO_VV="Đau đầu"))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.arrived_visit, second.arrived_visit) == (None, Visit.objects.get(origin="file"))


def test_an_answer_that_was_sent_stays_when_the_file_is_undone(
    refer: Callable[[], Referral], data_officer: User, hospital: Organisation
) -> None:
    referral = refer()
    batch = written(data_officer, hospital)
    doctor = make_user("nam", "Nguyễn Hoàng Nam", Role.HOSPITAL_DOCTOR, hospital)
    referral.refresh_from_db()
    referrals.answer(actor=doctor, referral=referral, text="Viêm phổi, đã điều trị", at=NOW)
    undo(batch, data_officer)
    referral.refresh_from_db()
    assert referral.state_on(LAST) == "answered"
    assert referral.arrived_visit is not None


def test_who_was_to_come_again_came_by_the_file_and_not_when_it_is_undone(
    patient: Citizen, data_officer: User, hospital: Organisation
) -> None:
    doctor = make_user("nam", "Nguyễn Hoàng Nam", Role.HOSPITAL_DOCTOR, hospital)
    records.break_glass(user=doctor, citizen=patient, reason="bất tỉnh, cấp cứu", at=BEGAN)
    seen(patient, doctor, next_visit_on=date(2026, 10, 6))
    kept = Appointment.objects.get()
    batch = written(data_officer, hospital)
    kept.refresh_from_db()
    assert kept.kept_by == Visit.objects.get(origin="file")
    undo(batch, data_officer)
    kept.refresh_from_db()
    assert (kept.kept_by, kept.state_on(LAST)) == (None, "missed")


@pytest.mark.parametrize(
    ("said", "keeps"),
    [
        ({"MA_BENH_KT": ""}, False),  # a pneumonia, two days before the day for the blood pressure
        ({"MA_BENH_KT": "I11.9"}, False),
        ({"MA_BENH_KT": "", "NGAY_VAO": "06/10/2026 09:25"}, True),
    ],
)
def test_a_visit_of_a_file_keeps_the_day_it_fits_and_no_other(
    said: dict[str, Any],
    keeps: bool,
    patient: Citizen,
    data_officer: User,
    hospital: Organisation,
) -> None:
    doctor = make_user("nam", "Nguyễn Hoàng Nam", Role.HOSPITAL_DOCTOR, hospital)
    records.break_glass(user=doctor, citizen=patient, reason="bất tỉnh, cấp cứu", at=BEGAN)
    seen(patient, doctor, next_visit_on=date(2026, 10, 6))
    written(data_officer, hospital, visit(**{"NGAY_RA": "", **said}))
    came = Visit.objects.get(origin="file")
    assert Appointment.objects.get().kept_by == (came if keeps else None)


def test_papers_of_its_visits_stand_in_the_way_of_undoing_until_they_are_cancelled(
    data_officer: User, hospital: Organisation, station: Organisation
) -> None:
    doctor = make_user("nam", "Nguyễn Hoàng Nam", Role.HOSPITAL_DOCTOR, hospital)
    batch = written(data_officer, hospital)
    row = Visit.objects.get()
    records.open_access(user=doctor, citizen=row.citizen, at=NOW)
    referral = referrals.refer(
        actor=doctor,
        visit=row,
        way=referrals.Way("2", station),
        content=SENT,
        client_key=uuid7(),
        at=NOW,
    ).row
    with pytest.raises(ValidationError) as refused:
        services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    assert "giấy" in " ".join(refused.value.messages)
    row.refresh_from_db()
    assert (row.status, Batch.objects.get().state) == ("finished", Batch.State.WRITTEN)
    documents.cancel(actor=doctor, document=referral.document, reason="tệp gửi nhầm", at=NOW)
    undo(batch, data_officer)
    row.refresh_from_db()
    assert row.status == "withdrawn"
