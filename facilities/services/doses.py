"""Take the doses of vaccine that were given at a place out of its stock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from facilities.models import Medicine, StockLot, StocktakeLine
from facilities.services.dispensing import from_first
from facilities.services.stock import NOTHING, Booked
from portal.names import name_norm
from portal.places.models import Organisation

INJECTED = (Medicine.Kind.VACCINE, Medicine.Kind.BIOLOGICAL)
DOSES = re.compile(r"(\d+)\s*liều", re.IGNORECASE)
THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose: of which vaccine and lot, on which day, by the key of the record that tells it."""

    key: UUID
    vaccine: str
    lot_number: str
    on: date
    code: str = ""


def part_of_unit(medicine: Medicine) -> Decimal:
    """Return how much of the unit one dose is: a tenth of a vial of ten, one where nothing is said."""
    said = DOSES.search(f"{medicine.unit} {medicine.packing}")
    counts_doses = name_norm(medicine.unit) in {"lieu", "dose"}
    number = int(said[1]) if said is not None and not counts_doses else 1
    return (Decimal(1) / max(number, 1)).quantize(THOUSANDTH)


@transaction.atomic
def give_dose(*, actor: Any, facility: Organisation, dose: Dose, at: datetime) -> bool:
    """Deduct a dose from the lot that is named, where the place had it; say whether it did.

    Of several products with this lot number the one of the vaccine counts, and the one that expires
    first. A lot the books do not know on that day, or that was counted since, loses nothing.
    """
    lots = _lots(facility, dose)
    held = [lot for lot in lots if _was_here(lot, dose.on) and not _counted_since(lot, dose.on)]
    if not held:
        return False
    usable = [lot for lot in held if not _wrong(lot, dose.on)]
    if not usable:
        raise ValidationError(
            {"lot": ValidationError(_wrong(held[0], dose.on), code="lot_unusable")}
        )
    said = Booked(on=dose.on, at=at, actor=actor, source_id=dose.key)
    from_first(usable[:1], part_of_unit(usable[0].medicine), said)
    return True


def _lots(facility: Organisation, dose: Dose) -> list[StockLot]:
    """Return the lots of this number, locked, those that expire first before the others."""
    rows = StockLot.objects.select_for_update(of=("self",)).filter(
        facility=facility, lot_number__iexact=dose.lot_number, medicine__kind__in=INJECTED
    )
    found = list(rows.select_related("medicine").order_by("pk"))
    named = [lot for lot in found if _is_of(lot.medicine, dose)]
    # A product of another vaccine of the list has this number by chance.
    others = [lot for lot in found if not (dose.code and lot.medicine.list_code)]
    return sorted(named or others, key=lambda lot: (lot.expires_on or date.max, lot.pk))


def _is_of(medicine: Medicine, dose: Dose) -> bool:
    by_code = bool(dose.code) and medicine.list_code == dose.code
    return by_code or medicine.name_norm == name_norm(dose.vaccine)


def _was_here(lot: StockLot, on: date) -> bool:
    return lot.movements.filter(on__lte=on).exists()


def _counted_since(lot: StockLot, on: date) -> bool:
    """Say whether a stocktake after the day found what was left: the dose was gone by then."""
    lines = StocktakeLine.objects.filter(lot=lot, counted__isnull=False)
    return lines.filter(stocktake__closed_at__isnull=False, stocktake__counted_on__gt=on).exists()


def _wrong(lot: StockLot, on: date) -> str:
    """Return why nothing may be given of a lot on a day, "" where it may."""
    said = {"lot": lot.lot_number, "because": lot.blocked_because}
    if lot.blocked_because:
        return _("Lot %(lot)s is blocked: %(because)s. Check the lot on the box.") % said
    if lot.expires_on is not None and lot.expires_on < on:
        said["day"] = f"{lot.expires_on:%d/%m/%Y}"
        return _("Lot %(lot)s expired on %(day)s; check the lot on the box and the day.") % said
    if lot.on_hand <= NOTHING or lot.on_hand < part_of_unit(lot.medicine):
        return _("Nothing is left of lot %(lot)s; check the lot on the box, or the stock.") % said
    return ""
