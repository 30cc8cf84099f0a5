"""Each sheet of a workbook, and each file of a zip, numbers its own rows: row 2 twice is two rows."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import xlsxwriter
from django.test import Client
from django.urls import reverse

from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.intake.models import Batch, Finding, StagedRow
from portal.places.models import Organisation
from tests.intake.sending import GOOD, confirm, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")
# Of whom so little is said that only the row tells them apart.
HARDLY_KNOWN = {
    "HO_TEN": "Lò Văn Ún",
    "NGAY_SINH": "1971",
    "SO_CCCD": "",
    "MA_THE_BHYT": "",
    "MA_BN": "",
    "DIA_CHI": "",
}


def sheets(*pages: Sequence[Mapping[str, Any]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    for at, rows in enumerate(pages, start=1):
        page = book.add_worksheet(f"Thang{at}")
        page.write_row(0, 0, list(GOOD))
        for line, row in enumerate(rows, start=1):
            for place, name in enumerate(GOOD):
                page.write_string(line, place, str(row.get(name) or ""))
    book.close()
    return file.getvalue()


def texts(**changed: Any) -> dict[str, Any]:
    """A visit written as text alone."""
    row = visit(NGAY_VAO="05/10/2026 08:00", NGAY_RA="05/10/2026 09:00", **HARDLY_KNOWN)
    return {**row, **changed}


def packed(*files: bytes) -> bytes:
    store = io.BytesIO()
    with zipfile.ZipFile(store, "w") as archive:
        for at, content in enumerate(files, start=1):
            archive.writestr(f"tep-{at}.xlsx", content)
    return store.getvalue()


def two(by: User, place: Organisation, how: str) -> Batch:
    one, other = texts(MA_LK="A1"), texts(MA_LK="A2")
    if how == "sheets":
        return send(sheets([one], [other]), by=by, organisation=place)
    content = packed(sheets([one]), sheets([other]))
    return send(content, by=by, organisation=place, name="thang.zip")


@pytest.mark.parametrize("how", ["sheets", "zip"])
def test_two_hardly_known_people_in_row_two_of_both_are_two_people(
    how: str, data_officer: User, hospital: Organisation
) -> None:
    batch = two(data_officer, hospital, how)
    rows = list(StagedRow.objects.filter(batch=batch))
    assert [row.number for row in rows] == [2, 2]
    confirm(batch, data_officer)
    assert Visit.objects.count() == 2
    assert Citizen.objects.filter(name="Lò Văn Ún").count() == 2


@pytest.mark.parametrize("how", ["sheets", "zip"])
def test_the_next_page_begins_after_the_row_and_not_after_its_number(
    how: str, data_officer: User, hospital: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.intake.views.ROWS_SHOWN", 1)
    batch = two(data_officer, hospital, how)
    client = Client()
    client.force_login(data_officer)
    address = reverse("intake:rows", args=[batch.pk, "new"])
    first = client.get(address)
    second = client.get(address, {"sau": first.context["after"]})
    shown = [page.context["lines"][0].row.key for page in (first, second)]
    assert sorted(shown) == ["|A1", "|A2"]
    assert second.context["after"] is None
    # What is no such place begins anew instead of failing.
    assert client.get(address, {"sau": "2"}).status_code == 200


def test_two_citizens_in_row_two_of_both_are_no_repetition(
    data_officer: User, hospital: Organisation
) -> None:
    row = {"HO_TEN": "Lò Văn Ún", "NGAY_SINH": "1971", "GIOI_TINH": "1"}
    page = workbook([row], headings=list(row), sheet="CongDan")
    batch = send(
        packed(page, page), by=data_officer, organisation=hospital, kind="citizens", name="a.zip"
    )
    rows = list(StagedRow.objects.filter(batch=batch))
    assert len({row.key for row in rows}) == len(rows) == 2
    assert not Finding.objects.filter(batch=batch, code__contains="repeated").exists()
