"""What an envelope says twice is the same twice, and each line is what the decision in force asks for."""

import pytest

from portal.accounts.models import User
from portal.intake.models import Batch, StagedRow
from portal.places.models import Organisation
from tests.intake.envelopes import Line, medicine, service, whole, written
from tests.intake.sending import counts, envelope, errors, found, send

pytestmark = pytest.mark.usefixtures("lists", "registers")

APPOINTMENT: Line = {
    "SO_GIAYHEN_KL": "GH-1",
    "MA_CSKCB": "11001",
    "HO_TEN": "Lò Thị Thử",
    "NGAY_SINH": "196005150000",
    "GIOI_TINH": "2",
    "MA_THE_BHYT": "GD4111234500001",
    "NGAY_VAO": "202611020805",
    "NGAY_RA": "202611041030",
    "NGAY_HEN_KL": "202611300800",
    "MA_BENH_CHINH": "I10",
    "MA_DOITUONG_KCB": "1.1",
    "MA_BAC_SI": "000001/HNO-CCHN",
    "MA_TTDV": "0100000002",
    "NGAY_CT": "20261104",
}
LEAVING: Line = {
    "SO_LUU_TRU": "1",
    "MA_YTE": "BN000001",
    "MA_KHOA_RV": "K01",
    "NGAY_VAO": "202611020805",
    "NGAY_RA": "202611041030",
    "CHAN_DOAN_RV": "Tăng huyết áp",
    "PP_DIEUTRI": "Thuốc",
    "MA_TTDV": "0100000002",
    "MA_BS": "0100000002",
    "TEN_BS": "Lường Văn Ký",
    "NGAY_CT": "20261104",
}


HIV: Line = {"MA_THE_BHYT": "GD4111234500001", "MA_LOAI_BN": "1"}


@pytest.fixture
def officer(data_officer: User) -> User:
    return data_officer


def read(officer: User, hospital: Organisation, **said: object) -> Batch:
    content = envelope(written(whole(**said)))
    return send(content, by=officer, organisation=hospital, kind="envelope", name="a.xml")


def warned(batch: Batch) -> list[tuple[str, str]]:
    assert errors(batch) == []
    return [(cell.removeprefix("HOSO 1/"), code) for cell, code, _severity in found(batch)]


def test_papers_that_agree_with_the_summary_are_clean(
    officer: User, hospital: Organisation
) -> None:
    batch = read(officer, hospital, more={"XML14": [APPOINTMENT], "XML7": [LEAVING]})
    assert found(batch) == []


@pytest.mark.parametrize(
    ("table", "field", "value"),
    [
        ("XML14", "HO_TEN", "LÒ THỊ KHÁC"),
        ("XML14", "NGAY_SINH", "196105150000"),
        ("XML14", "GIOI_TINH", "1"),
        ("XML14", "MA_THE_BHYT", "GD4111234500009"),
        ("XML14", "MA_BENH_CHINH", "J18"),
        ("XML14", "NGAY_RA", "202611051030"),
        ("XML7", "NGAY_VAO", "202611010805"),
        ("XML7", "MA_YTE", "BN000009"),
        ("XML6", "MA_THE_BHYT", "GD4111234500009"),
    ],
)
def test_what_is_said_twice_and_differs_is_named(
    officer: User, hospital: Organisation, table: str, field: str, value: str
) -> None:
    papers = {"XML14": APPOINTMENT, "XML7": LEAVING, "XML6": HIV}
    batch = read(officer, hospital, more={table: [{**papers[table], field: value}]})
    assert (f"{table}[1]/{field}", "differs_from_summary") in warned(batch)


@pytest.mark.parametrize(
    ("cell", "code", "changed"),
    [
        ("XML3[1]/NGAY_TH_YL", "times_out_of_order", {"NGAY_TH_YL": "202611020801"}),
        ("XML3[1]/NGAY_KQ", "times_out_of_order", {"NGAY_KQ": "202611020812"}),
        ("XML3[1]/NGAY_YL", "moment_unreadable", {"NGAY_YL": "202611310810", "NGAY_KQ": ""}),
        ("XML3[1]/PHAM_VI", "value_unfit", {"PHAM_VI": "7"}),
        ("XML3[1]/MA_GIUONG", "value_unfit", {"MA_GIUONG": "H01;H002"}),
        ("XML3[1]/MA_KHOA", "cell_too_long", {"MA_KHOA": "K" * 51}),
        ("XML3[1]/DON_GIA_BV", "not_a_number", {"DON_GIA_BV": "hai"}),
        ("XML3[1]/NGUOI_THUC_HIEN", "fields_blank", {"NGUOI_THUC_HIEN": ""}),
        ("XML3[1]/CHI_RIENG", "field_unknown", {"CHI_RIENG": "1"}),
    ],
)
def test_a_line_that_is_not_what_the_decision_asks_for_is_named_to_the_field(
    officer: User, hospital: Organisation, cell: str, code: str, changed: Line
) -> None:
    batch = read(officer, hospital, services=[service(1, None, **changed)])
    assert (cell, code) in warned(batch)
    assert counts(batch) == {"new": 1}


