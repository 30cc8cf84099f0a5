"""What a cell says is read as its column declares, whatever the spreadsheet made of it."""

import string
import unicodedata
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from healthrecords.imports.columns import SHEET
from portal.dates import PartialDate
from portal.intake.declaration import Column, Need, Type
from portal.intake.moments import full_day, moment_of, usual_moment
from portal.intake.values import read_cell

BY_NAME = SHEET.by_name
DAYS = st.dates(min_value=date(1880, 1, 1), max_value=date(2100, 12, 31))
MOMENTS = st.datetimes(min_value=datetime(1900, 3, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001  (a sheet has no zone)
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạầẩẫấậềểễếệồổỗốộờởỡớợừửữứựỳỷỹýỵ"
NAMES = st.lists(
    st.text(alphabet=LETTERS, min_size=1, max_size=6).map(str.capitalize), min_size=2, max_size=4
).map(" ".join)


def read(name: str, raw: object) -> tuple[object, list[str]]:
    value, problems = read_cell(BY_NAME[name], raw)
    return value, [problem.code for problem in problems]


@given(DAYS, st.sampled_from("/-."))
def test_a_day_is_the_same_in_every_way_of_writing(day: date, mark: str) -> None:
    column = Column(name="X", label="X", type=Type.DAY)
    written = [
        f"{day.day:02d}{mark}{day.month:02d}{mark}{day.year}",
        f"{day.day}{mark}{day.month}{mark}{day.year}",
        f"{day.year}{mark}{day.month:02d}{mark}{day.day:02d}",
        f"{day:%Y%m%d}",
        f"{day:%Y%m%d}0000",
        f" '{day:%d/%m/%Y}\u00a0",
        {"moment": day.isoformat()},
        {"moment": f"{day.isoformat()}T00:00:00"},
    ]
    for raw in written:
        assert read_cell(column, raw) == (day.isoformat(), []), raw


@given(MOMENTS)
def test_a_moment_survives_its_way_through_a_spreadsheet(moment: datetime) -> None:
    moment = moment.replace(second=0, microsecond=0)
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001  (a sheet has no zone)
    wanted = f"{moment:%Y-%m-%dT%H:%M}"
    written = [f"{moment:%d/%m/%Y %H:%M}", f"{moment:%Y%m%d%H%M}", f"{moment:%Hh%M %d-%m-%Y}"]
    for raw in [*written, moment.isoformat(), {"moment": moment.isoformat()}]:
        assert read("NGAY_VAO", raw) == (wanted, []), raw
    if serial >= 3_000:
        assert read("NGAY_VAO", serial) == (wanted, [])


@given(
    st.one_of(
        st.from_regex(
            r"[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-][0-9]{4}( [0-9]{1,2}:[0-9]{2})?", fullmatch=True
        ),
        st.from_regex(r"[0-9]{8}([0-9]{4})?", fullmatch=True),
        st.text(alphabet=string.digits + "/-. :h", max_size=16),
    )
)
def test_the_quick_way_of_reading_a_date_agrees_with_the_slow_one(text: str) -> None:
    quick = usual_moment(text)
    if quick is None:
        return
    assert moment_of(text) == quick
    if quick.time() == datetime.min.time() and ":" not in text:
        assert full_day(text) == quick.date()
        assert PartialDate.parse(text).iso() == quick.date().isoformat()


@given(NAMES, st.sampled_from(["NFC", "NFD", "NFKD"]))
def test_a_name_with_parted_marks_becomes_the_composed_one(name: str, form: str) -> None:
    name = unicodedata.normalize("NFC", name)
    value, codes = read("HO_TEN", f"  {unicodedata.normalize(form, name)}\u200b ")
    assert (value, codes) == (name, [])


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("SO_CCCD", 1.16200e11, "spreadsheet_rounded"),
        ("SO_CCCD", "1,2E+11", "spreadsheet_rounded"),
        ("SO_CCCD", "1.16E+11", "spreadsheet_rounded"),
        ("SO_CCCD", 11071000123, "leading_zero_lost"),
        ("SO_CCCD", 1071000123, "leading_zero_lost"),
        ("SO_CCCD", 12345678, "leading_zero_lost"),
        ("SO_CCCD", "11071000123", "leading_zero_lost"),
        ("SO_CCCD", {"moment": "2026-10-04"}, "spreadsheet_dated"),
        ("MA_LK", 2.61012000411234e17, "spreadsheet_rounded"),
        ("MA_LK", {"moment": "2026-10-11"}, "spreadsheet_dated"),
        ("HO_TEN", "12", "name_without_letters"),
        ("HO_TEN", "#N/A", "cell_formula_broken"),
        ("NGAY_VAO", "#VALUE!", "cell_formula_broken"),
        ("CAN_NANG", "7_8", "not_a_number"),
        ("CAN_NANG", "NaN", "not_a_number"),
        ("CAN_NANG", "1.234,5", "not_a_number"),
        ("MACH", 78.5, "not_a_number"),
        ("MACH", "bảy mươi", "not_a_number"),
        ("NGAY_SINH", {"moment": "0205-01-01T00:00:00"}, "year_out_of_range"),
        ("NGAY_VAO", "31/02/2026 09:00", "no_such_day"),
        ("DIA_CHI", "x" * 1025, "cell_too_long"),
    ],
)
def test_what_a_spreadsheet_spoilt_is_refused_with_its_reason(
    name: str, raw: object, code: str
) -> None:
    value, codes = read(name, raw)
    assert value is None
    assert codes == [code]
    problem = read_cell(BY_NAME[name], raw)[1][0]
    assert problem.is_error
    if code in {"spreadsheet_rounded", "leading_zero_lost", "spreadsheet_dated"}:
        words = f"{problem.message} {problem.remedy}"
        assert "Text" in words


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("SO_CCCD", 123456789, "123456789"),
        ("SO_CCCD", 112071000123, "112071000123"),
        ("MAXA_CU_TRU", 3181, "03181"),
        ("MA_CSKCB", 1020, "01020"),
        ("MA_DKBD", 1020, "01020"),
        ("MACH", 78, 78),
        ("MACH", 78.0, 78),
        ("CAN_NANG", "52,5", "52.5"),
        ("CAN_NANG", 52.5, "52.5"),
        ("NGAY_SINH", 1971, "1971"),
        ("NGAY_SINH", "05/1971", "1971-05"),
        ("DIEN_THOAI", 912345678, "0912345678"),
    ],
)
def test_what_a_spreadsheet_left_readable_is_read(name: str, raw: object, value: object) -> None:
    assert read(name, raw) == (value, [])


