"""The books of no day say less than nothing: what is written off was there on its day."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import accumulate

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facilities.models import Medicine, StockLot, StockMovement, Stocktake
from facilities.services import (
    Count,
    Receipt,
    add_line,
    close_stocktake,
    open_stocktake,
    receive,
    take_out,
    transfer,
    write_counts,
)
from facilities.stocks import turnover
from portal.places.models import Organisation
from tests.facilities.stock import AT, DAY, book_words, come_in

Kind = StockMovement.Kind
BEFORE = DAY - timedelta(days=4)


@pytest.fixture
def lot(station: Organisation, paracetamol: Medicine) -> StockLot:
    return come_in(station, paracetamol, "A1", 10, date(2027, 1, 1))


@pytest.mark.parametrize("deed", ["lose", "move"])
@pytest.mark.parametrize(
    ("on", "code"), [(BEFORE, "stock_short_then"), (DAY + timedelta(days=1), "day_in_future")]
)
def test_what_leaves_on_a_day_was_there_that_day_and_that_day_has_come(
    lot: StockLot, other_station: Organisation, deed: str, on: date, code: str
) -> None:
    said, quantity = book_words(on, reason="Vỡ"), Decimal(4)
    leave = {
        "lose": partial(take_out, lot=lot, kind=Kind.LOST),
        "move": partial(transfer, lot=lot, to=other_station),
    }[deed]
    with pytest.raises(ValidationError) as refused:
        leave(quantity=quantity, said=said)
    assert refused.value.error_dict["on"][0].code == code
    lot.refresh_from_db()
    assert (lot.on_hand, StockMovement.objects.count()) == (10, 1)
    first = lot.movements.get().on - timedelta(days=10)
    assert all(one.closing >= 0 for one in turnover(lot.facility, first, BEFORE))


def test_what_was_used_since_was_not_there_to_be_lost_before(
    station: Organisation, lot: StockLot
) -> None:
    """Ten came, all were lost two days later, ten more came: of the day between none can be missing."""
    lot.movements.update(on=BEFORE)
    take_out(
        lot=lot,
        kind=Kind.LOST,
        quantity=Decimal(10),
        said=book_words(BEFORE + timedelta(days=2), reason="Lũ"),
    )
    come_in(station, lot.medicine, "A1", 10, date(2027, 1, 1))
    said = book_words(BEFORE + timedelta(days=1), reason="Vỡ")
    with pytest.raises(ValidationError) as refused:
        take_out(lot=lot, kind=Kind.LOST, quantity=Decimal(1), said=said)
    assert refused.value.error_dict["on"][0].code == "stock_short_then"
    lot.refresh_from_db()
    assert lot.on_hand == 10
    take_out(lot=lot, kind=Kind.LOST, quantity=Decimal(1), said=book_words(reason="Vỡ"))


def counted(lot: StockLot, on: date, found: int, reason: str = "Đếm") -> Stocktake:
    """Open a stocktake of a day, and write how much of its only lot was found."""
    stocktake = open_stocktake(facility=lot.facility, counted_on=on)
    line = add_line(stocktake=stocktake, lot=lot)
    write_counts(stocktake=stocktake, counts={line.pk: Count(Decimal(found), reason)})
    return stocktake


def refused_closing(stocktake: Stocktake) -> str:
    with pytest.raises(ValidationError) as refused:
        close_stocktake(actor=None, stocktake=stocktake, at=AT)
    (error,) = refused.value.error_list
    assert error.code == "stock_short_then"
    stocktake.refresh_from_db()
    assert stocktake.closed_at is None
    return error.messages[0]


def test_what_a_stocktake_misses_was_there_on_its_day(lot: StockLot) -> None:
    """Ten came after the day of the stocktake: of that day nothing can be missing."""
    stocktake = counted(lot, BEFORE, 8)
    said = refused_closing(stocktake)
    assert "Paracetamol 500 mg A1: kiểm kê thiếu 2, nhưng ngày 01/11/2026 sổ chỉ còn 0" in said
    lot.refresh_from_db()
    assert (lot.on_hand, lot.movements.count()) == (10, 1)
    line = stocktake.lines.get()
    write_counts(stocktake=stocktake, counts={line.pk: Count(Decimal(10))})
    close_stocktake(actor=None, stocktake=stocktake, at=AT)
    take_out(lot=lot, kind=Kind.LOST, quantity=Decimal(2), said=book_words(reason="Vỡ"))
    assert StockLot.objects.get(pk=lot.pk).on_hand == 8


def test_what_a_stocktake_misses_leaves_no_later_day_below_nothing(
    station: Organisation, lot: StockLot
) -> None:
    """Ten came, nine were lost a day later, ten more came: two missing since the first day are one too many."""
    lot.movements.update(on=BEFORE)
    after = BEFORE + timedelta(days=1)
    words = book_words(after, reason="Lũ")
    take_out(lot=lot, kind=Kind.LOST, quantity=Decimal(9), said=words)
    come_in(station, lot.medicine, "A1", 10, date(2027, 1, 1))
    lot.refresh_from_db()
    said = refused_closing(counted(lot, BEFORE, 9))
    assert "kiểm kê thiếu 2, nhưng ngày 02/11/2026 sổ chỉ còn 1" in said
    lot.refresh_from_db()
    assert (lot.on_hand, lot.movements.filter(kind=Kind.COUNTED).count()) == (11, 0)


def test_what_a_stocktake_misses_or_finds_within_the_books_of_every_day_is_booked(
    lot: StockLot,
) -> None:
    close_stocktake(actor=None, stocktake=counted(lot, DAY, 0), at=AT)
    assert StockLot.objects.get(pk=lot.pk).on_hand == 0
    close_stocktake(actor=None, stocktake=counted(lot, BEFORE, 3), at=AT)
    assert StockLot.objects.get(pk=lot.pk).on_hand == 3


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["in", "lost", "move", "count"]), st.integers(0, 6), st.integers(1, 20)
    ),
    max_size=12,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=DEEDS)
def test_in_whatever_order_days_are_entered_no_day_is_left_below_nothing(
    station: Organisation,
    other_station: Organisation,
    paracetamol: Medicine,
    deeds: list[tuple[str, int, int]],
) -> None:
    with transaction.atomic():
        for deed, ago, number in deeds:
            on, quantity = DAY - timedelta(days=ago), Decimal(number)
            held = StockLot.objects.filter(facility=station).first()
            try:
                with transaction.atomic():
                    if deed == "in":
                        receipt = Receipt(paracetamol, "A1", date(2027, 1, 1), quantity)
                        receive(actor=None, facility=station, receipt=receipt, on=on, at=AT)
                    elif held is not None and deed == "lost":
                        said = book_words(on, reason="Vỡ")
                        take_out(lot=held, kind=Kind.LOST, quantity=quantity, said=said)
                    elif held is not None and deed == "count":
                        stocktake = counted(held, on, number - 1)
                        close_stocktake(actor=None, stocktake=stocktake, at=AT)
                    elif held is not None:
                        transfer(lot=held, to=other_station, quantity=quantity, said=book_words(on))
            except ValidationError:
                pass
        for lot in StockLot.objects.all():
            days = lot.movements.order_by("on").values_list("on").annotate(moved=Sum("quantity"))
            assert min(accumulate(moved for _day, moved in days)) >= 0
        transaction.set_rollback(True)
