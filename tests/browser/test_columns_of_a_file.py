"""A file of strange headings is settled in the browser, with and without scripts, by keyboard."""

from pathlib import Path

import pytest
from django.urls import reverse

from portal.codelists.loader import load_lists
from portal.intake import services
from portal.intake.models import Batch
from tests.intake.sending import NOW, send, workbook
from tests.intake.sending import visit as row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lists")]
LABELS = {"NGAY_VAO": "Ngày vàp", "HO_TEN": "3. Họ tên (*)", "CAN_NANG": "Cân nặng (kg)"}


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def lists(db: None) -> None:
    load_lists()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_says_what_the_columns_are(
    visit, axe, sideways, data_officer, hospital, scripts
) -> None:
    batch = send(workbook([row()], labels=LABELS), by=data_officer, organisation=hospital)
    page = visit(reverse("intake:batch", args=[batch.pk]), data_officer, scripts=scripts)
    page.get_by_role("link", name="Chọn cột nào là cột nào").click()
    assert not scripts or axe(page) == []
    assert sideways(page) == 0
    select = page.get_by_label("Cột M đọc là")
    assert select.input_value() == "NGAY_VAO"
    select.focus()
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Lưu và đọc lại tệp").press("Enter")
    page.wait_for_url("**" + reverse("intake:batch", args=[batch.pk]))
    batch = services.read_batch(Batch.objects.get().pk, at=NOW)
    assert (batch.state, batch.new_count) == ("checked", 1)


@pytest.mark.parametrize("width", [1366, 390])
def test_the_pages_of_kinds_are_clean(visit, axe, sideways, clerk, width) -> None:
    for address in (
        reverse("intake:kinds"),
        reverse("intake:columns", args=["visits"]),
        reverse("intake:codes", args=["icd10"]),
    ):
        page = visit(address, clerk, width=width)
        assert axe(page) == [], address
        assert sideways(page) == 0, address
