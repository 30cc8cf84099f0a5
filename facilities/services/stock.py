"""Book what comes into stock and what leaves it; the sum of a lot never falls below nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import ColdStore, Medicine, StockLot, StockMovement
from portal.database.keys import uuid7
from portal.numbers import shown_number
from portal.places.models import Organisation

Kind = StockMovement.Kind
NOTHING = Decimal(0)
LEAVES = frozenset({Kind.LOST, Kind.DESTROYED, Kind.TRANSFER_OUT})


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came in: which product, which lot, how much, with which paper."""

    medicine: Medicine
    lot_number: str
    expires_on: date | None
    quantity: Decimal
    kind: str = Kind.RECEIVED
    document_no: str = ""
    partner: str = ""
    funding: str = ""
    unit_cost: Decimal | None = None
    store: ColdStore | None = None
    client_key: UUID | None = None
    batch_id: UUID | None = None
    source_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """What is told of a movement besides its lot, kind and quantity."""

    on: date
    at: datetime
    actor: Any
    reason: str = ""
    document_no: str = ""
    partner: str = ""
    source_id: UUID | None = None
    stocktake_id: UUID | None = None
    client_key: UUID | None = None
    batch_id: UUID | None = None
    reverses: StockMovement | None = None


@transaction.atomic
def receive(
    *, actor: Any, facility: Organisation, receipt: Receipt, on: date, at: datetime
) -> StockMovement:
    """Take a delivery in; the same form sent twice is booked once."""
    if (known := _sent_before(receipt)) is not None:
        return known
    _require_fresh(receipt, on, at)
    lot = lot_of(facility, receipt)
    # The same form may have been booked while this one waited for the lot.
    if (known := _sent_before(receipt)) is not None:
        return known
    return book(
        lot,
        receipt.kind,
        receipt.quantity,
        Booked(
            on=on,
            at=at,
            actor=actor,
            document_no=receipt.document_no,
            partner=receipt.partner,
            source_id=receipt.source_id,
            client_key=receipt.client_key,
            batch_id=receipt.batch_id,
        ),
    )


def _sent_before(receipt: Receipt) -> StockMovement | None:
    if receipt.client_key is None:
        return None
    return StockMovement.objects.filter(client_key=receipt.client_key).first()


def _require_fresh(receipt: Receipt, on: date, at: datetime) -> None:
    if on > timezone.localdate(at):
        raise ValidationError(
            {"on": ValidationError(_("This day is still to come."), code="day_in_future")}
        )
    expired = receipt.expires_on is not None and receipt.expires_on < on
    if expired and receipt.kind == Kind.RECEIVED:
        message = _("Lot %(lot)s expired on %(day)s; send it back instead of taking it in.")
        said = {"lot": receipt.lot_number, "day": f"{receipt.expires_on:%d/%m/%Y}"}
        raise ValidationError(
            {"expires_on": ValidationError(message, code="lot_expired", params=said)}
        )


def lot_of(facility: Organisation, receipt: Receipt) -> StockLot:
    """Return the lot, locked; it is made where the place has none of this number yet."""
    lot_number = " ".join(receipt.lot_number.split())
    held = StockLot.objects.select_for_update().filter(
        facility=facility, medicine=receipt.medicine, lot_number=lot_number
    )
    lot = held.first()
    if lot is None:
        _hold(receipt.medicine)
        lot = StockLot(
            facility=facility,
            medicine=receipt.medicine,
            lot_number=lot_number,
            expires_on=receipt.expires_on,
            funding=receipt.funding,
            unit_cost=receipt.unit_cost,
            store=receipt.store,
        )
        lot.full_clean()
        try:
            with transaction.atomic():
                lot.save(force_insert=True)
        except IntegrityError:
            lot = held.get()  # somebody took in the same lot at the same moment
    tell_expiry(lot, receipt.expires_on)
    return lot


