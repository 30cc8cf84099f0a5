"""The amounts of an envelope are reckoned by the decision's formulas: nothing wrong passes, nothing right is blamed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthrecords.imports.agreement import check_agreement
from healthrecords.imports.money import check_money
from healthrecords.imports.tables import decision_on, decisions
from portal.intake.handler import Row
from tests.intake.envelopes import Line, medicine, service, sums, whole

percents = st.sampled_from(["100", "80", "95", "32", "40"])
rates = st.sampled_from(["100", "50", "30"])
counts = st.integers(1, 400).map(lambda n: f"{Decimal(n) / 4:f}")
prices = st.integers(400, 2_000_000).map(lambda n: f"{Decimal(n) / 8:f}")
AMOUNTS = ("THANH_TIEN_BV", "THANH_TIEN_BH", "T_NGUONKHAC", "T_BNTT", "T_BNCCT", "T_BHTT")


@st.composite
def medicines(draw: Any) -> Line:
    said = {
        "amount": draw(counts),
        "price": draw(prices),
        "rate": draw(rates),
        "level": draw(percents),
    }
    group = draw(st.sampled_from("456"))
    other = draw(st.sampled_from(["0", "0", "17.5"]))
    return medicine(
        1, {**said, "other": other}, MA_NHOM=group, MA_PTTT=draw(st.sampled_from("123"))
    )


@st.composite
def services(draw: Any) -> Line:
    price = draw(prices)
    said = {"amount": draw(counts), "price": price, "rate": draw(rates), "level": draw(percents)}
    said |= {"insured_price": price, "part": draw(st.sampled_from(["100", "50", "33", "30"]))}
    group = draw(st.sampled_from(["1", "8", "10", "13", "15"]))
    return service(1, said, MA_NHOM=group, MA_PTTT=draw(st.sampled_from("12")))


records = st.tuples(
    st.lists(medicines(), min_size=1, max_size=3), st.lists(services(), min_size=1, max_size=3)
)


def row_of(medicine_lines: list[Line], service_lines: list[Line], **changed: str) -> Row:
    made = whole(medicines=medicine_lines, services=service_lines, **changed)
    values = {**made.pop("XML1")[0], "NGAY_RA": "2026-11-04T10:30", "NGAY_VAO": "2026-11-02T08:05"}
    return Row(1, values, made)


def places(row: Row) -> set[tuple[str, int, str]]:
    return {(problem.table, problem.at, problem.column) for problem in check_money(row)}


@given(records)
@settings(deadline=None, max_examples=150)
def test_a_record_that_agrees_has_no_finding(made: tuple[list[Line], list[Line]]) -> None:
    assert places(row_of(*made)) == set()


@given(records, st.data())
@settings(deadline=None, max_examples=150)
def test_any_one_amount_of_a_line_that_is_changed_is_found_in_its_line(
    made: tuple[list[Line], list[Line]], data: Any
) -> None:
    row = row_of(*made)
    table = data.draw(st.sampled_from(["XML2", "XML3"]))
    at = data.draw(st.integers(1, len(row.tables[table])))
    column = data.draw(st.sampled_from(AMOUNTS))
    line = row.tables[table][at - 1]
    line[column] = f"{Decimal(line[column]) + data.draw(st.sampled_from([2, 100, 99_999]))}"
    assert any(place[:2] == (table, at) for place in places(row))


@given(records, st.data())
@settings(deadline=None, max_examples=150)
def test_any_one_sum_that_is_changed_is_found(
    made: tuple[list[Line], list[Line]], data: Any
) -> None:
    column = data.draw(st.sampled_from(sorted(sums(*made))))
    wrong = Decimal(sums(*made)[column]) + data.draw(st.sampled_from([2, 500, 1_000_000]))
    found = places(row_of(*made, **{column: str(wrong)}))
    assert ("", 0, column) in found


def test_the_finding_names_the_sent_and_the_reckoned_amount() -> None:
    row = row_of([medicine(1, None, THANH_TIEN_BV="43000")], [])
    problem = next(p for p in check_money(row) if p.column == "THANH_TIEN_BV")
    assert (problem.table, problem.at, problem.severity) == ("XML2", 1, "warning")
    assert problem.params == {"column": "THANH_TIEN_BV", "stated": "43000", "wanted": "42000"}


def test_one_dong_of_rounding_is_tolerated_and_two_are_not() -> None:
    assert places(row_of([medicine()], [], T_THUOC="42001")) == set()
    assert places(row_of([medicine()], [], T_THUOC="42002")) == {("", 0, "T_THUOC")}


def test_support_for_all_patients_is_taken_off_the_whole_first() -> None:
    """The decision's own example: 10 million, 50 %, 3 million of support, benefit 80 %."""
    line = medicine(1, {"amount": "1", "price": "10000000", "rate": "50", "level": "80"})
    line |= {"T_NGUONKHAC": "3000000", "T_NGUONKHAC_NSNN": "3000000", "THANH_TIEN_BH": "3500000"}
    line |= {"T_BHTT": "2800000", "T_BNCCT": "700000", "T_BNTT": "3500000"}
    assert places(row_of([line], [])) == set()
    wrong = {**line, "T_BNCCT": "600000", "T_BNTT": "3600000"}
    assert ("XML2", 1, "T_BNCCT") in places(row_of([wrong], []))


def test_for_arv_medicine_another_source_pays_the_co_payment() -> None:
    line = medicine(1, {"amount": "10", "price": "1000", "rate": "90", "level": "80"})
    line |= {"T_NGUONKHAC": "1800", "T_NGUONKHAC_NSNN": "1800", "T_BNCCT": "0.00"}
    assert places(row_of([line], [])) == set()


def test_a_ceiling_of_a_package_sets_the_insured_amount_free() -> None:
    said = {"amount": "1", "price": "90000000", "insured_price": "90000000"}
    line = service(1, {**said}, MA_NHOM="10", T_TRANTT="105300000", TT_THAU="1")
    line |= {"THANH_TIEN_BH": "80000000", "T_BHTT": "80000000", "T_BNTT": "10000000.00"}
    assert places(row_of([], [line])) == set()


def test_before_decision_4750_a_service_may_be_reckoned_without_its_share() -> None:
    line = service(1, {"part": "50"})
    line |= {"THANH_TIEN_BV": "20000.00", "T_BNTT": "10000.00"}
    row = row_of([], [line])
    assert ("XML3", 1, "THANH_TIEN_BV") in places(row)
    row.values["NGAY_RA"] = "2023-11-04T10:30"
    assert places(row) == set()


def agreed(row: Row) -> list[tuple[str, str, str]]:
    found = check_agreement(row, decision_on(decisions()[-1].valid_from))
    return [(problem.table, problem.column, problem.code) for problem in found]


@pytest.mark.parametrize(
    ("kind", "days", "is_right"),
    [
        ("01", "0", True),
        ("01", "1", False),
        ("03", "3", True),
        ("03", "2", False),
        ("05", "28", True),
    ],
)
def test_the_days_of_treatment_follow_from_the_kind_of_visit(
    kind: str, days: str, *, is_right: bool
) -> None:
    row = row_of([medicine()], [], MA_LOAI_KCB=kind, SO_NGAY_DTRI=days)
    assert agreed(row) == ([] if is_right else [("", "SO_NGAY_DTRI", "days_disagree")])
