"""What is taken, followed or found is shown whole; of what is over the rest is said with the way to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import (
    Citizen,
    Diagnosis,
    DiagnosticReport,
    LongTermMedicine,
    Medication,
    Problem,
    Procedure,
    Visit,
)
from healthrecords.services import MedicineEntry
from portal.accounts.models import User
from tests.healthrecords.conftest import FEW, NEEDED
from tests.healthrecords.pages import logged_in, record_url, text_of
from tests.shipped import publish

DAY = timedelta(days=1)
AMLODIPIN = "Amlodipin 5 mg"


@pytest.fixture
def lists(db: None) -> None:
    """A handful of diseases is enough here."""
    publish(NEEDED, diseases=FEW)


@pytest.fixture
def now() -> Any:
    return timezone.localtime().replace(hour=8, minute=0, second=0, microsecond=0) - DAY


def free(name: str, days: int = 30, **said: Any) -> MedicineEntry:
    said = {"unit": "viên", "morning": Decimal(1), "reason": "theo đơn", **said}
    return MedicineEntry(name=name, days=days, **said)


def shown(user: User, citizen: Citizen, **query: str) -> Any:
    page = logged_in(user).get(record_url(citizen), query)
    return page, page.context["medicines"]


def names_of(medicines: Any) -> list[str]:
    return [row.name for row in medicines.rows]


def stay_of(citizen: Citizen, visit: Visit, began: Any, lines: int) -> Visit:
    """A stay at a hospital as a file brings it: a line for each medicine and day."""
    stay = Visit.objects.create(
        citizen=citizen,
        facility=visit.facility,
        origin="file",
        kind="03",
        started_at=began,
        ended_at=began + 2 * DAY,
        status="finished",
    )
    Medication.objects.bulk_create(
        Medication(
            visit=stay,
            citizen=citizen,
            facility=visit.facility,
            position=number,
            name=f"Thuốc viện {number % 20}",
            days=1,
            instruction="Ngày 1 viên * 01 ngày",
        )
        for number in range(1, lines + 1)
    )
    return stay


def test_every_medicine_that_is_taken_is_shown(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], now: Any
) -> None:
    names = [f"Thuốc số {number}" for number in range(10)]
    days = [28 + number for number in range(10)]
    record(citizen, started_at=now, medicines=[free(*one) for one in zip(names, days, strict=True)])
    page, medicines = shown(clerk, citizen)
    assert names_of(medicines) == names
    assert medicines.more == 0
    printed = logged_in(clerk).get(
        reverse("admin:healthrecords_citizen_summary", args=[citizen.pk])
    )
    assert all(name in text_of(answer) for answer in (page, printed) for name in names)


@pytest.mark.parametrize("lines", [60, 200])
def test_what_a_stay_gave_and_ran_out_hides_nothing_that_is_taken(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], now: Any, lines: int
) -> None:
    visit = record(citizen, started_at=now - 9 * DAY, medicines=[free(AMLODIPIN, 28)])
    stay_of(citizen, visit, now - 3 * DAY, lines)
    page, medicines = shown(clerk, citizen)
    first = medicines.rows[0]
    assert (first.name, first.is_over, first.days_left) == (AMLODIPIN, False, 18)
    assert (len(medicines.rows), medicines.more) == (8, 13)
    assert "và 13 thuốc khác đã hết hoặc đã ngừng" in text_of(page)
    _page, whole = shown(clerk, citizen, all="1")
    assert (len(whole.rows), whole.more) == (21, 0)


def test_a_medicine_that_ran_out_and_is_given_anew_stands_once_as_it_is_taken(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], now: Any
) -> None:
    record(citizen, started_at=now - 9 * DAY, medicines=[free(AMLODIPIN, 28)])
    record(citizen, started_at=now - 2 * DAY, medicines=[free("amlodipin 5mg", 1)])
    _page, medicines = shown(clerk, citizen)
    assert [(row.name, row.days_left) for row in medicines.rows] == [(AMLODIPIN, 18)]


@pytest.mark.parametrize(("ago", "number"), [(30, 1), (31, 0)])
def test_what_ran_out_more_than_thirty_days_ago_is_history(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], ago: int, number: int
) -> None:
    at = timezone.now() - (ago + 6) * DAY  # the first of seven days counts
    record(citizen, started_at=at, medicines=[free(AMLODIPIN, 7)])
    _page, medicines = shown(clerk, citizen)
    assert len(medicines.rows) == number


def test_diagnoses_noted_that_are_not_shown_are_counted_and_a_click_away(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], now: Any
) -> None:
    visit = record(citizen, started_at=now)
    whose = {"citizen": citizen, "facility": visit.facility}
    Diagnosis.objects.bulk_create(
        Diagnosis(visit=visit, **whose, rank="other", position=n, code=f"M{n:02}", title="Đau")
        for n in range(1, 11)
    )
    page, _medicines = shown(clerk, citizen)
    diagnoses = page.context["diagnoses"]
    assert (len(diagnoses.rows), diagnoses.more) == (8, 3)
    assert "và 3 chẩn đoán khác" in text_of(page)
    assert 'href="?all=1#h-diagnoses"' in page.content.decode()
    whole, _medicines = shown(clerk, citizen, all="1")
    assert len(whole.context["diagnoses"].rows) == 11


@pytest.mark.parametrize(("model", "name"), [(Problem, "title"), (LongTermMedicine, "name")])
def test_every_problem_and_long_term_medicine_is_shown(
    clerk: User, citizen: Citizen, model: Any, name: str, now: Any
) -> None:
    place, code = clerk.place_of_work, {"code": "M54"} if model is Problem else {}
    for number in range(14):
        said = {name: f"Điều số {number}", "facility": place, "recorded_by": clerk, **code}
        model.objects.create(citizen=citizen, recorded_at=now, **said)
    text = text_of(logged_in(clerk).get(record_url(citizen)))
    assert all(f"Điều số {number}" in text for number in range(14))


@pytest.mark.parametrize("model", [DiagnosticReport, Procedure])
def test_the_page_of_a_visit_shows_all_its_results_and_procedures(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], now: Any, model: Any
) -> None:
    visit = record(citizen, started_at=now)
    kind = {"kind": "laboratory"} if model is DiagnosticReport else {}
    for number in range(14):
        model.objects.create(
            visit=visit,
            citizen=citizen,
            facility=visit.facility,
            title=f"Việc số {number}",
            performed_at=now,
            recorded_at=now,
            recorded_by=clerk,
            **kind,
        )
    url = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    text = text_of(logged_in(clerk).get(url))
    assert all(f"Việc số {number}" in text for number in range(14))


def test_a_long_stay_costs_the_page_no_more_queries(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], now: Any
) -> None:
    visit = record(citizen, started_at=now)
    stay_of(citizen, visit, now - 3 * DAY, 600)
    client = logged_in(clerk)
    client.get(record_url(citizen))
    with CaptureQueriesContext(connection) as asked:
        client.get(record_url(citizen))
    queries = [q["sql"] for q in asked if "SAVEPOINT" not in q["sql"]]
    assert len(queries) <= 12, "\n".join(queries)


def test_another_strength_is_another_medicine(
    clerk: User, citizen: Citizen, record: Callable[..., Visit], now: Any
) -> None:
    one = free("Amlodipin", 28, strength="5 mg")
    record(citizen, started_at=now - DAY, medicines=[one])
    record(citizen, started_at=now, medicines=[replace(one, strength="10 mg")])
    _page, medicines = shown(clerk, citizen)
    assert names_of(medicines) == ["Amlodipin", "Amlodipin"]
