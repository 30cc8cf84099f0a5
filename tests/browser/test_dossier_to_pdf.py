"""A dossier in a real browser: filed on the public page, supplemented, signed, fetched as PDF."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import segno
from django.conf import settings

from facilities.models import OperatingLicense
from portal.dossiers.models import Dossier
from portal.dossiers.papers.marks import decision_address
from portal.places.models import Organisation
from tests.dossiers.conftest import (  # noqa: F401  (fixtures)
    NEW_PAPERS,
    PDF,
    authority,
    director,
    law,
    officer,
    register,
)
from tests.facilities.conftest import publish_needed
from tests.marks import matrix_of, rendered

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture
def paper(tmp_path: Path) -> Callable[[str], str]:
    """Write a scanned paper to choose in the browser."""

    def write(name: str) -> str:
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(PDF + name.encode())
        return str(path)

    return write


def go(page: Any, text: str) -> None:
    """Press a button of the page and wait for the answer."""
    with page.expect_navigation():
        page.get_by_role("button", name=text).first.click()


def fill_in(page: Any) -> None:
    page.fill("#id_applicant_name", "Lò Văn Thoan")
    page.fill("#id_birth_date", "22/04/1996")
    page.fill("#id_phone", "0912 345 678")
    go(page, "Tiếp tục đến giấy tờ")


def files_it(page: Any, paper: Callable[[str], str], check: Callable[[Any], Any]) -> str:
    """Let an applicant pick the act and the case, fill in, upload and file; return the code."""
    check(page)
    shot(page, "procedures")
    page.get_by_role("link", name="Cấp mới giấy phép hành nghề", exact=True).click()
    check(page)
    shot(page, "procedure")
    go(page, "Tiếp tục")
    check(page)
    go(page, "Tiếp tục đến giấy tờ")
    assert "Ghi họ tên như trên căn cước." in page.inner_text("main")
    check(page)
    shot(page, "apply-errors")
    fill_in(page)
    for code in NEW_PAPERS[:-1]:
        page.set_input_files(f"#id_document_{code}", paper(code))
    go(page, "Nộp hồ sơ")
    assert "lời cam đoan" in page.inner_text("#errornote")
    shot(page, "apply-papers")
    page.check("[name=declared]")
    page.set_input_files("#id_document_photo", paper("photo"))
    go(page, "Nộp hồ sơ")
    check(page)
    shot(page, "filed")
    return str(page.inner_text(".tracking"))


def asks_for_more(desk: Any, check: Callable[[Any], Any]) -> None:
    """Let an official find a document wrong and ask for it in writing."""
    check(desk)
    shot(desk, "queue")
    desk.get_by_role("link", name="Lò Văn Thoan").click()
    go(desk, "Đủ hồ sơ, tính thời hạn")
    go(desk, "Bắt đầu thẩm định")
    check(desk)
    shot(desk, "dossier")
    desk.get_by_role("link", name="Yêu cầu bổ sung").first.click()
    desk.check("#id_ask_practice")
    desk.fill("#id_why_practice", "Thiếu chữ ký của người hướng dẫn thực hành.")
    check(desk)
    shot(desk, "ask")
    go(desk, "Yêu cầu bổ sung")
    assert "tạm dừng" in desk.inner_text("main")


def answers(page: Any, code: str, paper: Callable[[str], str], check: Callable[[Any], Any]) -> None:
    """Let the applicant come back with code and birth date, and hand in what was asked."""
    check(page)
    page.fill("#id_code", code)
    page.fill("#id_secret", "22/04/1996")
    go(page, "Mở")
    assert "Thiếu chữ ký của người hướng dẫn" in page.inner_text("main")
    check(page)
    shot(page, "own-supplement")
    page.set_input_files("#id_document_practice", paper("bo-sung"))
    go(page, "Nộp phần bổ sung")
    assert "Đang thẩm định" in page.inner_text("main")


def signs(sign: Any, check: Callable[[Any], Any]) -> None:
    """Let a second person sign what was put up."""
    sign.get_by_role("link", name="Lò Văn Thoan").click()
    sign.locator("[accesskey=g]").first.click()
    check(sign)
    shot(sign, "sign")
    go(sign, "Xác nhận")
    assert "Đã ký 1/QĐ-ĐB" in sign.inner_text("main")
    shot(sign, "signed")


def fetches(page: Any) -> bytes:
    """Let the applicant fetch the result as PDF."""
    page.reload()
    shot(page, "own-granted")
    link = page.get_by_role("link", name="Tải kết quả (PDF)")
    answer = page.request.get(page.url.split("/thu-tuc/")[0] + link.get_attribute("href"))
    return bytes(answer.body())


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_dossier_goes_from_the_public_page_to_the_pdf(
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    paper: Callable[[str], str],
    scripts: bool,
    authority: Organisation,  # noqa: F811  (fixtures)
    register: Any,  # noqa: F811
    officer: Any,  # noqa: F811
    director: Any,  # noqa: F811
) -> None:
    def check(page: Any) -> None:
        assert not scripts or axe(page) == []

    code = files_it(visit("/thu-tuc/", scripts=scripts), paper, check)
    desk = visit("/ho-so-thu-tuc/", officer, scripts=scripts)
    asks_for_more(desk, check)
    page = visit("/thu-tuc/theo-doi/", scripts=scripts)
    answers(page, code, paper, check)
    desk.reload()
    desk.get_by_role("link", name="Trình ký").click()
    desk.locator("[name=proposal][value=grant]").check(force=True)
    go(desk, "Trình ký")
    signs(visit("/ho-so-thu-tuc/?who=&state=signature", director, scripts=scripts), check)
    content = fetches(page)
    assert content.startswith(b"%PDF")
    if reader := shutil.which("pdftotext"):
        done = subprocess.run([reader, "-", "-"], input=content, capture_output=True, check=True)
        assert "000001/ĐB-GPHN" in done.stdout.decode()
    assert Dossier.objects.get().state == "granted"
    assert register.done[-1] == "granted 1/QĐ-ĐB"


CLINIC = "Phòng khám Chuyên khoa Nhi Ban Mai"
CLINIC_PAPERS = ("application", "founding", "head", "premises", "staff", "techniques")


def asks_for_a_clinic(page: Any, paper: Callable[[str], str]) -> str:
    """File for a clinic's first licence; hours nobody can read are refused, nothing typed is lost."""
    page.get_by_role("link", name="Cấp mới giấy phép hoạt động", exact=True).click()
    page.get_by_text("Cơ sở không phải bệnh viện").first.click()
    go(page, "Tiếp tục")
    page.fill("#id_applicant_name", CLINIC)
    page.fill("#id_phone", "0912 345 678")
    page.select_option("#id_v-form", "PKCK")
    page.fill("#id_v-place", "Số 12, phường Điện Biên Phủ")
    page.fill("#id_v-hours", "theo lịch")
    page.fill("#id_v-responsible", "BS Trần Thị Ban Mai, 000123/ĐB-GPHN")
    page.fill("#id_v-beds", "4")
    page.fill("#id_v-scope", "Khám bệnh, chữa bệnh nhi khoa")
    go(page, "Tiếp tục đến giấy tờ")
    assert "theo lịch" in page.inner_text("#errornote")
    assert page.input_value("#id_v-scope") == "Khám bệnh, chữa bệnh nhi khoa"
    page.fill("#id_v-hours", "Thứ 2 đến thứ 6: 7 giờ - 11 giờ 30")
    go(page, "Tiếp tục đến giấy tờ")
    assert page.locator("#id_document_charter").count() == 0  # a hospital's paper alone
    for code in CLINIC_PAPERS:
        page.set_input_files(f"#id_document_{code}", paper(code))
    page.check("[name=declared]")
    go(page, "Nộp hồ sơ")
    return str(page.inner_text(".tracking"))


