"""A hospital data officer sends a workbook, reads what is wrong with it, and finds the visits."""

import asyncio
import os
import threading
from pathlib import Path

import pytest
from procrastinate.contrib.django import app

from healthrecords.models import Citizen, Visit
from portal.codelists.loader import load_lists
from portal.database.context import acting
from portal.intake.models import Batch
from portal.names import sort_key
from tests.intake.sending import visit as row
from tests.intake.sending import workbook

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("SHOTS_DIR", "")


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def lists(db: None) -> None:
    load_lists()


def work() -> None:
    """Let a worker do what waits, in a thread of its own: the browser holds this one's loop."""

    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker:
            async with worker.open_async():
                await worker.run_worker_async(wait=False, install_signal_handlers=False)

    def body() -> None:
        with acting(command="worker"):
            asyncio.run(run())

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "KCB_thang10_dot2.xlsx"
    rows = [
        row(),
        row(MA_LK="2", HO_TEN="Giàng Thị Dợ", GIOI_TINH="Nữ", SO_CCCD="1.162E+11"),
        row(MA_LK="3", HO_TEN="Vừ A Dính", SO_CCCD="", NGAY_SINH="30/02/1958"),
        row(MA_LK="4", HO_TEN="Hạng Thị Sua", GIOI_TINH="Nữ", SO_CCCD="", MA_BENH_CHINH="I10.9"),
        row(MA_LK="5", HO_TEN="Hạng Thị Sua", GIOI_TINH="Nữ", SO_CCCD="", MA_BENH_CHINH="I10.9"),
        row(MA_LK="6", HO_TEN="Sùng A Chứ", SO_CCCD="", MA_THE_BHYT="", NGAY_SINH="02/09/1990"),
        row(MA_LK="7", SO_CCCD="", NGAY_RA="04/10/2026 07:10"),
    ]
    path.write_bytes(workbook(rows))
    return path


@pytest.fixture
def known(hospital) -> Citizen:
    from datetime import date

    return Citizen.objects.create(
        name="Sùng A Chứ",
        name_sort=sort_key("Sùng A Chứ"),
        birth_date=date(1990, 9, 2),
        sex="male",
        registered_at=hospital,
    )


def shoot(page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture
def officer(lists, hospital, known, data_officer):
    return data_officer


@pytest.fixture
def look(axe, sideways):
    """Check a page for what axe finds and for a sideways scroll."""

    def check(page) -> None:
        assert axe(page) == []
        assert sideways(page) <= 0

    return check


def go_on(page, *, scripts: bool, until: str) -> None:
    """Let the worker work and wait for the page to tell of it; without scripts load it again."""
    page.wait_for_selector("progress")
    work()
    if not scripts:
        page.reload()
    page.wait_for_selector(until)


def assert_wrong_rows_are_named(page) -> None:
    findings = page.inner_text(".findings")
    for said in ("KhamBenh!C3", "1.162E+11", "KhamBenh!D4", "30/02/1958", "Mã bệnh chính"):
        assert said in findings
    batch = Batch.objects.get()
    assert (batch.new_count, batch.doubtful_count, batch.wrong_count) == (1, 1, 5)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_file_is_sent_looked_through_decided_confirmed_and_found(
    visit, look, officer, file, scripts
) -> None:
    page = visit("/nop-tep/", officer, scripts=scripts)
    page.set_input_files("input[type=file]", str(file))
    page.click(".submit-row .default")
    go_on(page, scripts=scripts, until=".findings")
    shoot(page, f"preview-{scripts}")
    assert_wrong_rows_are_named(page)
    grouped = page.locator(".findings tbody tr", has_text="I10.9")
    assert grouped.locator("td.num").all_inner_texts() == ["2"]
    if scripts:
        look(page)
    grouped.locator("a").click()
    assert page.locator(".findings tbody tr").count() == 2
    page.go_back()
    page.locator("#nghi-ngo form button").first.click()
    page.wait_for_selector(".messagelist")
    page.locator(".submit-row .default").click()
    go_on(page, scripts=scripts, until=".findings")
    shoot(page, f"written-{scripts}")
    assert sorted(Visit.objects.values_list("episode_key", flat=True)) == ["26101200041", "6"]
    assert Citizen.objects.get(name="Sùng A Chứ").visits.get().episode_key == "6"
    page.goto(page.url + "dong/new/")
    page.click("main >> text=Sùng A Chứ")
    assert "J18.9" in page.inner_text("#content-start")
    shoot(page, f"timeline-{scripts}")


def test_a_refused_file_and_the_pages_around_it_are_clean(visit, look, officer, tmp_path) -> None:
    path = tmp_path / "khoa.xlsx"
    path.write_bytes(b"%PDF-1.7")
    page = visit("/nop-tep/", officer)
    look(page)
    page.click(".submit-row .default")
    page.wait_for_selector(".errornote")
    look(page)
    page.set_input_files("input[type=file]", str(path))
    page.click(".submit-row .default")
    go_on(page, scripts=True, until=".errornote")
    shoot(page, "refused")
    look(page)
    for address in ("/nop-tep/loai/visits/", "/nop-tep/loai/envelope/"):
        page.goto(page.url.split("/nop-tep/")[0] + address)
        look(page)
        shoot(page, address.strip("/").replace("/", "-"))
    for width in (390, 1024):
        narrow = visit("/nop-tep/", officer, width=width)
        look(narrow)
        shoot(narrow, f"upload-{width}")
