"""What is counted of supplies: each lot in stock over the period, each device on the last day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db import connection
from django.urls import reverse

from facilities.models import Equipment, StockMovement
from reporting.definitions.reading import Row
from reporting.limits import surveillance_on
from reporting.sources.asked import Asked, Line, Lines, Number, Value
from reporting.sources.visits import SENDERS

SEES = "view_supplies"
MINE = "(%(everywhere)s OR {row}.facility_id = ANY(%(places)s))"
# What was given back lessens what was issued; a difference of a stocktake goes by its sign: opening +
# received - issued - lost is always the closing sum, as on the page of the stock.
LOTS = f"""
WITH moved AS (
  SELECT lot.id, coalesce(sum(move.quantity) FILTER (WHERE move.on < %(first)s), 0) AS opening,
    -coalesce(sum(move.quantity) FILTER (WHERE move.on >= %(first)s
      AND move.kind IN ('issued', 'returned', 'transfer_out')), 0) AS issued,
    -coalesce(sum(move.quantity) FILTER (WHERE move.on >= %(first)s
      AND (move.kind IN ('lost', 'destroyed') OR move.kind = 'counted' AND move.quantity < 0)), 0)
      AS lost,
    sum(move.quantity) AS closing,
    -coalesce(sum(move.quantity) FILTER (
      WHERE move.on >= (%(last)s::date + 1 - make_interval(months => %(mean_months)s::int))
      AND move.kind IN ('issued', 'returned', 'transfer_out')), 0) AS issued_lately
  FROM facilities_stocklot lot JOIN facilities_stockmovement move ON move.lot_id = lot.id
  WHERE move.on <= %(last)s AND {MINE.format(row="lot")} GROUP BY 1
)
SELECT coalesce(sender, lot.facility_id), lot.id, medicine.code, medicine.name, medicine.strength,
  medicine.form, medicine.registration_number, medicine.unit, lot.lot_number, lot.expires_on,
  opening, closing - opening + issued + lost AS received, issued, lost, closing,
  issued_lately
FROM moved JOIN facilities_stocklot lot USING (id)
JOIN facilities_medicine medicine ON medicine.id = lot.medicine_id
LEFT JOIN {SENDERS} ON place = lot.facility_id
WHERE opening <> 0 OR issued <> 0 OR lost <> 0 OR closing <> opening
"""
# A device is told of while it was there: not of one disposed of before the period began, nor of one
# whose first state was noted after it ended, unless its paper says that it was in use before.
DEVICES = f"""
SELECT coalesce(sender, device.facility_id), device.id, device.asset_code, device.name,
  device.risk_class, device.circulation_number, device.model, device.serial, device.maker,
  device.country, device.made_in_year, device.used_since, department.name, device.funding,
  device.price, coalesce(state.state, device.state), checked.done_on, checked.next_due_on,
  licence.number, licence.valid_until
FROM facilities_equipment device
LEFT JOIN facilities_department department ON department.id = device.department_id
LEFT JOIN LATERAL (SELECT state, valid_from FROM facilities_equipmentstate said
  WHERE said.equipment_id = device.id AND said.valid_from <= %(last)s
  ORDER BY valid_from DESC, id DESC LIMIT 1) state ON true
LEFT JOIN LATERAL (SELECT done_on, next_due_on FROM facilities_inspection done
  WHERE done.equipment_id = device.id AND done.kind = 'inspection' AND done.done_on <= %(last)s
  ORDER BY done_on DESC, id DESC LIMIT 1) checked ON true
LEFT JOIN LATERAL (SELECT number, valid_until FROM facilities_radiationlicense held
  WHERE held.equipment_id = device.id AND held.valid_from <= %(last)s
  ORDER BY valid_from DESC, id DESC LIMIT 1) licence ON true
LEFT JOIN {SENDERS} ON place = device.facility_id
WHERE {MINE.format(row="device")}
  AND NOT (coalesce(state.state, device.state) = 'disposed'
    AND coalesce(state.valid_from, '-infinity') < %(first)s)
  AND (state.state IS NOT NULL OR device.used_since < date_part('year', %(last)s::date)
    OR NOT EXISTS (SELECT FROM facilities_equipmentstate said WHERE said.equipment_id = device.id))
