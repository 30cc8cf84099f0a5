"""Rows are not lost in a quotation mark, not taken for totals, and letters not for what they became."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.intake.declaration import kind_of
from portal.intake.models import Batch, Finding
from portal.intake.moments import moment_of
from portal.intake.readers.unreadable import UnreadableError
from portal.intake.values import read_cell
from portal.legacy_encodings import misread
from portal.places.models import Organisation
from portal.syllables import is_syllable
from tests.intake.parts import cells, events, refusal
from tests.intake.sending import counts, errors, send, visit, workbook
from tests.intake.test_headings_are_recognised import read as taken

PEOPLE = kind_of("citizens").main
HEAD = "MA_LK,HO_TEN,NGAY_SINH,GIOI_TINH,DIA_CHI,GHI_CHU\n"
LINE = "{},Lò Văn Ún,15/08/1971,Nam,Bản Hồi,\n"


@pytest.mark.parametrize("column", range(6))
@pytest.mark.parametrize("closed", [0, 3, 4, 9])
def test_a_quotation_mark_that_swallows_rows_is_found_at_its_row(
    column: int, closed: int, tmp_path: Path
) -> None:
    """It is never closed (0), or by another one that begins the same column further down."""
    lines = [LINE.format(at).strip().split(",") for at in range(2, 12)]
    lines[0][column] = f'"{lines[0][column]}'
    if closed:
        lines[closed - 2][column] = f'"{lines[closed - 2][column]}'
    content = HEAD + LINE.format(1) * 3 + "".join(",".join(line) + "\n" for line in lines)
    with pytest.raises(UnreadableError) as error:
        events(content.encode(), tmp_path)
    assert (error.value.code, error.value.params) == ("csv_broken", {"row": 5})


def test_the_last_row_may_be_the_unclosed_one(tmp_path: Path) -> None:
    content = HEAD + LINE.format(1) + '2,Lò Văn Ún,15/08/1971,Nam,Bản Hồi,"Dặn'
    assert refusal(content.encode(), tmp_path) == "csv_broken"


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_notes_of_several_lines_are_no_swallowed_rows(end: str, tmp_path: Path) -> None:
    note = '"Uống thuốc: a, b, c\nTái khám, 18/10\n\nĂn nhạt, ngủ đủ, tập, ""đi bộ"", nghỉ, uống"'
    content = HEAD + LINE.format(1) + f"2,Lò Văn Ún,15/08/1971,Nam,Bản Hồi,{note}{end}"
    read = cells(content.encode(), tmp_path)
    assert list(read) == ["CSV!1", "CSV!2", "CSV!3"]
    assert read["CSV!3"][5].count("\n") == 3


FIELDS = st.text('aạ ,;"\n1', max_size=12)


@given(st.lists(st.lists(FIELDS, min_size=3, max_size=3), min_size=1, max_size=6))
def test_what_a_program_quotes_is_read_as_it_was(tmp_path_factory, table) -> None:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["A", "B", "C"], *table])
    read = cells(text.getvalue().encode(), tmp_path_factory.mktemp("f"))
    whole = [line for line in table if any(field.strip() for field in line)]
    assert list(read.values())[1:] == whole


@pytest.mark.parametrize(
    "name", ["Tòng Thị Lả", "Tống Văn Sô", "Công Thị Mai", "TONG THI LA", "Cong Van Chi", "Tòng"]
)
def test_families_that_sound_like_totals_are_people(name: str) -> None:
    read, seen = taken(["Họ tên", "Ngày sinh", "Giới tính"], [name, "", ""], table=PEOPLE)
    assert [row.cells["HO_TEN"] for row in read] == [name]
    assert seen.totals == []


@pytest.mark.parametrize(
    "text",
    [
        "Tổng cộng",
        "TỔNG SỐ: 3",
        "Cộng",
        "tong cong",
        "Tong so 12",
        "Cong: 5",
        "* Tổng cộng:",
        "Tổng tiền",
    ],
)
def test_totals_are_no_rows_however_they_are_written(text: str) -> None:
    read, seen = taken(
        ["Mã tài sản", "Tên thiết bị", "Nguyên giá"],
        ["T1", "Máy", "5"],
        [text, "", "500"],
        table=kind_of("equipment").main,
    )
    assert [row.cells["MA_TAI_SAN"] for row in read] == ["T1"]
    assert seen.totals == [3]


def test_a_letter_that_was_lost_keeps_its_row_out(
    lists: None, data_officer: User, hospital: Organisation
) -> None:
    content = workbook([visit(HO_TEN="L\ufffd Văn Ún"), visit(MA_LK="2", DIA_CHI="B\ufffdn Hồi")])
    batch = send(content, by=data_officer, organisation=hospital)
    assert errors(batch) == [("KhamBenh!B2", "letters_lost"), ("KhamBenh!F3", "letters_lost")]


def misspelt(text: str) -> str:
    """A text whose UTF-8 was read as Windows-1252, as programs do it."""
    return "".join(
        bytes([byte]).decode("cp1252") if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else chr(byte)
        for byte in text.encode()
    )


@pytest.mark.parametrize("name", ["Nguyễn Thị Hạnh", "Lò Văn Ún", "Đặng Đình Ưng", "Vàng A Páo"])
def test_a_text_read_in_the_wrong_encoding_is_named_with_what_it_was(
    name: str, lists: None, data_officer: User, hospital: Organisation
) -> None:
    content = workbook([visit(HO_TEN=misspelt(name))])
    batch = send(content, by=data_officer, organisation=hospital)
    finding = Finding.objects.get(batch=batch, severity="error")
    assert (finding.cell, finding.code) == ("KhamBenh!B2", "text_misread")
    assert finding.params["reading"] == name
    assert counts(batch) == {"wrong": 1}
    assert Batch.objects.get(pk=batch.pk).state == "checked"


def test_the_hard_space_of_an_a_may_have_become_a_plain_one() -> None:
    assert misread(misspelt("Vàng A Páo").replace("\xa0", " ")) == "Vàng A Páo"


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Thị Hạnh",
        "Lò Văn Ún",
        "ÊBAN Y Ã",
        "José Ãlvares",
        "Siêu âm 4×6 ± 2 mm",
        "São Paulo",
        "Â",
    ],
)
def test_a_good_text_is_not_misread(text: str) -> None:
    assert misread(text) == ""


@given(st.text("Nguyễn ThịHạLòĐÂâăãÃá ²»", max_size=12))
def test_only_what_becomes_vietnamese_is_misread(text: str) -> None:
    meant = misread(text)
    assert meant == "" or any(map(is_syllable, meant.split()))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("04/10/2026 9:25 CH", "2026-10-04T21:25"),
        ("04/10/2026 12:05:00 SA", "2026-10-04T00:05"),
        ("04/10/2026 12:05 CH", "2026-10-04T12:05"),
        ("2026-10-04T09:25:00+07:00", "2026-10-04T09:25"),
        ("2026-10-04 09:25:00.000+0700", "2026-10-04T09:25"),
    ],
)
def test_a_clock_of_twelve_hours_and_the_zone_of_here_are_read(text: str, moment: str) -> None:
    assert moment_of(text).isoformat()[:16] == moment


@pytest.mark.parametrize(
    "text", ["10/4/2026 9:25:00 PM", "04/10/2026 13:25 CH", "2026-10-04T09:25:00+00:00"]
)
def test_a_moment_that_cannot_be_read_is_named_as_it_was_written(text: str) -> None:
    column = kind_of("visits").main.by_name["NGAY_VAO"]
    value, problems = read_cell(column, text)
    assert value is None
    assert text in str(problems[0].message) % problems[0].params
