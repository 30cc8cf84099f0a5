"""Whatever dress a heading wears, its columns are found; what is only likely is asked, not taken."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities.imports.facilities import FACILITIES
from healthrecords.imports.columns import SHEET
from portal.intake.declaration import Column, Need, Table
from portal.intake.headings import How, exact, labels_of, slips
from portal.intake.readers.unreadable import UnreadableError
from portal.intake.sheets import Head, Remembered, Seen, SheetRow, letters_of, rows_of

SMALL = Table(
    name="Nho",
    title="Nhỏ",
    columns=(
        Column(name="MA", label="Mã người bệnh", need=Need.REQUIRED, type="identifier"),
        Column(
            name="HO_TEN",
            label="Họ và tên",
            aliases=("Họ tên người bệnh", "Họ tên"),
            need=Need.REQUIRED,
        ),
        Column(name="NGAY_VAO", label="Ngày vào", need=Need.REQUIRED, type="day"),
        Column(name="NGAY_RA", label="Ngày ra", type="day"),
        Column(name="CAN_NANG", label="Cân nặng", units=("kg",), type="decimal"),
        Column(name="HUYET_AP", label="Huyết áp"),
    ),
)
ROW = ["A1", "Lò Văn Ún", "05/10/2026", "06/10/2026", "52", "120/80"]


def read(
    *lines: Sequence[Any], table: Table = SMALL, mapping: Remembered | None = None, at: int = 1
) -> tuple[list[SheetRow], Seen]:
    events: list[list[Any]] = [["sheet", "S", len(lines), 0]]
    events += [["row", number, list(line)] for number, line in enumerate(lines, start=at)]
    seen = Seen()
    return list(rows_of(table, events, seen, mapping)), seen


def cells(*lines: Sequence[Any], **options: Any) -> list[dict[str, Any]]:
    return [dict(row.cells) for row in read(*lines, **options)[0]]


@pytest.mark.parametrize(
    "text",
    [
        "CAN_NANG",
        "Cân nặng",
        "CÂN NẶNG",
        "can nang",
        "Cân nặng (kg)",
        "Cân nặng kg",
        "5. Cân nặng, kg",
        "CAN_NANG_KG",
        "Cân nặng\n(kg)",
        "5. Cân nặng (kg)",
        "(5) Cân nặng",
        "V. Cân nặng (*)",
        "Cân nặng *",
        "Cân nặng [kg] (*)",
        "Cân nặng\nCAN_NANG",
        "CAN_NANG - Cân nặng",
        "Cân nặng / CAN_NANG",
        "Ca\u0302n na\u0323\u0306ng",
        "  Cân\u00a0nặng : ",
    ],
)
def test_a_heading_is_known_in_every_dress(text: str) -> None:
    (row,) = cells(["Mã người bệnh", "Họ tên", "Ngày vào", text], ["A", "B", "05/10/2026", 52])
    assert row["CAN_NANG"] == 52


@pytest.mark.parametrize(
    ("text", "how", "near"),
    [
        ("Cân nặgn", How.PROPOSED, ("CAN_NANG",)),
        ("Cân nặngg", How.PROPOSED, ("CAN_NANG",)),
        ("Huyết ap trái", How.UNKNOWN, ()),
        ("Ngày ra, ngày về", How.UNKNOWN, ()),
        ("Cân nặng gam", How.UNKNOWN, ()),
        ("Cân nặng g", How.PROPOSED, ("CAN_NANG",)),
        ("Cân nặng (g)", How.PROPOSED, ("CAN_NANG",)),
        ("3. Cân nặng [Gam]", How.PROPOSED, ("CAN_NANG",)),
        ("Cân nặng | Huyết áp", How.AMBIGUOUS, ("CAN_NANG", "HUYET_AP")),
        ("Ngày ra - cân lúc ra", How.PROPOSED, ("NGAY_RA",)),
        ("Bác sĩ", How.UNKNOWN, ()),
    ],
)
def test_a_heading_that_is_almost_right_is_asked_about_and_not_read(
    text: str, how: How, near: tuple[str, ...]
) -> None:
    rows, seen = read(["MA", "Họ tên", "Ngày vào", text], ["A", "B", "05/10/2026", "52"])
    assert set(rows[0].cells) == {"MA", "HO_TEN", "NGAY_VAO"}
    column = seen.headings[0].columns[3]
    assert (column.how, column.near) == (how, near)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Cân nặng kg", "CAN_NANG"),
        ("Cân nặng (kg)", "CAN_NANG"),
        ("Cân nặng (lúc vào)", "CAN_NANG"),
        ("HA (mmHg)", "HUYET_AP"),
        ("Trọng lượng kg", "CAN_NANG"),
        ("Chiều cao cm", "CHIEU_CAO"),
        ("Mạch l/p", "MACH"),
        ("Mạch lần/phút", "MACH"),
        ("Nhịp tim - lần/phút", "MACH"),
        ("Nhịp thở l/p", "NHIP_THO"),
        ("HA mmHg", "HUYET_AP"),
        ("Thân nhiệt độ C", "NHIET_DO"),
        ("Nhiệt độ °C", "NHIET_DO"),
        ("SpO2 %", "SPO2"),
    ],
)
def test_a_measure_is_known_with_its_unit_behind_it(text: str, name: str) -> None:
    how, names = exact(SHEET, text)
    assert how in {How.LABEL, How.ALIAS}
    assert names == (name,)


def test_the_surest_of_two_equal_columns_is_read_and_the_other_named() -> None:
    rows, seen = read(
        ["Mã người bệnh", "Họ tên", "HO_TEN", "Ngày vào"], ["A", "bí danh", "Lò Văn Ún", "1"]
    )
    assert rows[0].cells["HO_TEN"] == "Lò Văn Ún"
    assert seen.headings[0].repeated == ["Họ tên"]


def test_two_header_rows_with_merged_cells_are_one_heading() -> None:
    lines = [
        ["DANH SÁCH LƯỢT KHÁM", "", "", "", ""],
        ["STT", "Người bệnh", "", "Ngày", ""],
        ["", "Mã", "Họ tên", "Vào", "Ra"],
        [1, *ROW[:4]],
    ]
    rows, seen = read(*lines)
    assert dict(rows[0].cells) == dict(
        zip(("MA", "HO_TEN", "NGAY_VAO", "NGAY_RA"), ROW, strict=False)
    )
    assert seen.headings[0].number == 3
    assert seen.headings[0].letters("NGAY_RA") == "E"


def test_a_heading_merged_downwards_is_read_beside_a_parted_one() -> None:
    lines = [
        ["Mã người bệnh", "Họ tên", "Ngày", "", "Cân nặng"],
        ["", "", "Vào", "Ra", ""],
        ROW[:5],
    ]
    (row,) = cells(*lines)
    assert row == dict(zip(("MA", "HO_TEN", "NGAY_VAO", "NGAY_RA", "CAN_NANG"), ROW, strict=False))


def test_equal_names_are_told_apart_by_the_group_above_them() -> None:
    lines = [
        ["Người nhà", "", "Người bệnh", "", "Ngày vào"],
        ["Họ tên", "Điện thoại", "Họ tên", "Mã", ""],
        ["Cà Thị Mẹ", "0912", "Lò Văn Ún", "A1", "05/10/2026"],
    ]
    (row,) = cells(*lines)
    assert row == {"HO_TEN": "Lò Văn Ún", "MA": "A1", "NGAY_VAO": "05/10/2026"}


def test_equal_names_that_no_group_settles_are_not_guessed() -> None:
    lines = [
        ["Bên A", "", "Bên B", "", "", "", ""],
        ["Họ tên", "Mã người bệnh", "Họ tên", "Ngày vào", "Ngày ra", "Cân nặng", "Huyết áp"],
        ["X", "A1", "Y", *ROW[2:]],
    ]
    with pytest.raises(UnreadableError) as refused:
        read(*lines)
    assert refused.value.code == "columns_missing"
    assert refused.value.params["columns"] == ["Họ và tên (HO_TEN)"]


def test_numbering_headings_of_further_pages_titles_and_totals_are_no_rows() -> None:
    title = ["BỆNH VIỆN ĐA KHOA", "", ""]
    heading = ["Mã người bệnh", "Họ tên", "Ngày vào"]
    lines = [
        title,
        heading,
        ["(1)", "(2)", "(3)=(1)+(2)"],
        ["A1", "Lò Văn Ún", "05/10/2026"],
        [],
        title,
        heading,
        ["A2", "Cà Thị Hai", "05/10/2026"],
        ["Cộng", None, None],
    ]
    rows, seen = read(*lines)
    assert [row.number for row in rows] == [4, 8]
    assert seen.totals == [9]


def test_a_heading_that_comes_again_with_its_columns_moved_is_followed() -> None:
    lines = [
        ["Mã người bệnh", "Họ tên", "Ngày vào"],
        ["A1", "Lò Văn Ún", "05/10/2026"],
        ["Họ tên", "Ngày vào", "Mã người bệnh"],
        ["Cà Thị Hai", "06/10/2026", "A2"],
    ]
    rows, _seen = read(*lines)
    assert [row.cells["MA"] for row in rows] == ["A1", "A2"]
    assert rows[1].heading.letters("MA") == "C"


def test_several_sheets_with_the_same_heading_are_all_read_and_our_own_are_passed_over() -> None:
    heading = ["Mã người bệnh", "Họ tên", "Ngày vào"]
    events = []
    for sheet in ("Tháng 9", "HuongDan", "Tháng 10", "DM_SEX", "Bìa"):
        lines = [heading, [sheet, "Lò Văn Ún", "05/10/2026"]] if sheet != "Bìa" else [["x", "y"]]
        events.append(["sheet", sheet, len(lines), 0])
        events += [["row", number, line] for number, line in enumerate(lines, start=1)]
    events.append(["hidden", "DanhMuc"])
    events.append(["hidden", "An"])
    seen = Seen()
    rows = list(rows_of(SMALL, events, seen))
    assert [row.cells["MA"] for row in rows] == ["Tháng 9", "Tháng 10"]
    assert (seen.ignored_sheets, seen.hidden_sheets) == (["Bìa"], ["An"])


def test_values_under_no_heading_are_named_as_a_merged_name_leaves_them() -> None:
    lines = [
        ["Mã người bệnh", "Họ tên", "", "Ngày vào"],
        ["A1", "Lò Văn", "Ún", "05/10/2026"],
    ]
    _rows, seen = read(*lines)
    assert [column.at for column in seen.headings[0].of(How.NAMELESS)] == [2]


def test_a_heading_under_forty_rows_of_titles_is_found_and_one_further_down_is_not() -> None:
    heading = ["Mã người bệnh", "Họ tên", "Ngày vào"]
    titles = [["Sở Y tế"]] * 39
    assert len(cells(*titles, heading, ROW)) == 1
    with pytest.raises(UnreadableError, match="heading_not_found"):
        read(["Sở Y tế"], *titles, heading, ROW)


def test_what_is_remembered_is_read_in_any_order_and_leaves_out_what_was_left_out() -> None:
    heading = ["Patient", "Full name", "In", "Họ tên"]
    signature = labels_of(1, heading).signature
    choice = {"patient": "MA", "fullname": "HO_TEN", "in": "NGAY_VAO", "hoten": ""}
    mapping = Remembered({signature: choice})
    (row,) = cells(
        ["In", "Họ tên", "Full name", "Patient"], ["i", "-", "iii", "iv"], mapping=mapping
    )
    assert row == {"NGAY_VAO": "i", "HO_TEN": "iii", "MA": "iv"}
    with pytest.raises(UnreadableError):
        read(["In", "Họ tên", "Full name", "Patient", "New"], ROW, mapping=mapping)


def test_the_first_rows_are_kept_even_of_a_file_that_is_refused() -> None:
    kept: list[Head] = []
    mapping = Remembered(keep=kept.extend)
    lines = [["Họ tên", "Ngày vào", "Cân nặng"], *[ROW[1:4]] * 9]
    with pytest.raises(UnreadableError):
        read(*lines, mapping=mapping)
    assert [number for number, _cells in kept[0].rows] == [1, 2, 3, 4]


def test_a_sheet_without_its_columns_is_refused_before_all_of_it_is_read() -> None:
    asked = []

    def events():
        yield ["sheet", "S", 100_000, 0]
        yield ["row", 1, ["Họ tên", "Ngày vào", "Cân nặng"]]
        for number in range(2, 100_000):
            asked.append(number)
            yield ["row", number, ROW[1:4]]

    with pytest.raises(UnreadableError):
        list(rows_of(SMALL, events(), Seen()))
    assert len(asked) < 10


@pytest.mark.parametrize("table", [SHEET, FACILITIES.main], ids=["visits", "facilities"])
def test_every_declared_heading_means_its_own_column(table: Table) -> None:
    for column in table.columns:
        for text in (column.name, column.label, *column.aliases):
            for dressed in (text, text.upper(), f"{text} (*)", f"7. {text}", f"{text}\n"):
                how, names = exact(table, dressed)
                assert names == (column.name,), dressed
                assert how in {How.OFFICIAL, How.LABEL, How.ALIAS}


@given(st.text("abcde", max_size=8), st.text("abcde", max_size=8))
def test_slips_are_counted_alike_from_both_sides(one: str, other: str) -> None:
    assert slips(one, other, 2) == slips(other, one, 2)
    assert (slips(one, other, 2) == 0) == (one == other)


def test_one_slip_is_one_letter_left_out_added_mistaken_or_exchanged() -> None:
    for typed in ("cannan", "cannangg", "cannanb", "cannagn"):
        assert slips("cannang", typed, 1) == 1
    assert slips("ngayvao", "ngayra", 1) == 2


@given(st.integers(min_value=0, max_value=20_000))
def test_letters_of_columns_go_on_beyond_z(place: int) -> None:
    value = 0
    for letter in letters_of(place):
        value = value * 26 + ord(letter) - 64
    assert value == place + 1
