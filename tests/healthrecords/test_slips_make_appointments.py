"""Who holds a re-visit slip is expected on its day, and no slip names another day than its visit."""

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Appointment, CareRelation, Citizen, Document, Visit
from healthrecords.services import documents
from healthrecords.services.appointments import appointments_on
from healthrecords.services.signing import sign_visit
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_papers import SICK, issue

DAY = ON + timedelta(days=14)
OTHER = DAY + timedelta(days=1)
MIGRATION = "healthrecords.migrations.0055_slips_make_appointments"
Record = Callable[..., Visit]


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def waited_for() -> list[date]:
    return [row.on for row in Appointment.objects.filter(cancelled_at=None)]


def correct(visit: Visit, actor: User, **said: Any) -> Visit:
    entry, version = visit_of(**said), version_of(visit)
    return services.correct_visit(actor=actor, visit=visit, entry=entry, version=version, at=AT)


def test_who_holds_a_slip_is_expected_at_the_desk_on_its_day(
    citizen: Citizen, record: Record, clerk: User, station: Organisation
) -> None:
    issue(record(citizen), clerk, "revisit", on=DAY)
    (expected,) = appointments_on(station, DAY, sees_sensitive=False)
    assert expected.citizen == citizen
    relation = CareRelation.objects.get(citizen=citizen, ground="appointment")
    assert relation.until == DAY + timedelta(days=30)


def test_a_cancelled_slip_is_not_waited_for_and_its_successor_is(
    citizen: Citizen, record: Record, clerk: User
) -> None:
    visit = record(citizen)
    slip = issue(visit, clerk, "revisit", on=DAY)
    documents.cancel(actor=clerk, document=slip, reason="hẹn nhầm ngày", at=AT)
    assert waited_for() == []
    issue(visit, clerk, "revisit", on=OTHER)
    assert waited_for() == [OTHER]


def test_a_slip_of_an_unfinished_visit_is_waited_for_once_it_is_finished(
    citizen: Citizen, record: Record, clerk: User
) -> None:
    visit = record(citizen, is_finished=False)
    issue(visit, clerk, "revisit", on=DAY)
    assert waited_for() == []
    correct(visit, clerk)
    assert waited_for() == [DAY]


def test_a_slip_changes_the_appointment_of_a_signed_visit_and_not_the_visit(
    citizen: Citizen, record: Record, clerk: User, clinician: User
) -> None:
    visit = record(citizen)
    sign_visit(actor=clinician, visit=visit, at=AT)
    issue(visit, clerk, "revisit", on=DAY)
    visit.refresh_from_db()
    assert (waited_for(), visit.next_visit_on) == ([DAY], None)


@pytest.mark.parametrize("by", ["visit", "slip"])
def test_a_slip_names_no_other_day_than_its_visit_or_an_earlier_slip(
    citizen: Citizen, record: Record, clerk: User, by: str
) -> None:
    visit = record(citizen, next_visit_on=DAY if by == "visit" else None)
    if by == "slip":
        issue(visit, clerk, "revisit", on=DAY)
    before = Document.objects.count()
    with pytest.raises(ValidationError) as refused:
        issue(visit, clerk, "revisit", on=OTHER)
    (error,) = refused.value.error_dict["on"]
    assert error.code == "revisit_differs"
    (message,) = error.messages
    assert f"{DAY:%d/%m/%Y}" in message
    assert f"{OTHER:%d/%m/%Y}" in message
    assert (Document.objects.count(), waited_for()) == (before, [DAY])
    issue(visit, clerk, "revisit", on=DAY)
    assert waited_for() == [DAY]


def test_a_day_that_changes_after_the_slip_is_told(
    citizen: Citizen, record: Record, clerk: User
) -> None:
    at = timezone.now()
    named = {"next_visit_on": timezone.localdate() + timedelta(days=14)}
    visit = record(citizen, started_at=at, **named)
    documents.issue(
        actor=clerk,
        visit=visit,
        kind="revisit",
        content={"diagnosis": SICK["diagnosis"], "on": named["next_visit_on"]},
        client_key=visit.pk,
        at=at,
    )
    page = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    assert "Giấy hẹn khám lại 00001/" not in text_of(logged_in(clerk).get(page))
    Visit.objects.filter(pk=visit.pk).update(
        next_visit_on=named["next_visit_on"] + timedelta(days=2)
    )
    text = text_of(logged_in(clerk).get(page))
    assert f"ghi ngày {named['next_visit_on']:%d/%m/%Y}" in text


def test_slips_issued_before_are_waited_for_from_now_on(
    citizen: Citizen, record: Record, clerk: User
) -> None:
    soon = timezone.localdate() + timedelta(days=5)
    ahead = issue(record(citizen), clerk, "revisit", on=soon)
    gone = issue(record(citizen, medicines=()), clerk, "revisit", on=DAY)
    Document.objects.filter(pk=gone.pk).update(content={"on": "2026-11-06"})
    Appointment.objects.all().delete()
    for _again in range(2):
        with connection.cursor() as cursor:
            for operation in import_module(MIGRATION).Migration.operations:
                cursor.execute(operation.sql)
    assert [(row.visit_id, row.on) for row in Appointment.objects.all()] == [(ahead.visit_id, soon)]
