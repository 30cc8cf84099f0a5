"""Cold chain: what was too warm is blocked until somebody decides, with the reason."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from facilities.models import ColdStore, Medicine, StockLot, StockMovement, TemperatureExcursion
from facilities.services import (
    Booked,
    Receipt,
    block,
    decide_excursion,
    read_temperature,
    receive,
    transfer,
)
from portal.places.models import Organisation
from tests.conftest import SINCE

NOW = datetime(2026, 11, 5, 16, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
Decision = TemperatureExcursion.Decision


@pytest.fixture
def fridge(station: Organisation) -> ColdStore:
    return ColdStore.objects.create(facility=station, name="Tủ lạnh TCW", valid_from=SINCE)


@pytest.fixture
def vaccine(station: Organisation, fridge: ColdStore) -> StockLot:
    medicine = Medicine.objects.create(
        code="dpt", name="Vắc xin DPT-VGB-Hib", unit="liều", kind="vaccine", storage="cold"
    )
    receipt = Receipt(medicine, "V1", date(2027, 6, 1), Decimal(40), store=fridge)
    return receive(actor=None, facility=station, receipt=receipt, on=NOW.date(), at=NOW).lot


def read(store: ColdStore, celsius: str, hours_ago: int) -> None:
    read_temperature(
        actor=None,
        store=store,
        celsius=Decimal(celsius),
        at=NOW - timedelta(hours=hours_ago),
        now=NOW,
    )


def decide(decision: str, reason: str = "Chỉ thị VVM còn tốt") -> TemperatureExcursion:
    return decide_excursion(
        actor=None,
        excursion=TemperatureExcursion.objects.get(decision=""),
        decision=decision,
        reason=reason,
        on=NOW.date(),
        at=NOW,
    )


def test_a_reading_within_limits_opens_nothing(fridge: ColdStore, vaccine: StockLot) -> None:
    read(fridge, "2.0", 8)
    read(fridge, "8.0", 4)
    assert not TemperatureExcursion.objects.exists()
    assert StockLot.objects.usable(NOW.date()).get() == vaccine


def test_an_excursion_lasts_from_the_first_bad_reading_to_the_next_good_one(
    fridge: ColdStore, vaccine: StockLot
) -> None:
    for celsius, ago in (("5.0", 10), ("9.5", 8), ("12.0", 6), ("4.0", 4)):
        read(fridge, celsius, ago)
    found = TemperatureExcursion.objects.get()
    assert (found.began_at, found.ended_at) == (NOW - timedelta(hours=8), NOW - timedelta(hours=4))
    assert (found.lowest, found.highest) == (Decimal("9.5"), Decimal("12.0"))
    vaccine.refresh_from_db()
    assert "9,5" in vaccine.blocked_because
    assert not StockLot.objects.usable(NOW.date()).exists()


def test_a_reading_that_comes_late_widens_the_excursion_it_lies_in(
    fridge: ColdStore, vaccine: StockLot
) -> None:
    read(fridge, "9.0", 8)
    read(fridge, "4.0", 4)
    read(fridge, "15.0", 6)
    found = TemperatureExcursion.objects.get()
    assert found.highest == Decimal("15.0")
    assert found.ended_at == NOW - timedelta(hours=4)


def test_lots_are_used_again_or_destroyed_as_somebody_decides(
    fridge: ColdStore, vaccine: StockLot
) -> None:
    read(fridge, "9.0", 8)
    with pytest.raises(ValidationError) as early:
        decide(Decision.KEEP)
    assert early.value.code == "excursion_open"
    read(fridge, "5.0", 7)
    with pytest.raises(ValidationError):
        decide(Decision.KEEP, reason=" ")
    decide(Decision.KEEP)
    vaccine.refresh_from_db()
    assert (vaccine.blocked_because, vaccine.on_hand) == ("", 40)
    read(fridge, "-3.0", 3)
    read(fridge, "5.0", 2)
    decide(Decision.DISCARD, "Đông băng")
    vaccine.refresh_from_db()
    assert vaccine.on_hand == 0
    assert StockMovement.objects.get(kind="destroyed").quantity == -40


def test_a_second_excursion_keeps_the_lots_when_the_first_is_let_go(
    fridge: ColdStore, vaccine: StockLot
) -> None:
    for celsius, ago in (("9.0", 8), ("5.0", 7), ("-2.0", 6), ("5.0", 5)):
        read(fridge, celsius, ago)
    first = TemperatureExcursion.objects.order_by("began_at").first()
    assert first is not None
    decide_excursion(
        actor=None, excursion=first, decision=Decision.KEEP, reason="x", on=NOW.date(), at=NOW
    )
    vaccine.refresh_from_db()
    assert vaccine.blocked_because


@pytest.mark.parametrize("decision", [Decision.KEEP, Decision.DISCARD])
@pytest.mark.parametrize("recalled_first", [True, False])
def test_what_somebody_blocked_stays_whatever_becomes_of_the_excursion(
    fridge: ColdStore, vaccine: StockLot, *, decision: Decision, recalled_first: bool
) -> None:
    recall = "Thu hồi theo công văn 12/QLD-CL"
    if recalled_first:
        block(lot=vaccine, because=recall)
    read(fridge, "9.0", 8)
    if not recalled_first:
        block(lot=vaccine, because=recall)
    read(fridge, "5.0", 7)
    decide(decision)
    vaccine.refresh_from_db()
    assert (vaccine.blocked_because, vaccine.on_hand) == (recall, 40)
    assert not StockLot.objects.usable(NOW.date()).exists()


def test_what_comes_into_a_store_that_is_too_warm_is_blocked_by_the_next_reading(
    station: Organisation, fridge: ColdStore, vaccine: StockLot
) -> None:
    read(fridge, "9.0", 8)
    receipt = Receipt(vaccine.medicine, "V2", date(2027, 6, 1), Decimal(10), store=fridge)
    late = receive(actor=None, facility=station, receipt=receipt, on=NOW.date(), at=NOW).lot
    read(fridge, "10.0", 6)
    late.refresh_from_db()
    assert late.blocked_because
    read(fridge, "5.0", 5)
    decide(Decision.KEEP)
    late.refresh_from_db()
    assert late.blocked_because == ""


def test_a_blocked_lot_stays_blocked_where_it_is_moved_to(
    fridge: ColdStore, vaccine: StockLot, other_station: Organisation
) -> None:
    read(fridge, "9.0", 8)
    vaccine.refresh_from_db()
    said = Booked(on=NOW.date(), at=NOW, actor=None)
    _out, into = transfer(lot=vaccine, to=other_station, quantity=Decimal(10), said=said)
    there = StockLot.objects.get(pk=into.lot_id)
    assert (there.on_hand, there.blocked_because) == (10, vaccine.blocked_because)
    assert not StockLot.objects.usable(NOW.date()).exists()


def test_a_moment_to_come_and_an_impossible_temperature_are_refused(fridge: ColdStore) -> None:
    with pytest.raises(ValidationError):
        read(fridge, "5.0", -1)
    with pytest.raises(ValidationError):
        read(fridge, "77.0", 1)
    assert not fridge.readings.exists()
