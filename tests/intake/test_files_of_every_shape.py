"""Whatever a sender's software made of the file, its rows are read or a sentence says why not."""

import io
import zipfile
from datetime import datetime

import pytest

from portal.accounts.models import User
from portal.intake import refusals, services, storage
from portal.intake.models import Batch, Finding, StagedRow, StoredFile
from portal.places.models import Organisation
from tests.intake.sending import (
    GOOD,
    NOW,
    counts,
    errors,
    found,
    send,
    visit,
    workbook,
)

pytestmark = pytest.mark.usefixtures("lists")

LABELS = {
    "MA_LK": "Mã lượt khám",
    "HO_TEN": "Họ  và tên *",
    "SO_CCCD": "so cccd",
    "NGAY_SINH": "NGÀY SINH",
    "GIOI_TINH": "Giới tính\nGIOI_TINH",
    "MA_BENH_CHINH": "Mã ICD",
    "NGAY_VAO": "Ngày giờ vào",
    "CAN_NANG": "Cân nặng (kg)",
}


def values(batch: Batch) -> dict:
    return StagedRow.objects.get(batch=batch).values


def csv_of(rows: list[dict], separator: str = ";", names: list[str] | None = None) -> str:
    names = names or list(GOOD)
    lines = [names, *([str(row.get(name) or "") for name in names] for row in rows)]
    quoted = [[f'"{cell}"' if separator in cell else cell for cell in line] for line in lines]
    return "\r\n".join(separator.join(line) for line in quoted) + "\r\n"


def test_labels_any_order_titles_above_and_further_columns_are_understood(
    data_officer: User, hospital: Organisation
) -> None:
    names = [*reversed(GOOD), "Bác sĩ ký"]
    content = workbook(
        [visit()],
        headings=names,
        labels=LABELS,
        sheet="Thang 10",
        above=["BỆNH VIỆN ĐA KHOA TỈNH", "Danh sách lượt khám tháng 10/2026"],
    )
    batch = send(content, by=data_officer, organisation=hospital)
    assert found(batch) == []
    assert values(batch)["HO_TEN"] == "Lò Văn Ún"
    assert StagedRow.objects.get().number == 4
    assert batch.notes == [
        {"code": "columns_ignored", "params": {"sheet": "Thang 10", "columns": ["Bác sĩ ký"]}}
    ]


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [("utf-8", ";"), ("utf-8-sig", ","), ("utf-16", "\t"), ("utf-16-le", ";"), ("utf-16-be", "|")],
)
def test_text_of_every_encoding_and_separator_is_read(
    data_officer: User, hospital: Organisation, encoding: str, separator: str
) -> None:
    content = csv_of([visit()], separator).encode(encoding)
    batch = send(content, by=data_officer, organisation=hospital, name="kcb.csv")
    assert found(batch) == []
    assert values(batch)["LY_DO_VV"] == "Ho, sốt 3 ngày"


def test_windows_1258_is_read_as_vietnamese(data_officer: User, hospital: Organisation) -> None:
    import unicodedata

    base = unicodedata.normalize("NFD", csv_of([visit()]))
    # Windows-1258 has the vowels with hat and horn, and the tones as marks of their own.
    text = "".join(
        unicodedata.normalize("NFC", letter + mark)
        if mark in "\u0302\u0306\u031b"
        else letter + mark
        for letter, mark in _pairs(base)
    )
    batch = send(text.encode("cp1258"), by=data_officer, organisation=hospital, name="kcb.csv")
    assert values(batch)["HO_TEN"] == "Lò Văn Ún"


def _pairs(text: str):
    at = 0
    while at < len(text):
        letter, mark = text[at], ""
        if at + 1 < len(text) and text[at + 1] in "\u0302\u0306\u031b":
            mark = text[at + 1]
        yield letter, mark
        at += 1 + len(mark)


@pytest.mark.parametrize("first", ["sep=|\r\n", "SEP=|\n", '"sep=|"\r\n', "\ufeffsep=|\r\n"])
def test_first_line_may_name_the_separator_and_is_no_row_as_in_excel(
    data_officer: User, hospital: Organisation, first: str
) -> None:
    """Excel hides the line that names the separator: its row 1 is the heading, row 2 the first visit."""
    content = (first + csv_of([visit(), visit(MA_LK="LK2", NGAY_VAO="?")], "|")).encode()
    batch = send(content, by=data_officer, organisation=hospital, name="kcb.csv")
    assert counts(batch) == {"new": 1, "wrong": 1}
    assert list(StagedRow.objects.order_by("number").values_list("number", flat=True)) == [2, 3]
    finding = Finding.objects.get(severity="error")
    assert finding.number == 3
    assert finding.cell.endswith("3")


