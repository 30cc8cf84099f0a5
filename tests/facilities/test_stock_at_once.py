"""Many hands at one stock: nothing is given, taken back or booked twice."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from facilities.models import Medicine
from facilities.services import (
    Receipt,
    give_back,
    receive,
)
from portal.places.models import Organisation
from tests.beside import Beside
from tests.facilities.stock import AT, DAY, come_in, hand_out, left, wanted


@pytest.mark.django_db(transaction=True)
def test_six_who_give_out_at_once_never_give_the_same_pill_twice(
    station: Organisation, paracetamol: Medicine
) -> None:
    first = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    second = come_in(station, paracetamol, "B2", 10, date(2028, 1, 1))
    besides = [Beside(lambda: hand_out(station, wanted(7))) for _n in range(6)]
    for beside in besides:
        beside.start()
    for beside in besides:
        beside.join(30)
    served = sum(beside.error is None for beside in besides)
    assert served == 4
    assert all(isinstance(b.error, ValidationError) for b in besides if b.error is not None)
    assert left(first) + left(second) == 30 - 7 * served


@pytest.mark.django_db(transaction=True)
def test_two_who_give_back_at_once_give_back_once(
    station: Organisation, paracetamol: Medicine
) -> None:
    lot = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    line = wanted(7)
    hand_out(station, line)
    besides = [
        Beside(lambda: give_back(actor=None, keys=[line.key], reason="Nhầm", on=DAY, at=AT))
        for _n in range(3)
    ]
    for beside in besides:
        beside.start()
    for beside in besides:
        beside.join(30)
    assert [beside.error for beside in besides] == [None] * 3
    assert left(lot) == 20


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_three_times_at_once_is_booked_once(
    station: Organisation, paracetamol: Medicine
) -> None:
    lot = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    receipt = Receipt(paracetamol, "A1", None, Decimal(50), client_key=uuid4())
    besides = [
        Beside(lambda: receive(actor=None, facility=station, receipt=receipt, on=DAY, at=AT))
        for _n in range(3)
    ]
    for beside in besides:
        beside.start()
    for beside in besides:
        beside.join(30)
    assert [beside.error for beside in besides] == [None] * 3
    assert left(lot) == 70
