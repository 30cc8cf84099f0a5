"""What AI read is marked, preliminary, and final by a named person alone."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.models import Citizen, DiagnosticReport
from healthrecords.services.report_entries import ReportEntry
from healthrecords.services.results import (
    amend_report,
    may_review,
    record_report,
    review_reading,
    void_report,
)
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.test_results import XRAY, Write, open_to, reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(citizen: Citizen, clerk: User, station: Organisation) -> Write:
    """Write a report as the clerk of Mường Chà."""

    def write_it(entry: ReportEntry, *, actor: User = clerk, **said: Any) -> DiagnosticReport:
        at = said.pop("at", AT)
        services.open_access(user=actor, citizen=citizen, at=at)
        return record_report(
            actor=actor,
            citizen=citizen,
            facility=actor.place_of_work or station,
            entry=entry,
            client_key=said.pop("client_key", None) or uuid7(),
            at=at,
            **said,
        ).row

    return write_it


def test_what_ai_read_is_preliminary_whoever_types_it(write: Write, clinician: User) -> None:
    assert write(reading(), actor=clinician).status == "preliminary"


def test_a_clerk_cannot_confirm_a_reading(write: Write, clerk: User, citizen: Citizen) -> None:
    report = write(reading())
    with pytest.raises(PermissionDenied):
        review_reading(actor=clerk, report=report, confirms=True, at=AT)
    report.refresh_from_db()
    assert (report.status, report.review) == ("preliminary", "")


def test_a_signer_of_another_place_cannot_confirm_a_reading(
    write: Write, stranger: User, citizen: Citizen, hospital: Organisation
) -> None:
    from portal.accounts.roles import Role
    from tests.conftest import make_user

    report = write(reading())
    doctor = make_user("bacsi", "Vũ Văn Bác", Role.HOSPITAL_DOCTOR, hospital)
    services.break_glass(user=doctor, citizen=citizen, reason="Hội chẩn từ xa", at=AT)
    with pytest.raises(PermissionDenied):
        review_reading(actor=doctor, report=report, confirms=True, at=AT)


def test_a_reading_confirmed_by_a_named_person_is_final(
    write: Write, clinician: User, citizen: Citizen
) -> None:
    report = write(reading())
    open_to(clinician, citizen)
    review_reading(actor=clinician, report=report, confirms=True, at=AT)
    report.refresh_from_db()
    assert (report.status, report.review, report.reviewed_by) == ("final", "confirmed", clinician)
    with pytest.raises(ValidationError) as again:
        review_reading(actor=clinician, report=report, confirms=False, reason="Sai rồi", at=AT)
    assert again.value.code == "reading_reviewed"


def test_a_rejection_needs_a_reason_and_the_reading_never_counts(
    write: Write, clinician: User, citizen: Citizen
) -> None:
    report = write(reading())
    open_to(clinician, citizen)
    with pytest.raises(ValidationError) as refused:
        review_reading(actor=clinician, report=report, confirms=False, at=AT)
    assert refused.value.code == "rejection_without_reason"
    review_reading(actor=clinician, report=report, confirms=False, reason="Bóng tim", at=AT)
    report.refresh_from_db()
    assert (report.status, report.review) == ("preliminary", "rejected")


def test_correcting_a_reading_is_a_persons_reading(
    write: Write, clerk: User, clinician: User, citizen: Citizen
) -> None:
    report = write(reading())
    own = reading(ai=None, conclusion="Phổi bình thường")
    with pytest.raises(PermissionDenied):
        amend_report(actor=clerk, report=report, entry=own, reason="Đọc lại phim", at=AT)
    open_to(clinician, citizen)
    new = amend_report(actor=clinician, report=report, entry=own, reason="Đọc lại phim", at=AT)
    assert (new.is_ai, new.device, new.status) == (True, "LungScan", "amended")
    assert (new.review, new.reviewed_by) == ("confirmed", clinician)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "final"},
        {"status": "amended"},
        {"is_ai": False, "device": "", "device_version": "", "confidence": None, "status": "final"},
        {"review": "confirmed", "status": "final"},
        {"review": "confirmed", "reviewed_at": AT, "status": "final"},
        {"device": ""},
        {"confidence": Decimal("1.2")},
        {"review": "rejected", "reviewed_at": AT},
    ],
)
def test_the_database_lets_no_way_around_make_a_reading_final(
    write: Write, change: dict[str, Any]
) -> None:
    report = write(reading())
    with pytest.raises(DatabaseError), transaction.atomic():
        DiagnosticReport.objects.filter(pk=report.pk).update(**change)


def test_a_review_once_given_stays(write: Write, clinician: User, citizen: Citizen) -> None:
    report = write(reading())
    open_to(clinician, citizen)
    review_reading(actor=clinician, report=report, confirms=False, reason="Bóng tim", at=AT)
    said = {"review": "confirmed", "review_reason": "", "status": "final"}
    with pytest.raises(DatabaseError), transaction.atomic():
        DiagnosticReport.objects.filter(pk=report.pk).update(**said)


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["confirm", "reject", "amend", "amend_ai", "void", "again"]),
        st.sampled_from(["clerk", "clinician"]),
    ),
    max_size=7,
)


@given(DEEDS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_done_no_reading_is_final_without_a_signer(
    write: Write,
    citizen: Citizen,
    clerk: User,
    clinician: User,
    deeds: list[tuple[str, str]],
) -> None:
    actors = {"clerk": clerk, "clinician": clinician}
    with transaction.atomic():
        for user in actors.values():
            open_to(user, citizen)
        report = write(reading())
        for deed, who in deeds:
            try:
                report = _do(deed, report, {"actor": actors[who], "at": AT}, write)
            except (ValidationError, PermissionDenied):
                report.refresh_from_db()
            for one in DiagnosticReport.objects.filter(is_ai=True):
                is_final = one.status in {"final", "amended"}
                assert not is_final or (one.review == "confirmed" and one.reviewed_by == clinician)
        transaction.set_rollback(True)


def _do(deed: str, report: DiagnosticReport, said: Any, write: Write) -> DiagnosticReport:
    if deed in {"confirm", "reject"}:
        reason = "Bóng tim to"
        review_reading(report=report, confirms=deed == "confirm", reason=reason, **said)
    elif deed in {"amend", "amend_ai"}:
        entry = reading(ai=XRAY if deed == "amend_ai" else None)
        return amend_report(report=report, entry=entry, reason="Đọc lại phim", **said)
    elif deed == "void":
        void_report(report=report, reason="Của người khác", **said)
    else:
        return write(reading(), actor=said["actor"])
    return report


def test_who_may_review_is_who_may_sign_there(
    write: Write, clerk: User, clinician: User, stranger: User
) -> None:
    report = write(reading())
    assert [may_review(user, report) for user in (clerk, clinician, stranger)] == [
        False,
        True,
        False,
    ]
