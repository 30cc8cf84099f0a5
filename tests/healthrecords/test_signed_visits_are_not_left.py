"""What was signed stays on the record: it is withdrawn by who signs, never left as if not seen."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from healthrecords import services
from healthrecords.models import CareRelation, Citizen, Visit, VisitAmendment, VisitSeal
from healthrecords.services import VitalEntry, queue
from healthrecords.services.amending import open_amendment
from healthrecords.services.signing import sign_visit
from healthrecords.services.versions import version_of
from healthrecords.services.withdrawing import withdraw_visit
from portal.accounts.models import User
from tests.healthrecords.amending import REASON
from tests.healthrecords.conftest import AT, ON, visit_of

LATER = AT + timedelta(hours=2)
EMPTY = {"diagnoses": (), "medicines": (), "vitals": VitalEntry(), "is_finished": False}
MIGRATION = "healthrecords.migrations.0054_signed_visits_come_back"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def signed(record: Callable[..., Visit], citizen: Citizen, clinician: User, clerk: User) -> Visit:
    """A signed visit that the clerk has opened for changes."""
    visit = record(citizen)
    sign_visit(actor=clinician, visit=visit, at=AT)
    open_amendment(actor=clerk, visit=visit, reason=REASON, at=AT)
    return visit


def refused(deed: Callable[[], Any]) -> str | None:
    with pytest.raises(ValidationError) as found:
        deed()
    return found.value.code


def test_a_clerk_does_not_take_a_signed_visit_out_of_the_record(signed: Visit, clerk: User) -> None:
    def empty() -> None:
        services.correct_visit(
            actor=clerk,
            visit=signed,
            entry=visit_of(**EMPTY),
            version=version_of(signed),
            at=LATER,
        )

    with pytest.raises(ValidationError) as withdrawn:
        withdraw_visit(actor=clerk, visit=signed, reason=REASON, at=LATER)
    assert withdrawn.value.code == "visit_signed"
    assert refused(empty) == "visit_was_signed"
    signed.refresh_from_db()
    assert (signed.status, signed.diagnosis_rows.count()) == ("finished", 1)


def test_a_signed_visit_that_stands_unfinished_is_not_left_either(
    signed: Visit, clerk: User
) -> None:
    """As one that was taken back to unfinished before that was refused."""
    signed.diagnosis_rows.all().delete()
    signed.medication_rows.all().delete()
    Visit.objects.filter(pk=signed.pk).update(status="in_progress", ended_at=None)
    code = refused(lambda: queue.leave(actor=clerk, visit=signed, at=LATER))
    assert code == "visit_was_signed"
    signed.refresh_from_db()
    assert signed.status == "in_progress"
    assert VisitAmendment.objects.open().count() == 1


def test_a_visit_with_an_open_amendment_is_not_left(
    record: Callable[..., Visit], citizen: Citizen, clerk: User
) -> None:
    visit = record(citizen, **EMPTY)
    open_amendment(actor=clerk, visit=visit, reason=REASON, at=AT)
    assert refused(lambda: queue.leave(actor=clerk, visit=visit, at=LATER)) == "visit_begun"
    visit.refresh_from_db()
    assert visit.status == "in_progress"


def test_a_signed_visit_that_was_left_before_comes_back_and_is_finished(
    signed: Visit, clerk: User, clinician: User
) -> None:
    """As it was stored before: cancelled under its amendment, the care ended with it."""
    queued = Visit.objects.filter(pk=signed.pk)
    queued.update(status="cancelled", ended_at=LATER)
    CareRelation.objects.filter(citizen=signed.citizen, ground="visit").update(until=ON)
    for _again in range(2):
        with connection.cursor() as cursor:
            for operation in import_module(MIGRATION).Migration.operations:
                cursor.execute(operation.sql)
    signed.refresh_from_db()
    assert (signed.status, signed.ended_at) == ("in_progress", None)
    assert CareRelation.objects.get(citizen=signed.citizen, ground="visit").until is None
    tomorrow = AT + timedelta(days=1)
    for user in (clerk, clinician):
        services.open_access(user=user, citizen=signed.citizen, at=tomorrow)
    services.correct_visit(
        actor=clerk,
        visit=signed,
        entry=visit_of(advice="Ăn nhạt"),
        version=version_of(signed),
        at=tomorrow,
    )
    assert sign_visit(actor=clinician, visit=signed, at=tomorrow).number == 2
    assert VisitSeal.objects.get(visit=signed).amendment is None


def test_who_left_unseen_and_was_never_signed_stays_left(
    record: Callable[..., Visit], citizen: Citizen, clerk: User
) -> None:
    visit = record(citizen, **EMPTY)
    queue.leave(actor=clerk, visit=visit, at=LATER)
    with connection.cursor() as cursor:
        for operation in import_module(MIGRATION).Migration.operations:
            cursor.execute(operation.sql)
    visit.refresh_from_db()
    assert visit.status == "cancelled"
