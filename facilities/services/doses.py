"""Take the doses of vaccine that were given at a place out of its stock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import Medicine, StockLot, StockMovement, StocktakeLine
from facilities.services.dispensing import from_first, give_back
from facilities.services.stock import NOTHING, Booked, Kind
from portal.audit.changes import history_of
from portal.names import name_norm
from portal.places.models import Organisation

INJECTED = (Medicine.Kind.VACCINE, Medicine.Kind.BIOLOGICAL)
DOSES = re.compile(r"(\d+)\s*liều", re.IGNORECASE)
THOUSANDTH = Decimal("0.001")
NEARLY = Decimal("0.25")  # of a dose: what rounding may have left over or taken too much


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose: of which vaccine and lot, on which day, by the key of the record that tells it."""

    key: UUID
    vaccine: str
    lot_number: str
    on: date
    code: str = ""


class Outcome(Enum):
    """What became of the stock when a dose was told."""

    LEFT = "one dose left it"
    BACK = "the dose was put back"
    COUNTED = "a stocktake counted what was left after it"
    SHORT = "what it had that day was used since"
    UNKNOWN = "the lot was not here that day"


def doses_in(medicine: Medicine) -> int:
    """Return how many doses are in the unit: ten in a vial of ten, one where nothing is said."""
    said = DOSES.search(f"{medicine.unit} {medicine.packing}")
    counts_doses = name_norm(medicine.unit) in {"lieu", "dose"}
    return max(int(said[1]), 1) if said is not None and not counts_doses else 1


def part_of_dose(on_hand: Decimal, doses: int) -> Decimal:
    """Return how much of the unit the next dose takes, 0 where there is none left.

    A seventh of a vial is no round number. What is left is kept at the rounded part that so many
    doses are, so that the seventh dose can be given and leaves nothing behind.
    """
    left = on_hand * doses
    whole = left.to_integral_value()
    if doses > 1 and abs(left - whole) <= NEARLY:
        part = max(on_hand - _parts(whole - 1, doses), THOUSANDTH)
        return part if whole >= 1 else NOTHING
    part = max(_parts(Decimal(1), doses), THOUSANDTH)
    return part if on_hand >= part else NOTHING


def _parts(number: Decimal, doses: int) -> Decimal:
    return (number / doses).quantize(THOUSANDTH)


@transaction.atomic
def give_dose(*, actor: Any, facility: Organisation, dose: Dose, at: datetime) -> bool:
    """Deduct a dose from the lot that is named, where the place had it; say whether it did.

    Of several products with this lot number the one of the vaccine counts, and the one that expires
    first. A lot the books do not know on that day, or that was counted since, loses nothing; nor
    does one that had some that day and of which all was used since.
    """
    rows = _rows(facility, dose).select_for_update(of=("self",))
    held = [lot for lot in _here(rows, dose) if not _counted_since(lot, dose.on)]
    usable = [lot for lot in held if not _wrong(lot, dose.on)]
    if held and not usable:
        raise ValidationError(
            {"lot": ValidationError(_wrong(held[0], dose.on), code="lot_unusable")}
        )
    for lot in usable:
        if part := part_of_dose(lot.on_hand, doses_in(lot.medicine)):
            said = Booked(on=dose.on, at=at, actor=actor, source_id=dose.key)
            from_first([lot], part, said)
            return True
    return False


def outcome_of(*, facility: Organisation, dose: Dose) -> Outcome:
    """Return what a dose that was told before did to the stock."""
    issued = StockMovement.objects.filter(source_id=dose.key, reverses=None)
    if issued.exists():
        is_out = issued.filter(reversed_by=None).exists()
        return Outcome.LEFT if is_out else Outcome.BACK
    here = _here(_rows(facility, dose), dose)
    if not here:
        return Outcome.UNKNOWN
    counted = all(_counted_since(lot, dose.on) for lot in here)
    return Outcome.COUNTED if counted else Outcome.SHORT


