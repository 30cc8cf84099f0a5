"""Give medicines out, the first that expires first, and give them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from facilities.models import StockLot, StockMovement
from facilities.services.stock import NOTHING, Booked, Kind, book
from portal.names import name_norm
from portal.numbers import shown_number
from portal.places.models import Organisation


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be given out: by the code it is prescribed by, or by its name.

    ``key`` is the record it is given for; nothing else of the person comes here.
    """

    key: UUID
    name: str
    quantity: Decimal
    code: str = ""


def lots_for(facility: Organisation, *, code: str, name: str, on: date) -> QuerySet[StockLot]:
    """Return the lots a prescribed medicine may be given from on a day, in their order."""
    named = Q(medicine__name_norm=name_norm(name))
    same = Q(medicine__list_code=code) | named if code else named
    rows = StockLot.objects.filter(same, facility=facility).usable(on)
    return rows.select_related("medicine").first_expired_first()


def usable_lots(
    facility: Organisation, asked: Sequence[tuple[str, str]], *, on: date
) -> dict[tuple[str, str], list[StockLot]]:
    """Return for each (code, name) the lots it may be given from, in their order; one question."""
    codes = [code for code, _name in asked if code]
    names = [name_norm(name) for _code, name in asked]
    same = Q(medicine__list_code__in=codes) | Q(medicine__name_norm__in=names)
    rows = StockLot.objects.filter(same, facility=facility).usable(on)
    lots = list(rows.select_related("medicine").first_expired_first()) if asked else []
    return {
        (code, name): [
            lot
            for lot in lots
            if (code and lot.medicine.list_code == code)
            or lot.medicine.name_norm == name_norm(name)
        ]
        for code, name in asked
    }


@transaction.atomic
def give_out(
    *, actor: Any, facility: Organisation, wanted: Sequence[Wanted], on: date, at: datetime
) -> list[StockMovement]:
    """Take what is wanted from the lots that expire first, all of it or nothing.

    Locks the lots in the order of their keys: two who give out at once wait for each other and
    never take the same pill twice. What was given for a key before is not given again.
    """
    candidates = _lock(facility, wanted, on)
    known = set(
        StockMovement.objects.filter(source_id__in=[one.key for one in wanted]).values_list(
            "source_id", flat=True
        )
    )
    movements: list[StockMovement] = []
    errors: list[ValidationError] = []
    for one in wanted:
        if one.key in known or one.quantity <= NOTHING:
            continue
        lots = candidates[one.key]
        left = sum((lot.on_hand for lot in lots), NOTHING)
        if left < one.quantity:
            errors.append(_short(one, left))
            continue
        said = Booked(on=on, at=at, actor=actor, source_id=one.key)
        movements += from_first(lots, one.quantity, said)
    if errors:
        raise ValidationError(errors)
    return movements


def _lock(facility: Organisation, wanted: Sequence[Wanted], on: date) -> dict[UUID, list[StockLot]]:
    """Return each wanted medicine's lots in giving order, all of them locked and read anew."""
    order = {
        one.key: list(
            lots_for(facility, code=one.code, name=one.name, on=on).values_list("pk", flat=True)
        )
        for one in wanted
    }
    keys = {pk for keys in order.values() for pk in keys}
    rows = StockLot.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    fresh = {lot.pk: lot for lot in rows.select_related("medicine")}
    # What was used up or blocked while this one waited is left out.
    return {
        key: [
            fresh[pk]
            for pk in keys_
            if fresh[pk].on_hand > NOTHING and not fresh[pk].blocked_because
        ]
        for key, keys_ in order.items()
    }


def from_first(lots: Sequence[StockLot], quantity: Decimal, said: Booked) -> list[StockMovement]:
    """Take a quantity from locked lots in their order."""
    movements = []
    for lot in lots:
        part = min(lot.on_hand, quantity)
        if part > NOTHING:
            movements.append(book(lot, Kind.ISSUED, -part, said))
            quantity -= part
        if quantity <= NOTHING:
            break
    return movements


def _short(one: Wanted, left: Decimal) -> ValidationError:
    said = {"name": one.name, "left": shown_number(left), "wanted": shown_number(one.quantity)}
    if left <= NOTHING:
        message = _("%(name)s: nothing usable is in stock; buy it or leave it out.")
    else:
        message = _(
            "%(name)s: %(left)s are in stock, %(wanted)s are wanted; give less or leave it out."
        )
    return ValidationError(message, code="stock_short", params=said)


@transaction.atomic
def give_back(
    *, actor: Any, keys: Sequence[UUID], reason: str, on: date, at: datetime
) -> list[StockMovement]:
    """Put back into its lots what was given out for these keys; a second time changes nothing."""
    issued = StockMovement.objects.filter(source_id__in=keys, kind=Kind.ISSUED, reversed_by=None)
    lots = StockLot.objects.select_for_update().filter(pk__in=issued.order_by().values("lot"))
    fresh = {lot.pk: lot for lot in lots.order_by("pk")}
    returned = []
    # Read after the lock: who gave back first has it done.
    for movement in issued.order_by("id"):
        said = Booked(
            on=on,
            at=at,
            actor=actor,
            reason=reason,
            source_id=movement.source_id,
            reverses=movement,
        )
        returned.append(book(fresh[movement.lot_id], Kind.RETURNED, -movement.quantity, said))
    return returned
