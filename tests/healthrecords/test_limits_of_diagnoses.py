"""A diagnosis is judged by its own limits, else by those of its category, and what was not judged is said.

Shipped are the limits of about 1,200 codes; a ministry or department loads the full list.
"""

from collections.abc import Callable
from hashlib import sha256

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from healthrecords.models import Citizen, Visit
from healthrecords.services.diagnoses import check_diagnoses, read_diagnosis, unlimited
from portal.accounts.models import User
from portal.codelists.models import CodeList
from portal.codelists.services import Edition, mend_version
from portal.codelists.tables import Row
from tests.healthrecords.conftest import ON
from tests.healthrecords.pages import logged_in, send_visit, text_of
from tests.healthrecords.test_diagnosis_and_medicine_texts import person

NOTE = "Chưa kiểm tra giới hạn"


def said_of(code: str, citizen: Citizen, *, is_main: bool = True) -> set[str]:
    entry = read_diagnosis(code, on=ON).entry
    assert entry is not None
    first = read_diagnosis("I10", on=ON).entry
    rows = [entry] if is_main else [first, entry]
    found = check_diagnoses(rows, citizen=citizen, on=ON)  # type: ignore[arg-type]
    return {str(error.code) for errors in found.values() for error in errors}


@pytest.mark.parametrize(
    ("code", "sex", "said"),
    [
        ("O71.0", "male", {"diagnosis_sex", "confirm_diagnosis"}),  # chapter O, and not at 64 years
        ("C62.9", "female", {"diagnosis_sex"}),
        ("C62.9", "male", set()),
        ("P29.1", "female", {"confirm_diagnosis"}),  # chapter P, of a grown-up
        ("G63.2", "female", {"diagnosis_not_main"}),  # an asterisk code stands beside its cause
        ("B95.0", "female", {"diagnosis_not_main"}),
        ("E76.2", "female", set()),
    ],
)
def test_a_code_the_list_does_not_hold_is_judged_by_its_category(
    few_lists: None, code: str, sex: str, said: set[str]
) -> None:
    """ICD-10 (WHO 2019), volume 2; the ages by Quyết định 4469/QĐ-BYT."""
    assert said_of(code, person(sex=sex)) == said


def test_an_asterisk_code_may_stand_among_the_others(few_lists: None) -> None:
    assert said_of("G63.2", person(sex="female"), is_main=False) == set()


def load(*rows: Row) -> None:
    """A department loads another list for the days of these tests."""
    version = CodeList.objects.get(key="icd10").versions.get()
    edition = Edition(
        valid_from=version.valid_from,
        legal_basis="Danh mục đầy đủ",
        digest=sha256(repr(rows).encode()).hexdigest(),
    )
    mend_version(version=version, rows=rows, edition=edition)


def test_what_the_list_says_of_a_code_stands_above_its_category(few_lists: None) -> None:
    load(Row("O71.0", "Vỡ tử cung", attributes={"age_min_days": "3287", "age_max_days": "29000"}))
    assert said_of("O71.0", person(sex="male")) == {"diagnosis_sex"}


def test_a_list_without_any_limit_holds_none(few_lists: None) -> None:
    entries = [read_diagnosis("I10", on=ON).entry]
    load(Row("I10", "Tăng huyết áp"), Row("C61", "U", attributes={"sex": "M"}))
    assert unlimited(entries, ON) == []  # type: ignore[arg-type]
    load(Row("I10", "Tăng huyết áp"), Row("C61", "U"))
    assert unlimited(entries, ON) == ["I10"]  # type: ignore[arg-type]


def test_the_visit_says_which_diagnosis_was_not_checked_until_the_full_list_is_loaded(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    client = logged_in(clerk)
    client.get(reverse("admin:healthrecords_citizen_change", args=[citizen.pk]))
    entries = [read_diagnosis(code, on=ON).entry for code in ("I10", "E76.2")]
    visit = record(citizen, diagnoses=entries)
    url = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    assert text_of(client.get(url)).count(NOTE) == 1
    load(Row("I10", "Tăng huyết áp"), Row("E76.2", "Bệnh khác", attributes={"sex": "M"}))
    assert NOTE not in text_of(client.get(url))
    with pytest.raises(ValidationError) as refused:
        record(citizen, diagnoses=[read_diagnosis("E76.2", on=ON).entry])
    assert refused.value.error_dict["diagnoses-0"][0].code == "diagnosis_sex"
    assert Visit.objects.count() == 1


def test_the_form_says_it_beside_the_code(citizen: Citizen, clerk: User) -> None:
    client = logged_in(clerk)
    client.get(reverse("admin:healthrecords_citizen_change", args=[citizen.pk]))
    answer = send_visit(client, citizen, **{"d-0-text": "E76.2", "pulse": "780"})
    assert text_of(answer).count(NOTE) == 1
    answer = send_visit(client, citizen, **{"d-0-text": "I10", "pulse": "780"})
    assert NOTE not in text_of(answer)
    assert not Visit.objects.exists()
