"""A doctor confirms what AI read, with the keyboard; until then every page says that it waits."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, DiagnosticReport
from healthrecords.services.report_entries import Reading, ReportEntry, ResultEntry
from healthrecords.services.results import record_report
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.browser.keys import access_key
from tests.browser.records import people_with_visits
from tests.healthrecords.conftest import publish_lists

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def citizen(
    transactional_db: None, clerk: User, station: Organisation, communes: list[Area]
) -> Citizen:
    publish_lists()
    return people_with_visits(clerk, station, communes[0])[0]


def write(citizen: Citizen, clerk: User, entry: ReportEntry) -> DiagnosticReport:
    place = clerk.place_of_work
    assert place is not None
    now = timezone.now()
    services.open_access(user=clerk, citizen=citizen, at=now)
    return record_report(
        actor=clerk, citizen=citizen, facility=place, entry=entry, client_key=uuid7(), at=now
    ).row


@pytest.fixture
def reading(citizen: Citizen, clerk: User) -> DiagnosticReport:
    """A film that a device read an hour ago."""
    return write(
        citizen,
        clerk,
        ReportEntry(
            kind="imaging",
            title="X-quang ngực thẳng",
            performed_at=timezone.now() - timedelta(hours=1),
            description="Đám mờ không đều ở thùy trên phổi phải.",
            conclusion="Nghi đám mờ thùy trên phổi phải, đề nghị đọc lại.",
            ai=Reading("LungScan", "2.4", Decimal("0.87")),
        ),
    )


def test_a_reading_is_confirmed_by_keyboard_and_marked_on_every_page(
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    sideways: Callable[[Any], int],
    reading: DiagnosticReport,
    clinician: User,
) -> None:
    home = visit(reverse("admin:index"), clinician)
    waits = home.locator(".worklist li", has_text="X-quang ngực thẳng")
    assert waits.count() == 1
    record = reverse("admin:healthrecords_citizen_change", args=[reading.citizen_id])
    page = visit(record, clinician)
    assert page.locator(".timeline .chip", has_text="AI đọc, chờ người xác nhận").count() == 1
    page.locator(".timeline a", has_text="X-quang ngực thẳng").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "LungScan" in page.locator(".ai-note").inner_text()
    assert "87,0 %" in page.locator(".ai-note").inner_text()
    assert axe(page) == []
    access_key(page, "g")
    reading.refresh_from_db()
    assert (reading.status, reading.reviewed_by) == ("final", clinician)
    assert page.locator(".chip", has_text="AI đọc, Đỗ Quang Hưng đã xác nhận").count() == 1
    page.set_viewport_size({"width": 390, "height": 844})
    assert sideways(page) <= 0


def test_a_clerk_sees_that_it_waits_and_has_no_button(
    visit: Callable[..., Any], reading: DiagnosticReport, clerk: User
) -> None:
    address = reverse("admin:healthrecords_citizen_report", args=[reading.citizen_id, reading.pk])
    page = visit(address, clerk)
    assert page.locator("button[name=_confirm]").count() == 0
    assert "sơ bộ" in page.locator("main, #content").first.inner_text()


def test_a_result_is_written_by_keyboard_and_judged(
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    citizen: Citizen,
    clerk: User,
) -> None:
    page = visit(reverse("admin:healthrecords_citizen_report_new", args=[citizen.pk]), clerk)
    page.focus("[name=r-0-name]")
    page.keyboard.type("glucose doi")
    page.wait_for_selector(".suggestions:not([hidden]) [role=option]")
    page.keyboard.press("Enter")
    page.keyboard.type("7,9")
    assert axe(page) == []
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    report = DiagnosticReport.objects.get()
    assert (report.title, report.results.get().flag) == ("Glucose máu lúc đói", "high")
    assert page.locator(".chip", has_text="cao").count() == 1


def test_values_of_one_report_stand_with_their_limits(
    visit: Callable[..., Any], citizen: Citizen, clerk: User
) -> None:
    entry = ReportEntry(
        kind="laboratory",
        title="Hóa sinh máu",
        performed_at=timezone.now() - timedelta(hours=2),
        results=[
            ResultEntry("Glucose máu lúc đói", "7,9", "mmol/L"),
            ResultEntry("Kali máu", "6,9", "mmol/L"),
            ResultEntry("HBsAg", "Âm tính"),
        ],
    )
    report = write(citizen, clerk, entry)
    address = reverse("admin:healthrecords_citizen_report", args=[citizen.pk, report.pk])
    page = visit(address, clerk, scripts=False)
    table = page.locator("table.list").inner_text()
    assert "3,9 – 6,4" in table
    assert "cao nguy hiểm" in table