def decides(visit: Callable[..., Any], officer: Any, director: Any) -> None:  # noqa: F811
    """Let one official appraise and put up, another sign."""
    desk = visit("/ho-so-thu-tuc/", officer)
    desk.get_by_role("link", name=CLINIC).click()
    go(desk, "Đủ hồ sơ, tính thời hạn")
    go(desk, "Bắt đầu thẩm định")
    desk.get_by_role("link", name="Trình ký").click()
    desk.locator("[name=proposal][value=grant]").check(force=True)
    go(desk, "Trình ký")
    sign = visit("/ho-so-thu-tuc/?who=&state=signature", director)
    sign.get_by_role("link", name=CLINIC).click()
    sign.locator("[accesskey=g]").first.click()
    go(sign, "Xác nhận")


@pytest.mark.parametrize("width", [1366, 390])
def test_a_clinic_is_licensed_from_the_public_page_to_its_own(
    visit: Callable[..., Any],
    sideways: Callable[[Any], int],
    axe: Callable[[Any], list[str]],
    paper: Callable[[str], str],
    width: int,
    authority: Organisation,  # noqa: F811
    officer: Any,  # noqa: F811
    director: Any,  # noqa: F811
) -> None:
    """With the register's own act: the decision's mark proves it, and everybody finds the clinic."""
    publish_needed()
    code = asks_for_a_clinic(visit("/thu-tuc/", width=width), paper)
    decides(visit, officer, director)
    page = visit("/thu-tuc/theo-doi/", width=width)
    page.fill("#id_code", code)
    page.fill("#id_secret", "0912345678")
    go(page, "Mở")
    content = fetches(page)
    address = decision_address(Dossier.objects.get().pk)
    picture = rendered(content)
    if picture is not None:
        mark = segno.make(address, error="m", micro=False)
        drawn = matrix_of(picture, len(mark.matrix))
        assert drawn == [[bool(square) for square in row] for row in mark.matrix]
    check = visit(address.removeprefix(settings.PUBLIC_ADDRESS), width=width)
    assert "1/QĐ-ĐB" in check.inner_text("main")
    license = OperatingLicense.objects.get()
    found = visit("/co-so/?q=nhi+ban+mai", width=width)
    assert (axe(found), sideways(found)) == ([], 0)
    shot(found, f"public-places-{width}")
    found.get_by_role("link", name=CLINIC).click()
    for said in (license.number_raw, "Khám bệnh, chữa bệnh nhi khoa", "07:00 – 11:30"):
        assert said in found.inner_text("main")
    assert (axe(found), sideways(found)) == ([], 0)
    shot(found, f"public-place-{width}")


