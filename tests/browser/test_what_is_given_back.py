"""A data officer has the file marked, fetches it, keeps the report, and takes a list away."""

from pathlib import Path

import pytest

from healthrecords.models import CareRelation
from portal.accounts.roles import Role
from tests.browser import test_job2_upload as sent
from tests.browser.test_job2_upload import go_on, shoot, work
from tests.conftest import SINCE, make_user

pytestmark = pytest.mark.django_db(transaction=True)
lists, known, officer, look = sent.lists, sent.known, sent.officer, sent.look
file, _storage = sent.file, sent._storage


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_file_is_marked_and_the_report_kept(
    visit, look, officer, file: Path, scripts, tmp_path
) -> None:
    page = visit("/nop-tep/", officer, scripts=scripts)
    page.set_input_files("input[type=file]", str(file))
    page.click(".submit-row .default")
    go_on(page, scripts=scripts, until=".findings")
    page.locator("#tra-loi form button").click()
    page.wait_for_selector("#tra-loi progress")
    shoot(page, f"answer-being-prepared-{scripts}")
    work()
    if not scripts:
        page.reload()
    link = page.locator("#tra-loi a[href$='tra-loi.xlsx']")
    link.wait_for()
    shoot(page, f"answer-ready-{scripts}")
    if scripts:
        look(page)
    with page.expect_download() as fetched:
        link.click()
    assert fetched.value.suggested_filename == "KCB_thang10_dot2_loi.xlsx"
    with page.expect_download() as fetched:
        page.locator("a[href$='danh-sach-loi.csv']").click()
    fetched.value.save_as(tmp_path / "loi.csv")
    assert "30/02/1958" in (tmp_path / "loi.csv").read_text("utf-8-sig")
    page.locator("main a[href$='bao-cao/']").click()
    page.wait_for_selector("#h-causes")
    shoot(page, f"report-{scripts}")
    if scripts:
        look(page)


@pytest.mark.parametrize("width", [1366, 390])
def test_a_list_is_taken_away(visit, look, hospital, known, lists, width: int) -> None:
    CareRelation.objects.create(citizen=known, organisation=hospital, ground="visit", since=SINCE)
    head = make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital)
    page = visit("/healthrecords/citizen/?sex=male", head, width=width)
    page.get_by_role("link", name="Xuất danh sách").click()
    page.wait_for_selector("input[name=cot]")
    shoot(page, f"export-{width}")
    look(page)
    with page.expect_download() as fetched:
        page.locator(".submit-row").get_by_role("button", name="csv").click()
    said = Path(fetched.value.path()).read_text("utf-8-sig")
    assert "Sùng A Chứ" in said
