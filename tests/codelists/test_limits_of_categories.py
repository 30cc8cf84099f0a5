"""The limits of categories agree with the ministry's list, and limits nobody can read are not loaded."""

from datetime import date

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.codelists.icd import in_range
from portal.codelists.limits import limits_by, unreadable
from portal.codelists.models import CodeList
from tests.codelists.test_shipped_lists import ministry, rows_of_list
from tests.codelists.test_upload_of_a_version import SAID, page, portal, workbook

RULES = rows_of_list("diagnosis_limits")
__all__ = ["portal"]


def test_the_sex_of_every_code_is_that_of_the_ministrys_list() -> None:
    """QĐ 4469/QĐ-BYT."""
    wrong = [
        code
        for code, row in ministry().items()
        if row["sex_only"] and limits_by(RULES, code, {}).get("sex") != row["sex_only"]
    ]
    assert wrong == []


def test_no_category_bars_a_sex_that_the_ministry_does_not_but_by_its_headings() -> None:
    barred = [
        code
        for code, row in ministry().items()
        if len(code) > 3 and not row["sex_only"] and limits_by(RULES, code, {}).get("sex")
    ]
    assert len(barred) < 20, barred


def test_every_rule_says_something_that_can_be_read_of_codes_there_are() -> None:
    for rule in RULES:
        assert list(unreadable("diagnosis_limits", rule)) == []
        assert any(rule[name] for name in ("sex", "age_min_days", "age_max_days", "not_main"))
        first, last = rule["first"].replace(".", ""), rule["last"].replace(".", "")
        assert any(in_range(code.replace(".", ""), first, last) for code in ministry()), rule[
            "code"
        ]


@pytest.mark.parametrize(
    ("column", "value"),
    [("sex", "Nữ"), ("not_main", "x"), ("age_min_days", "9 tuổi"), ("age_max_days", "99999999")],
)
def test_a_limit_that_cannot_be_read_is_named_and_the_list_not_loaded(
    portal: Client, administrator: User, column: str, value: str
) -> None:
    icd = CodeList.objects.create(key="icd10", title="ICD-10")
    file = workbook([["Mã bệnh", "Tên bệnh", column], ["O80", "Đẻ thường", value]])
    answer = portal.post(page(icd), {**SAID, "file": file, "confirm": "1"})
    (problem,) = answer.context["table_problems"]
    assert (problem.row, problem.column, problem.value) == (2, column, value)
    assert not icd.versions.exists()


def test_a_full_list_is_loaded_with_its_limits(portal: Client, administrator: User) -> None:
    icd = CodeList.objects.create(key="icd10", title="ICD-10")
    head = ["Mã bệnh", "Tên bệnh", "sex", "age_min_days", "age_max_days", "not_main"]
    file = workbook(
        [head, ["O80", "Đẻ thường", "F", "3287", "22279", ""], ["B95.0", "A", "", "", "", "1"]]
    )
    looked = portal.post(page(icd), {**SAID, "file": file})
    kept = looked.context["form"]["kept"].value()
    portal.post(page(icd), {**SAID, "kept": kept, "confirm": "1"})
    said = {
        code.code: code.attributes
        for code in icd.versions.get(valid_from=date(2026, 7, 1)).codes.all()
    }
    assert said == {
        "O80": {"sex": "F", "age_min_days": "3287", "age_max_days": "22279"},
        "B95.0": {"not_main": "1"},
    }
