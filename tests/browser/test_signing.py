"""A doctor signs, amends and signs again in a real browser; a stranger asks about the paper."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from healthrecords.models import Visit, VisitVersion
from healthrecords.papers.marks import Mark
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.browser.keys import access_key
from tests.browser.records import people_with_visits
from tests.healthrecords.conftest import FEW, publish_lists

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bare_frame")]
REASON = "Quên ghi lời dặn khi khám"
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def last_visit(clerk: User, station: Organisation, communes: list[Area]) -> Visit:
    publish_lists(codes=FEW)
    return people_with_visits(clerk, station, communes[0])[1]


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def address(visit: Visit, rest: str = "change/") -> str:
    return f"/healthrecords/visit/{visit.pk}/{rest}"


def test_sign_amend_and_sign_again_by_keyboard_and_mouse(
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    last_visit: Visit,
    clinician: User,
) -> None:
    page = visit(address(last_visit), clinician)
    shot(page, "visit-unsigned")
    access_key(page, "g")
    page.wait_for_url("**/ky/")
    assert "không phải chữ ký số" in page.inner_text("main")
    assert axe(page) == []
    shot(page, "sign")
    access_key(page, "g")
    page.wait_for_url("**/change/")
    assert "Đã ký, phiên bản 1." in page.inner_text(".seal")
    assert axe(page) == []
    shot(page, "visit-signed")

    amend(page, axe, last_visit)
    access_key(page, "g")
    page.wait_for_url("**/ky/")
    access_key(page, "g")
    page.wait_for_url("**/change/")
    assert "Đã ký, phiên bản 2." in page.inner_text(".seal")
    read_versions(page, axe)
    assert VisitVersion.objects.count() == 2


def amend(page: Any, axe: Callable[[Any], list[str]], last_visit: Visit) -> None:
    page.get_by_role("link", name="Sửa đổi").click()
    page.get_by_label("Vì sao sửa lần khám này?").fill(REASON)
    assert axe(page) == []
    shot(page, "amend")
    page.get_by_role("button", name="Mở sửa đổi").click()
    page.wait_for_url("**/sua/")
    assert REASON in page.inner_text(".seal")
    page.get_by_label("Lời dặn").fill("Ăn nhạt")
    page.get_by_role("button", name="Lưu", exact=False).first.click()
    page.wait_for_load_state()
    page.goto(page.url.split("/healthrecords")[0] + address(last_visit))
    assert "chưa được ký" in page.inner_text(".seal.warn")
    shot(page, "visit-amended")


def read_versions(page: Any, axe: Callable[[Any], list[str]]) -> None:
    page.get_by_role("link", name="Phiên bản").click()
    assert REASON in page.inner_text("main")
    assert "Ăn nhạt" in page.inner_text("ins.new")
    assert axe(page) == []
    shot(page, "versions")
    page.get_by_role("link", name="Phiên bản 1").click()
    assert "bản hiện hành là phiên bản 2" in page.inner_text(".seal.warn")
    assert axe(page) == []
    shot(page, "version-1")


def test_several_are_signed_without_scripts_on_a_phone(
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    last_visit: Visit,
    clinician: User,
) -> None:
    wide = visit("/healthrecords/visit/cho-ky/", clinician)
    assert axe(wide) == []
    shot(wide, "to-sign")
    page = visit("/healthrecords/visit/cho-ky/", clinician, width=390, scripts=False)
    shot(page, "to-sign-390")
    count = page.locator('input[name="visit"]').count()
    assert count >= 2
    page.get_by_role("button", name="Xác nhận các lần khám đã đánh dấu").click()
    assert f"Đã ký {count} lần khám." in page.inner_text("main, body")
    assert VisitVersion.objects.count() == count


@pytest.mark.parametrize("width", [1366, 390])
def test_a_stranger_reads_the_check_of_a_paper(
    width: int,
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    last_visit: Visit,
) -> None:
    cache.clear()
    page = visit(f"/giay/{Mark('visit', last_visit.pk).token}", width=width)
    assert "có trước khi ký" in page.inner_text("main")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"paper-{width}")


def test_the_page_of_certificates_passes_axe(
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    last_visit: Visit,
    clinician: User,
    settings: Any,
) -> None:
    settings.SIGNING_SERVICE = "http://127.0.0.1:9"
    page = visit("/chu-ky/", clinician)
    assert axe(page) == []
    shot(page, "certificates")