@pytest.mark.parametrize("width", [1366, 390, 320])
def test_no_page_scrolls_sideways(
    visit: Callable[..., Any],
    sideways: Callable[[Any], int],
    width: int,
    authority: Organisation,  # noqa: F811
    register: Any,  # noqa: F811
    officer: Any,  # noqa: F811
) -> None:
    page = visit("/thu-tuc/practice_license.new/nop/?case=first", width=width)
    fill_in(page)
    assert sideways(page) == 0
    laid = page.eval_on_selector_all(
        ".steps li", "all => all.map(li => getComputedStyle(li).display)"
    )
    assert laid == ["flex"] * 4  # no page of officials lays the applicant's steps out anew
    shot(page, f"apply-papers-{width}")
    for code in NEW_PAPERS:
        page.locator(f"#id_document_{code}").set_input_files(
            {"name": f"{code}.pdf", "mimeType": "application/pdf", "buffer": PDF + code.encode()}
        )
    page.check("[name=declared]")
    go(page, "Nộp hồ sơ")
    assert sideways(page) == 0
    shot(page, f"filed-{width}")
    for address in (
        "/thu-tuc/",
        "/thu-tuc/practice_license.new/",
        "/thu-tuc/theo-doi/",
    ):
        assert sideways(visit(address, width=width)) == 0, address
    dossier = Dossier.objects.get()
    for address in (
        "/ho-so-thu-tuc/",
        f"/ho-so-thu-tuc/{dossier.pk}/",
        f"/ho-so-thu-tuc/{dossier.pk}/viec/bo-sung/",
        "/ho-so-thu-tuc/so-lieu/",
        "/ho-so-thu-tuc/mo/",
    ):
        page = visit(address, officer, width=width)
        assert sideways(page) == 0, address
        shot(page, f"{address.strip('/').replace('/', '-')[-20:]}-{width}")
