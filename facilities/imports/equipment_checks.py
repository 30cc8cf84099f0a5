"""What in an inventory of devices cannot be, by itself or by what is known of the device?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from facilities.models import Equipment, EquipmentState
from portal.intake.handler import Row
from portal.intake.models import Batch, StagedRow
from portal.intake.problems import WARNING, Problem

CODE, STATE, INSPECTED, DUE = "MA_TAI_SAN", "TINH_TRANG", "NGAY_KIEM_DINH", "HAN_KIEM_DINH"
MADE, USED, PRICE = "NAM_SX", "NAM_SD", "NGUYEN_GIA"
PLACES = 2  # of a price behind the mark


def said_of_row(row: Row, on: date) -> Iterator[Problem]:
    """Say what cannot be of a device, whatever is known of it."""
    values = row.values
    made, used = values.get(MADE), values.get(USED)
    if made and used and used < made:
        yield Problem(
            "years_reversed",
            _("The device was in use in %(used)s, before it was made (%(made)s)."),
            _("Compare both years with the plate of the device."),
            {"used": str(used), "made": str(made)},
            column=USED,
            value=str(used),
        )
    inspected, due = values.get(INSPECTED), values.get(DUE)
    if inspected and date.fromisoformat(inspected) > on:
        yield Problem(
            "inspection_to_come",
            _("The day of the last inspection, %(value)s, is still to come."),
            _("Write the day on which it was done; one that is planned belongs under its due day."),
            {"value": _shown(inspected)},
            column=INSPECTED,
            value=_shown(inspected),
        )
    if inspected and due and due <= inspected:
        yield Problem(
            "inspection_due_before",
            _("The next inspection is due on %(value)s, not after the last one (%(done)s)."),
            _("Compare both days with the certificate of the inspection."),
            {"value": _shown(due), "done": _shown(inspected)},
            column=DUE,
            value=_shown(due),
        )
    if due and not inspected:
        yield Problem(
            "inspection_without_day",
            _("A next inspection is due on %(value)s, but no last one is told."),
            _("Write when the device was inspected last; without it the due day is left out."),
            {"value": _shown(due)},
            WARNING,
            column=DUE,
            value=_shown(due),
        )
    price = values.get(PRICE)
    exponent = Decimal(str(price)).as_tuple().exponent if price is not None else 0
    if isinstance(exponent, int) and -exponent > PLACES:
        yield Problem(
            "price_too_fine",
            _("“%(value)s” has more than two digits behind the mark."),
            _("Write the price in đồng, as the papers say it."),
            {"value": str(price)},
            column=PRICE,
            value=str(price),
        )


def said_of_known(
    batch: Batch, rows: Sequence[StagedRow], on: date
) -> Iterator[tuple[StagedRow, Problem]]:
    """Say which rows would change a state that cannot be changed that day."""
    codes = {row.key for row in rows}
    held = Equipment.objects.filter(facility=batch.organisation, asset_code__in=codes)
    devices = {device.asset_code: device for device in held}
    since = dict(
        EquipmentState.objects.filter(equipment__in=devices.values(), valid_until=None)
        .order_by("valid_from")
        .values_list("equipment_id", "valid_from")
    )
    for row in rows:
        device, state = devices.get(row.key), row.values.get(STATE)
        if device is None or not state or state == device.state:
            continue
        named = {"known": device.get_state_display(), "value": str(Equipment.State(state).label)}
        if device.state == Equipment.State.DISPOSED:
            message = _("The device is “%(known)s” in the books, which nothing follows.")
            remedy = _("Give another device another asset code.")
            found = Problem("equipment_disposed", message, remedy, named, column=STATE)
        elif since.get(device.pk, on) > on:
            message = _("The device is “%(known)s” since %(day)s, later than this file.")
            remedy = _("Send the inventory again as it is today.")
            day = f"{since[device.pk]:%d/%m/%Y}"
            params = {**named, "day": day}
            found = Problem("state_before_last", message, remedy, params, column=STATE)
        else:
            continue
        yield row, found.in_column(STATE, named["value"])


def _shown(day: str) -> str:
    return f"{date.fromisoformat(day):%d/%m/%Y}"
