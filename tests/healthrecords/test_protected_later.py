"""A visit that becomes protected takes along what hangs on it; a paper never becomes more open."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.models import (
    Appointment,
    Citizen,
    DiagnosticReport,
    Dispensing,
    Document,
    MedicineStop,
    Procedure,
    QueueStep,
    Referral,
    Result,
    Visit,
)
from healthrecords.services import documents
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.report_entries import ResultEntry
from healthrecords.services.results import record_report
from healthrecords.services.versions import version_of
from healthrecords.timeline.results import report_url
from portal.accounts.models import User
from portal.codelists.sensitivity import strictest, weaker_than
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from portal.sensitivity import Sensitivity
from tests.healthrecords.conftest import AT, visit_of
from tests.healthrecords.pages import logged_in
from tests.healthrecords.test_papers import issue, refer
from tests.healthrecords.test_results import lab, reading

KEPT = (
    *(DiagnosticReport, Result, Procedure, Document, Referral, Dispensing, MedicineStop),
    Appointment,
)
FOLLOWING = (QueueStep,)
TOLD = "Nghi đám mờ thùy trên phổi phải"


@pytest.fixture
def visit(
    citizen: Citizen, record: Callable[..., Visit], clerk: User, hospital: Organisation
) -> Visit:
    """An ordinary visit with all that can hang on one."""
    visit = record(citizen)
    said: dict[str, Any] = {"actor": clerk, "citizen": citizen, "facility": visit.facility}
    for entry in (reading(), lab(ResultEntry("Glucose máu lúc đói", "7,9", "mmol/L"))):
        record_report(entry=entry, client_key=uuid7(), at=AT, visit=visit, **said)
    entry = ProcedureEntry("Chọc hút dịch", AT)
    record_procedure(entry=entry, client_key=uuid7(), at=AT, visit=visit, **said)
    issue(visit, clerk)
    refer(visit, clerk, hospital)
    held = {"visit": visit, "citizen": citizen, "facility": visit.facility}
    QueueStep.objects.create(number=1, kind="arrived", at=AT, on=AT.date(), by=clerk, **held)
    Appointment.objects.create(on=AT.date(), made_at=AT, **held)
    MedicineStop.objects.create(
        visit=visit,
        name="Paracetamol 500 mg",
        stopped_on=AT.date(),
        reason="Phù chân",
        noted_at=AT,
        noted_by=visit.entered_by,
        noted_where=visit.facility,
    )
    Dispensing.objects.create(
        name="Amlodipin 5 mg", quantity=1, given_at=AT, given_by=clerk, client_key=uuid7(), **held
    )
    return visit


def classes(*models: Any) -> set[str]:
    for model in models:
        assert model.objects.exists(), model
    return {one for model in models for one in model.objects.values_list("sensitivity", flat=True)}


def corrected(doctor: User, visit: Visit, *diagnoses: str) -> Visit:
    services.open_access(user=doctor, citizen=visit.citizen, at=AT)
    entry = visit_of(*diagnoses, medicines=[])
    return services.correct_visit(
        actor=doctor, visit=visit, entry=entry, version=version_of(visit), at=AT
    )


def test_all_that_hangs_on_a_visit_becomes_as_protected_as_the_visit(
    visit: Visit, clinician: User
) -> None:
    assert classes(*KEPT, *FOLLOWING) == {""}
    corrected(clinician, visit, "B20")
    assert classes(*KEPT, *FOLLOWING) == {"hiv"}


def test_what_was_written_stays_protected_when_the_visit_no_longer_is(
    visit: Visit, clerk: User, clinician: User
) -> None:
    """The text of a paper still says what the visit no longer says."""
    visit = corrected(clinician, visit, "F20")
    paper = issue(visit, clinician, diagnosis="F20 Tâm thần phân liệt")
    assert paper.sensitivity == "mental"
    documents.cancel(actor=clinician, document=paper, reason="viết nhầm", at=AT)
    corrected(clinician, visit, "J06.9")
    assert Visit.objects.get().sensitivity == ""
    assert classes(*KEPT) == {"mental"}
    assert classes(*FOLLOWING) == {""}
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_visit_document", args=[visit.pk, paper.pk])
    assert client.get(url).status_code == 404
    given = reverse("admin:healthrecords_visit_dispense", args=[visit.pk])
    assert "Amlodipin" not in client.get(given).content.decode()
    assert "Amlodipin" in logged_in(clinician).get(given).content.decode()
    again = reverse("admin:healthrecords_visit_issue", args=[visit.pk, paper.kind])
    assert "F20" not in client.get(again, {"thay": str(paper.pk)}).content.decode()
    assert "F20" in logged_in(clinician).get(again, {"thay": str(paper.pk)}).content.decode()


def test_a_weaker_class_does_not_take_the_place_of_a_stricter_one(
    visit: Visit, clinician: User
) -> None:
    corrected(clinician, visit, "B20")
    corrected(clinician, visit, "F20")
    assert classes(*KEPT) == {"hiv"}
    assert classes(*FOLLOWING) == {"mental"}


def test_results_and_procedures_of_a_protected_visit_are_met_nowhere_without_the_right(
    visit: Visit, clerk: User, clinician: User
) -> None:
    """Rows that carry no class themselves, as older ones do, are no more open than their visit."""
    Visit.objects.update(sensitivity="tb")
    readings = DiagnosticReport.objects.all()
    addresses = [report_url(visit.citizen_id, report.pk) for report in readings]
    procedure = Procedure.objects.get()
    addresses.append(
        reverse("admin:healthrecords_citizen_procedure", args=[visit.citizen_id, procedure.pk])
    )
    for user, status in ((clerk, 404), (clinician, 200)):
        client = logged_in(user)
        assert [client.get(address).status_code for address in addresses] == [status] * 3


def test_the_home_page_shows_no_reading_of_a_protected_visit(
    visit: Visit, clinician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = reverse("admin:index")
    assert TOLD in logged_in(clinician).get(home).content.decode()
    Visit.objects.update(sensitivity="tb")
    assert TOLD in logged_in(clinician).get(home).content.decode()
    # A signer without the right to see protected rows.
    from healthrecords import home as cards

    real = cards.scope_of
    monkeypatch.setattr(
        cards, "scope_of", lambda user, right: () if right == "see_sensitive" else real(user, right)
    )
    assert TOLD not in logged_in(clinician).get(home).content.decode()


def test_a_value_of_a_protected_visit_is_not_told_beside_another_report(
    visit: Visit, citizen: Citizen, clerk: User, clinician: User
) -> None:
    came = record_report(
        actor=clerk,
        citizen=citizen,
        facility=visit.facility,
        entry=lab(ResultEntry("Glucose máu lúc đói", "5,1", "mmol/L")),
        client_key=uuid7(),
        at=AT,
    ).row
    DiagnosticReport.objects.filter(pk=came.pk).update(origin="file")
    url = report_url(citizen.pk, came.pk)
    assert "7,9" in logged_in(clerk).get(url).content.decode()
    Visit.objects.update(sensitivity="tb")
    assert "7,9" not in logged_in(clerk).get(url).content.decode()
    assert "7,9" in logged_in(clinician).get(url).content.decode()


@given(st.sampled_from(Sensitivity.values), st.sampled_from(Sensitivity.values))
def test_of_two_classes_one_is_weaker_or_they_are_the_same(one: str, other: str) -> None:
    assert (one in weaker_than(other)) == (one != other and strictest({one, other}) == other)
