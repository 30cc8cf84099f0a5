"""Papers that a file brings of a signed visit stand beside what was signed: nobody signs again for them."""

from datetime import timedelta
from typing import Any

import pytest

from healthrecords import services as records
from healthrecords.imports.undoing import consequences
from healthrecords.models import Diagnosis, Medication, Visit, VisitAmendment, VisitNote, VisitSeal
from healthrecords.services.amending import open_amendment
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake import services
from portal.intake.models import Batch, Finding
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.intake.papers_of_files import ALL, DISCHARGE, bring, read_in, standing
from tests.intake.sending import NOW, confirm, counts

pytestmark = pytest.mark.usefixtures("lists", "registers")
SOON, LATER = NOW + timedelta(minutes=9), NOW + timedelta(hours=1)


@pytest.fixture
def signed(data_officer: User, hospital: Organisation) -> Visit:
    """A visit whose file had no papers, signed at the hospital."""
    bring(data_officer, hospital, {})
    return signed_by(hospital)


def signed_by(hospital: Organisation) -> Visit:
    doctor = make_user("nam", "Nguyễn Hoàng Nam", Role.HOSPITAL_DOCTOR, hospital)
    row = Visit.objects.get()
    records.open_access(user=doctor, citizen=row.citizen, at=NOW)
    sign_visit(actor=doctor, visit=row, at=SOON)
    return Visit.objects.get()


def resend(officer: User, hospital: Organisation, more: dict[str, Any]) -> Batch:
    return confirm(read_in(officer, hospital, more), officer, at=NOW + timedelta(minutes=30))


def said() -> dict[str, list[dict[str, Any]]]:
    """What the visit and its parts say, and which file spoke last."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Visit, Diagnosis, Medication, VisitNote)
    }


def test_papers_alone_open_no_amendment_and_nothing_that_was_signed_changes(
    signed: Visit, data_officer: User, hospital: Organisation
) -> None:
    before = said()
    batch = read_in(data_officer, hospital, ALL)
    assert counts(batch) == {"changed": 1}
    assert not Finding.objects.filter(batch=batch, code="visit_signed").exists()
    confirm(batch, data_officer, at=NOW + timedelta(minutes=30))
    assert not VisitAmendment.objects.exists()
    assert len(standing()) == len(ALL)
    assert VisitSeal.objects.get().has_later
    (row,) = before["Visit"]
    assert said() == {**before, "Visit": [{**row, "batch_id": batch.pk}]}
    assert counts(read_in(data_officer, hospital, ALL)) == {"unchanged": 1}


def test_undoing_them_takes_the_papers_and_the_note_of_them_back(
    signed: Visit, data_officer: User, hospital: Organisation
) -> None:
    before = said()
    batch = resend(data_officer, hospital, ALL)
    assert consequences(batch).obstacles == []
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    services.undo_batch(batch.pk, at=LATER)
    assert standing() == {}
    assert said() == before
    assert not VisitSeal.objects.get().has_later


def test_undoing_them_leaves_alone_what_a_doctor_corrects_meanwhile(
    data_officer: User, hospital: Organisation
) -> None:
    """A visit that was typed here is corrected here, and its papers come from the hospital's software."""
    bring(data_officer, hospital, {})
    Visit.objects.update(origin="typed")
    signed = signed_by(hospital)
    batch = resend(data_officer, hospital, ALL)
    doctor = User.objects.get(username="nam")
    open_amendment(actor=doctor, visit=signed, reason="Ghi nhầm lý do khám", at=LATER)
    Visit.objects.filter(pk=signed.pk).update(reason="Khám lại", sensitivity="hiv")
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    services.undo_batch(batch.pk, at=LATER)
    assert standing() == {}
    row = Visit.objects.get()
    assert (row.reason, row.sensitivity) == ("Khám lại", "hiv")
    assert (row.batch_id, VisitAmendment.objects.get().closed_at) == (signed.batch_id, None)


def test_papers_of_a_later_file_are_undone_before_those_they_took_the_place_of(
    signed: Visit, data_officer: User, hospital: Organisation
) -> None:
    first = resend(data_officer, hospital, ALL)
    resend(data_officer, hospital, {**ALL, "XML7": [{**DISCHARGE, "PP_DIEUTRI": "Losartan"}]})
    assert not VisitAmendment.objects.exists()
    assert standing()["discharge"].content["treatment"] == "Losartan"
    assert len(consequences(first).obstacles) == 1


@pytest.mark.parametrize(
    "more",
    [
        {**ALL, "XML5": [{"DIEN_BIEN_LS": "Hết đau.", "THOI_DIEM_DBLS": "202611030900"}]},
        {**ALL, "XML13": [{**ALL["XML13"][0], "MA_BENH_CHINH": "A15.0"}]},
    ],
    ids=["a note", "a class"],
)
def test_what_changes_more_than_papers_is_signed_again(
    signed: Visit, data_officer: User, hospital: Organisation, more: dict[str, Any]
) -> None:
    resend(data_officer, hospital, more)
    assert VisitAmendment.objects.get().origin == "file"
