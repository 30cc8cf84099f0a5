"""What people typed at the visits of a file is in the way of undoing it, and the visits are named."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from healthrecords import services as records
from healthrecords.models import DiagnosticReport, Procedure, Visit
from healthrecords.services.results import void_report
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit.models import AccessLog
from portal.database.uuid7 import uuid7
from portal.intake import services
from portal.intake.models import Batch
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.intake.sending import NOW, confirm, envelope, record, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")


@pytest.fixture
def doctor(hospital: Organisation) -> User:
    return make_user("nam", "Nguyễn Hoàng Nam", Role.HOSPITAL_DOCTOR, hospital)


@pytest.fixture
def batch(data_officer: User, hospital: Organisation) -> Batch:
    rows = [visit(MA_LK=str(at), NGAY_VAO=f"0{at}/10/2026 08:00") for at in range(1, 6)]
    return confirm(send(workbook(rows), by=data_officer, organisation=hospital), data_officer)


def typed(model: Any, row: Visit, by: User, **said: Any) -> Any:
    """A result or procedure as somebody at the facility typed it at a visit."""
    common = {
        "visit": row,
        "citizen": row.citizen,
        "facility": row.facility,
        "title": "X-quang phổi" if model is DiagnosticReport else "Khâu vết thương",
        "performed_at": row.started_at,
        "recorded_at": NOW,
        "recorded_by": by,
        "client_key": uuid7(),
    }
    kind = {"kind": "imaging", "status": "final"} if model is DiagnosticReport else {}
    kind = kind or {"kind": "surgery"}
    return model.objects.create(**{**common, **kind, **said})


def refusal(batch: Batch, by: User) -> str:
    with pytest.raises(ValidationError) as refused:
        services.ask_to_undo(actor=by, batch=batch, reason="Gửi nhầm tệp")
    batch.refresh_from_db()
    assert batch.state == Batch.State.WRITTEN
    assert not Visit.objects.filter(status="withdrawn").exists()
    return " ".join(refused.value.messages)


@pytest.mark.parametrize("model", [DiagnosticReport, Procedure])
def test_a_typed_result_or_procedure_hinders_and_is_let_go_as_a_mistake(
    data_officer: User, doctor: User, batch: Batch, model: Any
) -> None:
    row = Visit.objects.get(episode_key="2")
    found = typed(model, row, doctor)
    assert "Lò Văn Ún 02/10/2026" in refusal(batch, data_officer)
    records.open_access(user=doctor, citizen=row.citizen, at=NOW)
    void_report(actor=doctor, report=found, reason="Nhập nhầm người", at=NOW)
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    services.undo_batch(batch.pk, at=NOW)
    assert not Visit.objects.exclude(status="withdrawn").exists()


def test_what_the_file_itself_brought_does_not_hinder(
    data_officer: User, hospital: Organisation
) -> None:
    from tests.intake.envelopes import whole, written

    sent = send(envelope(written(whole())), by=data_officer, organisation=hospital, kind="envelope")
    batch = confirm(sent, data_officer)
    assert DiagnosticReport.objects.exists()
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    assert services.undo_batch(batch.pk, at=NOW).state == "undone"


def test_the_first_visits_are_named_and_who_reads_it_is_logged(
    client: Client, data_officer: User, doctor: User, batch: Batch
) -> None:
    rows = list(Visit.objects.order_by("started_at"))
    for row in rows:
        typed(DiagnosticReport, row, doctor)
    said = refusal(batch, data_officer)
    assert said.count("Lò Văn Ún") == 3
    client.force_login(data_officer)
    page = client.get(reverse("intake:undo", args=[batch.pk])).content.decode()
    assert page.count("Lò Văn Ún") == 3
    assert AccessLog.objects.filter(
        user_id=data_officer.pk, people__contains=[rows[0].citizen_id]
    ).exists()


def test_a_visit_of_a_protected_class_is_counted_and_not_named(
    data_officer: User, doctor: User, hospital: Organisation
) -> None:
    row = record(MA_BENH_CHINH="B20")
    sent = send(envelope(row), by=data_officer, organisation=hospital, kind="envelope")
    batch = confirm(sent, data_officer)
    seen = Visit.objects.get()
    assert seen.sensitivity
    typed(DiagnosticReport, seen, doctor, sensitivity=seen.sensitivity)
    said = refusal(batch, data_officer)
    assert "1" in said
    assert seen.citizen.name not in said
