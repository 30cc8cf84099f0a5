"""A file of stock is held against the books as they stood when it came, whatever moved since."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from facilities.models import StockLot, StockMovement
from facilities.services import (
    Count,
    Receipt,
    Wanted,
    close_stocktake,
    give_out,
    open_stocktake,
    receive,
    write_counts,
)
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.intake.models import Batch, Finding
from portal.intake.services import (
    Sent,
    ask_to_undo,
    confirm_batch,
    read_batch,
    receive_file,
    undo_batch,
    write_batch,
)
from portal.places.models import Organisation
from tests.facilities.test_supplies_by_file import (
    AT,
    SHELF,
    Upload,
    _private_store,
    head,
    undo,
    upload,
)

__all__ = ["_private_store", "head", "upload"]
pytestmark = pytest.mark.usefixtures("shipped_lists")
NEXT = AT + timedelta(days=1)


def sent(station: Organisation, head: User, text: str, at: datetime = AT) -> Batch:
    """Return a file that came and waits for somebody to confirm it."""
    named = Sent("ton.csv", [text.encode()])
    batch = receive_file(actor=head, sent=named, kind="stock", organisation=station, at=at)
    return read_batch(batch.pk, at=at)


def written(batch: Batch, head: User, at: datetime = NEXT) -> Batch:
    confirm_batch(actor=head, batch=batch, at=at)
    return write_batch(batch.pk, at=at)


def give(head: User, station: Organisation, many: int) -> None:
    line = Wanted(uuid7(), "Paracetamol 500 mg", Decimal(many), "")
    give_out(actor=head, facility=station, wanted=[line], on=NEXT.date(), at=NEXT)


def counted(head: User, station: Organisation, many: int, at: datetime = NEXT) -> None:
    """Count A1 as the only lot that differs."""
    stocktake = open_stocktake(facility=station, counted_on=at.date())
    found = {
        line.pk: Count(Decimal(many) if line.lot.lot_number == "A1" else line.expected, "Đếm lại")
        for line in stocktake.lines.select_related("lot")
    }
    write_counts(stocktake=stocktake, counts=found)
    close_stocktake(actor=head, stocktake=stocktake, at=at)


def on_hand(lot: str = "A1") -> Decimal:
    return StockLot.objects.get(lot_number=lot).on_hand


def test_what_patients_got_before_a_file_was_confirmed_stays_given(
    upload: Upload, head: User, station: Organisation
) -> None:
    upload("stock", SHELF)
    batch = sent(station, head, SHELF.replace(",200", ",190"))
    assert (batch.changed_count, batch.unchanged_count) == (1, 1)
    give(head, station, 20)
    batch = written(batch, head)
    assert (batch.changed_count, batch.unchanged_count) == (1, 1)
    assert (on_hand(), on_hand("G1")) == (480, 190)
    assert StockMovement.objects.filter(lot__lot_number="A1", kind="counted").count() == 0


def test_a_lot_the_file_sets_right_takes_its_difference_beside_what_was_given_since(
    upload: Upload, head: User, station: Organisation
) -> None:
    upload("stock", SHELF)
    batch = sent(station, head, SHELF.replace(",500", ",490"))
    give(head, station, 20)
    batch = written(batch, head)
    assert on_hand() == 470
    movement = StockMovement.objects.get(kind="counted")
    assert (movement.quantity, movement.on) == (-10, AT.date())
    undo(batch, head)
    assert on_hand() == 480


def test_what_a_lot_missed_when_the_file_came_is_missed_though_the_books_say_less_by_now(
    upload: Upload, head: User, station: Organisation
) -> None:
    """480 in the file, 20 given out since: 460 are there, not the 480 that both would say."""
    upload("stock", SHELF)
    batch = sent(station, head, SHELF.replace(",500", ",480"))
    give(head, station, 20)
    written(batch, head)
    assert on_hand() == 460


def test_what_was_delivered_before_a_file_was_confirmed_stays_delivered(
    upload: Upload, head: User, station: Organisation
) -> None:
    upload("stock", SHELF)
    lot = StockLot.objects.get(lot_number="A1")
    batch = sent(station, head, SHELF.replace(",200", ",190"))
    receipt = Receipt(lot.medicine, "A1", lot.expires_on, Decimal(100))
    receive(actor=head, facility=station, receipt=receipt, on=NEXT.date(), at=NEXT)
    written(batch, head)
    assert on_hand() == 600


def test_two_files_that_miss_the_same_book_it_once(
    upload: Upload, head: User, station: Organisation
) -> None:
    upload("stock", SHELF)
    first = sent(station, head, SHELF.replace(",500", ",480"))
    second = sent(station, head, SHELF.replace(",500", ",480"), at=AT + timedelta(hours=1))
    written(first, head)
    written(second, head)
    assert on_hand() == 480


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_files_the_one_that_came_last_holds_however_they_are_confirmed(
    upload: Upload, head: User, station: Organisation, order: tuple[int, int]
) -> None:
    upload("stock", SHELF)
    files = [
        sent(station, head, SHELF.replace(",500", ",480")),
        sent(station, head, SHELF.replace(",500", ",470"), at=AT + timedelta(hours=1)),
    ]
    for at in order:
        written(files[at], head)
    assert on_hand() == 470


def test_a_lot_that_was_counted_since_the_file_came_is_kept_out_and_named(
    upload: Upload, head: User, station: Organisation
) -> None:
    upload("stock", SHELF)
    batch = sent(station, head, SHELF.replace(",500", ",480").replace(",200", ",190"))
    counted(head, station, 495)
    written(batch, head)
    finding = Finding.objects.get(batch=batch, severity="error")
    assert (finding.code, finding.column) == ("counted_since", "SO_LUONG")
    assert finding.params == {"lot": "A1", "day": "06/11/2026"}
    assert (on_hand(), on_hand("G1")) == (495, 190)


def test_a_count_since_that_found_the_same_as_the_file_is_booked_once(
    upload: Upload, head: User, station: Organisation
) -> None:
    upload("stock", SHELF)
    batch = sent(station, head, SHELF.replace(",500", ",480").replace(",200", ",190"))
    counted(head, station, 480)
    batch = written(batch, head)
    assert (on_hand(), on_hand("G1")) == (480, 190)
    assert not Finding.objects.filter(batch=batch, severity="error").exists()


def test_a_file_is_held_against_the_books_without_a_file_that_was_undone(
    upload: Upload, head: User, station: Organisation
) -> None:
    upload("stock", SHELF)
    wrong = upload("stock", SHELF.replace(",500", ",400"))
    batch = sent(station, head, SHELF.replace(",500", ",480"), at=AT + timedelta(hours=1))
    ask_to_undo(actor=head, batch=wrong, reason="Nhầm tệp")
    undo_batch(wrong.pk, at=NEXT)
    written(batch, head)
    assert on_hand() == 480
