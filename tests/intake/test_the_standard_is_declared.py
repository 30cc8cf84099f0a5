"""Every table of the standard is declared, and agrees with the decisions."""

import csv
import os
from datetime import date
from pathlib import Path

import pytest

from healthrecords.imports.kinds import ENVELOPE
from healthrecords.imports.lines import line_check
from healthrecords.imports.tables import decision_on, decisions, tables, tolerance

REFERENCE = Path(os.environ.get("REFERENCE_DIR", "")) / "xml_fields_130_4750_3176.csv"


def fields(table: str, decision: str) -> list[str]:
    return [field.name for field in tables()[table].fields if field.holds_in(decision)]


def test_the_envelope_has_fifteen_tables_and_the_check_in() -> None:
    assert set(tables()) == {f"XML{number}" for number in range(1, 16)} | {"CHECKIN"}
    assert [table.name for table in ENVELOPE.tables] == list(tables())
    assert ENVELOPE.main.name == "XML1"
    assert all(column.label for table in ENVELOPE.tables for column in table.columns)


@pytest.mark.parametrize(
    ("day", "decision"),
    [
        (date(2022, 5, 1), "130"),
        (date(2024, 6, 30), "130"),
        (date(2024, 7, 1), "4750"),
        (date(2024, 12, 31), "4750"),
        (date(2025, 1, 1), "3176"),
        (date(2026, 11, 5), "3176"),
    ],
)
def test_the_decision_is_the_one_in_force_that_day(day: date, decision: str) -> None:
    assert decision_on(day).id == decision


def test_a_decision_adds_takes_away_and_renames_fields() -> None:
    assert "NHOM_MAU" not in fields("XML1", "130")
    assert "NHOM_MAU" in fields("XML1", "4750")
    assert {"MA_NOI_DI", "TEN_THUOC"} <= set(fields("XML13", "4750"))
    now = set(fields("XML13", "3176"))
    assert {"MA_CSKCB_DI", "MA_CSKCB_DEN", "TINH_TRANG_CT"} <= now
    assert not {"MA_NOI_DI", "MA_NOI_DEN", "TEN_DICH_VU", "TEN_THUOC", "PP_DIEU_TRI"} & now


def test_what_nobody_has_seen_stays_marked() -> None:
    assert {decision.id for decision in decisions() if not decision.verified} == {"3176"}
    assert all(decision.legal_basis for decision in decisions())
    assert not tolerance("money").verified
    assert "4750" in tolerance("money").legal_basis


@pytest.mark.parametrize("decision", decisions(), ids=lambda decision: decision.id)
def test_every_table_has_checks_under_every_decision(decision) -> None:
    for name in tables():
        check = line_check(name, decision)
        assert check is not None
        assert list(check.check(dict.fromkeys(check.names, "")))


@pytest.mark.skipif(not REFERENCE.is_file(), reason="needs REFERENCE_DIR with the fields")
def test_the_declaration_agrees_with_the_reference_field_by_field() -> None:
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        known = list(csv.DictReader(file))
    declared = {(f.table, f.name): f for table in tables().values() for f in table.fields}
    assert set(declared) == {(row["table"], row["field"]) for row in known}
    for row in known:
        field = declared[row["table"], row["field"]]
        assert (field.since or "130") == row["introduced_by"]
        assert (field.until == "4750") == (row["tag_in_3176_code"] == "no")
        said = row["max_len_effective"]
        if field.length and said.isdigit():
            assert field.length >= int(said)
        if row["portal_required"] == "x" and not row["portal_rule_vi"].startswith(
            "Sửa thành Không"
        ):
            assert field.need or field.name == "MAHUYEN_CU_TRU", field
