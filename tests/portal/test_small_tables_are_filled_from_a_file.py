"""A small table kept by hand is filled from a file: looked at first, then whole or not at all."""

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.codelists.models import Holiday

ADDRESS = "admin:codelists_holiday_import"
HEAD = "Ngày,Tên,Loại,Căn cứ pháp lý\n"


@pytest.fixture
def day(db: None) -> Holiday:
    return Holiday.objects.create(
        day=date(2027, 9, 2), name="Quốc khánh", kind="off", legal_basis="Bộ luật Lao động"
    )


def sent(user: User, content: str | bytes, *, name: str = "le.csv", **also: Any) -> Any:
    client = Client()
    client.force_login(user)
    body = content.encode() if isinstance(content, str) else content
    return client.post(reverse(ADDRESS), {"file": SimpleUploadedFile(name, body), **also})


def head() -> str:
    """Return the headings as the exported list has them."""
    meta = Holiday._meta
    names = ("day", "name", "kind", "legal_basis")
    return ",".join(str(meta.get_field(name).verbose_name) for name in names) + "\n"


def test_a_file_is_looked_at_and_written_only_when_that_is_confirmed(
    administrator: User, day: Holiday
) -> None:
    rows = head() + "02/09/2027,Quốc khánh 2/9,,Bộ luật Lao động\n30/04/2027,Giải phóng,off,\n"
    page = sent(administrator, rows)
    looked = page.context["looked"]
    assert [str(row) for row in looked.new] == ["30/04/2027 Giải phóng"]
    [(_row, changes)] = looked.changed
    assert changes[0][1:] == ("Quốc khánh", "Quốc khánh 2/9")
    assert Holiday.objects.count() == 1
    client = Client()
    client.force_login(administrator)
    kept = page.context["form"]["kept"].value()
    done = client.post(reverse(ADDRESS), {"kept": kept, "confirm": "1"})
    assert done.status_code == 302
    day.refresh_from_db()
    assert (day.name, Holiday.objects.count()) == ("Quốc khánh 2/9", 2)


def test_history_says_who_filled_the_table(administrator: User, day: Holiday) -> None:
    sent(administrator, head() + "02/09/2027,Tết Độc lập,,\n", confirm="1")
    client = Client()
    client.force_login(administrator)
    page = client.get(reverse("admin:codelists_holiday_history", args=[day.pk])).content.decode()
    assert "Tết Độc lập" in page
    assert administrator.full_name in page


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("32/13/2027,Tết,,", "day", "32/13/2027"),
        (",Tết,,", "day", ""),
        ("01/01/2027,,,", "name", ""),
        ("01/01/2027,Tết,nghỉ mát,", "kind", "nghỉ mát"),
        ("01/01/2027," + "x" * 121 + ",,", "name", "120"),
    ],
)
def test_one_wrong_cell_keeps_the_whole_file_out_and_is_named(
    administrator: User, day: Holiday, row: str, column: str, words: str
) -> None:
    page = sent(administrator, head() + "30/04/2027,Giải phóng,,\n" + row + "\n", confirm="1")
    assert page.status_code == 400
    [trouble] = page.context["looked"].troubles
    assert trouble.row == 3
    label = str(Holiday._meta.get_field(column).verbose_name)
    assert trouble.column.lower() == label
    assert words in trouble.message
    assert "Column" not in trouble.message
    assert list(Holiday.objects.all()) == [day]


def test_a_row_twice_is_refused(administrator: User, day: Holiday) -> None:
    page = sent(administrator, head() + "30/04/2027,A,,\n30/04/2027,B,,\n", confirm="1")
    assert page.context["looked"].troubles[0].row == 3
    assert Holiday.objects.count() == 1


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_exported_list_comes_back_without_a_change(
    administrator: User, day: Holiday, form: str
) -> None:
    Holiday.objects.create(day=date(2027, 1, 9), name="=Làm bù", kind="working")
    client = Client()
    client.force_login(administrator)
    answer = client.get(reverse("admin:codelists_holiday_export"), {"tep": form})
    content = b"".join(answer.streaming_content)
    page = sent(administrator, content, name=f"le.{form}")
    looked = page.context["looked"]
    assert (looked.troubles, looked.writes, looked.unchanged) == ([], 0, 2)


def test_a_file_that_is_none_is_refused_in_words(administrator: User, day: Holiday) -> None:
    book = io.BytesIO()
    made = xlsxwriter.Workbook(book)
    made.add_worksheet()
    made.close()
    for content, name in (
        (b"", "a.csv"),
        (b"\xff\xfe\x00", "a.csv"),
        (b"PK\x03\x04", "a.xlsx"),
        (book.getvalue(), "a.xlsx"),
        ("Tên\nTết\n".encode(), "a.csv"),
    ):
        page = sent(administrator, content, name=name, confirm="1")
        assert page.status_code == 400
        assert page.context["form"].errors
    assert list(Holiday.objects.all()) == [day]


def test_only_who_may_add_and_change_rows_fills_the_table(
    client: Client, administrator: User, data_officer: User, auditor: User
) -> None:
    for user in (data_officer, auditor):
        client.force_login(user)
        assert client.get(reverse(ADDRESS)).status_code == 403
    client.force_login(administrator)
    listed = client.get(reverse("admin:codelists_holiday_changelist")).content.decode()
    assert reverse(ADDRESS) in listed


def test_a_table_that_is_not_filled_so_has_no_such_page(administrator: User) -> None:
    from django.urls import NoReverseMatch

    with pytest.raises(NoReverseMatch):
        reverse("admin:codelists_code_import")