def test_a_tab_may_be_named_as_the_separator(data_officer: User, hospital: Organisation) -> None:
    content = ("sep=\t\n" + csv_of([visit()], "\t")).encode()
    batch = send(content, by=data_officer, organisation=hospital, name="kcb.csv")
    assert counts(batch) == {"new": 1}
    assert StagedRow.objects.get().number == 2


def test_names_in_parted_marks_are_kept_whole(data_officer: User, hospital: Organisation) -> None:
    import unicodedata

    parted = unicodedata.normalize("NFD", "  Lò   Văn Ún ")
    batch = send(workbook([visit(HO_TEN=parted)]), by=data_officer, organisation=hospital)
    assert values(batch)["HO_TEN"] == "Lò Văn Ún"


def test_dates_as_cells_serials_text_and_official_digits_are_the_same_day(
    data_officer: User, hospital: Organisation
) -> None:
    rows = [
        visit(MA_LK="1", NGAY_VAO=datetime(2026, 4, 3, 9, 25), NGAY_RA=None),  # noqa: DTZ001  (a sheet has no zone)
        visit(MA_LK="2", NGAY_VAO=46115.392361111, NGAY_RA=None),
        visit(MA_LK="3", NGAY_VAO="03/04/2026 09:25", NGAY_RA=None),
        visit(MA_LK="4", NGAY_VAO="202604030925", NGAY_RA=None),
        visit(MA_LK="5", NGAY_VAO="9h25 03-04-2026", NGAY_RA=None),
        visit(MA_LK="6", NGAY_VAO="2026-04-03T09:25:00", NGAY_RA=None),
    ]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert errors(batch) == []
    moments = {row.values["NGAY_VAO"] for row in StagedRow.objects.filter(batch=batch)}
    assert moments == {"2026-04-03T09:25"}


def test_a_birth_known_by_its_year_stays_a_year(data_officer: User, hospital: Organisation) -> None:
    rows = [visit(MA_LK="1", NGAY_SINH=1971), visit(MA_LK="2", NGAY_SINH="1971")]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert {row.values["NGAY_SINH"] for row in StagedRow.objects.filter(batch=batch)} == {"1971"}


def test_totals_signatures_numbering_and_blank_rows_are_no_rows(
    data_officer: User, hospital: Organisation
) -> None:
    numbering = visit(**{name: f"({at})" for at, name in enumerate(GOOD, start=1)})
    content = workbook(
        [numbering, visit(), {}, visit(MA_LK="2")],
        below=[[], ["Tổng cộng:", 2], ["Người lập biểu", "", "", "Thủ trưởng"]],
    )
    batch = send(content, by=data_officer, organisation=hospital)
    assert counts(batch) == {"new": 2}
    assert [note["code"] for note in batch.notes] == ["totals_ignored"]
    assert list(StagedRow.objects.values_list("number", flat=True)) == [3, 5]


def test_codes_may_be_written_as_titles_or_without_their_zeros(
    data_officer: User, hospital: Organisation
) -> None:
    row = visit(KET_QUA_DTRI="đỡ", GIOI_TINH="nam", MA_LOAI_KCB=1, MA_LOAI_RV="Ra viện")
    batch = send(workbook([row]), by=data_officer, organisation=hospital)
    assert found(batch) == []
    read = values(batch)
    assert (read["KET_QUA_DTRI"], read["GIOI_TINH"], read["MA_LOAI_KCB"], read["MA_LOAI_RV"]) == (
        "2",
        "1",
        "01",
        "1",
    )


