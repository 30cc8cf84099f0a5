"""An official uploads the ministry's list, sees what changes, and lets it hold from its day."""

import csv
import io
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.codelists.lookup import code_on, find_codes
from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.codelists.services import Edition, publish_version
from portal.codelists.tables import Row

REFERENCE = Path(os.environ.get("REFERENCE_DIR") or "/nonexistent")


@pytest.fixture
def colours(db: None) -> CodeList:
    code_list = CodeList.objects.create(key="colours", title="Màu")
    publish_version(
        code_list=code_list,
        rows=[Row("1", "Đỏ"), Row("2", "Xanh"), Row("3", "Vàng")],
        edition=Edition(valid_from=date(2025, 1, 1), legal_basis="Thông tư cũ"),
    )
    return code_list


@pytest.fixture
def portal(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def page(code_list: CodeList) -> str:
    return reverse("admin:codelists_codelist_publish", args=[code_list.pk])


def workbook(rows: list[list[Any]]) -> SimpleUploadedFile:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return SimpleUploadedFile("mau.xlsx", target.getvalue())


SAID = {"valid_from": "01/07/2026", "legal_basis": "Thông tư 06/2026/TT-BYT", "source": ""}


def test_a_workbook_is_compared_then_confirmed(portal: Client, colours: CodeList) -> None:
    file = workbook([["Mã", "Tên"], [1, "Đỏ"], [2, "Xanh lá"], [9, "Tím"]])
    looked = portal.post(page(colours), {**SAID, "file": file})
    counts = {str(g["title"]): g["number"] for g in looked.context["groups"]}
    assert list(counts.values()) == [1, 1, 0, 1]
    assert colours.versions.count() == 1  # nothing is stored before it is confirmed
    kept = looked.context["form"]["kept"].value()
    done = portal.post(page(colours), {**SAID, "kept": kept, "confirm": "1"})
    assert done.status_code == 302
    new = colours.versions.get(valid_from=date(2026, 7, 1))
    assert (new.origin, new.legal_basis) == ("uploaded", SAID["legal_basis"])
    assert colours.versions.get(valid_from=date(2025, 1, 1)).valid_until == date(2026, 6, 30)
    assert code_on("colours", "9", date(2026, 8, 1)) is not None
    assert code_on("colours", "3", date(2026, 6, 30)) is not None
    assert code_on("colours", "3", date(2026, 7, 1)) is None


def test_wrong_rows_are_named_and_nothing_typed_is_lost(portal: Client, colours: CodeList) -> None:
    file = workbook([["Mã", "Tên"], [1, "Đỏ"], [1, "Đỏ nữa"], ["", "Không mã"]])
    answer = portal.post(page(colours), {**SAID, "file": file, "confirm": "1"})
    body = answer.content.decode()
    assert [p.row for p in answer.context["table_problems"]] == [3, 4]
    assert SAID["legal_basis"] in body
    assert SAID["valid_from"] in body
    assert colours.versions.count() == 1


def test_a_missing_file_and_a_tampered_one_are_refused(portal: Client, colours: CodeList) -> None:
    missing = portal.post(page(colours), SAID)
    assert missing.context["form"].has_error("__all__", "file_missing")
    tampered = portal.post(page(colours), {**SAID, "kept": "abc:def", "confirm": "1"})
    assert tampered.context["form"].has_error("__all__", "file_changed")
    assert colours.versions.count() == 1


def test_a_day_that_is_taken_is_refused(portal: Client, colours: CodeList) -> None:
    file = workbook([["Mã", "Tên"], [1, "Đỏ"]])
    said = {**SAID, "valid_from": "01/01/2025", "file": file, "confirm": "1"}
    answer = portal.post(page(colours), said)
    assert answer.context["form"].has_error("__all__", "version_day_taken")
    assert CodeListVersion.objects.count() == 1


def test_a_clerk_finds_no_such_page(client: Client, clerk: User, colours: CodeList) -> None:
    client.force_login(clerk)
    file = workbook([["Mã", "Tên"], [1, "Đỏ"]])
    assert client.get(page(colours)).status_code == 403
    assert client.post(page(colours), {**SAID, "file": file, "confirm": "1"}).status_code == 403
    assert colours.versions.count() == 1


@pytest.mark.skipif(
    not (REFERENCE / "icd10_vn_qd4469_2020.csv").exists(), reason="needs REFERENCE_DIR (ICD-10)"
)
def test_the_ministrys_icd_list_is_uploaded_whole(portal: Client, administrator: User) -> None:
    with (REFERENCE / "icd10_vn_qd4469_2020.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = [[row["code"], row["title_vi"]] for row in csv.DictReader(source)]
    icd = CodeList.objects.create(key="icd10", title="ICD-10")
    head = ["Mã bệnh", "Tên bệnh"]
    refused = portal.post(page(icd), {**SAID, "file": workbook([head, *rows])})
    # The list as published writes J13 twice: named, and mended by whoever uploads it.
    assert [(p.value, p.code) for p in refused.context["table_problems"]] == [("J13", "code_twice")]
    rows = list(dict(reversed(rows)).items())
    looked = portal.post(page(icd), {**SAID, "file": workbook([head, *rows])})
    assert looked.context.get("table_problems", []) == []
    kept = looked.context["form"]["kept"].value()
    portal.post(page(icd), {**SAID, "kept": kept, "confirm": "1"})
    assert Code.objects.of("icd10", date(2026, 7, 2)).count() == len(rows) > 12_000
    first = find_codes("icd10", "viem phoi", on=date(2026, 7, 2))
    assert first
