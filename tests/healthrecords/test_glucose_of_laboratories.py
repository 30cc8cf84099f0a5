"""Glucose that a laboratory found, typed or by file, is one course with what was measured at visits."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from healthrecords.models import Citizen, DiagnosticReport, Result, Visit
from healthrecords.services import VitalEntry
from healthrecords.services.report_entries import ResultEntry
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import logged_in, record_url
from tests.healthrecords.test_results import Write, lab, reading, write

__all__ = ["write"]

pytestmark = pytest.mark.django_db


def drawn(user: User, citizen: Citizen) -> dict[str, list[str]]:
    """The values of glucose as they are drawn, oldest first, by the kind of their line."""
    charts = logged_in(user).get(record_url(citizen)).context["charts"]
    lines = [line for chart in charts for line in chart.lines if "mmol/L" in str(chart.unit)]
    return {line.kind: [point.value for point in line.points] for line in lines}


@pytest.fixture
def seen(record: Callable[..., Visit], citizen: Citizen) -> Visit:
    """A visit three days ago with a fasting value of 8.4."""
    vitals = VitalEntry(glucose=Decimal("8.4"), glucose_timing="fasting")
    return record(citizen, "E11.9", vitals=vitals, started_at=AT - timedelta(days=3), medicines=[])


def by_file(citizen: Citizen, place: Organisation, value: str, unit: str, **said: Any) -> None:
    report = DiagnosticReport.objects.create(
        citizen=citizen,
        facility=place,
        origin="file",
        kind="laboratory",
        title="Định lượng Glucose",
        performed_at=AT - timedelta(days=9),
        recorded_at=AT,
        status="final",
        **said,
    )
    Result.objects.create(
        report=report,
        citizen=citizen,
        facility=place,
        test="glucose",
        name="Glucose",
        value=value,
        number=Decimal(value),
        unit=unit,
        said_at=report.performed_at,
        sensitivity=report.sensitivity,
    )


def test_results_typed_and_by_file_join_what_was_measured_in_the_order_of_their_days(
    seen: Visit, citizen: Citizen, write: Write, clerk: User, hospital: Organisation
) -> None:
    write(lab(performed_at=AT - timedelta(days=1)))
    by_file(citizen, hospital, "198.2", "mg/dL")
    by_file(citizen, hospital, "6.1", "mmol/l")
    found = drawn(clerk, citizen)
    assert found["a"] == ["8,4", "7,9"]
    assert sorted(found["b"]) == ["11", "6,1"]


def test_a_unit_nobody_knows_a_withdrawn_and_a_protected_result_stay_out(
    seen: Visit, citizen: Citizen, write: Write, clerk: User, hospital: Organisation
) -> None:
    write(lab(performed_at=AT - timedelta(days=1)))
    by_file(citizen, hospital, "5.5", "đơn vị lạ")
    by_file(citizen, hospital, "5.6", "mmol/L", withdrawn_at=AT)
    by_file(citizen, hospital, "5.7", "mmol/L", sensitivity="hiv")
    assert drawn(clerk, citizen) == {"a": ["8,4", "7,9"]}


def test_a_reading_by_ai_that_nobody_confirmed_is_not_drawn(
    seen: Visit, citizen: Citizen, write: Write, clerk: User
) -> None:
    write(lab(performed_at=AT - timedelta(days=1)))
    said = ResultEntry("Glucose máu lúc đói", "5,2", "mmol/L")
    write(reading(kind="laboratory", results=(said,), performed_at=AT - timedelta(days=2)))
    assert Result.objects.filter(test="glucose-fasting").count() == 2
    assert drawn(clerk, citizen) == {"a": ["8,4", "7,9"]}
