"""What is written into a template comes back as it was meant, and the template offers what is allowed."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from facilities.imports.facilities import FACILITIES
from healthrecords.imports.kinds import VISITS
from portal.accounts.models import User
from portal.codelists.models import CodeListVersion
from portal.intake.codebook import CodeBook
from portal.intake.declaration import Column, Kind, Table, Type
from portal.intake.handler import Handler
from portal.intake.readers.process import reading
from portal.intake.sheets import Seen, rows_of
from portal.intake.templates_of_kinds import offer_of, template_of, words_of
from portal.intake.values import read_cell
from portal.places.models import Area, Organisation
from tests.intake.sending import NOW, counts, errors, found, send
from tests.intake.test_cells_are_read_as_declared import DAYS, MOMENTS, NAMES

pytestmark = pytest.mark.usefixtures("lists")
ON = NOW.date()


def filled(kind: Kind, *rows: dict[str, str]) -> bytes:
    """Fill a template in as a person does, by its headings."""
    book = load_workbook(io.BytesIO(template_of(kind, on=ON)))
    page = book[kind.main.name]
    names = {column.label: column.name for column in kind.main.columns}
    for at, row in enumerate(rows, start=2):
        for place, cell in enumerate(page[1], start=1):
            page.cell(row=at, column=place, value=row.get(names[cell.value]) or None)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rows_in(content: bytes, table: Table, folder: Path) -> list[dict[str, Any]]:
    path = folder / "filled.xlsx"
    path.write_bytes(content)
    seen = Seen()
    with reading(path) as events:
        rows = [dict(row.cells) for row in rows_of(table, events, seen)]
    assert not seen.ignored_sheets
    assert not seen.headings[0].unknown
    return rows


def test_the_examples_of_the_declaration_are_read_without_a_word(
    data_officer: User, hospital: Organisation
) -> None:
    example = {c.name: c.example for c in VISITS.main.columns if c.name != "MA_DKBD"}
    batch = send(filled(VISITS, example), by=data_officer, organisation=hospital)
    assert found(batch) == []
    assert batch.notes == []
    assert counts(batch) == {"new": 1}


VALUES = {
    Type.NAME: NAMES,
    Type.DAY: DAYS.map(lambda day: day.strftime("%d/%m/%Y")),
    Type.PARTIAL_DAY: DAYS.map(lambda day: f"{day.day:02d}/{day.month:02d}/{day.year:04d}"),
    Type.MOMENT: MOMENTS.map(lambda moment: f"{moment:%d/%m/%Y %H:%M}"),
    Type.INTEGER: st.integers(min_value=0, max_value=400).map(str),
    Type.DECIMAL: st.decimals(min_value=0, max_value=300, places=2).map(str),
    Type.IDENTIFIER: st.from_regex(r"0[0-9]{3,11}", fullmatch=True),
    Type.TEXT: st.text(alphabet="aăâđêôơưịạ ,.()0123456789=+-@", min_size=1, max_size=60).map(
        lambda text: f"x{text}x"
    ),
}


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_any_row_written_into_a_template_is_read_back_as_it_was_meant(
    tmp_path: Path, data: st.DataObject
) -> None:
    free = [c for c in VISITS.main.columns if c.type in VALUES and c.rule is None]
    drawn = [
        {c.name: data.draw(VALUES[c.type], label=c.name)[: c.length or None] for c in free}
        for _number in range(3)
    ]
    rows = rows_in(filled(VISITS, *drawn), VISITS.main, tmp_path)
    assert rows[: len(drawn)] != []
    for row, wanted in zip(rows, drawn, strict=True):
        for column in free:
            sent, meant = (
                read_cell(column, row[column.name]),
                read_cell(column, wanted[column.name]),
            )
            assert sent[1] == []
            assert sent[0] == meant[0], column.name


def test_every_word_a_drop_down_offers_is_understood_as_its_code() -> None:
    book = CodeBook()
    for column in VISITS.main.columns:
        offer = offer_of(column, book, ON) if column.code_list else None
        if offer is None:
            continue
        for (code, _title), word in zip(offer.entries, words_of(offer), strict=True):
            assert book.read(column, word if len(offer.entries) < 300 else code, ON) == (code, [])


def test_every_list_reaches_its_column_even_beyond_the_letter_z(tmp_path: Path) -> None:
    columns = tuple(
        Column(name=f"C{at}", label=f"Cột {at}", type=Type.CODE, code_list="sexes")
        for at in range(40)
    )
    many = Kind(
        id="many", title="X", tables=(Table(name="Nhieu", title="X", columns=columns),),
        key=("C0",), handler=Handler,
    )  # fmt: skip
    book = load_workbook(io.BytesIO(template_of(many, on=ON)))
    sources = [rule.formula1 for rule in book["Nhieu"].data_validations.dataValidation]
    assert len(sources) == 40
    assert any("$AN$1" in source for source in sources)
    for source in sources:
        sheet, _mark, area = source.partition("!")
        assert all(cell[0].value for cell in book[sheet][area.replace("$", "")])


def test_long_lists_stand_on_a_sheet_to_search_and_codes_are_checked_against_it(
    province: Area, communes: list[Area]
) -> None:
    Area.objects.bulk_create(
        Area(
            kind="commune", code=f"{at:05d}", name=f"Xã {at}", unit="xã", parent=province,
            valid_from=communes[0].valid_from,
        )
        for at in range(10_000, 10_400)
    )  # fmt: skip
    book = load_workbook(io.BytesIO(template_of(VISITS, on=ON)))
    listed = book["DM_MAXA_CU_TRU"]
    assert listed.sheet_state == "visible"
    assert [cell.value for cell in listed[3]] == ["03181", "Xã Mường Chà, Tỉnh Điện Biên"]
    assert listed.max_row == 404
    page = book["KhamBenh"]
    formulas = [r.formula1 for r in page.data_validations.dataValidation if r.type == "custom"]
    at = next(cell.column_letter for cell in page[1] if cell.value == "Mã xã")
    assert formulas == [f"COUNTIF('DM_MAXA_CU_TRU'!$A$3:$A$404,{at}2)>0"]
    assert (
        book["DM_icd10"]["A3"].value
        == CodeListVersion.objects.holding(ON)
        .get(code_list__key="icd10")
        .codes.order_by("code")
        .first()
        .code
    )


def test_the_template_is_ready_to_fill(lists: None) -> None:
    content = template_of(VISITS, on=ON)
    book = load_workbook(io.BytesIO(content))
    page = book["KhamBenh"]
    assert page.freeze_panes == "A2"
    assert page.max_row == 1  # the example stands in the help, not among the data
    assert all(cell.comment and cell.comment.text for cell in page[1])
    as_text = {
        place
        for width in page.column_dimensions.values()
        if width.number_format == "@"
        for place in range(width.min, width.max + 1)
    }
    assert {cell.column for cell in page[1]} <= as_text
    assert book["DanhMuc"].sheet_state == "hidden"
    said = [row[0].value for row in book["HuongDan"].iter_rows(max_row=3)]
    assert "05/11/2026" in said[1]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None


def test_a_filled_template_of_facilities_does_not_read_its_own_lists(tmp_path: Path) -> None:
    example = {column.name: column.example for column in FACILITIES.main.columns}
    rows = rows_in(filled(FACILITIES, example), FACILITIES.main, tmp_path)
    assert rows == [example]


def test_a_wrong_choice_in_a_template_is_found_at_its_cell(
    data_officer: User, hospital: Organisation
) -> None:
    example = {c.name: c.example for c in VISITS.main.columns if c.name != "MA_DKBD"}
    content = filled(VISITS, example, {**example, "MA_LK": "2", "GIOI_TINH": "Namm"})
    batch = send(content, by=data_officer, organisation=hospital)
    at = next(n for n, c in enumerate(VISITS.main.columns) if c.name == "GIOI_TINH")
    assert errors(batch) == [(f"KhamBenh!{chr(65 + at)}3", "code_unknown")]
