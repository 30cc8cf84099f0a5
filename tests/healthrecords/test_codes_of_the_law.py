"""What a decision lists is taken from its list alone; each list of law is named where it is tested."""

import re
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from healthrecords.charts import TARGETS, targets_of
from healthrecords.forms.fields import CodedField
from healthrecords.models import Citizen, Visit
from portal.codelists.loader import CATALOGUE, SHIPPED
from portal.codelists.lookup import codes_on
from tests.healthrecords.conftest import NEEDED, ON

TESTS = Path(__file__).resolve().parents[1]
# Numbers of laws as people write them: 4469/QĐ-BYT, 15/2023/QH15, and QĐ 4469 without the slash.
NUMBER = re.compile(r"(\d+)(/\d{4})?/(QĐ|QH|NĐ|TT)|(\d+)-(TCTK)")


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "17"),  # QĐ 824/QĐ-BYT (2023), QĐ 1804/QĐ-BYT (2026)
        ("coverage", "11.1"),  # QĐ 3276/QĐ-BYT (2025); since which day was not seen
        ("outcome", "9"),  # QĐ 4750/QĐ-BYT, KET_QUA_DTRI
        ("discharge", "6"),  # QĐ 4750/QĐ-BYT, MA_LOAI_RV
        ("injury_kind", "9"),  # QĐ 5937/QĐ-BYT (2021), annex 4, as practice has it
        ("department", "K48"),  # the older list; that of QĐ 1804/QĐ-BYT was not seen
    ],
)
def test_a_code_that_the_decision_does_not_list_is_refused_at_its_field(
    citizen: Citizen, record: Callable[..., Visit], field: str, value: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        record(citizen, **{field: value})
    assert [error.code for error in refused.value.error_dict[field]] == ["code_unknown"]
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("key", "known", "unknown"),
    [
        ("ethnic_groups", "54", "57"),  # Quyết định 121-TCTK/PPCĐ (1979); 55 and 56 are practice
        ("occupations", "63", "98"),  # Quyết định 34/2020/QĐ-TTg, level 2
        ("sexes", "2", "4"),  # QĐ 4750/QĐ-BYT, GIOI_TINH
    ],
)
def test_a_box_takes_the_codes_of_the_decision_and_no_other(
    lists: None, key: str, known: str, unknown: str
) -> None:
    field = CodedField(key=key, label="x")
    assert field.clean(known) == known
    with pytest.raises(ValidationError):
        field.clean(unknown)


def test_targets_are_those_of_the_guideline_of_the_day(lists: None) -> None:
    """QĐ 3192/QĐ-BYT (2010) and QĐ 5481/QĐ-BYT (2020), from knowledge: not compared with their texts."""

    def on(day: date, age: int) -> Any:
        return targets_of({"targets": [row.attributes for row in codes_on(TARGETS, day)]}, age=age)

    grown = on(ON, 64)
    assert (grown["systolic"].high, grown["diastolic"].high) == (140, 90)
    assert "3192" in grown["systolic"].source
    assert "5481" in grown["glucose.fasting"].source
    assert not on(ON, 10)
    assert "glucose.fasting" not in on(date(2020, 12, 29), 64)


def _numbers(text: str) -> set[str]:
    found = {(m[1] or m[4]) + (m[2] or "") for m in NUMBER.finditer(text)}
    return found | set(re.findall(r"(?:QĐ|Decision) (\d{3,4})\b", text))


def _laws() -> dict[str, set[str]]:
    """Return the numbers of the laws behind each list that records stand on, where it has any."""
    catalogue = tomllib.loads((SHIPPED / CATALOGUE).read_text(encoding="utf-8"))["lists"]
    laws = {one["id"]: _numbers(one["legal_basis"]) for one in catalogue if one["id"] in NEEDED}
    return {key: numbers for key, numbers in laws.items() if numbers}


def test_each_list_of_law_that_records_stand_on_is_cited_by_a_test() -> None:
    cited: set[str] = set()
    for path in (TESTS / "healthrecords").glob("test_*.py"):
        cited |= _numbers(path.read_text(encoding="utf-8"))
    # QĐ 1227 (2025) has codes of laboratory tests that are in no source here: nothing judges by them.
    silent = {key for key, numbers in _laws().items() if not numbers & cited} - {"lab_tests"}
    assert silent == set()
    assert len(_laws()) > 20
