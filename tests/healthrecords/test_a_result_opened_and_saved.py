"""Who corrects one word of a report changes nothing else of it, neither what the form does not ask."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Citizen, DiagnosticReport
from healthrecords.services.report_entries import ReportEntry, ResultEntry
from healthrecords.services.results import record_report
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import fields_of, logged_in
from tests.healthrecords.test_results import Write, lab, reading

pytestmark = pytest.mark.django_db
REASON = "Gõ nhầm một chữ"
# What tells the new row from the old one, and says that it replaces it.
OF_THE_CORRECTION = {
    *("id", "client_key", "recorded_at", "recorded_by_id", "superseded_by_id", "amend_reason"),
    *("status", "review", "reviewed_by_id", "reviewed_at", "description"),
}
SENT: dict[str, Any] = {
    "code": "23.0075.1494",
    "specimen": "máu",
    "collected_at": AT - timedelta(hours=2, seconds=17),
    "performed_at": AT - timedelta(hours=1, seconds=11),
    "reported_at": AT - timedelta(minutes=20, seconds=5),
    "performer": "Vì Thị Mai",
    "machine": "AU480",
    "conclusion": "Đường huyết tăng",
}
VALUES = (
    ResultEntry("đường huyết đói", "7,9", "", code="GLU-1"),
    ResultEntry("Kali máu", "4,1", "mmol/L", code="K", low=Decimal(3), high=Decimal("5.5")),
    ResultEntry("Xét nghiệm riêng", "12", "U"),
)


@pytest.fixture
def write(citizen: Citizen, station: Organisation) -> Write:
    """Write a report at the station."""

    def write_it(entry: ReportEntry, *, actor: User) -> DiagnosticReport:
        services.open_access(user=actor, citizen=citizen, at=AT)
        said: dict[str, Any] = {"citizen": citizen, "facility": station, "at": AT}
        return record_report(actor=actor, entry=entry, client_key=uuid7(), **said).row

    return write_it


def corrected(user: User, report: DiagnosticReport, **typed: str) -> DiagnosticReport:
    """Correct a report on its page; what is not typed stays as the page shows it."""
    address = reverse(
        "admin:healthrecords_citizen_report_amend", args=[report.citizen_id, report.pk]
    )
    client = logged_in(user)
    said = {
        **fields_of(client.get(address), "report_form"),
        "description": report.description,
        "conclusion": report.conclusion,
        "reason": REASON,
    }
    answer = client.post(address, {**said, **typed})
    assert answer.status_code == 302
    report.refresh_from_db()
    assert report.superseded_by is not None
    return report.superseded_by


def columns(report: DiagnosticReport) -> dict[str, Any]:
    row = DiagnosticReport.objects.filter(pk=report.pk).values().get()
    return {name: value for name, value in row.items() if name not in OF_THE_CORRECTION}


def values(report: DiagnosticReport) -> list[dict[str, Any]]:
    rows = report.results.order_by("position").values()
    return [{k: v for k, v in row.items() if k not in {"id", "report_id"}} for row in rows]


def test_a_correction_keeps_what_the_form_does_not_ask(write: Write, clerk: User) -> None:
    old = write(lab(*VALUES, **SENT), actor=clerk)
    new = corrected(clerk, old, description="Mẫu hơi vỡ hồng cầu")
    assert new.description == "Mẫu hơi vỡ hồng cầu"
    assert columns(new) == columns(old)
    assert values(new) == values(old)
    assert [row["code"] for row in values(new)] == ["GLU-1", "K", ""]


def test_a_correction_of_what_ai_read_keeps_it_too(write: Write, clinician: User) -> None:
    old = write(reading(**{**SENT, "conclusion": "Nghi đám mờ"}), actor=clinician)
    new = corrected(clinician, old, description="Đọc lại phim")
    assert (new.is_ai, new.machine, new.code) == (True, "AU480", SENT["code"])
    assert columns(new) == columns(old)


def test_a_value_that_is_written_anew_is_read_by_the_list(write: Write, clerk: User) -> None:
    old = write(lab(*VALUES, **SENT), actor=clerk)
    new = corrected(clerk, old, **{"r-0-name": "Natri máu", "r-0-value": "138"})
    first = values(new)[0]
    assert (first["name"], first["unit"], first["test"] != "") == ("Natri máu", "mmol/L", True)
    assert "GLU-1" not in first["code"]


def test_an_order_that_is_answered_gets_the_moment_of_its_result(write: Write, clerk: User) -> None:
    said = {**SENT, "reported_at": None, "conclusion": ""}
    order = write(lab(ResultEntry("Kali máu", "", "mmol/L"), **said), actor=clerk)
    assert order.status == "registered"
    new = corrected(clerk, order, **{"r-0-value": "4,1"})
    assert (new.status, new.reported_at is None) == ("final", False)


def test_a_result_is_never_out_before_it_was_done(write: Write, clerk: User) -> None:
    """NGAY_TH_YL is not after NGAY_KQ, as the insurer's portal checks QĐ 4750/QĐ-BYT."""
    old = write(lab(*VALUES, **SENT), actor=clerk)
    new = corrected(clerk, old, performed_at="05/11/2026 08:25")
    assert new.reported_at == new.performed_at > SENT["reported_at"]