def _hold(medicine: Medicine) -> None:
    """Keep a product in the register until its new lot is booked; say so where it left just now.

    The lock is the one that a foreign key takes, so that places book lots of one product at once.
    """
    table = connection.ops.quote_name(Medicine._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT FROM {table} WHERE id = %s FOR KEY SHARE", [medicine.pk])
        is_there = cursor.rowcount == 1
    if not is_there:
        raise ValidationError(
            _(
                "“%(name)s” has just left the register of products: the file that had brought it"
                " was undone. Enter the product again, then book the lot."
            ),
            code="product_gone",
            params={"name": str(medicine)},
        )


def tell_expiry(lot: StockLot, day: date | None) -> None:
    """Let a locked lot expire on the day that stands on its box; refuse one the books deny.

    A lot of which every movement was taken back was never here: it takes the day.
    """
    if day is None or lot.expires_on == day:
        return
    if lot.expires_on is not None and StockLot.objects.filter(pk=lot.pk).standing().exists():
        message = _("Lot %(lot)s expires on %(known)s in the books, not on %(day)s; check the box.")
        said = {
            "lot": lot.lot_number,
            "known": f"{lot.expires_on:%d/%m/%Y}",
            "day": f"{day:%d/%m/%Y}",
        }
        raise ValidationError(
            {"expires_on": ValidationError(message, code="lot_differs", params=said)}
        )
    lot.expires_on = day
    lot.save(update_fields=["expires_on"])


def book(lot: StockLot, kind: str, quantity: Decimal, said: Booked) -> StockMovement:
    """Write a movement and the new sum of its lot; the caller has locked the lot."""
    if lot.on_hand + quantity < NOTHING:
        raise ValidationError(
            _("Of lot %(lot)s %(left)s are in stock, not %(wanted)s."),
            code="stock_short",
            params={
                "lot": lot.lot_number,
                "left": shown_number(lot.on_hand),
                "wanted": shown_number(-quantity),
            },
        )
    movement = StockMovement(
        facility_id=lot.facility_id,
        lot=lot,
        kind=kind,
        quantity=quantity,
        at=said.at,
        on=said.on,
        reason=said.reason,
        document_no=said.document_no,
        partner=said.partner,
        source_id=said.source_id,
        stocktake_id=said.stocktake_id,
        client_key=said.client_key,
        batch_id=said.batch_id,
        reverses=said.reverses,
        entered_by=said.actor,
    )
    movement.full_clean()
    movement.save(force_insert=True)
    lot.on_hand += quantity
    lot.save(update_fields=["on_hand"])
    return movement


def locked(lot: StockLot) -> StockLot:
    """Return a lot for the one who moves it now."""
    return StockLot.objects.select_for_update().select_related("medicine").get(pk=lot.pk)


def require_amount(quantity: Decimal) -> None:
    """Refuse nothing and less than nothing."""
    if quantity <= NOTHING:
        raise ValidationError(
            {
                "quantity": ValidationError(
                    _("Write how much, more than 0."), code="quantity_impossible"
                )
            }
        )


@transaction.atomic
def take_out(*, lot: StockLot, kind: str, quantity: Decimal, said: Booked) -> StockMovement:
    """Write off what was lost or destroyed, with its reason."""
    require_amount(quantity)
    if kind not in LEAVES:
        raise ValidationError(_("Choose what happened to it."), code="movement_unknown")
    lot = locked(lot)
    _require_there(lot, quantity, said)
    return book(lot, kind, -quantity, said)


def _require_there(lot: StockLot, quantity: Decimal, said: Booked) -> None:
    """Refuse a day that is still to come, and one since when there was not so much of the lot.

    The books of every day are reported: none of them may say less than nothing.
    """
    if said.on > timezone.localdate(said.at):
        raise ValidationError(
            {"on": ValidationError(_("This day is still to come."), code="day_in_future")}
        )
    left, day = least_left(lot, said.on)
    if left < quantity <= lot.on_hand:
        message = _(
            "Of lot %(lot)s %(left)s were in stock on %(day)s, not %(wanted)s; check the day."
        )
        params = {
            "lot": lot.lot_number,
            "left": shown_number(left),
            "day": f"{day:%d/%m/%Y}",
            "wanted": shown_number(quantity),
        }
        raise ValidationError({"on": ValidationError(message, "stock_short_then", params)})


def least_left(lot: StockLot, on: date) -> tuple[Decimal, date]:
    """Return the least of a lot that the books have at the end of a day or of any later one, and when."""
    moved = lot.movements.order_by("on").values_list("on").annotate(moved=Sum("quantity"))
    return least_since(moved, on)


def least_since(moved: Iterable[tuple[date, Decimal]], on: date) -> tuple[Decimal, date]:
    """Return the least that was there at the end of a day or of any later one, and which day it was."""
    left, least = NOTHING, (NOTHING, on)
    for day, quantity in moved:
        left += quantity
        if day <= on or left < least[0]:
            least = (left, max(day, on))
    return least


@transaction.atomic
def transfer(
    *, lot: StockLot, to: Organisation, quantity: Decimal, said: Booked
) -> tuple[StockMovement, StockMovement]:
    """Move a part of a lot to another place: out here and in there, in one step.

    What is blocked here is blocked there: nobody gives out a recalled lot because it was moved.
    """
    require_amount(quantity)
    if to.pk == lot.facility_id:
        raise ValidationError(
            {"to": ValidationError(_("It is there already."), code="transfer_to_itself")}
        )
    cause = said.source_id or uuid7()
    lot = locked(lot)
    _require_there(lot, quantity, said)
    away = replace(said, source_id=cause, partner=to.name)
    out = book(lot, Kind.TRANSFER_OUT, -quantity, away)
    there = lot_of(
        to,
        Receipt(
            medicine=lot.medicine,
            lot_number=lot.lot_number,
            expires_on=lot.expires_on,
            quantity=quantity,
            funding=lot.funding,
            unit_cost=lot.unit_cost,
        ),
    )
    if lot.blocked_because and not there.blocked_because:
        there.blocked_because = lot.blocked_because
        there.save(update_fields=["blocked_because"])
    came = replace(said, source_id=cause, partner=lot.facility.name, client_key=None)
    return out, book(there, Kind.TRANSFER_IN, quantity, came)


@transaction.atomic
def block(*, lot: StockLot, because: str) -> StockLot:
    """Keep a lot from being given out, with the reason, or let it go again ("")."""
    lot = locked(lot)
    lot.blocked_because, lot.blocked_by = because.strip(), None
    lot.save(update_fields=["blocked_because", "blocked_by"])
    return lot
