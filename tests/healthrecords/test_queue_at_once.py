"""The queue when two people act at the same moment: one wins, and numbers stay different."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from healthrecords.models import Citizen, QueueStep
from healthrecords.services import queue
from healthrecords.services.queue import TakenByAnotherError
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.context import acting
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, publish_lists
from tests.healthrecords.test_queue import let_in, person, steps_of


@pytest.mark.django_db(transaction=True)
def test_of_two_who_call_at_the_same_moment_one_wins(
    transactional_db: None, clerk: User, communes: list[Area], station: Organisation
) -> None:
    publish_lists()
    other = make_user("hai", "Quàng Văn Hai", Role.STATION_CLERK, station)
    visit = let_in(person(clerk, communes[0], "Lò Thị Được Gọi"), clerk)
    ready = Barrier(2)

    def call(user: User) -> str:
        try:
            with acting(command="pytest"):
                ready.wait(timeout=10)
                queue.take(actor=user, visit=visit, seen=1, at=AT)
        except TakenByAnotherError as refused:
            return str(refused.messages[0])
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(call, (clerk, other)))
    assert sorted(map(bool, said)) == [False, True]
    winner = clerk if said[1] else other
    assert winner.full_name in "".join(said)
    assert steps_of(visit) == ["arrived", "taken"]


@pytest.mark.django_db(transaction=True)
def test_two_desks_give_out_different_numbers(
    transactional_db: None, clerk: User, communes: list[Area], station: Organisation
) -> None:
    publish_lists()
    births = [PartialDate(1950 + 3 * n, 1 + n, 2 + n) for n in range(6)]
    people = [
        person(clerk, communes[0], f"Lò Thị Bàn {n} Khác", birth=birth)
        for n, birth in enumerate(births)
    ]
    ready = Barrier(2)

    def register(half: list[Citizen]) -> None:
        try:
            with acting(command="pytest"):
                ready.wait(timeout=10)
                for one in half:
                    let_in(one, clerk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(register, (people[:3], people[3:])))
    tickets = QueueStep.objects.order_by("ticket").values_list("ticket", flat=True)
    assert list(tickets) == [1, 2, 3, 4, 5, 6]
