"""A zip that lies, a file that was cut off, a reader that dies: one refusal, and the worker lives on."""

import struct
import zipfile
from pathlib import Path

import pytest

from portal.intake import refusals
from portal.intake.parcels import parts_of
from portal.intake.readers import process
from portal.intake.readers.unreadable import UnreadableError
from tests.intake.parts import (
    FILES,
    book_parts,
    cells,
    events,
    refusal,
    remarks,
    repacked,
    row,
    rows_of,
    sheet,
    zipped,
)
from tests.intake.sending import visit, workbook

GOOD_PARTS = book_parts({"S": sheet(row(1, "a"))})


@pytest.mark.parametrize(
    "content",
    [
        (FILES / name).read_bytes()
        for name in ("libreoffice.xlsx", "libreoffice.xls", "libreoffice.ods")
    ],
    ids=["xlsx", "xls", "ods"],
)
def test_a_file_cut_off_anywhere_is_refused_or_read_and_nothing_else(
    content: bytes, tmp_path: Path
) -> None:
    whole = cells(content, tmp_path)
    for at in range(0, len(content), max(1, len(content) // 60)):
        code = refusal(content[:at], tmp_path)
        assert code in {"file_empty", "file_torn", "file_of_other_format"} or whole == cells(
            content[:at], tmp_path
        )


# --- zips -------------------------------------------------------------------------------------------


def test_a_bomb_is_refused_by_what_it_would_unfold_to(tmp_path: Path) -> None:
    flat = repacked(workbook([visit()]), {"xl/worksheets/sheet1.xml": b"0" * 60_000_000})
    assert refusal(flat, tmp_path) == "file_unfolds_too_far"


def test_parts_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({**GOOD_PARTS, "xl/media/a.bin": b"x" * 5_000}, zipfile.ZIP_STORED))
    directory = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entries = bytes(content[directory:end])
    count = struct.unpack_from("<H", content, end + 10)[0]
    last = entries.rindex(b"PK\x01\x02")
    copies = b"".join(
        entries[last:].replace(
            b"xl/media/a.bin", f"xl/media/{at:05d}".encode()[:14].ljust(14, b"z")
        )
        for at in range(50)
    )
    tail = struct.pack(
        "<4sHHHHIIH", b"PK\x05\x06", 0, 0, count + 50, count + 50,
        len(entries) + len(copies), directory, 0,
    )  # fmt: skip
    assert refusal(bytes(content[:directory]) + entries + copies + tail, tmp_path) == "file_torn"


def test_a_directory_that_lies_about_sizes_is_not_believed(tmp_path: Path) -> None:
    rows = "".join(row(at, "x" * 50) for at in range(1, 3_000))
    parts = {**book_parts({"S": sheet(rows)})}
    content = bytearray(zipped(parts))
    name = b"xl/worksheets/sheet1.xml"
    at = content.rindex(name) - 46  # the entry in the directory
    assert content[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<I", content, at + 24, 900)  # it says that the part unfolds to 900 bytes
    assert refusal(bytes(content), tmp_path) == "file_torn"


# --- the child under its limits ---------------------------------------------------------------------


def read_by_child(content: bytes, folder: Path) -> list:
    path = folder / "sent"
    path.write_bytes(content)
    with process.reading(path) as told:
        return list(told)


def test_a_child_that_takes_too_long_is_said_to_be_slow(tmp_path: Path, settings) -> None:
    settings.INTAKE_SECONDS = 1
    rows = "".join(row(at, "x" * 20, "y", "z") + "<!-- -->" for at in range(1, 120_000))
    with pytest.raises(UnreadableError) as refused:
        read_by_child(zipped(book_parts({f"S{at}": sheet(rows) for at in range(3)})), tmp_path)
    assert refused.value.code == "file_too_slow"


@pytest.mark.parametrize(
    ("signal", "code"),
    [(9, "file_too_heavy"), (6, "file_too_heavy"), (11, "file_unreadable"), (24, "file_too_slow")],
)
def test_a_child_that_is_ended_leaves_a_reason(signal, code, tmp_path: Path, settings) -> None:
    path = tmp_path / "sent"
    path.write_bytes(("MA_LK;HO_TEN\n" * 900_000).encode())
    with process.reading(path) as told:
        next(iter(told))
        told.child.send_signal(signal)
        with pytest.raises(UnreadableError) as refused:
            list(told)
    assert refused.value.code == code


def test_a_reader_that_fails_says_where_and_nothing_of_the_file(tmp_path, caplog) -> None:
    path = tmp_path / "sent"
    path.write_bytes(b"MA_LK;HO_TEN\n1;Lo Van Un\n")
    with pytest.raises(UnreadableError) as refused, process.reading(path, "json:loads") as told:
        list(told)
    assert refused.value.code == "file_unreadable"
    assert "TypeError at" in caplog.text
    assert "Lo Van Un" not in caplog.text


# --- several files in one zip -----------------------------------------------------------------------

CSV = "MA_LK;HO_TEN\n1;Lò Văn Ún\n".encode()
BOOK = zipped(book_parts({"KhamBenh": sheet(row(1, "MA_LK") + row(2, "7"))}))


def test_every_file_of_a_zip_is_read_under_its_own_name(tmp_path: Path) -> None:
    content = zipped(
        {
            "gui/thang10.xlsx": BOOK,
            "gui/thang11.csv": CSV,
            "khac/thang10.xlsx": BOOK,
            "__MACOSX/._thang10.xlsx": b"x",
            "gui/.DS_Store": b"x",
            "cong van.pdf": b"%PDF-1.7",
            "ho so.xml": b"<GIAMDINHHS/>",
        }
    )
    told = events(content, tmp_path)
    assert rows_of(told) == {
        "thang10.xlsx › KhamBenh!1": ["MA_LK"],
        "thang10.xlsx › KhamBenh!2": ["7"],
        "thang11.csv › CSV!1": ["MA_LK", "HO_TEN"],
        "thang11.csv › CSV!2": ["1", "Lò Văn Ún"],
        "khac/thang10.xlsx › KhamBenh!1": ["MA_LK"],
        "khac/thang10.xlsx › KhamBenh!2": ["7"],
    }
    assert remarks(told) == {"members_ignored": {"files": ["cong van.pdf", "ho so.xml"]}}


def test_a_name_written_in_utf8_without_saying_so_is_read(tmp_path: Path) -> None:
    content = zipped({"tháng mười.csv": CSV}).replace(
        struct.pack("<H", 0x800), struct.pack("<H", 0)
    )
    assert "tháng mười.csv › CSV!2" in cells(content, tmp_path)


def test_no_member_is_written_anywhere_whatever_it_is_called(tmp_path: Path) -> None:
    before = set(tmp_path.parent.rglob("*"))
    content = zipped({"../../ngoai.csv": CSV, "/etc/khac.csv": CSV, "C:\\so.csv": CSV})
    assert len(cells(content, tmp_path)) == 6
    assert set(tmp_path.parent.rglob("*")) - before == {tmp_path / "sent"}


def test_a_member_without_a_name_is_passed_over(tmp_path: Path) -> None:
    content = zipped({"a.csv": CSV, "QQQ.csv": CSV}).replace(b"QQQ", b"\0QQ")
    (tmp_path / "sent.zip").write_bytes(content)
    assert [part.name for part in parts_of(tmp_path / "sent.zip")] == ["a.csv"]
    assert {name.partition(" ")[0] for name in cells(content, tmp_path)} == {"a.csv"}


BUNDLES = {
    "zip in a zip": ("bundle_nested", {"a.zip": zipped({"b.csv": CSV})}),
    "nothing to read": ("bundle_without_files", {"a.pdf": b"%PDF-1.7", "b": b""}),
    "nothing": ("bundle_without_files", {}),
    "a torn member": ("file_torn", {"a.csv": CSV, "b.xlsx": BOOK[:300]}),
    "too many": ("bundle_too_many_files", {f"{at}.csv": CSV for at in range(501)}),
    "a bomb inside": (
        "file_unfolds_too_far",
        {"a.xlsx": repacked(BOOK, {"xl/worksheets/sheet1.xml": b"0" * 60_000_000})},
    ),
}


@pytest.mark.parametrize("case", BUNDLES)
def test_a_zip_of_the_wrong_things_is_refused(case: str, tmp_path: Path) -> None:
    code, parts = BUNDLES[case]
    assert refusal(zipped(parts), tmp_path) == code


def test_what_is_wrong_with_a_member_names_it(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as refused:
        events(zipped({"a.csv": CSV, "b.xlsx": BOOK[:300]}), tmp_path)
    said = refusals.sentence(refusals.REFUSALS, refused.value.code, refused.value.params)
    assert "b.xlsx" in said
