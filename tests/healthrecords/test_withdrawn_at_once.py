"""A visit is withdrawn while somebody adds to it: what comes second sees what came first."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from healthrecords import services
from healthrecords.models import Citizen, DiagnosticReport, Procedure, Visit
from healthrecords.services.withdrawing import withdraw_visit
from portal.accounts.models import User
from portal.database.context import acting
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.beside import Beside
from tests.healthrecords.conftest import AT, publish_lists, visit_of
from tests.healthrecords.test_queue import person
from tests.healthrecords.test_whose_visit_a_result_joins import KINDS, nothing_written, written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def citizen(
    clerk: User, communes: list[Area], settings: Any, tmp_path: Path, transactional_db: None
) -> Citizen:
    settings.MEDIA_ROOT = tmp_path
    publish_lists()
    return person(clerk, communes[0], "Lò Thị Nhầm Hồ Sơ")


@pytest.fixture
def visit(clerk: User, citizen: Citizen, station: Organisation) -> Visit:
    services.open_access(user=clerk, citizen=citizen, at=AT)
    return services.record_visit(
        actor=clerk,
        citizen=citizen,
        facility=station,
        entry=visit_of("I10"),
        client_key=uuid7(),
        at=AT,
    ).row


def withdraw(visit: Visit, actor: User) -> Visit:
    return withdraw_visit(actor=actor, visit=visit, reason="nhập nhầm người khác", at=AT)


def another(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_while_a_visit_is_withdrawn_waits_and_is_refused(
    kind: str, visit: Visit, clerk: User
) -> None:
    writing = Beside(lambda: written(kind, another(clerk), Visit.objects.get(pk=visit.pk)))
    with acting(command="pytest"), transaction.atomic():
        withdraw(visit, clerk)
        writing.start()
        assert writing.until_it_waits()
    writing.join(30)
    assert isinstance(writing.error, ValidationError)
    assert writing.error.code == "visit_over"
    assert nothing_written()


@pytest.mark.parametrize("kind", KINDS)
def test_a_visit_to_which_somebody_just_adds_is_withdrawn_only_once_that_is_taken_back(
    kind: str, visit: Visit, clerk: User
) -> None:
    withdrawing = Beside(lambda: withdraw(Visit.objects.get(pk=visit.pk), another(clerk)))
    with acting(command="pytest"), transaction.atomic():
        written(kind, clerk, visit)
        withdrawing.start()
        assert withdrawing.until_it_waits()
    withdrawing.join(30)
    assert isinstance(withdrawing.error, ValidationError)
    assert withdrawing.error.code == "visit_has_more"
    visit.refresh_from_db()
    assert visit.status == Visit.Status.FINISHED
    assert DiagnosticReport.objects.count() + Procedure.objects.count() == 1
