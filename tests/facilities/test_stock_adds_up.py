"""Whatever is done to a stock, its lots are the sums of their movements."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facilities.models import Medicine, StockLot, StockMovement
from facilities.services import (
    Count,
    close_stocktake,
    give_back,
    open_stocktake,
    take_out,
    transfer,
    write_counts,
)
from portal.places.models import Organisation
from tests.facilities.stock import AT, DAY, book_words, come_in, hand_out, wanted

Kind = StockMovement.Kind

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["in", "out", "lost", "back", "move", "count"]),
        st.integers(0, 2),
        st.integers(1, 40),
    ),
    max_size=14,
)

LOTS = (("A1", date(2027, 1, 1)), ("B2", date(2027, 6, 1)), ("C3", None))


class Keeper:
    """Keeps the stock of one station in a hurry."""

    def __init__(self, place: Organisation, other: Organisation, medicine: Medicine) -> None:
        self.place, self.other, self.medicine = place, other, medicine
        self.given: list[Any] = []

    def do(self, deed: str, which: int, quantity: int) -> None:
        number, expires = LOTS[which]
        lot = StockLot.objects.filter(facility=self.place, lot_number=number).first()
        if deed == "in":
            come_in(self.place, self.medicine, number, quantity, expires)
        elif deed == "out":
            self.give(quantity)
        elif deed == "back" and self.given:
            key = self.given[which % len(self.given)]
            give_back(actor=None, keys=[key], reason="x", on=DAY, at=AT)
        elif deed == "count":
            self.count(quantity)
        elif lot is not None:
            self.take(lot, deed, Decimal(quantity))

    def give(self, quantity: int) -> None:
        line = wanted(quantity)
        before = _usable(self.place)
        _assert_first_expired_first(before, hand_out(self.place, line), quantity)
        self.given.append(line.key)

    def take(self, lot: StockLot, deed: str, quantity: Decimal) -> None:
        if deed == "lost":
            take_out(lot=lot, kind=Kind.LOST, quantity=quantity, said=book_words(reason="Vỡ"))
        elif deed == "move":
            transfer(lot=lot, to=self.other, quantity=quantity, said=book_words())

    def count(self, quantity: int) -> None:
        stocktake = open_stocktake(facility=self.place, counted_on=DAY)
        counts = {line.pk: Count(Decimal(quantity), "Đếm") for line in stocktake.lines.all()}
        write_counts(stocktake=stocktake, counts=counts)
        close_stocktake(actor=None, stocktake=stocktake, at=AT)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=DEEDS)
def test_whatever_is_done_the_sum_of_a_lot_is_that_of_its_movements_and_never_below_nothing(
    station: Organisation,
    other_station: Organisation,
    paracetamol: Medicine,
    deeds: list[tuple[str, int, int]],
) -> None:
    keeper = Keeper(station, other_station, paracetamol)
    with transaction.atomic():
        for deed in deeds:
            try:
                with transaction.atomic():
                    keeper.do(*deed)
            except ValidationError:
                pass
            for lot in StockLot.objects.annotate(moved=Sum("movements__quantity")):
                assert lot.on_hand >= 0
                assert lot.on_hand == (lot.moved or 0)
        transaction.set_rollback(True)


def _usable(place: Organisation) -> list[tuple[str, Decimal]]:
    rows = StockLot.objects.filter(facility=place).usable(DAY).first_expired_first()
    return list(rows.values_list("lot_number", "on_hand"))


def _assert_first_expired_first(
    before: list[tuple[str, Decimal]], moved: list[StockMovement], quantity: int
) -> None:
    expected, missing = [], Decimal(quantity)
    for number, on_hand in before:
        part = min(on_hand, missing)
        if part > 0:
            expected.append((number, -part))
            missing -= part
    assert [(m.lot.lot_number, m.quantity) for m in moved] == expected
