"""The sender's own workbook comes back, marked, and may be sent again just so."""

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from django.db import InterfaceError, OperationalError

from portal.accounts.models import User
from portal.intake import answering, presenting, storage
from portal.intake.jobs import AGAIN, prepare_answer
from portal.intake.models import Answer, Batch, Finding, StagedRow
from portal.places.models import Organisation
from tests.intake.sending import (
    GOOD,
    NOW,
    confirm,
    counts,
    envelope,
    errors,
    found,
    record,
    send,
    visit,
    workbook,
)

pytestmark = pytest.mark.usefixtures("lists")


def answer(batch: Batch, *, open_: bool = True) -> bytes:
    """Ask for the answer and have it made."""
    asked, _is_new = answering.ask_answer(batch=batch, open_=open_, at=NOW)
    made = answering.make_answer(asked.pk, at=NOW)
    assert made.state == "ready"
    return storage.place_of(made.path).read_bytes()


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def senders_own() -> bytes:
    """A workbook as a hospital makes it: titles, a hidden sheet, notes, a formula, odd columns."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    cover = book.add_worksheet("Bìa")
    cover.write_string(1, 1, "BỆNH VIỆN ĐA KHOA")
    page = book.add_worksheet("KhamBenh")
    page.write_string(0, 2, "Sổ khám bệnh tháng 10")
    names = [*GOOD, "Ghi chú riêng"]
    for at, name in enumerate(names, start=2):
        page.write_string(3, at, name)
    rows = [visit(), visit(MA_LK="2", MACH="780", SO_CCCD=11071000123), visit(MA_LK="3", HO_TEN="")]
    for line, row in enumerate(rows, start=4):
        for at, name in enumerate(names, start=2):
            value = row.get(name, "=2+3")
            if name == "NGAY_SINH":
                page.write_datetime(line, at, datetime(1971, 8, 15), day)  # noqa: DTZ001
            elif name == "NGAY_VAO":
                page.write_datetime(line, at, datetime(2026, 10, 4, 9, 25), moment)  # noqa: DTZ001
            elif isinstance(value, int):
                page.write_number(line, at, value)
            else:
                page.write_string(line, at, value)
    page.write_formula(4, 2 + len(names), "=1+1", None, 2)
    hidden = book.add_worksheet("Ẩn")
    hidden.write_string(0, 0, "không cho xem")
    hidden.hide()
    book.close()
    return file.getvalue()


def values(content: bytes) -> dict[str, tuple[str, list[list[Any]]]]:
    return {
        page.title: (page.sheet_state, [[cell.value for cell in row] for row in page.iter_rows()])
        for page in opened(content)
        if not page.title.startswith("Lỗi")
    }


@pytest.fixture
def batch(data_officer: User, hospital: Organisation) -> Batch:
    return send(senders_own(), by=data_officer, organisation=hospital)


def test_sheets_rows_columns_and_values_are_the_senders_own(batch: Batch) -> None:
    sent, back = values(senders_own()), values(answer(batch))
    assert list(back) == list(sent) == ["Bìa", "KhamBenh", "Ẩn"]
    assert {name: state for name, (state, _rows) in back.items()} == {
        name: state for name, (state, _rows) in sent.items()
    }
    assert back["Bìa"] == sent["Bìa"]
    given, rows = sent["KhamBenh"][1], back["KhamBenh"][1]
    given[4][2 + len(GOOD) + 1] = 2  # a formula comes back as its value
    assert [[cell or None for cell in row] for row in rows] == [
        [cell or None for cell in row] for row in given
    ]


def test_nothing_becomes_a_formula(batch: Batch) -> None:
    page = opened(answer(batch))["KhamBenh"]
    kinds = {cell.data_type for row in page.iter_rows() for cell in row}
    assert "f" not in kinds
    assert page.cell(5, 3 + len(GOOD)).value == "=2+3"
    assert page.cell(5, 3 + len(GOOD)).data_type in {"s", "inlineStr"}


def test_wrong_cells_are_coloured_and_explained_in_vietnamese(batch: Batch) -> None:
    page = opened(answer(batch))["KhamBenh"]
    names = list(GOOD)
    pulse = page.cell(6, 3 + names.index("MACH"))
    assert "780" in pulse.comment.text or "mạch" in pulse.comment.text.lower()
    assert pulse.fill.fgColor.rgb == "FFF8D0D0"
    blank = page.cell(7, 3 + names.index("HO_TEN"))
    assert blank.value is None
    assert blank.comment is not None
    good = page.cell(5, 3 + names.index("MACH"))
    assert good.comment is None
    assert good.fill.fill_type is None


def test_every_finding_is_listed_with_its_place_and_a_link(batch: Batch) -> None:
    page = opened(answer(batch))["Lỗi"]
    listed = [[cell.value for cell in row] for row in page.iter_rows(min_row=3)]
    assert len(listed) == Finding.objects.filter(batch=batch).count()
    for finding, row in zip(
        Finding.objects.filter(batch=batch).order_by("sheet", "number", "id"), listed, strict=True
    ):
        assert f"{row[0]}!{row[2]}{row[1]}" == finding.cell
        assert row[4] == (finding.value or None)
        assert row[5].endswith((".", "”."))
        assert row[6].endswith(".")
        assert row[7] == ("Sai" if finding.severity == "error" else "Nhắc")
    linked = page.cell(3, 3).hyperlink
    assert linked.location.startswith("'KhamBenh'!")


def test_an_answer_sent_unmended_finds_the_same_again(
    batch: Batch, data_officer: User, hospital: Organisation
) -> None:
    again = send(answer(batch), by=data_officer, organisation=hospital)
    assert found(again) == found(batch)
    assert counts(again) == counts(batch)
    assert again.headings == batch.headings
    once_more = values(answer(again))
    assert once_more == values(answer(batch))


def mended(content: bytes, cells: dict[str, Any]) -> bytes:
    book = opened(content)
    for where, value in cells.items():
        sheet, cell = where.split("!")
        book[sheet][cell] = value
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_an_answer_with_only_its_wrong_cells_mended_is_right(
    batch: Batch, data_officer: User, hospital: Organisation
) -> None:
    right = {}
    for cell, _code, _severity in found(batch):
        column = openpyxl.utils.cell.coordinate_from_string(cell.split("!")[1])[0]
        name = list(GOOD)[openpyxl.utils.column_index_from_string(column) - 3]
        right[cell] = GOOD[name]
    again = send(mended(answer(batch), right), by=data_officer, organisation=hospital)
    assert found(again) == []
    assert counts(again) == {"new": 3}


def test_a_text_file_comes_back_as_a_workbook(data_officer: User, hospital: Organisation) -> None:
    names = list(GOOD)
    lines = [names, [GOOD[n] for n in names], [visit(MA_LK="2", MACH="780")[n] for n in names]]
    text = "\r\n".join(";".join(f'"{cell}"' for cell in line) for line in lines)
    batch = send(text.encode("utf-16"), by=data_officer, organisation=hospital, name="KCB.csv")
    assert errors(batch) == [("CSV!S3", "measure_impossible")]
    page = opened(answer(batch))["CSV"]
    assert page["C2"].value == "011071000123"
    again = send(answer(batch), by=data_officer, organisation=hospital, name="KCB_loi.xlsx")
    assert found(again) == found(batch)


def test_an_envelope_is_answered_by_a_list(data_officer: User, hospital: Organisation) -> None:
    batch = send(
        envelope(record(MA_BENH_CHINH="I10.9")),
        by=data_officer,
        organisation=hospital,
        kind="envelope",
        name="kcb.xml",
    )
    book = opened(answer(batch))
    assert book.sheetnames == ["Lỗi"]
    listed = [[cell.value for cell in row] for row in book["Lỗi"].iter_rows(min_row=3)]
    assert len(listed) == Finding.objects.filter(batch=batch).count()
    [wrong] = [row[:4] for row in listed if row[5] == "I10.9"]
    assert wrong == [1, "XML1", None, "MA_BENH_CHINH"]


def test_protected_rows_are_left_blank_without_the_right(
    data_officer: User, hospital: Organisation
) -> None:
    rows = [
        visit(MA_LK="1", MA_BENH_CHINH="B20", HO_TEN="Giàng Thị Kín", MACH="780"),
        visit(MA_LK="2", MACH="781"),
    ]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    closed, open_ = answer(batch, open_=False), answer(batch, open_=True)
    said = str([[c.value for c in row] for page in opened(closed) for row in page.iter_rows()])
    notes = str(
        [c.comment.text for p in opened(closed) for r in p.iter_rows() for c in r if c.comment]
    )
    for secret in ("Kín", "B20", "780"):
        assert secret not in said + notes
    assert "781" in said
    assert "Giàng Thị Kín" in str(list(opened(open_)["KhamBenh"].values))
    assert Answer.objects.count() == 2
    # Sent again, what was left out is not touched and not read.
    again = send(closed, by=data_officer, organisation=hospital)
    assert list(StagedRow.objects.filter(batch=again).values_list("number", flat=True)) == [3]


def test_an_answer_is_made_once_and_anew_after_a_new_reading(batch: Batch) -> None:
    first, is_new = answering.ask_answer(batch=batch, open_=True, at=NOW)
    assert is_new
    assert answering.ask_answer(batch=batch, open_=False, at=NOW) == (first, False)
    answering.make_answer(first.pk, at=NOW)
    path = storage.place_of(Answer.objects.get().path)
    assert path.exists()
    assert not list(storage.place_of("intake/arriving").iterdir())
    Batch.objects.filter(pk=batch.pk).update(checked_at=NOW.replace(hour=11))
    batch.refresh_from_db()
    assert answering.answer_of(batch, open_=True) is None
    again, is_new = answering.ask_answer(batch=batch, open_=True, at=NOW)
    assert (again.pk, is_new) == (first.pk, True)
    answering.make_answer(again.pk, at=NOW)
    assert storage.place_of(Answer.objects.get().path).exists()


def test_a_source_that_went_missing_fails_and_may_be_asked_again(batch: Batch) -> None:
    asked, _is_new = answering.ask_answer(batch=batch, open_=True, at=NOW)
    place = storage.place_of(batch.file.path)
    content = place.read_bytes()
    place.write_bytes(content[:400])
    assert answering.make_answer(asked.pk, at=NOW).state == "failed"
    place.write_bytes(content)
    again, is_new = answering.ask_answer(batch=batch, open_=True, at=NOW)
    assert is_new
    assert answering.make_answer(again.pk, at=NOW).state == "ready"


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_went_away_leaves_the_answer_to_be_made_later(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    asked, _is_new = answering.ask_answer(batch=batch, open_=True, at=NOW)

    def gone(*_args: Any) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(answering, "_written", gone)
        with pytest.raises(error):
            answering.make_answer(asked.pk, at=NOW)
    asked.refresh_from_db()
    assert asked.state == "preparing"
    assert prepare_answer.retry_strategy is AGAIN
    assert {OperationalError, InterfaceError} == AGAIN.retry_exceptions
    assert answering.make_answer(asked.pk, at=NOW).state == "ready"


def test_written_rows_do_not_change_the_answer(batch: Batch, data_officer: User) -> None:
    before = values(answer(batch))
    confirm(batch, data_officer)
    assert values(answer(batch)) == before


def test_a_zip_of_workbooks_comes_back_as_one(data_officer: User, hospital: Organisation) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("T9.xlsx", workbook([visit(MA_LK="1", MACH="780")]))
        archive.writestr("T10.xlsx", workbook([visit(MA_LK="2", CAN_NANG="mot")]))
    batch = send(file.getvalue(), by=data_officer, organisation=hospital, name="quy.zip")
    assert len(errors(batch)) == 2
    book = opened(answer(batch))
    assert book.sheetnames == ["T9.xlsx › KhamBenh", "T10.xlsx › KhamBenh", "Lỗi"]
    notes = [cell for page in book for row in page.iter_rows() for cell in row if cell.comment]
    assert {str(cell.value) for cell in notes} == {"780", "mot"}
    assert answering.name_of(batch) == "quy_loi.xlsx"


def test_an_older_workbook_comes_back_as_a_new_one(
    data_officer: User, hospital: Organisation
) -> None:
    content = (Path(__file__).parent / "files" / "libreoffice.xls").read_bytes()
    batch = send(content, by=data_officer, organisation=hospital, name="cu.xls")
    assert batch.state == "checked"
    again = send(answer(batch), by=data_officer, organisation=hospital, name="cu_loi.xlsx")
    assert counts(again) == counts(batch)
    assert found(again) == found(batch)


def test_of_very_many_findings_five_thousand_are_notes_and_every_one_is_listed(
    data_officer: User, hospital: Organisation
) -> None:
    """The notes end at 5,000, the colours and the list do not; the answer can be sent just so."""
    many = 5_020
    rows = [visit(MA_LK=f"K{at}", MACH="7x") for at in range(many)]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert counts(batch) == {"wrong": many}
    content = answer(batch)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        notes = sum(
            book.read(name).count(b"<comment ")
            for name in book.namelist()
            if name.startswith("xl/comments")
        )
        sheets = [book.read(f"xl/worksheets/sheet{at}.xml") for at in (1, 2)]
        styles = book.read("xl/styles.xml")
    assert notes == 5_000
    assert b"F8D0D0" in styles.upper()
    pulse = [re.findall(rb'<c r="S%d" s="(\d+)"' % at, sheets[0]) for at in (2, many + 1)]
    assert pulse[0] == pulse[1] != []
    assert len(re.findall(rb"<row ", sheets[1])) == many + 2
    again = send(content, by=data_officer, organisation=hospital, name="sua.xlsx")
    assert counts(again) == {"wrong": many}
    assert "sheets_ignored" not in {remark["code"] for remark in presenting.remarks_on(again)}
