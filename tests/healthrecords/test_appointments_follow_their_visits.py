"""The desk reads of who is to come what the visit says by now, and waits for every day that stands."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Appointment, Citizen, Visit
from healthrecords.services import documents
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_papers import issue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("few_lists")]
DAY = ON + timedelta(days=14)


def waiting() -> Appointment:
    return Appointment.objects.get(cancelled_at=None)


def test_a_corrected_reason_reaches_the_appointment(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen, reason="Ho", next_visit_on=DAY)
    entry = visit_of(reason="Khám tăng huyết áp", next_visit_on=DAY)
    services.correct_visit(actor=clerk, visit=visit, entry=entry, version=version_of(visit), at=AT)
    assert waiting().reason == "Khám tăng huyết áp"


def test_protected_words_that_a_visit_says_no_longer_stand_in_no_appointment(
    citizen: Citizen, record: Callable[..., Visit], clerk: User, clinician: User
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    now, today = timezone.now(), timezone.localdate()
    said = {"started_at": now, "next_visit_on": today}
    visit = record(citizen, reason="Tái khám HIV, lấy thuốc ARV", at=now, **said)
    assert waiting().sensitivity == "hiv"
    services.open_access(user=clinician, citizen=citizen, at=now)
    entry = visit_of(reason="Khám tăng huyết áp", **said)
    services.correct_visit(
        actor=clinician, visit=visit, entry=entry, version=version_of(visit), at=now
    )
    assert (waiting().sensitivity, waiting().reason) == ("", "Khám tăng huyết áp")
    client = logged_in(clerk)
    assert "ARV" not in text_of(client.get(reverse("admin:healthrecords_visit_queue")))
    assert "ARV" not in str(client.get("/api/v1/appointments/").json())


def test_who_holds_a_new_slip_is_expected_though_an_earlier_day_was_kept(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    first = record(citizen)
    slip = issue(first, clerk, "revisit", on=ON + timedelta(days=5))
    at = AT + timedelta(days=2)
    record(citizen, started_at=at)  # came early, with the same illness
    assert waiting().kept_by_id
    services.open_access(user=clerk, citizen=citizen, at=at)
    documents.cancel(actor=clerk, document=slip, reason="hẹn lại ngày khác", at=at)
    slip.refresh_from_db()
    documents.issue(
        actor=clerk,
        visit=first,
        kind="revisit",
        replaces=slip,
        content={"diagnosis": "I10", "on": ON + timedelta(days=20)},
        client_key=uuid7(),
        at=at,
    )
    standing = Appointment.objects.filter(cancelled_at=None, kept_by=None)
    assert [row.on for row in standing] == [ON + timedelta(days=20)]
