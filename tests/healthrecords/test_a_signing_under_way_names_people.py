"""The page of a signing at a service names people: it is noted, and only whom its signer may still know of."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import CareAccess, Citizen, Visit
from healthrecords.services.signing import sign_visit
from portal.accounts import services as accounts
from portal.accounts.models import User
from portal.accounts.models.assignment import OrganisationGrant
from portal.accounts.roles import Role
from portal.audit.models import AccessLog
from portal.places.models import Organisation
from portal.signing import tasks
from portal.signing.models import SigningTask
from tests.conftest import SINCE, TODAY
from tests.healthrecords.pages import logged_in, text_of
from tests.signing.test_a_service_signs import service, simulator

__all__ = ["service", "simulator"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visits(record: Callable[..., Visit], citizen: Citizen) -> list[Visit]:
    """One for I10 and one for B20."""
    now = timezone.now()
    return [
        record(citizen, code, started_at=now - timedelta(minutes=20 * n), at=now)
        for n, code in ((2, "I10"), (1, "B20"))
    ]


@pytest.fixture
def task(visits: list[Visit], clinician: User, service: Callable[..., None]) -> SigningTask:
    now = timezone.now()
    return tasks.begin(
        actor=clinician,
        certificate=tasks.enrol(actor=clinician, at=now),
        purpose="visit",
        subjects=[visit.pk for visit in visits],
        at=now,
    )


def page_of(task: SigningTask, signer: User) -> str:
    answer = logged_in(signer).get(reverse("signing:task", args=[task.pk]))
    assert answer.status_code == 200
    return text_of(answer)


def logged(task: SigningTask) -> list[tuple[str, str, list[Any]]]:
    rows = AccessLog.objects.filter(url__contains=str(task.pk))
    return [(row.action, row.ground, list(row.people)) for row in rows]


def moment(visit: Visit) -> str:
    return f"{timezone.localtime(visit.started_at):%d/%m/%Y %H:%M}"


def test_whom_the_page_names_is_in_the_log_of_looks(
    task: SigningTask, visits: list[Visit], clinician: User
) -> None:
    text = page_of(task, clinician)
    for visit in visits:
        assert f"{visit.citizen.name}, {moment(visit)}" in text
    assert logged(task) == [("listed", "to_sign", [visits[0].citizen_id])]


def test_who_works_elsewhere_by_now_reads_no_name(
    task: SigningTask, visits: list[Visit], clinician: User, other_station: Organisation
) -> None:
    accounts.give_role(
        actor=None,
        user=clinician,
        role=Role.STATION_CLINICIAN,
        organisation=other_station,
        valid_from=SINCE,
        today=TODAY,
    )
    accounts.choose_workplace(user=clinician, organisation=other_station)
    text = page_of(task, clinician)
    for visit in visits:
        assert visit.citizen.name not in text
        assert moment(visit) not in text
    assert "–" in text
    assert logged(task) == []


def test_who_may_not_see_protected_rows_any_more_reads_no_name_of_one(
    task: SigningTask, visits: list[Visit], clinician: User
) -> None:
    seen = OrganisationGrant.objects.filter(user=clinician, permission__codename="see_sensitive")
    assert seen.delete()[0] == 1
    text = page_of(task, clinician)
    assert moment(visits[0]) in text
    assert moment(visits[1]) not in text


def test_once_signed_a_visit_is_named_as_long_as_its_record_is_open(
    task: SigningTask, visits: list[Visit], clinician: User
) -> None:
    now = timezone.now()
    services.open_access(user=clinician, citizen=visits[0].citizen, at=now)
    sign_visit(actor=clinician, visit=visits[0], at=now)
    assert moment(visits[0]) in page_of(task, clinician)
    CareAccess.objects.update(opened_at=now - timedelta(hours=13), until=now - timedelta(hours=1))
    text = page_of(task, clinician)
    assert moment(visits[0]) not in text
    assert moment(visits[1]) in text  # it still waits in the list of the place


def test_the_questions_of_the_page_do_not_grow_with_what_is_signed(
    task: SigningTask, visits: list[Visit], clinician: User, django_assert_max_num_queries: Any
) -> None:
    client: Client = logged_in(clinician)
    address = reverse("signing:task", args=[task.pk])
    client.get(address)
    with django_assert_max_num_queries(40) as both:
        client.get(address)
    task.items.filter(subject=visits[1].pk).delete()
    with django_assert_max_num_queries(40) as one:
        client.get(address)
    assert len(both) == len(one)
