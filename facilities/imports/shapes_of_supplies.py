"""How do devices and lots leave in the columns of their own files?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from facilities.imports.equipment import EQUIPMENT, inspections_of, told_of
from facilities.imports.equipment_checks import CODE, DUE, INSPECTED, PRICE, STATE
from facilities.imports.products import CODE as PRODUCT
from facilities.imports.products import NAME, NUMBER, UNIT
from facilities.imports.stock import FUNDING, STOCK
from facilities.imports.stock_checks import AMOUNT, EXPIRY, LOT
from facilities.models import Equipment, StockLot
from portal.intake.shapes import Said, Shape
from portal.intake.values import GROUPED, plain

WORDS: Mapping[str, str] = {
    "in_use": "đang dùng",
    "maintenance": "bảo trì",
    "broken": "hỏng",
    "waiting_disposal": "chờ thanh lý",
    "disposed": "đã thanh lý",
}


class OfOnePlace(Shape):
    """Rows of one place: a file is sent for one, which its columns do not name."""

    @override
    def refusal(self, rows: Any) -> StrOrPromise:
        if len(rows.order_by().values_list("facility").distinct()[:2]) > 1:
            return _("Such a file is of one place: search the list for its name first.")
        return ""


class EquipmentShape(OfOnePlace):
    """Devices with their state and their latest inspection."""

    kind_id = EQUIPMENT.id

    @override
    def said(self, rows: Sequence[Equipment]) -> Iterator[Said]:
        done = inspections_of(rows)
        for row in rows:
            said = told_of(row, done.get(row.pk, ()))
            yield {
                **said,
                CODE: row.asset_code,
                PRICE: _number(row.price),
                STATE: WORDS[row.state],
                INSPECTED: _day(said[INSPECTED]),
                DUE: _day(said[DUE]),
            }


class StockShape(OfOnePlace):
    """Lots with what is there of each."""

    kind_id = STOCK.id

    @override
    def kept(self, rows: Any) -> Any:
        return rows.select_related("medicine")

    @override
    def said(self, rows: Sequence[StockLot]) -> Iterator[Said]:
        for row in rows:
            expires = row.expires_on
            yield {
                PRODUCT: row.medicine.code,
                NAME: row.medicine.name,
                UNIT: row.medicine.unit,
                NUMBER: row.medicine.registration_number,
                LOT: row.lot_number,
                EXPIRY: _day(expires.isoformat() if expires else None),
                AMOUNT: _number(row.on_hand),
                FUNDING: row.funding,
            }


def _number(number: Decimal | None) -> str:
    """Write a number so that nobody takes its fraction for thousands."""
    text = "" if number is None else plain(number)
    return f"{text}0" if GROUPED.fullmatch(text) else text


def _day(iso: str | None) -> str:
    return f"{date.fromisoformat(iso):%d/%m/%Y}" if iso else ""