"""
MOVES = """
SELECT move.on, move.kind, move.quantity, move.document_no, lot.facility_id, lot.medicine_id
FROM facilities_stockmovement move JOIN facilities_stocklot lot ON lot.id = move.lot_id
WHERE lot.id = %(lot)s AND move.on <= %(last)s AND {which}
ORDER BY move.at, move.id
"""
# Which movements make up which cell.
BEHIND = {
    "opening": "move.on < %(first)s",
    "received": "move.on >= %(first)s AND (move.kind IN ('opening', 'received', 'transfer_in')"
    " OR move.kind = 'counted' AND move.quantity >= 0)",
    "issued": "move.on >= %(first)s AND move.kind IN ('issued', 'returned', 'transfer_out')",
    "lost": "move.on >= %(first)s AND (move.kind IN ('lost', 'destroyed')"
    " OR move.kind = 'counted' AND move.quantity < 0)",
}


def _number(value: Any) -> Number:
    return int(value) if value == int(value) else float(value)


def _day(value: date | None) -> str:
    return f"{value:%d/%m/%Y}" if value else ""


def _pair(*parts: str) -> str:
    return " / ".join(part or "–" for part in parts) if any(parts) else ""


class Stock:
    """Tells of each lot what it was, what moved and what is left; a row a lot."""

    name = "stock"
    knows_nought = False
    measures = (
        "code", "name", "registration", "unit", "lot", "expiry", "opening", "received", "issued",
        "lost", "closing", "near_expiry", "expired", "months",
    )  # fmt: skip

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Write the lots out; one statement for all senders."""
        terms = surveillance_on(asked.period.last)
        soon, mean = terms.days("stock.near_expiry"), terms.days("stock.mean")
        with connection.cursor() as cursor:
            cursor.execute(LOTS, asked.params | {"mean_months": mean})
            for sender, lot, *said in cursor.fetchall():
                for measure, value in self._said(asked, soon, mean, *said):
                    for _row, column in asked.wanted.get(measure, ()):
                        yield Value(sender, str(lot), column, value)

    def _said(
        self, asked: Asked, soon: int | None, mean: int | None, *said: Any
    ) -> Iterator[tuple[str, Number | str]]:
        """Tell of one lot; it is near its end when it expires within ``soon`` days of the last one.

        Its months of stock go by the mean of the last ``mean`` months' issue.
        """
        code, name, strength, form, registration, unit, number, expires, *moved = said
        opening, received, issued, lost, closing, lately = map(_number, moved)
        told = strength if strength.lower() not in name.lower() else ""
        yield from zip(
            ("code", "name", "registration", "unit", "lot", "expiry"),
            (code, ", ".join(filter(None, (f"{name} {told}".strip(), form))), registration, unit,
             number, _day(expires)),
            strict=True,
        )  # fmt: skip
        yield from zip(
            ("opening", "received", "issued", "lost", "closing"),
            (opening, received, issued, lost, closing),
            strict=True,
        )
        left = (expires - asked.period.last).days if expires else None
        if soon is not None:
            yield "near_expiry", closing if left is not None and 0 <= left <= soon else 0
        yield "expired", closing if left is not None and left < 0 else 0
        if lately > 0 and mean is not None:
            yield "months", round(closing * mean / lately, 1)

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the movements that make up a figure of a lot."""
        which = BEHIND.get(next(measure for _row, _column, measure in asked.cells), "true")
        kinds: Mapping[str, Any] = dict(StockMovement.Kind.choices)
        with connection.cursor() as cursor:
            cursor.execute(MOVES.format(which=which), asked.params | {"lot": key})
            found = cursor.fetchall()
        address = reverse("admin:facilities_stocklot_change", args=[key])
        return Lines(
            len(found),
            [
                Line(
                    None, None, on, f"{_number(quantity):+g}", "", place,
                    name=" ".join(filter(None, (str(kinds[kind]), document))),
                    address=address, needs=SEES,
                )
                for on, kind, quantity, document, place, _medicine in found[:limit]
            ],
        )  # fmt: skip


class Devices:
    """Tells of each device what it is, its state, its last inspection; a row a device."""

    name = "devices"
    knows_nought = False
    measures = (
        "code", "name", "class", "circulation", "model", "serial", "maker", "years", "department",
        "funding", "price", "state", "inspected", "radiation",
    )  # fmt: skip

    def compute(self, asked: Asked) -> Iterator[Value]:
        """Write the devices out; one statement for all senders."""
        states: Mapping[str, Any] = dict(Equipment.State.choices)
        with connection.cursor() as cursor:
            cursor.execute(DEVICES, asked.params)
            for sender, device, *said in cursor.fetchall():
                for measure, value in zip(self.measures, self._said(states, *said), strict=True):
                    if value in {"", None}:
                        continue
                    for _row, column in asked.wanted.get(measure, ()):
                        yield Value(sender, str(device), column, value)

    def _said(self, states: Mapping[str, Any], *said: Any) -> Iterator[Any]:
        *plain, maker, country, made, used, department, funding, price, state = said[:14]
        inspected, due, licence, licensed_until = said[14:]
        yield from plain
        yield _pair(maker, country) if country else maker
        yield _pair(str(made or ""), str(used or ""))
        yield department or ""
        yield funding
        yield None if price is None else _number(price)
        yield str(states.get(state, state))
        yield _pair(_day(inspected), _day(due))
        yield _pair(licence or "", _day(licensed_until))

    def lines(self, asked: Asked, row: Row | None, key: str, limit: int) -> Lines | None:
        """Return the device itself."""
        device = Equipment.objects.filter(pk=key).first()
        if device is None:
            return None
        address = reverse("admin:facilities_equipment_change", args=[key])
        line = Line(
            None, None, None, device.asset_code, "", device.facility_id,
            name=device.name, address=address, needs=SEES,
        )  # fmt: skip
        return Lines(1, [line])
