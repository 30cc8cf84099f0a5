"""A slip protected by its own words tells nobody its day, stops nobody, and is waited for all the same."""

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from healthrecords import services
from healthrecords.models import Appointment, Citizen, Document, Visit
from healthrecords.services import documents
from healthrecords.services.appointments import appointments_on
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.test_papers import issue

DAY, LATER = ON + timedelta(days=9), ON + timedelta(days=12)
MIGRATION = "healthrecords.migrations.0058_appointments_as_protected_as_their_slips"
Record = Callable[..., Visit]


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(citizen: Citizen, record: Record, clinician: User) -> Visit:
    """An open visit with a protected slip."""
    visit = record(citizen)
    services.open_access(user=clinician, citizen=citizen, at=AT)
    slip = issue(visit, clinician, "revisit", on=DAY, note="lĩnh ARV")
    visit.refresh_from_db()
    assert (slip.sensitivity, visit.sensitivity) == ("hiv", "")
    return visit


def waited_for() -> list[tuple[date, str]]:
    rows = Appointment.objects.filter(cancelled_at=None).order_by("on")
    return list(rows.values_list("on", "sensitivity"))


def test_who_is_waited_for_by_a_protected_slip_is_on_no_list_of_those_without_the_right(
    visit: Visit, station: Organisation
) -> None:
    assert waited_for() == [(DAY, "hiv")]
    assert appointments_on(station, DAY, sees_sensitive=False) == []
    assert len(appointments_on(station, DAY, sees_sensitive=True)) == 1


def test_who_does_not_see_the_slip_issues_one_for_another_day_and_both_are_waited_for(
    visit: Visit, clerk: User, station: Organisation
) -> None:
    issue(visit, clerk, "revisit", on=LATER)
    assert waited_for() == [(DAY, "hiv"), (LATER, "")]
    assert len(appointments_on(station, LATER, sees_sensitive=False)) == 1


def test_who_sees_the_slip_is_told_its_day(visit: Visit, clinician: User) -> None:
    with pytest.raises(ValidationError) as refused:
        issue(visit, clinician, "revisit", on=LATER)
    (error,) = refused.value.error_dict["on"]
    assert error.code == "revisit_differs"
    assert f"{DAY:%d/%m/%Y}" in error.messages[0]
    assert (Document.objects.count(), waited_for()) == (1, [(DAY, "hiv")])


def test_a_slip_that_everybody_sees_still_stops_another_day(visit: Visit, clerk: User) -> None:
    issue(visit, clerk, "revisit", on=LATER)
    with pytest.raises(ValidationError) as refused:
        issue(visit, clerk, "revisit", on=LATER + timedelta(days=1))
    (message,) = refused.value.messages
    assert f"{LATER:%d/%m/%Y}" in message
    assert f"{DAY:%d/%m/%Y}" not in message
    assert waited_for() == [(DAY, "hiv"), (LATER, "")]


def test_a_day_that_is_named_openly_too_is_no_secret(visit: Visit, clerk: User) -> None:
    slip = issue(visit, clerk, "revisit", on=DAY)
    assert waited_for() == [(DAY, "")]
    documents.cancel(actor=clerk, document=slip, reason="in hai lần", at=AT)
    assert waited_for() == [(DAY, "hiv")]


def test_a_cancelled_slip_of_either_sight_leaves_the_other_one_waited_for(
    visit: Visit, clerk: User, clinician: User
) -> None:
    slip = issue(visit, clerk, "revisit", on=LATER)
    documents.cancel(actor=clerk, document=slip, reason="nhầm ngày", at=AT)
    assert waited_for() == [(DAY, "hiv")]
    issue(visit, clerk, "revisit", on=LATER)
    hidden = Document.objects.get(sensitivity="hiv")
    documents.cancel(actor=clinician, document=hidden, reason="nhầm ngày", at=AT)
    assert waited_for() == [(LATER, "")]


def test_a_correction_of_the_visit_opens_no_appointment_of_a_protected_slip(
    visit: Visit, clerk: User
) -> None:
    entry = visit_of(reason="Ho, sốt từ hôm qua")
    services.correct_visit(actor=clerk, visit=visit, entry=entry, version=version_of(visit), at=AT)
    assert waited_for() == [(DAY, "hiv")]


def test_a_visit_that_is_protected_later_hides_all_its_days(
    visit: Visit, clerk: User, clinician: User
) -> None:
    issue(visit, clerk, "revisit", on=LATER)
    services.correct_visit(
        actor=clinician,
        visit=visit,
        entry=visit_of("B20", medicines=[]),
        version=version_of(visit),
        at=AT,
    )
    assert {own for _day, own in waited_for()} == {"hiv"}
    assert not Appointment.objects.filter(sensitivity="").exists()


def test_appointments_made_openly_before_become_as_protected_as_their_slip(
    visit: Visit, clerk: User, citizen: Citizen, record: Record
) -> None:
    other = record(citizen, medicines=())
    issue(other, clerk, "revisit", on=LATER)
    Appointment.objects.update(sensitivity="")
    for _again in range(2):
        with connection.cursor() as cursor:
            for operation in import_module(MIGRATION).Migration.operations:
                cursor.execute(operation.sql)
        assert waited_for() == [(DAY, "hiv"), (LATER, "")]
