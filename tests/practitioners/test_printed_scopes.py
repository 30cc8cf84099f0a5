"""A printed scope is read as licences are worded; what is not read is never taken for nothing."""

import pytest

from practitioners.scopes import codes_of, is_understood
from tests.practitioners.law import day, load_law

pytestmark = pytest.mark.django_db
ON = day("05/11/2026")

WORDINGS = {
    "Nội khoa": ["102"],
    "Khám bệnh, chữa bệnh nội khoa": ["102"],
    "Khám, chữa bệnh Nội khoa": ["102"],
    "KHÁM BỆNH, CHỮA BỆNH CHUYÊN KHOA NỘI": ["102"],
    "Khám bệnh, chữa bệnh thuộc chuyên khoa Nội": ["102"],
    "Khám chữa bệnh chuyên khoa Răng - Hàm - Mặt": ["116"],
    "Khám bệnh và chữa bệnh chuyên khoa: Hoá sinh": ["123"],
    "Khám bệnh, chữa bệnh nội khoa, nhi khoa và ngoại khoa.": ["102", "103", "110"],
    "noi khoa;110": ["102", "110"],
}


@pytest.mark.parametrize("text", WORDINGS)
def test_the_usual_wordings_of_a_scope_are_understood(text: str) -> None:
    load_law()
    assert (codes_of(text, ON), is_understood(text, ON)) == (WORDINGS[text], True)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Nội khoa; siêu âm tổng quát", ["102"]),
        ("Khám bệnh, chữa bệnh; nội khoa", ["102"]),
        ("Khám bệnh, chữa bệnh", []),
        ("Khám bệnh, chữa bệnh chuyên khoa Lão", []),
        ("Nội khoa trừ tim mạch", []),
        ("", []),
    ],
)
def test_a_scope_with_a_part_nobody_can_read_is_not_whole(text: str, codes: list[str]) -> None:
    load_law()
    assert (codes_of(text, ON), is_understood(text, ON)) == (codes, False)
