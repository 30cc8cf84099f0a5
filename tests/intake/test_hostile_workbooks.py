"""A workbook written to do harm, or by a careless program, is read or refused, and costs little."""

import io
from datetime import date, datetime, time
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.intake.readers import child
from tests.intake.parts import (
    FILES,
    MAIN,
    book,
    book_parts,
    cell,
    cells,
    events,
    refusal,
    remarks,
    row,
    rows_of,
    sheet,
    zipped,
)

STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts>
<numFmt numFmtId="164" formatCode="dd/mm/yyyy\\ hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm"/>
<numFmt numFmtId="166" formatCode="#,##0.0\\ &quot;kg mỗi tháng&quot;"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="14"/></cellXfs>
</styleSheet>"""


# --- files of LibreOffice ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [f"libreoffice{year}.{suffix}" for year in ("", "-1904") for suffix in ("xlsx", "xls", "ods")],
)
def test_libreoffice_writes_the_same_visits_in_every_format(name: str, tmp_path: Path) -> None:
    told = events((FILES / name).read_bytes(), tmp_path)
    rows = rows_of(told)
    assert rows["KhamBenh!5"][:4] == ["LO-1", "Lò Văn Ún", "011071000123", "15/08/1971"]
    assert rows["KhamBenh!5"][8:] == [{"moment": "2026-10-04T09:25:00"}, 52.5, 78]
    assert rows["KhamBenh!6"][7:] == [
        'Đau đầu; "nặng" đầu\nhai hôm nay',
        {"moment": "2026-10-04T12:00:00"},
        51.5,
        82,
    ]
    assert rows["KhamBenh!7"][8] == {"moment": "2026-10-05T08:00:00"}
    assert ("hidden", "Danh mục") in told


@pytest.mark.parametrize("name", ["libreoffice-utf8.csv", "libreoffice-utf16.csv"])
def test_libreoffice_exports_the_same_visits_as_text(name: str, tmp_path: Path) -> None:
    rows = cells((FILES / name).read_bytes(), tmp_path)
    assert rows["CSV!3"][7] == 'Đau đầu; "nặng" đầu\nhai hôm nay'
    assert rows["CSV!4"][:2] == ["LO-3", "Quàng Văn Ót"]
    assert rows["CSV!4"][8] == "05/10/2026 08:00"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("libreoffice-locked.xls", "file_has_password"),
        ("libreoffice-locked.ods", "file_has_password"),
        ("libreoffice-page.xls", "file_is_web_page"),
        ("libreoffice-2003.xls", "file_is_old_excel"),
    ],
)
def test_what_is_locked_or_bears_a_wrong_name_is_said(name: str, code: str, tmp_path: Path) -> None:
    assert refusal((FILES / name).read_bytes(), tmp_path) == code


# --- the quick reading reads what a second reader reads ---------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
CELL = st.one_of(
    st.none(),
    TEXT,
    st.integers(-(10**12), 10**12),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 4)),
    st.booleans(),
    st.datetimes(datetime(1905, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0)
    ),
    st.just("=1+2"),
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, max_size=8), max_size=40),
    constant=st.booleans(),
    since_1904=st.booleans(),
)
def test_the_pattern_reads_what_calamine_reads(
    rows, constant, since_1904, tmp_path_factory
) -> None:
    content = generated(rows, {"constant_memory": constant, "date_1904": since_1904})
    told = cells(content, tmp_path_factory.mktemp("x"))
    read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    expected = {
        f"S!{number}": trimmed([moment_of(value) for value in line])
        for number, line in enumerate(read.iter_rows(), start=1)
        if any(value != "" for value in line)
    }
    start = (read.start or (0, 0))[1]
    assert {at: trimmed(values[start:]) for at, values in told.items()} == expected


def generated(rows: list, options: dict) -> bytes:
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True, **options})
    page = made.add_worksheet("S")
    day = made.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
    for at, line in enumerate(rows):
        for place, value in enumerate(line):
            if isinstance(value, datetime):
                page.write_datetime(at, place, value, day)
            elif value == "=1+2":
                page.write_formula(at, place, value, None, 3)
            elif isinstance(value, str):
                page.write_string(at, place, value)
            elif value is not None:
                page.write(at, place, value)
    made.close()
    return file.getvalue()


def moment_of(value: object) -> object:
    if not isinstance(value, date):
        return value
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return {"moment": moment.isoformat()}


def trimmed(values: list) -> list:
    while values and values[-1] == "":
        values = values[:-1]
    return values


# --- written by hand --------------------------------------------------------------------------------


def test_prefixes_quotes_missing_addresses_and_breaks_change_nothing(tmp_path: Path) -> None:
    inner = """
      <x:row><x:c t='inlineStr'><x:is><x:t>MA_LK</x:t></x:is></x:c>
        <x:c t="inlineStr"><x:is><x:r><x:t>Họ </x:t></x:r><x:r><x:t>tên</x:t></x:r>
          <x:rPh sb="0" eb="1"><x:t>ho</x:t></x:rPh></x:is></x:c></x:row>
      <x:row r='4' spans="1:2"/>
      <x:row r="5"><x:c r='B5' s="0"><x:v>7</x:v></x:c><!-- a remark --></x:row>"""
    text = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{inner}</x:sheetData></x:worksheet>'
    told = cells(zipped(book_parts({"S": text})), tmp_path)
    assert told == {"S!1": ["MA_LK", "Họ tên"], "S!5": ["", 7]}


def test_types_of_cells_keep_what_they_say(tmp_path: Path) -> None:
    line = (
        '<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c>'
        '<c r="C1" t="str"><f>A1</f><v>chữ</v></c><c r="D1" s="1"><v>46299.392361111</v></c>'
        '<c r="E1" s="2"><v>1.5</v></c><c r="F1" s="3"><v>52.5</v></c>'
        '<c r="G1" t="d"><v>2026-10-04T09:25:00Z</v></c><c r="H1" s="4"><v>46299</v></c>'
        '<c r="I1" t="s"><v>1</v></c><c r="J1" t="s"><v>0</v></c><c r="K1"><v>011</v></c></row>'
    )
    strings = f'<sst xmlns="{MAIN}"><si><t>a_x000A_b &amp; c_x0000_</t></si><si><r><t>Lò </t></r><r><t>Ún</t></r></si></sst>'
    for rows in (line, line + line.replace("1", "2", 1) * 1, line * 700):
        told = cells(book(rows, strings=strings, styles=STYLES), tmp_path)
        assert told["KhamBenh!1"] == [
            True,
            "#N/A",
            "chữ",
            {"moment": "2026-10-04T09:25:00"},
            "1 day, 12:00:00",
            52.5,
            {"moment": "2026-10-04T09:25:00"},
            {"moment": "2026-10-04T00:00:00"},
            "Lò Ún",
            "a\nb & c\x00",
            11,
        ]


def test_nul_never_leaves_the_child() -> None:
    assert child.line(["row", 1, ["a\x00b", "\\u0000", "\\\x00\x00"]]) == (
        b'["row",1,["ab","\\\\u0000","\\\\"]]\n'
    )


@pytest.mark.parametrize("value", ["", "<v></v>", "<v/>"])
def test_a_formula_that_was_never_calculated_is_no_empty_cell(value: str, tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{at}"><c r="A{at}"><v>{at}</v></c><c r="B{at}"><f>A{at}*2</f>{value}</c></row>'
        for at in range(1, 700)
    )
    told = events(book(rows), tmp_path)
    assert rows_of(told)["KhamBenh!650"] == [650, "#FORMULA!"]
    assert remarks(told)["formulas_uncalculated"] == {"sheet": "KhamBenh", "count": 699}


def test_shared_and_long_formulas_give_their_values(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">1+1</f><v>2</v></c></row>'
    rows += "".join(
        f'<row r="{at}"><c r="A{at}"><f t="shared" si="0"/><v>2</v></c></row>'
        for at in range(2, 1_200)
    )
    told = cells(book(rows), tmp_path)
    assert len(told) == 1_199
    assert {tuple(values) for values in told.values()} == {(2,)}


def test_cells_at_the_end_of_the_world_cost_nothing(tmp_path: Path) -> None:
    rows = row(1, "MA_LK", "HO_TEN") + row(2, "1", "Lò Văn Ún")
    rows += f'<row r="3">{cell("XFD3", "lạc")}</row>'
    rows += f'<row r="1048576"><c r="A1048576"><v>9</v></c>{cell("XFD1048576", "lạc")}</row>'
    text = sheet(rows, before='<dimension ref="A1:XFD1048576"/>')
    told = events(zipped(book_parts({"S": text})), tmp_path)
    assert rows_of(told) == {
        "S!1": ["MA_LK", "HO_TEN"],
        "S!2": ["1", "Lò Văn Ún"],
        "S!1048576": [9],
    }
    assert told[0][2] < 100  # rows expected: the sheet's own claim of a million is not believed
    assert remarks(told)["cells_far_ignored"] == {"sheet": "S", "count": 2}


def test_merged_cells_macros_and_hidden_sheets_are_remarked(tmp_path: Path) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A2:A9"/></mergeCells>'
    parts = book_parts(
        {"S": sheet(row(1, "a"), behind=merged), "H": sheet(row(1, "b"))},
        states={"H": "veryHidden"},
    )
    told = events(zipped({**parts, "xl/vbaProject.bin": b"\x01"}), tmp_path)
    assert remarks(told) == {
        "macros_ignored": {},
        "cells_merged": {"sheet": "S", "cells": ["A2:A9"]},
    }
    assert ("hidden", "H") in told
    assert rows_of(told) == {"S!1": ["a"]}


ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + at)} '{f'&{chr(97 + at)};' * 10}'>" for at in range(12)
)
GOOD_PARTS = book_parts(
    {"S": sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')},
    strings=f'<sst xmlns="{MAIN}"><si><t>a</t></si></sst>',
    styles=STYLES,
)


@pytest.mark.parametrize("part", list(GOOD_PARTS))
@pytest.mark.parametrize("declared", [ENTITY, LAUGHS + "]>"])
def test_entities_are_refused_in_every_part(part: str, declared: str, tmp_path: Path) -> None:
    text = str(GOOD_PARTS[part])
    assert refusal(zipped({**GOOD_PARTS, part: declared + text}), tmp_path) == "xml_forbidden"
    used = (declared + text).replace(">a<", ">&a;<")
    assert refusal(zipped({**GOOD_PARTS, part: used}), tmp_path) == "xml_forbidden"


BROKEN = {
    "strings missing": {"xl/sharedStrings.xml": "<sst/>"},
    "sheet cut": {"xl/worksheets/sheet1.xml": sheet(row(1, "a"))[:-40]},
    "sheet empty": {"xl/worksheets/sheet1.xml": ""},
    "not UTF-8": {"xl/worksheets/sheet1.xml": sheet(row(1, "a")).encode("utf-16")},
    "workbook cut": {"xl/workbook.xml": "<workbook><sheets>"},
    "tags crossed": {"xl/worksheets/sheet1.xml": sheet('<row r="1"><c r="A1"></row></c>')},
    "an encoding that is none": {
        "xl/workbook.xml": '<?xml version="1.0" encoding="UTF-1E4008"?><workbook/>'
    },
    "relations gone": {"xl/_rels/workbook.xml.rels": "x"},
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_part_is_one_clear_refusal(case: str, tmp_path: Path) -> None:
    assert refusal(zipped({**GOOD_PARTS, **BROKEN[case]}), tmp_path) == "file_torn"


def test_a_sheet_without_rows_is_an_empty_sheet(tmp_path: Path) -> None:
    for text in (sheet(""), f'<worksheet xmlns="{MAIN}"><sheetData/><pageMargins/></worksheet>'):
        assert rows_of(events(zipped(book_parts({"S": text})), tmp_path)) == {}


def test_ten_thousand_sheets_are_too_many(tmp_path: Path) -> None:
    listed = "".join(f'<sheet name="S{at}" r:id="rId1"/>' for at in range(10_000))
    parts = {**GOOD_PARTS, "xl/workbook.xml": f"<workbook><sheets>{listed}</sheets></workbook>"}
    assert refusal(zipped(parts), tmp_path) == "sheets_too_many"


def test_very_long_cells_are_cut_at_what_no_spreadsheet_holds(tmp_path: Path) -> None:
    told = cells(book(row(1, "x" * 300_000, "y")), tmp_path)
    assert [len(value) for value in told["KhamBenh!1"]] == [100_000, 1]
