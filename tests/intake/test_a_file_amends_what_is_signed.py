"""A file that corrects a signed visit opens an amendment; its undoing gives back what was signed."""

from datetime import timedelta

import pytest

from healthrecords import services as records
from healthrecords.imports.undoing import consequences
from healthrecords.models import Visit, VisitAmendment, VisitSeal
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake import services
from portal.intake.models import Batch, Finding
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.intake.sending import NOW, confirm, counts, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")
SOON, LATER = NOW + timedelta(minutes=9), NOW + timedelta(hours=1)


@pytest.fixture
def doctor(hospital: Organisation) -> User:
    return make_user("nam", "Nguyễn Hoàng Nam", Role.HOSPITAL_DOCTOR, hospital)


@pytest.fixture
def signed(data_officer: User, hospital: Organisation, doctor: User) -> Visit:
    """A visit that came by file and was signed at the hospital."""
    confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    row = Visit.objects.get()
    records.open_access(user=doctor, citizen=row.citizen, at=NOW)
    sign_visit(actor=doctor, visit=row, at=SOON)
    return row


def resend(data_officer: User, hospital: Organisation, **changed: str) -> Batch:
    content = workbook([visit(**changed)])
    batch = send(content, by=data_officer, organisation=hospital)
    return confirm(batch, data_officer, at=NOW + timedelta(minutes=30))


def test_a_corrected_file_opens_an_amendment_that_its_signer_signs(
    signed: Visit, data_officer: User, hospital: Organisation, doctor: User
) -> None:
    batch = resend(data_officer, hospital, MA_BENH_CHINH="J20.9")
    amendment = VisitAmendment.objects.get()
    assert (amendment.origin, amendment.batch_id, amendment.awaits) == ("file", batch.pk, doctor)
    assert signed.diagnosis_rows.get(rank="main").code == "J20.9"
    version = sign_visit(actor=doctor, visit=signed, at=LATER)
    assert version.number == 2
    assert version.reason == amendment.reason
    assert VisitSeal.objects.get().amendment is None


def test_the_same_file_again_opens_nothing(
    signed: Visit, data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    assert counts(batch) == {"unchanged": 1}
    assert not VisitAmendment.objects.exists()


def test_undoing_the_file_gives_back_what_was_signed_and_closes_the_amendment(
    signed: Visit, data_officer: User, hospital: Organisation
) -> None:
    batch = resend(data_officer, hospital, MA_BENH_CHINH="J20.9")
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    services.undo_batch(batch.pk, at=LATER)
    assert signed.diagnosis_rows.get(rank="main").code == "J18.9"
    assert VisitAmendment.objects.get().outcome == "dropped"
    assert VisitSeal.objects.get().amendment is None


def test_a_file_whose_visits_were_signed_since_is_not_undone(
    signed: Visit, data_officer: User, hospital: Organisation
) -> None:
    first = Batch.objects.get()
    told = consequences(first)
    assert len(told.obstacles) == 1
    assert "1 lượt khám trong số này đã được ký sau tệp" in str(told.obstacles[0])


def test_the_sender_is_told_before_confirming_who_signs_again(
    signed: Visit, data_officer: User, hospital: Organisation
) -> None:
    batch = send(
        workbook([visit(MA_BENH_CHINH="J20.9"), visit(MA_LK="2")]),
        by=data_officer,
        organisation=hospital,
    )
    (finding,) = Finding.objects.filter(batch=batch, code="visit_signed")
    assert (finding.severity, finding.number) == ("warning", 2)
    assert finding.params == {"name": "Nguyễn Hoàng Nam", "day": "05/11/2026", "number": 1}
    assert not VisitAmendment.objects.exists()
