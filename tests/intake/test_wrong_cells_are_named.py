"""One wrong cell is found at that cell, with its own sentence and remedy, and nowhere else."""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.intake.models import Finding
from portal.intake.presenting import words
from portal.intake.sheets import letters_of
from portal.places.models import Organisation
from tests.intake.sending import GOOD, errors, found, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")
NAMES = list(GOOD)


def cell(name: str, number: int = 2) -> str:
    return f"KhamBenh!{letters_of(NAMES.index(name))}{number}"


WRONG = [
    ("MA_LK", "", "cell_blank"),
    ("HO_TEN", "", "cell_blank"),
    ("SO_CCCD", "1.162E+11", "spreadsheet_rounded"),
    ("SO_CCCD", 116200000000, "spreadsheet_rounded"),
    ("SO_CCCD", 11071000123, "leading_zero_lost"),
    ("NGAY_SINH", "30/02/1958", "no_such_day"),
    ("NGAY_SINH", "05/13/1971", "month_first"),
    ("NGAY_SINH", "mồng 5", "date_unreadable"),
    ("NGAY_SINH", "15/08/2027", "visit_before_birth"),
    ("GIOI_TINH", "x", "code_unknown"),
    ("MA_BENH_CHINH", "I10.9", "icd_unknown"),
    ("MA_BENH_CHINH", "cảm", "icd_unknown"),
    ("MA_BENH_CHINH", "O13", "code_of_other_sex"),
    (
        "MA_BENH_KT",
        ";".join(f"A0{n}" for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)) + ";B15;B16;B17",
        "too_many_diagnoses",
    ),
    ("NGAY_VAO", "04/10/2026 25:25", "no_such_hour"),
    ("NGAY_VAO", "04/10/2027 09:25", "visit_in_future"),
    ("NGAY_RA", "04/10/2026 07:10", "ends_before_start"),
    ("KET_QUA_DTRI", "99", "code_unknown"),
    ("CAN_NANG", "năm mươi", "not_a_number"),
    ("MACH", "780", "measure_impossible"),
    ("HUYET_AP", "80/120", "blood_pressure_reversed"),
    ("HUYET_AP", "cao", "blood_pressure_unreadable"),
    ("NHIET_DO", "3,7", "measure_impossible"),
    ("CAN_NANG", "5", "measure_impossible"),  # of a man of 55 years
]


@pytest.mark.parametrize(("name", "value", "code"), WRONG)
def test_a_wrong_cell_is_named_and_explained(
    data_officer: User, hospital: Organisation, name: str, value: object, code: str
) -> None:
    row = visit(MA_LK="2", **{name: value}) if name != "MA_LK" else visit(MA_LK=value)
    batch = send(workbook([visit(), row]), by=data_officer, organisation=hospital)
    assert (cell(name, 3), code) in errors(batch)
    assert all(place.endswith("3") for place, _code in errors(batch))
    finding = Finding.objects.get(batch=batch, code=code)
    why, remedy = words(finding)
    assert why.endswith((".", "”.")), why
    assert remedy.endswith("."), (why, remedy)
    assert "%(" not in why + remedy


WARNED = [
    ("SO_CCCD", "", "cell_blank"),
    ("SO_CCCD", "TK-0001", "not_only_digits"),
    ("SO_CCCD", "011171000123", "personal_number_sex"),
    ("SO_CCCD", "011072000123", "personal_number_birth_year"),
    ("MAXA_CU_TRU", "99999", "commune_unknown"),
    ("DIEN_THOAI", "12", "phone_unreadable"),
    ("MA_THE_BHYT", "HT21112345", "insurance_card_length"),
    ("LY_DO_VV", "", "cell_blank"),
    ("NGAY_RA", "", "cell_blank"),
    ("MACH", "165", "measure_unlikely"),
    ("CAN_NANG", "140", "measure_unlikely"),
]


@pytest.mark.parametrize(("name", "value", "code"), WARNED)
def test_a_doubtful_cell_warns_and_lets_the_row_in(
    data_officer: User, hospital: Organisation, name: str, value: object, code: str
) -> None:
    batch = send(workbook([visit(**{name: value})]), by=data_officer, organisation=hospital)
    assert errors(batch) == []
    assert (cell(name), code, "warning") in found(batch)
    batch.refresh_from_db()
    assert batch.new_count == 1


def test_an_old_commune_code_is_understood(
    data_officer: User, hospital: Organisation, communes: list
) -> None:
    from portal.places.models import AreaSuccession, FormerArea
    from tests.conftest import SINCE

    old = FormerArea.objects.create(
        code="03172", name="Thị trấn Mường Chà", district_code="097", province_code="11"
    )
    AreaSuccession.objects.create(former=old, area=communes[0], on=SINCE)
    batch = send(workbook([visit(MAXA_CU_TRU="03172")]), by=data_officer, organisation=hospital)
    assert found(batch) == []


CORRUPTIBLE = ["NGAY_SINH", "NGAY_VAO", "MA_BENH_CHINH", "CAN_NANG", "MACH", "NHIET_DO", "HUYET_AP"]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=st.sampled_from(CORRUPTIBLE),
    rubbish=st.text(alphabet=string.ascii_letters + "@#?ăđ ", min_size=3, max_size=20).map(
        lambda text: f"?{text.strip()}?"
    ),
    at=st.integers(min_value=0, max_value=4),
)
def test_a_single_corrupted_cell_is_found_at_that_cell_and_at_no_other(
    data_officer: User, hospital: Organisation, name: str, rubbish: str, at: int
) -> None:
    rows = [visit(MA_LK=f"K{number}") for number in range(5)]
    rows[at][name] = rubbish
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    assert {place for place, _code in errors(batch)} == {cell(name, at + 2)}
    assert len(errors(batch)) == 1


@pytest.mark.parametrize(
    ("born", "weight", "said"),
    [
        ("15/08/2026", "5", []),
        ("15/08/2026", "9", []),
        ("15/08/2026", "25", ["measure_impossible"]),
        ("15/08/2026", "15", ["measure_unlikely"]),
        ("01/10/2026", "9", ["measure_impossible"]),  # three days old
        ("10/2026", "9", ["measure_impossible"]),
        ("2026", "9", []),  # may be nine months old
        ("2026", "25", ["measure_impossible"]),
    ],
)
def test_a_measure_is_judged_by_the_age_the_birth_leaves_open(
    data_officer: User, hospital: Organisation, born: str, weight: str, said: list[str]
) -> None:
    row = visit(NGAY_SINH=born, SO_CCCD="", CAN_NANG=weight, MACH="120", HUYET_AP="")
    batch = send(workbook([row]), by=data_officer, organisation=hospital)
    codes = [code for _cell, code, _severity in found(batch) if code.startswith("measure")]
    assert codes == said
