"""The small tables of administrators are read as hostile as any file: in a child, under limits."""

import io
import tracemalloc
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.codelists.models import Holiday
from portal.codelists.tables import read_table
from portal.intake.readers import first_sheet as reading
from portal.sheet_lines import lines_of
from tests.intake.parts import book, book_parts, cell, row, sheet, zipped

FAR = row(1, "ma", "ten") + row(2, "1", "Đỏ")
LOST = f'<row r="1048576">{cell("XFD1048576", "lạc")}</row>'
DIMENSION = '<dimension ref="A1:XFD1048576"/>'


def far_off() -> bytes:
    """A few hundred bytes that say they are a sheet of sixteen million rows and columns."""
    return zipped(book_parts({"A": sheet(FAR + LOST, before=DIMENSION)}))


def test_one_cell_in_the_last_corner_takes_no_memory() -> None:
    tracemalloc.start()
    lines = lines_of(far_off(), "a.xlsx")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lines[:2] == [["ma", "ten"], ["1", "Đỏ"]]
    assert not any(cell for line in lines[2:] for cell in line)
    assert peak < 40_000_000


def test_a_row_at_the_end_of_the_sheet_is_too_many_rows() -> None:
    content = book(FAR + row(1_048_576, "9", "Xa"))
    lines = lines_of(content, "a.xlsx")
    assert len(lines) < 250_000
    [problem] = read_table(content, "a.xlsx").problems
    assert problem.code == "file_unreadable"


def test_lines_keep_their_numbers_and_days_are_days() -> None:
    day = '<row r="4"><c r="A4" s="1"><v>46387</v></c><c r="C4"><v>7.5</v></c><c r="D4" t="b"><v>1</v></c></row>'
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    content = book(row(1, "ngay", "ten") + day, styles=styles)
    head, *blank, last = lines_of(content, "a.xlsx")
    assert head == ["ngay", "ten"]
    assert blank == [[], []]
    assert last == ["2026-12-31", "", "7.5", "True"]


def test_the_first_sheet_alone_is_read() -> None:
    content = zipped(book_parts({"A": sheet(FAR), "B": sheet(row(1, "khác"))}))
    assert lines_of(content, "a.xlsx") == [["ma", "ten"], ["1", "Đỏ"]]


def bomb() -> bytes:
    content = io.BytesIO(far_off())
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bom.xml", b" " * 200_000_000)
    return content.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 hong", bomb()], ids=["empty", "torn", "bomb"]
)
def test_what_cannot_be_read_is_an_error_that_both_pages_say(content: bytes) -> None:
    with pytest.raises(OSError, match="file_"):
        lines_of(content, "a.xlsx")
    assert read_table(content, "a.xlsx").problems[0].code == "file_unreadable"


def test_very_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CELLS_AT_MOST", 3)
    with pytest.raises(OSError, match="file_too_heavy"):
        lines_of(far_off(), "a.xlsx")


def test_the_page_of_a_small_table_takes_it(client: Client, administrator: User) -> None:
    client.force_login(administrator)
    for content, status in ((bomb(), 400), (far_off(), 400)):  # the second has not its columns
        answer = client.post(
            reverse("admin:codelists_holiday_import"),
            {"file": SimpleUploadedFile("a.xlsx", content), "confirm": "1"},
        )
        assert answer.status_code == status
    assert not Holiday.objects.exists()
