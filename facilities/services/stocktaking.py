"""Count the stock: open a stocktake, write what is there, close it with the differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from facilities.models import StockLot, Stocktake, StocktakeLine
from facilities.services.stock import NOTHING, Booked, Kind, book, least_left
from portal.numbers import shown_number
from portal.places.models import Organisation


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody found of a lot, and why it differs from the books."""

    counted: Decimal | None
    reason: str = ""


@transaction.atomic
def open_stocktake(*, facility: Organisation, counted_on: date, counted_by: str = "") -> Stocktake:
    """Begin to count a place's stock: one line for each lot that the books say is there."""
    stocktake = Stocktake(facility=facility, counted_on=counted_on, counted_by=counted_by)
    stocktake.full_clean()
    stocktake.save(force_insert=True)
    lots = StockLot.objects.filter(facility=facility).on_hand()
    StocktakeLine.objects.bulk_create(
        StocktakeLine(stocktake=stocktake, lot=lot, expected=lot.on_hand) for lot in lots
    )
    return stocktake


@transaction.atomic
def add_line(*, stocktake: Stocktake, lot: StockLot) -> StocktakeLine:
    """Count a lot too of which the books say that nothing is left: some of it was found."""
    stocktake = _open(stocktake)
    if lot.facility_id != stocktake.facility_id:
        message = _("%(lot)s is no lot of %(place)s.")
        said = {"lot": str(lot), "place": stocktake.facility.name}
        raise ValidationError(message, code="lot_of_another", params=said)
    known = stocktake.lines.filter(lot=lot).first()
    if known is not None:
        return known
    held = StockLot.objects.select_for_update().get(pk=lot.pk)
    line = StocktakeLine(stocktake=stocktake, lot=held, expected=held.on_hand)
    line.full_clean()
    line.save(force_insert=True)
    return line


def _open(stocktake: Stocktake) -> Stocktake:
    stocktake = Stocktake.objects.select_for_update().get(pk=stocktake.pk)
    if stocktake.closed_at is not None:
        raise ValidationError(_("This stocktake is closed."), code="stocktake_closed")
    return stocktake


@transaction.atomic
def write_counts(*, stocktake: Stocktake, counts: Mapping[UUID, Count]) -> None:
    """Write what was found, by line; what the books say is read at that moment.

    So whoever counts while medicines are given out compares with the books of the same minute.
    """
    stocktake = _open(stocktake)
    lines = stocktake.lines.filter(pk__in=counts.keys()).order_by("lot_id")
    held = StockLot.objects.select_for_update().filter(pk__in=[line.lot_id for line in lines])
    on_hand = dict(held.order_by("pk").values_list("pk", "on_hand"))
    for line in lines:
        count = counts[line.pk]
        if (line.counted, line.reason) == (count.counted, count.reason):
            continue
        if line.counted != count.counted:
            line.expected = on_hand[line.lot_id]
        line.counted, line.reason = count.counted, count.reason.strip()
        line.full_clean()
        line.save(update_fields=["expected", "counted", "reason"])


@transaction.atomic
def close_stocktake(*, actor: Any, stocktake: Stocktake, at: datetime) -> Stocktake:
    """Book every difference with its reason; a line that nobody counted keeps it open.

    So does one that misses more than the books have on the day of the stocktake or on any later one.
    """
    stocktake = _open(stocktake)
    lines = list(stocktake.lines.select_related("lot__medicine").order_by("lot_id"))
    _require_counted(lines)
    lots = StockLot.objects.select_for_update().filter(pk__in=[line.lot_id for line in lines])
    fresh = {lot.pk: lot for lot in lots.order_by("pk")}
    _require_there(lines, stocktake.counted_on)
    for line in lines:
        if difference := _difference(line):
            said = Booked(
                on=stocktake.counted_on,
                at=at,
                actor=actor,
                reason=line.reason,
                stocktake_id=stocktake.pk,
            )
            book(fresh[line.lot_id], Kind.COUNTED, difference, said)
    stocktake.closed_at, stocktake.closed_by = at, actor
    stocktake.save(update_fields=["closed_at", "closed_by"])
    return stocktake


def _require_counted(lines: list[StocktakeLine]) -> None:
    errors = []
    for line in lines:
        said = {"lot": str(line.lot), "expected": shown_number(line.expected)}
        if line.counted is None:
            message = _("%(lot)s is not counted yet; the books say %(expected)s.")
            errors.append(ValidationError(message, code="line_not_counted", params=said))
        elif line.counted != line.expected and not line.reason:
            message = _("%(lot)s: the books say %(expected)s; write why it differs.")
            errors.append(ValidationError(message, code="reason_missing", params=said))
    if errors:
        raise ValidationError(errors)


def _difference(line: StocktakeLine) -> Decimal:
    return (line.counted or NOTHING) - line.expected


def _require_there(lines: list[StocktakeLine], on: date) -> None:
    """Refuse what would leave a day's books below nothing; the lots are locked."""
    errors = []
    for line in lines:
        missing = -_difference(line)
        left, day = least_left(line.lot, on) if missing > NOTHING else (NOTHING, on)
        if left < missing:
            message = _(
                "%(lot)s: the stocktake misses %(missing)s, but on %(day)s the books had only"
                " %(left)s. Count again; what went missing later is written off on its own day, and"
                " here stands what the books say."
            )
            said = {
                "lot": str(line.lot),
                "missing": shown_number(missing),
                "day": f"{day:%d/%m/%Y}",
                "left": shown_number(left),
            }
            errors.append(ValidationError(message, code="stock_short_then", params=said))
    if errors:
        raise ValidationError(errors)
