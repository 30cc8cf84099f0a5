"""Giving out at a visit deducts the station's stock; a mistake goes back into its lots."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from facilities.models import Medicine, StockLot, StockMovement
from facilities.services import Receipt, receive
from healthrecords.models import Citizen, Dispensing, Visit
from healthrecords.services.dispensing import Line, dispense, proposals, take_back
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT

NAME = "Amlodipin 5 mg"


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    return record(citizen)


@pytest.fixture
def lot(station: Organisation) -> StockLot:
    medicine = Medicine.objects.create(
        code="aml-5-x", list_code="amlodipin-5-tab", name="Amlor", strength="5 mg", unit="viên"
    )
    receipt = Receipt(medicine, "A1", date(2028, 1, 1), Decimal(40))
    return receive(actor=None, facility=station, receipt=receipt, on=AT.date(), at=AT).lot


def give(actor: User, visit: Visit, quantity: int, key: Any = None) -> list[Dispensing]:
    return dispense(
        actor=actor,
        visit=visit,
        lines=[Line(NAME, Decimal(quantity), "amlodipin-5-tab", "viên")],
        client_key=key or uuid7(),
        at=AT,
    ).row


def left(lot: StockLot) -> Decimal:
    lot.refresh_from_db()
    return lot.on_hand


def test_what_is_handed_over_leaves_the_stock_and_names_nobody_there(
    clerk: User, visit: Visit, lot: StockLot
) -> None:
    (row,) = give(clerk, visit, 28)
    assert left(lot) == 12
    movement = StockMovement.objects.get(kind="issued")
    assert (movement.source_id, movement.reason, movement.partner) == (row.pk, "", "")
    assert (row.citizen_id, row.facility_id) == (visit.citizen_id, visit.facility_id)


def test_the_same_form_sent_twice_gives_once(clerk: User, visit: Visit, lot: StockLot) -> None:
    key = uuid7()
    give(clerk, visit, 28, key)
    give(clerk, visit, 28, key)
    assert left(lot) == 12
    assert Dispensing.objects.count() == 1


def test_more_than_there_is_gives_nothing_and_says_how_much_there_is(
    clerk: User, visit: Visit, lot: StockLot
) -> None:
    with pytest.raises(ValidationError) as refused:
        give(clerk, visit, 41)
    assert refused.value.error_list[0].code == "stock_short"
    assert "40" in refused.value.messages[0]
    assert left(lot) == 40
    assert not Dispensing.objects.exists()


def test_a_mistake_goes_back_once_with_its_reason(clerk: User, visit: Visit, lot: StockLot) -> None:
    (row,) = give(clerk, visit, 28)
    with pytest.raises(ValidationError):
        take_back(actor=clerk, visit=visit, keys=[row.pk], reason=" ", at=AT)
    assert left(lot) == 12
    for _time in range(2):
        take_back(actor=clerk, visit=visit, keys=[row.pk], reason="Nhầm người", at=AT)
    assert left(lot) == 40
    row.refresh_from_db()
    assert row.taken_back_because == "Nhầm người"


def test_nobody_of_another_place_gives_out_here(
    visit: Visit, lot: StockLot, other_station: Organisation
) -> None:
    stranger = make_user("xa", "Người Nơi Khác", Role.STATION_CLERK, other_station)
    with pytest.raises(PermissionDenied):
        give(stranger, visit, 1)
    assert left(lot) == 40


def test_the_page_proposes_what_is_still_to_be_given_and_can_be(
    clerk: User, visit: Visit, lot: StockLot
) -> None:
    (one,) = proposals(visit, AT)
    assert (one.prescribed, one.proposed, one.usable) == (28, 28, 40)
    give(clerk, visit, 20)
    (one,) = proposals(visit, AT)
    assert (one.given, one.left, one.proposed, one.is_short) == (20, 8, 8, False)
    StockLot.objects.update(expires_on=AT.date() - timedelta(days=1))
    (one,) = proposals(visit, AT)
    assert (one.usable, one.proposed, one.is_short) == (0, 0, True)


def test_a_protected_visit_protects_what_was_given(
    clerk: User,
    station: Organisation,
    citizen: Citizen,
    record: Callable[..., Visit],
    lot: StockLot,
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    doctor = make_user("bs", "Đỗ Quang Hưng", Role.STATION_CLINICIAN, station)
    hidden = record(citizen, "B20", actor=doctor)
    assert hidden.sensitivity
    (row,) = give(doctor, hidden, 1)
    assert row.sensitivity == hidden.sensitivity


def test_the_page_gives_out_keeps_what_was_typed_and_takes_back(
    clerk: User, visit: Visit, lot: StockLot
) -> None:
    client = Client()
    client.force_login(clerk)
    url = reverse("admin:healthrecords_visit_dispense", args=[visit.pk])
    shown = client.get(url).content.decode()
    assert NAME in shown
    assert 'value="28"' in shown
    refused = client.post(url, {"khoa": str(uuid7()), "cap-0": "41"})
    assert refused.status_code == 200
    assert 'value="41"' in refused.content.decode()
    assert left(lot) == 40
    assert client.post(url, {"khoa": str(uuid7()), "cap-0": "28"}).status_code == 302
    assert left(lot) == 12
    back = reverse("admin:healthrecords_visit_take_back", args=[visit.pk])
    row = Dispensing.objects.get()
    client.post(back, {"dong": [str(row.pk)], "reason": "Trả lại"})
    assert left(lot) == 40
