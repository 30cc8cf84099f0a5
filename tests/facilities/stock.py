"""Coming in, asking for and handing out, in few words."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from facilities.models import Medicine, StockLot, StockMovement
from facilities.services import (
    Booked,
    Receipt,
    Wanted,
    give_out,
    receive,
)
from portal.places.models import Organisation

AT = datetime(2026, 11, 5, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))

DAY = AT.date()


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