def torn() -> bytes:
    content = workbook([visit(MA_LK=str(number)) for number in range(50)])
    return content[: len(content) // 2]


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return file.getvalue()


def repacked(content: bytes, parts: dict[str, str | bytes]) -> bytes:
    """Put other parts in the place of those of a workbook."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in {**dict.fromkeys(old.namelist()), **parts}:
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return file.getvalue()


def word() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return file.getvalue()


def locked() -> bytes:
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le")
    )


WHOLE: dict[str, tuple[str, bytes]] = {
    "empty": ("file_empty", b""),
    "blank": ("file_empty", b"\xef\xbb\xbf \r\n"),
    "torn": ("file_torn", torn()),
    "zip bomb": ("file_unfolds_too_far", bomb()),
    "word": ("file_of_other_format", word()),
    "pdf": ("file_of_other_format", b"%PDF-1.7\n"),
    "picture": ("file_of_other_format", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50),
    "password": ("file_has_password", locked()),
    "no workbook in it": ("file_torn", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
    "old excel": (
        "file_is_old_excel",
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
    ),
    "web page": ("file_is_web_page", b"<html><table><tr><td>A</td></tr></table></html>"),
    "xml": ("file_is_xml", b"<?xml version='1.0'?><GIAMDINHHS/>"),
    "no heading": ("heading_not_found", b"a;b;c\n1;2;3\n"),
    "heading alone": ("no_rows", workbook([])),
    "a column missing": (
        "columns_missing",
        workbook([visit()], headings=[n for n in GOOD if n != "NGAY_VAO"]),
    ),
    "open quote": ("csv_broken", (csv_of([visit()]) + '"' + "x" * 200_000).encode()),
}


@pytest.mark.parametrize("case", WHOLE)
def test_an_unreadable_file_is_refused_with_a_sentence_and_kept(
    data_officer: User, hospital: Organisation, case: str
) -> None:
    code, content = WHOLE[case]
    batch = send(content, by=data_officer, organisation=hospital)
    assert (batch.state, batch.error_code) == ("refused", code)
    said = refusals.sentence(refusals.REFUSALS, batch.error_code, batch.error_params)
    assert said.endswith(".")
    assert "%(" not in said
    assert not StagedRow.objects.exists()
    assert storage.place_of(StoredFile.objects.get().path).read_bytes() == content


def test_a_file_that_takes_too_much_memory_ends_its_reader_and_not_the_worker(
    data_officer: User, hospital: Organisation, settings
) -> None:
    settings.INTAKE_MEGABYTES = 80
    names = [visit(MA_LK=str(number), HO_TEN=f"Lò Văn {number}") for number in range(3)]
    strings = "".join(f"<si><t>{number}</t></si>" for number in range(900_000))
    content = repacked(workbook(names), {"xl/sharedStrings.xml": f"<sst>{strings}</sst>"})
    batch = send(content, by=data_officer, organisation=hospital)
    assert (batch.state, batch.error_code) == ("refused", "file_too_heavy")


def test_equal_files_are_kept_once_and_only_for_the_owner(
    data_officer: User, hospital: Organisation
) -> None:
    content = workbook([visit()])
    first = send(content, by=data_officer, organisation=hospital, read=False)
    second = send(content, by=data_officer, organisation=hospital, read=False, name="khac.xlsx")
    assert first.file == second.file
    path = storage.place_of(first.file.path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_reading_cut_short_begins_anew_and_leaves_no_double_rows(
    data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    Batch.objects.filter(pk=batch.pk).update(state="reading")
    services.read_batch(batch.pk, at=NOW)
    assert StagedRow.objects.count() == 1
    assert counts(batch) == {"new": 1}


def test_the_process_that_reads_knows_no_secret(monkeypatch, settings) -> None:
    import subprocess

    from portal.intake.readers import process

    seen = {}

    def notice(command, **options):
        seen.update(options["env"])
        raise OSError

    monkeypatch.setattr(subprocess, "Popen", notice)
    with pytest.raises(OSError), process.reading(storage.place_of("x")):  # noqa: PT011
        pass
    assert not {"DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY"} & seen.keys()


def test_separators_and_line_ends_within_quotation_marks_cut_nothing(
    data_officer: User, hospital: Organisation
) -> None:
    text = "HO_TEN,MA_LK,NGAY_SINH,GIOI_TINH,MA_BENH_CHINH,NGAY_VAO,GHI_CHU\n" + "".join(
        f'Lò Văn Ún,{at},1971,1,J18.9,04/10/2026 09:25,"a;\n;b;\n;c;\n;"\n' for at in range(2)
    )
    batch = send(text.encode(), by=data_officer, organisation=hospital, name="a.csv")
    assert errors(batch) == []
    assert counts(batch) == {"new": 2}
