"""What the receiving facility wrote of a referral outlives the undoing and the sending of its file."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from healthrecords.models import Citizen, Document, Referral, Visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake import services
from portal.intake.models import Batch
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.intake.papers_of_files import DISCHARGE, TRANSFER, bring, read_in, standing, undo
from tests.intake.sending import NOW

pytestmark = pytest.mark.usefixtures("lists", "registers")


@pytest.fixture
def there(upper: Organisation) -> User:
    return make_user("there", "Bác sĩ Tỉnh", Role.HOSPITAL_DOCTOR, upper)


def arrived(upper: Organisation, by: User, at: datetime) -> Visit:
    """A visit of the person of the file there; somebody noted by hand when they arrived."""
    came = Visit.objects.create(
        citizen=Citizen.objects.get(), facility=upper, started_at=at, status="finished"
    )
    came.diagnosis_rows.create(visit=came, rank="main", code="I10", title="Tăng huyết áp")
    Referral.objects.update(
        arrived_at=at - timedelta(minutes=20), arrived_by=by, arrived_visit=came
    )
    return came


def refusal(batch: Batch, by: User) -> str:
    with pytest.raises(ValidationError) as refused:
        services.ask_to_undo(actor=by, batch=batch, reason="Gửi nhầm tệp")
    batch.refresh_from_db()
    assert batch.state == Batch.State.WRITTEN
    return " ".join(refused.value.messages)


@pytest.fixture
def answered(
    data_officer: User, hospital: Organisation, upper: Organisation, there: User
) -> tuple[Batch, Referral]:
    batch = bring(data_officer, hospital, {"XML13": [TRANSFER]})
    sent = Referral.objects.get()
    came = arrived(upper, there, sent.sent_at + timedelta(hours=3))
    Referral.objects.update(
        answered_at=came.started_at + timedelta(days=1),
        answered_by=there,
        answer="Đã can thiệp mạch, ổn định.",
    )
    return batch, Referral.objects.get()


def test_a_file_whose_referral_was_answered_is_not_undone(
    answered: tuple[Batch, Referral], data_officer: User
) -> None:
    batch, sent = answered
    assert "1" in refusal(batch, data_officer)
    assert standing()["referral"].pk == sent.document_id
    assert Visit.objects.get(origin="file").status != "withdrawn"


def test_a_file_that_leaves_an_answered_referral_out_lets_it_stand(
    answered: tuple[Batch, Referral], data_officer: User, hospital: Organisation
) -> None:
    _batch, sent = answered
    again = bring(data_officer, hospital, {"XML7": [DISCHARGE]})
    assert sorted(standing()) == ["discharge", "referral"]
    sent.refresh_from_db()
    assert sent.state_on(NOW.date()) == "answered"
    # It was there before that file, and so it does not hinder its undoing.
    undo(again, data_officer)
    assert sorted(standing()) == ["referral"]


def test_a_file_that_leaves_an_answered_referral_out_changes_nothing_the_second_time(
    answered: tuple[Batch, Referral], data_officer: User, hospital: Organisation
) -> None:
    first = read_in(data_officer, hospital, {})
    assert (first.changed_count, first.unchanged_count) == (0, 1)
    other = {**TRANSFER, "SO_CHUYENTUYEN": "CT-99", "MA_CSKCB_DEN": "99999"}
    assert bring(data_officer, hospital, {"XML13": [other]}).changed_count == 1
    again = read_in(data_officer, hospital, {"XML13": [other]})
    assert (again.changed_count, again.unchanged_count) == (0, 1)
    assert Document.objects.filter(kind="referral", cancelled_at=None).count() == 2


def test_a_referral_that_comes_with_a_later_file_and_is_answered_hinders_that_one(
    data_officer: User, hospital: Organisation, upper: Organisation, there: User
) -> None:
    bring(data_officer, hospital, {})
    again = bring(data_officer, hospital, {"XML13": [TRANSFER]})
    arrived(upper, there, Referral.objects.get().sent_at + timedelta(hours=3))
    Referral.objects.update(answered_at=NOW, answered_by=there, answer="Ổn định.")
    refusal(again, data_officer)
    assert Document.objects.get(kind="referral").cancelled_at is None


def test_who_noted_the_arrival_and_when_comes_back_with_the_paper(
    data_officer: User, hospital: Organisation, upper: Organisation, there: User
) -> None:
    bring(data_officer, hospital, {"XML13": [TRANSFER]})
    sent = Referral.objects.get()
    came = arrived(upper, there, sent.sent_at + timedelta(hours=3))
    sent.refresh_from_db()
    noted = (sent.arrived_at, sent.arrived_by, sent.arrived_visit)
    gone = bring(data_officer, hospital, {})
    sent.refresh_from_db()
    assert (sent.arrived_at, sent.arrived_visit) == (None, None)
    undo(gone, data_officer)
    sent.refresh_from_db()
    assert (sent.arrived_at, sent.arrived_by, sent.arrived_visit) == noted
    assert came.entered_by is None


def test_an_arrival_by_a_visit_that_was_withdrawn_does_not_come_back(
    data_officer: User, hospital: Organisation, upper: Organisation, there: User
) -> None:
    bring(data_officer, hospital, {"XML13": [TRANSFER]})
    sent = Referral.objects.get()
    came = arrived(upper, there, sent.sent_at + timedelta(hours=3))
    gone = bring(data_officer, hospital, {})
    Visit.objects.filter(pk=came.pk).update(status="withdrawn")
    undo(gone, data_officer)
    sent.refresh_from_db()
    assert (sent.arrived_at, sent.arrived_by, sent.arrived_visit) == (None, None, None)
