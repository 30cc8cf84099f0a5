"""Two answers on one number in the same moment: one record is verified, the other becomes a question."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from healthrecords import services
from healthrecords.models import Citizen, CitizenIdentifier, TwinCase
from healthrecords.services.numbers import verify_number
from portal.accounts.models import User
from portal.database.context import acting
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of

pytestmark = pytest.mark.django_db(transaction=True)


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        (waits,) = cursor.fetchone()
    return bool(waits)


def verify_both_at_once(first: CitizenIdentifier, second: CitizenIdentifier) -> Any:
    """Verify one in an open transaction, the other in a second one that waits for it."""
    said: list[Any] = []

    def other() -> None:
        try:
            with acting(command="pytest"), transaction.atomic():
                row = CitizenIdentifier.objects.get(pk=second.pk)
                said.append((verify_number(row, at=AT), row.is_verified))
                # What goes on in the same transaction is kept.
                Citizen.objects.filter(pk=row.citizen_id).update(phone="0912000417")
        except Exception as error:  # noqa: BLE001 - it is what the test is about
            said.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with acting(command="pytest"), transaction.atomic():
        assert verify_number(first, at=AT)
        thread.start()
        deadline = time.monotonic() + 20
        while not waits_for_a_lock() and time.monotonic() < deadline:
            time.sleep(0.02)
    thread.join(20)
    (found,) = said
    return found


@pytest.mark.parametrize("is_known", [True, False])
def test_of_two_answers_on_one_number_at_once_the_second_becomes_a_twin_case(
    few_lists: None,
    clerk: User,
    station: Organisation,
    communes: list[Area],
    is_known: bool,
) -> None:
    register: Callable[..., Any] = services.register_citizen
    people = [
        register(
            actor=clerk,
            place=station,
            entry=entry_of(communes[0], name=name),
            client_key=uuid7(),
            at=AT,
            not_twins=frozenset(Citizen.objects.values_list("pk", flat=True)),
        ).row
        for name in ("Quàng Thị Hặc", "Quàng Thị Hạc")
    ]
    if not is_known:
        with acting(command="pytest"):
            TwinCase.objects.all().delete()
    one, other = (citizen.identifiers.get() for citizen in people)
    assert verify_both_at_once(one, other) == (False, False)
    verified = CitizenIdentifier.objects.filter(is_verified=True)
    assert list(verified.values_list("citizen", flat=True)) == [people[0].pk]
    case = TwinCase.objects.get()
    assert ({case.older, case.newer}, case.answer) == (set(people), "")
    people[1].refresh_from_db()
    assert people[1].phone == "0912000417"