@given(
    st.sampled_from(SHEET.columns),
    st.one_of(
        st.text(max_size=30),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.none(),
        st.booleans(),
    ),
)
def test_no_cell_breaks_the_reading_and_the_same_cell_says_the_same(
    column: Column, raw: object
) -> None:
    first, second = read_cell(column, raw), read_cell(column, raw)
    assert first[0] == second[0]
    assert [p.code for p in first[1]] == [p.code for p in second[1]]
    if first[0] is None and column.need == Need.REQUIRED:
        assert first[1]


def test_a_day_without_its_year_is_no_day() -> None:
    with pytest.raises(ValidationError):
        moment_of("05/10")


MARKS = st.sampled_from(["?", "x", "#", "~", "ô", "1_", "--", "/ /"])
SPOILT = {
    Type.DAY: DAYS.map(lambda day: f"{day:%d/%m/%Y}"),
    Type.PARTIAL_DAY: DAYS.map(lambda day: f"{day:%d/%m/%Y}"),
    Type.MOMENT: MOMENTS.map(lambda moment: f"{moment:%d/%m/%Y %H:%M}"),
    Type.INTEGER: st.integers(0, 999).map(str),
    Type.DECIMAL: st.decimals(0, 300, places=1).map(str),
}


@given(st.data(), st.sampled_from([c for c in SHEET.columns if c.type in SPOILT and not c.rule]))
def test_a_foreign_mark_anywhere_in_a_good_cell_is_found(
    data: st.DataObject, column: Column
) -> None:
    good = data.draw(SPOILT[column.type])
    assert read_cell(column, good)[1] == []
    at = data.draw(st.integers(0, len(good)))
    mark = data.draw(MARKS)
    value, problems = read_cell(column, good[:at] + mark + good[at:])
    if mark in {"--", "/ /"} and column.type in {Type.DAY, Type.PARTIAL_DAY, Type.MOMENT}:
        # One more stroke between day and month leaves the same day; anything else is refused.
        assert problems or value == read_cell(column, good)[0]
    else:
        assert value is None
        assert [problem.is_error for problem in problems] == [True]