def test_several_blank_fields_of_a_line_are_one_remark(
    officer: User, hospital: Organisation
) -> None:
    blank = medicine(1, None, DUONG_DUNG="", TT_THAU="", PHAM_VI="")
    assert warned(read(officer, hospital, medicines=[blank])) == [("XML2[1]", "fields_blank")]


def test_a_medicine_without_a_name_keeps_its_record_out(
    officer: User, hospital: Organisation
) -> None:
    batch = read(officer, hospital, medicines=[medicine(1, None, TEN_THUOC="")])
    assert errors(batch) == [("HOSO 1/XML2[1]/TEN_THUOC", "cell_blank")]


def test_a_line_of_another_visit_keeps_its_record_out(
    officer: User, hospital: Organisation
) -> None:
    batch = read(officer, hospital, medicines=[medicine(), {**medicine(2), "MA_LK": "E-0009"}])
    assert ("HOSO 1/XML2[2]/MA_LK", "line_of_other_visit") in errors(batch)


@pytest.mark.parametrize(
    ("code", "cell", "changed"),
    [
        ("commune_of_other_province", "XML1/MATINH_CU_TRU", {"MATINH_CU_TRU": "01"}),
        ("table_missing", "XML1/MA_LOAI_RV", {"MA_LOAI_RV": "2"}),
        ("days_disagree", "XML1/SO_NGAY_DTRI", {"SO_NGAY_DTRI": "9"}),
        ("not_a_number", "XML1/THANG_QT", {"THANG_QT": "mười"}),
        ("moment_unreadable", "XML1/NGAY_TTOAN", {"NGAY_TTOAN": "hôm qua"}),
        ("value_unfit", "XML1/MA_TTDV", {"MA_TTDV": "12"}),
        ("fields_blank", "XML1/MA_HSBA", {"MA_HSBA": ""}),
        ("admitted_outside", "XML1/NGAY_VAO_NOI_TRU", {"NGAY_VAO_NOI_TRU": "202611010000"}),
    ],
)
def test_the_summary_is_held_to_the_decision_and_still_taken(
    officer: User, hospital: Organisation, code: str, cell: str, changed: Line
) -> None:
    batch = read(officer, hospital, **changed)
    assert (cell, code) in warned(batch)
    assert counts(batch) == {"new": 1}


def test_a_blank_or_old_district_is_nobodys_business(officer: User, hospital: Organisation) -> None:
    for district in ("", "000", "094"):
        assert found(read(officer, hospital, MAHUYEN_CU_TRU=district)) == []


def test_the_decision_of_the_day_of_the_visit_chooses_the_fields(
    officer: User, hospital: Organisation
) -> None:
    """NHOM_MAU came with QĐ 4750: in 2023 no blood group is asked for and one is not in its tables."""
    old = {"NGAY_VAO": "202311020805", "NGAY_RA": "202311041030"}
    line = {**medicine(), "NGAY_TH_YL": "202311020900", "NGAY_YL": "202311020820"}
    batch = read(officer, hospital, medicines=[line], services=[], **old)
    assert ("XML2[1]/NGAY_TH_YL", "field_unknown") in warned(batch)


def test_lines_are_kept_as_they_were_sent(officer: User, hospital: Organisation) -> None:
    batch = read(officer, hospital, more={"XML14": [APPOINTMENT]})
    row = StagedRow.objects.get(batch=batch)
    assert row.tables["XML14"] == [{"MA_LK": "E-0001", **APPOINTMENT}]
    assert row.tables["XML4"][0]["GIA_TRI"] == "5.4"
    note = next(note for note in batch.notes if note["code"] == "tables_kept")
    assert [said.split()[0] for said in note["params"]["tables"]] == ["XML3", "XML4", "XML14"]
