"""A laboratory value that cannot be is refused, one that is unlikely is asked about, in its unit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, DiagnosticReport, Result
from healthrecords.services.judging import known_tests
from healthrecords.services.report_entries import ResultEntry, check_values
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.codelists.test_shipped_lists import rows_of_list
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.pages import fields_of, logged_in, text_of
from tests.healthrecords.test_results import lab, write

__all__ = ["write"]

pytestmark = pytest.mark.django_db


def code_of(name: str, value: str, unit: str = "", *, is_confirmed: bool = False) -> str | None:
    entry = lab(ResultEntry(name, value, unit, is_confirmed=is_confirmed))
    errors = check_values(entry).get("results.0")
    return errors[0].code if errors else None


@pytest.mark.parametrize(
    ("name", "value", "unit", "code"),
    [
        ("Glucose máu lúc đói", "7,9", "mmol/L", None),
        ("Glucose máu lúc đói", "142", "mg/dL", None),
        ("Glucose máu lúc đói", "142", "mmol/L", "impossible"),
        ("Glucose máu lúc đói", "142", "", "impossible"),
        ("Glucose máu lúc đói", "7,9", "mg/dL", "confirm_unlikely"),
        ("Glucose máu lúc đói", "0,01", "mmol/l", "impossible"),
        ("Glucose máu lúc đói", "52", "mmol/L", "confirm_unlikely"),
        ("Huyết sắc tố", "13,8", "g/dL", None),
        ("Huyết sắc tố", "13,8", "g/L", "confirm_unlikely"),
        ("Kali máu", "41", "mmol/L", "impossible"),
        ("Kali máu", "0,9", "mmol/L", "confirm_unlikely"),
        ("Glucose máu lúc đói", "142", "một đơn vị lạ", None),
        ("Một xét nghiệm lạ", "99999", "U", None),
        ("CRP", "<0.5", "mg/L", None),
        ("CRP", "-3", "mg/L", "impossible"),
    ],
)
def test_a_value_is_stored_asked_about_or_refused_in_its_unit(
    lists: None, name: str, value: str, unit: str, code: str | None
) -> None:
    assert code_of(name, value, unit) == code
    sure = code_of(name, value, unit, is_confirmed=True)
    assert sure == (None if code == "confirm_unlikely" else code)


def test_the_other_unit_is_named_where_the_value_fits_it(lists: None) -> None:
    (error,) = check_values(lab(ResultEntry("Glucose máu", "142", "mmol/L")))["results.0"]
    assert error.params is not None
    assert error.params["other"] == "mg/dL"
    (error,) = check_values(lab(ResultEntry("Kali máu", "41", "mmol/L")))["results.0"]
    assert error.params is not None
    assert error.params["other"] == ""


def test_what_is_refused_is_not_stored_and_what_is_confirmed_is(
    lists: None, write: Callable[..., DiagnosticReport]
) -> None:
    impossible = lab(ResultEntry("Kali máu", "41", "mmol/L", is_confirmed=True))
    with pytest.raises(ValidationError) as refused:
        write(impossible)
    assert list(refused.value.error_dict) == ["results.0"]
    unlikely = ResultEntry("Kali máu", "10,2", "mmol/L")
    with pytest.raises(ValidationError):
        write(lab(unlikely))
    assert not DiagnosticReport.objects.exists()
    write(lab(replace(unlikely, is_confirmed=True)))
    assert Result.objects.get().number == Decimal("10.2")


def test_the_form_asks_at_the_row_and_takes_the_answer(
    lists: None, citizen: Citizen, clerk: User, station: Organisation
) -> None:
    services.open_access(user=clerk, citizen=citizen, at=timezone.now())
    address = reverse("admin:healthrecords_citizen_report_new", args=[citizen.pk])
    client = logged_in(clerk)
    said: dict[str, Any] = {
        **fields_of(client.get(address), "report_form"),
        "kind": "laboratory",
        "title": "Điện giải",
        "r-1-name": "Kali máu",
        "r-1-value": "10,2",
        "r-1-unit": "mmol/L",
    }
    answer = client.post(address, said)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert 'name="r-1-is_sure"' in body
    assert 'name="r-0-is_sure"' not in body
    assert "10,2" in text_of(answer)
    assert not DiagnosticReport.objects.exists()
    answer = client.post(address, {**said, "r-1-is_sure": "on"})
    assert answer.status_code == 302
    assert Result.objects.get().value == "10,2"


def test_another_system_is_told_the_place_and_the_code(
    lists: None, citizen: Citizen, clerk: User
) -> None:
    body: dict[str, Any] = {
        "citizen": str(citizen.pk),
        "client_key": str(uuid7()),
        "kind": "laboratory",
        "title": "Điện giải",
        "performed_at": timezone.now().isoformat(),
        "results": [
            {"name": "Natri máu", "value": "140", "unit": "mmol/L"},
            {"name": "Kali máu", "value": "10,2", "unit": "mmol/L"},
        ],
    }
    client = logged_in(clerk)
    answer = client.post("/api/v1/reports/", body, "application/json")
    assert answer.status_code == 400
    assert answer.json()["fields"]["results.1"][0]["code"] == "confirm_unlikely"
    assert not DiagnosticReport.objects.exists()
    body["results"][1]["is_confirmed"] = True
    assert client.post("/api/v1/reports/", body, "application/json").status_code == 201


def test_shipped_limits_enclose_each_other(lists: None) -> None:
    """Impossible beyond unlikely, unlikely beyond what is dangerous or normal; each with its unit."""
    tests = known_tests(ON)
    for row in rows_of_list("lab_tests"):
        known = tests.by_code[row["code"]]
        limits = known.plausible
        if limits.impossible_high is None:
            assert row["values"], row["code"]  # a test of words
            continue
        assert limits.impossible_low is not None
        assert limits.unlikely_low is not None
        assert limits.unlikely_high is not None
        assert limits.impossible_low <= limits.unlikely_low, row["code"]
        assert limits.unlikely_high <= limits.impossible_high, row["code"]
        for one in (known.limits, known.limits_female):
            said = [one.low, one.high, one.critical_low, one.critical_high]
            for limit in filter(None, said):
                assert limits.unlikely_low <= limit <= limits.unlikely_high, row["code"]
        parts = [part for part in row["other_units"].split(";") if part]
        assert len(known.other_units) == len(parts), row["code"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"collected_at": AT}, "collected_at"),
        ({"collected_at": AT, "reported_at": AT, "kind": "imaging"}, "collected_at"),
        ({"kind": "imaging"}, "performed_at"),
        ({"kind": "function"}, "performed_at"),
        ({"collected_at": AT - timedelta(days=1)}, ""),
        ({}, ""),  # what was taken in life may be examined later
    ],
)
def test_what_was_taken_or_done_after_the_death_is_refused(
    said: dict[str, Any],
    field: str,
    citizen: Citizen,
    write: Callable[..., DiagnosticReport],
) -> None:
    Citizen.objects.filter(pk=citizen.pk).update(died_on=ON - timedelta(days=1))
    if not field:
        assert write(lab(**said)).pk
        return
    with pytest.raises(ValidationError) as refused:
        write(lab(**said))
    assert [error.code for error in refused.value.error_dict[field]] == ["result_after_death"]
    assert not DiagnosticReport.objects.exists()
