"""A text file of any encoding and of any make is read or refused; old fonts are told and undone."""

import unicodedata
from pathlib import Path

import pytest

from portal.accounts.models import User
from portal.intake import refusals
from portal.intake.models import Finding
from portal.intake.readers import process
from portal.places.models import Organisation
from tests.intake.parts import cells, refusal
from tests.intake.sending import errors, send, visit, workbook
from tests.portal.test_legacy_encodings import in_tcvn3, in_vni

NAMES = ["Nguyễn Thị Hạnh", "Lò Văn Ún", "Vàng Thị Sung", "Trần Phượng", "Đặng Đình Ưng"]
LINES = "MA_LK;HO_TEN;DIA_CHI\r\n" + "".join(
    f"{at};{name};Bản Hồi, xã Mường Chà\r\n" for at, name in enumerate(NAMES)
)


def read(content: bytes, folder: Path, encoding: str = "") -> list[list]:
    path = folder / "sent"
    path.write_bytes(content)
    with process.reading(path, encoding=encoding) as told:
        return [event[2] for event in told if event[0] == "row"]


@pytest.mark.parametrize("write", [in_tcvn3, in_vni])
@pytest.mark.parametrize("how", ["utf-8", "latin-1"])
def test_text_of_an_old_font_is_kept_as_it_is_until_somebody_says_convert(
    write, how: str, tmp_path: Path
) -> None:
    content = write(LINES).encode(how)
    rows = read(content, tmp_path)
    assert rows[1][1] == write(NAMES[0])
    encoding = "tcvn3" if write is in_tcvn3 else "vni"
    assert [row[1] for row in read(content, tmp_path, encoding)[1:]] == NAMES
    assert {row[2] for row in read(content, tmp_path, encoding)[1:]} == {"Bản Hồi, xã Mường Chà"}


def test_windows_1258_comes_composed(tmp_path: Path) -> None:
    parted = unicodedata.normalize("NFD", LINES)
    for base, mark in (("aA", "\u0302\u0306"), ("eE", "\u0302"), ("oO", "\u0302\u031b"), ("uU", "\u031b")):  # fmt: skip
        for letter in base:
            for sign in mark:
                parted = parted.replace(letter + sign, unicodedata.normalize("NFC", letter + sign))
    # A dot below stands before the hat when parted, and behind the letter in Windows-1258.
    for letter in "aAeEoO":
        for sign in "\u0302\u0306":
            whole = unicodedata.normalize("NFC", letter + sign)
            parted = parted.replace(letter + "\u0323" + sign, whole + "\u0323")
    for letter, whole in (("o", "ơ"), ("u", "ư"), ("O", "Ơ"), ("U", "Ư")):
        for tone in "\u0300\u0301\u0303\u0309\u0323":
            parted = parted.replace(letter + tone + "\u031b", whole + tone)
    content = parted.replace("đ", "đ").encode("cp1258")
    assert [row[1] for row in read(content, tmp_path)[1:]] == NAMES


def test_letters_that_became_question_marks_are_told_at_once(tmp_path: Path) -> None:
    content = LINES.encode("ascii", "replace")
    assert refusal(content, tmp_path) == "letters_lost"
    said = refusals.sentence(refusals.REFUSALS, "letters_lost", {"example": "Nguy?n"})
    assert "Nguy?n" in said


def test_question_marks_of_a_person_are_no_loss(tmp_path: Path) -> None:
    content = ("MA_LK;HO_TEN;LY_DO_VV\n" + "1;Lò Văn Ún;Ho? Sốt?\n" * 30).encode()
    assert refusal(content, tmp_path) == ""


def test_breaks_and_quotes_within_a_field_keep_the_rows_in_step(tmp_path: Path) -> None:
    content = 'A;B\r\n1;"hai\r\ndòng ""và"" ; nữa"\r\n\r\n3;c\r\n'.encode()
    assert cells(content, tmp_path) == {
        "CSV!1": ["A", "B"],
        "CSV!2": ["1", 'hai\r\ndòng "và" ; nữa'],
        "CSV!4": ["3", "c"],
    }


def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    assert refusal(b"a;b\n" + b"x;" * 800_000, tmp_path) == "lines_too_long"


def test_nul_bytes_do_no_harm(tmp_path: Path) -> None:
    content = b"MA_LK;HO_TEN\n1;Lo\x00 Van Un\n" * 3
    assert read(content, tmp_path)[1] == ["1", "Lo Van Un"]


@pytest.mark.usefixtures("lists")
def test_an_old_font_is_found_at_its_cell_with_what_it_would_read(
    data_officer: User, hospital: Organisation
) -> None:
    rows = [visit(MA_LK="1", HO_TEN="NguyÔn V¨n An"), visit(MA_LK="2", DIA_CHI="Baûn Hoài, xaõ Möôøng Chaø")]  # fmt: skip
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert errors(batch) == [("KhamBenh!B2", "legacy_encoded"), ("KhamBenh!F3", "legacy_encoded")]
    params = Finding.objects.filter(batch=batch).order_by("number").values_list("params", flat=True)
    assert [found["encoding"] for found in params] == ["TCVN3 (ABC)", "VNI"]
    assert [found["reading"] for found in params] == ["Nguyễn Văn An", "Bản Hồi, xã Mường Chà"]
