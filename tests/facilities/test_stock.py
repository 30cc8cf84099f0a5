"""Stock: what comes in and goes out adds up, the first to expire goes first, never below nothing."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facilities.models import Medicine, StockLot, StockMovement, Stocktake
from facilities.services import (
    Booked,
    Count,
    Receipt,
    Wanted,
    block,
    close_stocktake,
    give_back,
    give_out,
    open_stocktake,
    receive,
    take_out,
    transfer,
    write_counts,
)
from portal.database.context import acting
from portal.places.models import Organisation

AT = datetime(2026, 11, 5, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
DAY = AT.date()
Kind = StockMovement.Kind


@pytest.fixture
def paracetamol(db: None) -> Medicine:
    return Medicine.objects.create(
        code="para-500-a",
        list_code="paracetamol-500-tab",
        name="Paracetamol 500 mg",
        unit="viên",
        registration_number="893100493025",
    )


def come_in(
    place: Organisation, medicine: Medicine, lot: str, quantity: int, expires: date | None
) -> StockLot:
    receipt = Receipt(medicine, lot, expires, Decimal(quantity))
    return receive(actor=None, facility=place, receipt=receipt, on=DAY, at=AT).lot


def wanted(quantity: int | str, name: str = "Paracetamol 500 mg") -> Wanted:
    return Wanted(uuid4(), name, Decimal(quantity), "paracetamol-500-tab")


def hand_out(place: Organisation, *lines: Wanted) -> list[StockMovement]:
    return give_out(actor=None, facility=place, wanted=lines, on=DAY, at=AT)


def left(lot: StockLot) -> Decimal:
    lot.refresh_from_db()
    return lot.on_hand


def book_words(on: date = DAY, **said: Any) -> Booked:
    return Booked(on=on, at=AT, actor=None, **said)


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


class Beside(threading.Thread):
    """Does one thing on its own connection and keeps what went wrong."""

    def __init__(self, do: Callable[[], Any]) -> None:
        super().__init__()
        self.do = do
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with acting(command="beside"):
                self.do()
        except BaseException as error:  # noqa: BLE001  (the test asks for it)
            self.error = error
        finally:
            connection.close()


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
