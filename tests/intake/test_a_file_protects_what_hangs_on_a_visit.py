"""A file that says a protected diagnosis of a known visit protects what the place wrote to it."""

import pytest

from healthrecords import services as records
from healthrecords.models import DiagnosticReport, Visit
from healthrecords.services.report_entries import ReportEntry, ResultEntry
from healthrecords.services.results import record_report
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.intake.sending import NOW, confirm, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")


@pytest.fixture
def report(data_officer: User, hospital: Organisation) -> DiagnosticReport:
    """A blood count that a doctor wrote to a visit which came by file."""
    doctor = make_user("nam", "Nguyễn Hoàng Nam", Role.HOSPITAL_DOCTOR, hospital)
    confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    row = Visit.objects.get()
    records.open_access(user=doctor, citizen=row.citizen, at=NOW)
    entry = ReportEntry(
        kind="laboratory",
        title="Công thức máu",
        performed_at=row.started_at,
        results=[ResultEntry("Huyết sắc tố", "118", "g/L")],
    )
    return record_report(
        actor=doctor,
        citizen=row.citizen,
        facility=hospital,
        entry=entry,
        client_key=uuid7(),
        at=NOW,
        visit=row,
    ).row


def resend(data_officer: User, hospital: Organisation, **changed: str) -> None:
    content = workbook([visit(**changed)])
    confirm(send(content, by=data_officer, organisation=hospital), data_officer)


def test_a_result_becomes_as_protected_as_the_file_makes_its_visit(
    report: DiagnosticReport, data_officer: User, hospital: Organisation
) -> None:
    assert (report.sensitivity, Visit.objects.get().sensitivity) == ("", "")
    for code, of_visit in (("B20", "hiv"), ("J20.9", "")):
        resend(data_officer, hospital, MA_BENH_CHINH=code)
        report.refresh_from_db()
        assert Visit.objects.get().sensitivity == of_visit
        assert (report.sensitivity, report.results.get().sensitivity) == ("hiv", "hiv")
