"""A month's report in a real browser: made, opened cell by cell, sent, returned, corrected, approved."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.places.models import Organisation
from reporting.models import Report
from reporting.periods import Period
from reporting.services.cases import settle_cases
from tests.reporting.conftest import definitions, head, person, see, statistician

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["definitions", "head", "see", "statistician"]


@pytest.fixture
def last_month(see: Callable[..., Any], station: Organisation) -> Period:
    """Three visits of the month before this one, one of a sensitive class."""
    period = Period.last_closed("month", timezone.localdate())
    for n, code in enumerate(("I10", "J06.9", "B20")):
        who = person(date(1970 + n, 1, 1), home_station=station)
        see(who, station, period.begin + timedelta(days=n, hours=9), code)
    return period


def make(page: Any, number: str) -> None:
    page.get_by_role("button", name=f"Lập {number}, tháng").last.click()


def test_a_report_is_made_opened_sent_returned_corrected_and_approved(
    last_month: Period, head: User, statistician: User, visit: Callable[..., Any]
) -> None:
    page = visit(reverse("reporting:due"), head)
    make(page, "9/BCT")
    assert "Biểu 9/BCT" in page.locator("h1").inner_text()
    page.get_by_role("link", name=re.compile("Tổng số: *3$")).click()
    behind = page.locator("#dong")
    assert "3 hồ sơ, liệt kê 3" in behind.inner_text()
    assert behind.locator("tbody tr").count() == 3
    # A figure the records are known to be short of is typed over, with its reason.
    page.locator("#dong summary").click()
    page.fill("#c-over", "4")
    page.fill("#c-why", "Sổ giấy ngày mất điện")
    page.locator("#dong").get_by_role("button", name="Lưu").click()
    assert "nhập tay 4" in page.locator(".checks").inner_text()
    page.get_by_role("button", name="Gửi").click()
    assert "Đã gửi" in page.locator(".messagelist").inner_text()
    report = Report.objects.get()
    address = reverse("reporting:report", args=[report.pk])

    sent_back(visit(reverse("reporting:due"), statistician))
    page.goto(page.url.split("/bao-cao")[0] + address)
    assert "Số khám chưa khớp sổ A1" in page.locator(".alert.bad").inner_text()
    page.locator(".alert.bad").get_by_role("link", name="Đính chính").click()
    page.get_by_role("button", name="Mở bản đính chính").click()
    page.get_by_role("button", name="Gửi").click()
    second = Report.objects.get(number=2)
    boss = visit(reverse("reporting:report", args=[second.pk]), statistician)
    boss.get_by_role("button", name="Duyệt").click()
    second.refresh_from_db()
    assert (second.status, second.typed.get().number) == ("approved", 4)
    assert "SHA-256" in boss.locator(".digest").inner_text()


def sent_back(boss: Any) -> None:
    """Return the report that waits: first without words, which is refused."""
    boss.get_by_role("link", name="9/BCT").first.click()
    boss.get_by_role("link", name="Trả lại").click()
    boss.get_by_role("button", name="Trả lại").click()
    assert boss.locator("#errornote").count() == 1
    boss.fill("[name=reason]", "Số khám chưa khớp sổ A1")
    boss.get_by_role("button", name="Trả lại").click()


def test_who_sees_figures_without_names_sees_the_count_and_no_person(
    last_month: Period, head: User, statistician: User, visit: Callable[..., Any]
) -> None:
    page = visit(reverse("reporting:due"), head)
    make(page, "9/BCT")
    page.get_by_role("button", name="Gửi").click()
    address = reverse("reporting:report", args=[Report.objects.get().pk])
    boss = visit(f"{address}?o=own~kham", statistician)
    said = boss.locator("#dong").inner_text()
    assert "3 hồ sơ không mở được" in said
    assert "Lò Thị" not in boss.content()


@pytest.mark.parametrize("width", [1366, 390, 320])
def test_the_pages_of_reports_are_whole_at_every_width(
    last_month: Period,
    head: User,
    statistician: User,
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    sideways: Callable[[Any], int],
    *,
    width: int,
) -> None:
    page = visit(reverse("reporting:due"), head, width=width)
    for action in (lambda: None, lambda: make(page, "14/BCT")):
        action()
        assert axe(page) == []
        assert sideways(page) <= 0
    report = Report.objects.get()
    base = page.url.split("/bao-cao")[0]
    for name in ("typing", "paper"):
        page.goto(base + reverse(f"reporting:{name}", args=[report.pk]))
        assert axe(page) == []
        assert sideways(page) <= 0
    period = f"month-{last_month.first:%Y-%m-%d}"
    boss = visit(reverse("reporting:due"), statistician, width=width)
    for address in (
        "",
        reverse("reporting:senders", args=["BC01", period]),
        reverse("reporting:summary", args=["BC01", period]),
        reverse("reporting:definitions"),
        reverse("reporting:definition", args=["BC02"]),
    ):
        boss.goto(base + (address or reverse("reporting:due")))
        assert axe(boss) == []
        assert sideways(boss) <= 0


def test_a_case_is_reported_by_keyboard(
    see: Callable[..., Any], station: Organisation, clerk: User, visit: Callable[..., Any]
) -> None:
    row = see(person(date(2020, 1, 1), home_station=station), station, timezone.now(), "B05.9")
    settle_cases([row.pk])
    page = visit(reverse("reporting:cases"), clerk)
    page.get_by_role("link", name="Bệnh sởi").click()
    page.locator("[name=send]").click()
    assert "Mẫu 01 cần mục này" in page.content()
    page.fill("[name=onset_on]", f"{timezone.localdate():%d/%m/%Y}")
    page.select_option("[name=certainty]", "clinical")
    page.select_option("[name=vaccinated]", "no")
    page.select_option("[name=treatment]", "outpatient")
    page.locator("[name=send]").press("Enter")
    assert "Đã báo ca" in page.locator(".messagelist").inner_text()
