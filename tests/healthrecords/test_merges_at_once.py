"""Two people join, or join and write, at the same moment: one of them waits, and nothing is torn."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from healthrecords import services
from healthrecords.models import CareRelation, Citizen, CitizenMerge, Visit
from healthrecords.services.merges import merge_citizens
from healthrecords.services.standing import standing
from portal.accounts.models import User
from portal.database.context import acting
from portal.places.models import Organisation
from tests.conftest import SINCE
from tests.healthrecords.conftest import AT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(clerk: User, station: Organisation) -> list[Citizen]:
    made = []
    for name in ("Quàng Thị Hặc", "Quang Thi Hac"):
        citizen = Citizen.objects.create(
            name=name, birth_date=date(1962, 3, 12), sex="female", home_station=station
        )
        CareRelation.objects.create(
            citizen=citizen, organisation=station, ground="residence", since=SINCE
        )
        services.open_access(user=clerk, citizen=citizen, at=AT)
        made.append(citizen)
    return made


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment, each on a connection of its own; refusals are answers, too."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        try:
            with acting(command="pytest"):
                start.wait(timeout=20)
                return deed()
        except ValidationError as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_two_who_join_the_same_records_crosswise_join_them_once(
    clerk: User, two: list[Citizen]
) -> None:
    a, b = two

    def join(survivor: Citizen, merged: Citizen) -> Callable[[], Any]:
        user = User.objects.get(pk=clerk.pk)
        return lambda: merge_citizens(actor=user, survivor=survivor, merged=merged, at=AT)

    answers = at_once(join(a, b), join(b, a))
    assert [answer for answer in answers if answer == "merged_meanwhile"] == ["merged_meanwhile"]
    assert CitizenMerge.objects.count() == 1
    assert Citizen.objects.current().count() == 1


def test_a_visit_that_is_saved_while_its_record_is_joined_stands_with_the_one_that_stays(
    clerk: User, station: Organisation, two: list[Citizen]
) -> None:
    a, b = two

    def write() -> Any:
        with transaction.atomic():
            citizen = standing(b)
            return Visit.objects.create(citizen=citizen, facility=station, started_at=AT)

    user = User.objects.get(pk=clerk.pk)
    at_once(write, lambda: merge_citizens(actor=user, survivor=a, merged=b, at=AT))
    assert CitizenMerge.objects.count() == 1
    assert Visit.objects.get().citizen == a
