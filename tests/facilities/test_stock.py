"""Stock: what comes in and goes out adds up, the first to expire goes first, never below nothing."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from facilities.models import Medicine, StockLot, StockMovement, Stocktake
from facilities.services import (
    Count,
    Receipt,
    Wanted,
    block,
    close_stocktake,
    give_back,
    open_stocktake,
    receive,
    take_out,
    transfer,
    write_counts,
)
from portal.places.models import Organisation
from tests.facilities.stock import AT, DAY, book_words, come_in, hand_out, left, wanted

Kind = StockMovement.Kind


def test_the_lot_that_expires_first_is_given_first_and_the_rest_from_the_next(
    station: Organisation, paracetamol: Medicine
) -> None:
    late = come_in(station, paracetamol, "B2", 100, date(2028, 1, 1))
    soon = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    endless = come_in(station, paracetamol, "C3", 5, None)
    moved = hand_out(station, wanted(30))
    assert [(m.lot, m.quantity) for m in moved] == [(soon, Decimal(-20)), (late, Decimal(-10))]
    assert (left(soon), left(late), left(endless)) == (0, 90, 5)


def test_what_is_expired_or_blocked_is_not_given(
    station: Organisation, paracetamol: Medicine
) -> None:
    old = come_in(station, paracetamol, "A1", 20, DAY)
    StockLot.objects.filter(pk=old.pk).update(expires_on=DAY - timedelta(days=1))
    warm = come_in(station, paracetamol, "B2", 20, date(2028, 1, 1))
    block(lot=warm, because="Tủ lạnh 14 °C")
    with pytest.raises(ValidationError) as refused:
        hand_out(station, wanted(1))
    assert refused.value.error_list[0].code == "stock_short"
    assert (left(old), left(warm)) == (20, 20)


def test_all_or_nothing_is_given_and_each_short_line_is_named(
    station: Organisation, paracetamol: Medicine
) -> None:
    lot = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    with pytest.raises(ValidationError) as refused:
        hand_out(station, wanted(5), Wanted(uuid4(), "Thuốc lạ", Decimal(1)))
    assert len(refused.value.error_list) == 1
    assert "Thuốc lạ" in refused.value.messages[0]
    assert left(lot) == 20
    assert not StockMovement.objects.filter(kind=Kind.ISSUED).exists()


def test_two_lines_of_one_medicine_share_its_lots(
    station: Organisation, paracetamol: Medicine
) -> None:
    lot = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    with pytest.raises(ValidationError):
        hand_out(station, wanted(15), wanted(15))
    assert left(lot) == 20
    hand_out(station, wanted(15), wanted(5))
    assert left(lot) == 0


def test_what_was_given_for_a_key_is_not_given_again_and_comes_back_once(
    station: Organisation, paracetamol: Medicine
) -> None:
    lot = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    line = wanted(8)
    hand_out(station, line)
    assert hand_out(station, line) == []
    assert left(lot) == 12
    for _time in range(2):
        give_back(actor=None, keys=[line.key], reason="Ghi nhầm", on=DAY, at=AT)
        assert left(lot) == 20


def test_another_place_s_stock_is_not_touched(
    station: Organisation, other_station: Organisation, paracetamol: Medicine
) -> None:
    lot = come_in(other_station, paracetamol, "A1", 20, date(2027, 1, 1))
    with pytest.raises(ValidationError):
        hand_out(station, wanted(1))
    assert left(lot) == 20


def test_a_part_of_a_lot_moves_to_another_place(
    station: Organisation, other_station: Organisation, paracetamol: Medicine
) -> None:
    lot = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    out, into = transfer(lot=lot, to=other_station, quantity=Decimal(7), said=book_words())
    assert out.source_id == into.source_id
    assert (left(lot), left(into.lot), into.lot.expires_on) == (13, 7, lot.expires_on)
    with pytest.raises(ValidationError):
        transfer(lot=lot, to=other_station, quantity=Decimal(14), said=book_words())
    assert (left(lot), left(into.lot)) == (13, 7)


@pytest.mark.parametrize(
    ("kind", "quantity", "reason", "code"),
    [
        (Kind.LOST, 21, "Vỡ", "stock_short"),
        (Kind.LOST, 0, "Vỡ", "quantity_impossible"),
        (Kind.DESTROYED, 5, "", "reason_missing"),
        (Kind.RECEIVED, 5, "x", "movement_unknown"),
    ],
)
def test_a_loss_that_cannot_be_is_refused(
    station: Organisation, paracetamol: Medicine, kind: str, quantity: int, reason: str, code: str
) -> None:
    lot = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    said = book_words(reason=reason)
    with pytest.raises(ValidationError) as refused:
        take_out(lot=lot, kind=kind, quantity=Decimal(quantity), said=said)
    error = refused.value
    by_field = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
    errors = [one for found in by_field for one in found]
    assert code in {e.code for e in errors}
    assert left(lot) == 20
    assert lot.movements.count() == 1


def test_a_delivery_sent_twice_is_booked_once(station: Organisation, paracetamol: Medicine) -> None:
    key = uuid4()
    receipt = Receipt(paracetamol, "A1", date(2027, 1, 1), Decimal(50), client_key=key)
    first = receive(actor=None, facility=station, receipt=receipt, on=DAY, at=AT)
    again = receive(actor=None, facility=station, receipt=receipt, on=DAY, at=AT)
    assert first == again
    assert left(first.lot) == 50


@pytest.mark.parametrize(
    ("expires", "code"), [(date(2026, 11, 4), "lot_expired"), (date(2027, 2, 2), "lot_differs")]
)
def test_a_delivery_with_a_wrong_expiry_is_refused(
    station: Organisation, paracetamol: Medicine, expires: date, code: str
) -> None:
    lot = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    with pytest.raises(ValidationError) as refused:
        come_in(station, paracetamol, "A1", 5, expires)
    assert refused.value.error_dict["expires_on"][0].code == code
    assert left(lot) == 20


def test_a_stocktake_books_its_differences_with_their_reasons(
    station: Organisation, paracetamol: Medicine
) -> None:
    first = come_in(station, paracetamol, "A1", 20, date(2027, 1, 1))
    second = come_in(station, paracetamol, "B2", 30, date(2028, 1, 1))
    stocktake = open_stocktake(facility=station, counted_on=DAY, counted_by="Lò Thị Hoa")
    lines = {line.lot_id: line for line in stocktake.lines.all()}
    one, two = lines[first.pk], lines[second.pk]
    write_counts(stocktake=stocktake, counts={one.pk: Count(Decimal(18))})
    with pytest.raises(ValidationError) as refused:
        close_stocktake(actor=None, stocktake=stocktake, at=AT)
    found = {error.code for error in refused.value.error_list}
    assert found == {"reason_missing", "line_not_counted"}
    assert left(first) == 20
    # Given out while the counting goes on: the difference stays what was missing when counted.
    hand_out(station, wanted(4))
    counts = {one.pk: Count(Decimal(18), "Vỡ 2 viên"), two.pk: Count(Decimal(30))}
    write_counts(stocktake=stocktake, counts=counts)
    close_stocktake(actor=None, stocktake=stocktake, at=AT)
    assert (left(first), left(second)) == (14, 30)
    assert StockMovement.objects.get(kind=Kind.COUNTED).reason == "Vỡ 2 viên"
    with pytest.raises(ValidationError) as closed:
        write_counts(stocktake=stocktake, counts={one.pk: Count(Decimal(1), "x")})
    assert closed.value.code == "stocktake_closed"


def test_one_stocktake_is_open_at_a_place(station: Organisation) -> None:
    open_stocktake(facility=station, counted_on=DAY)
    with pytest.raises(ValidationError):
        open_stocktake(facility=station, counted_on=DAY)
    assert Stocktake.objects.count() == 1