@transaction.atomic
def take_dose_back(*, actor: Any, key: UUID, reason: str, at: datetime) -> bool:
    """Put a dose back into its lot, and say whether it was: a second time changes nothing.

    What a stocktake counted after the dose was in the books stands as it was counted.
    """
    issued = StockMovement.objects.filter(source_id=key, kind=Kind.ISSUED, reversed_by=None)
    for movement in issued:
        StockLot.objects.select_for_update().get(pk=movement.lot_id)
        lines = _counts(movement.lot_id).filter(stocktake__counted_on__gte=movement.on)
        if lines.filter(stocktake__closed_at__gt=movement.at).exists():
            return False
    on = timezone.localdate(at)
    return bool(give_back(actor=actor, keys=[key], reason=reason, on=on, at=at))


def _rows(facility: Organisation, dose: Dose) -> QuerySet[StockLot]:
    rows = StockLot.objects.filter(
        facility=facility, lot_number__iexact=dose.lot_number, medicine__kind__in=INJECTED
    )
    return rows.select_related("medicine", "blocked_by").order_by("pk")


def _here(rows: QuerySet[StockLot], dose: Dose) -> list[StockLot]:
    """Return the lots that the dose may be of, here on its day; those that expire first before others."""
    found = list(rows)
    named = [lot for lot in found if _is_of(lot.medicine, dose)]
    # A product of another vaccine of the list has this number by chance.
    others = [lot for lot in found if not (dose.code and lot.medicine.list_code)]
    here = [lot for lot in named or others if lot.movements.filter(on__lte=dose.on).exists()]
    return sorted(here, key=lambda lot: (lot.expires_on or date.max, lot.pk))


def _is_of(medicine: Medicine, dose: Dose) -> bool:
    by_code = bool(dose.code) and medicine.list_code == dose.code
    return by_code or medicine.name_norm == name_norm(dose.vaccine)


def _counted_since(lot: StockLot, on: date) -> bool:
    """Say whether a stocktake after the day found what was left: the dose was gone by then."""
    return _counts(lot.pk).filter(stocktake__counted_on__gt=on).exists()


def _counts(lot: UUID) -> QuerySet[StocktakeLine]:
    """Return what closed stocktakes found of a lot."""
    lines = StocktakeLine.objects.filter(lot=lot, counted__isnull=False)
    return lines.filter(stocktake__closed_at__isnull=False)


def _wrong(lot: StockLot, on: date) -> str:
    """Return why nothing might be given of a lot on a day, "" where it might.

    The lot counts as it stood that day: what was blocked or used up later stood open then.
    """
    said = {"lot": lot.lot_number, "because": lot.blocked_because}
    if lot.blocked_because and _was_blocked(lot, on):
        return _("Lot %(lot)s is blocked: %(because)s. Check the lot on the box.") % said
    if lot.expires_on is not None and lot.expires_on < on:
        said["day"] = f"{lot.expires_on:%d/%m/%Y}"
        return _("Lot %(lot)s expired on %(day)s; check the lot on the box and the day.") % said
    if not part_of_dose(_left_on(lot, on), doses_in(lot.medicine)):
        return _("Nothing is left of lot %(lot)s; check the lot on the box, or the stock.") % said
    return ""


def _left_on(lot: StockLot, on: date) -> Decimal:
    """Return how much of a lot there was at the end of a day."""
    later = lot.movements.filter(on__gt=on).aggregate(moved=Sum("quantity"))["moved"]
    return lot.on_hand - (later or NOTHING)


def _was_blocked(lot: StockLot, on: date) -> bool:
    """Say whether what blocks a lot blocked it that day; where nobody knows since when, it did."""
    if lot.blocked_by is not None:
        return timezone.localdate(lot.blocked_by.began_at) <= on
    history: Any = history_of(StockLot)
    events = history.objects.filter(pgh_obj_id=lot.pk)
    free = events.filter(blocked_because="").order_by("-pgh_id").first()
    first = events.filter(pgh_id__gt=free.pgh_id).order_by("pgh_id").first() if free else None
    return first is None or timezone.localdate(first.pgh_created_at) <= on
