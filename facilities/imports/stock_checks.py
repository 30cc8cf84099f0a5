"""What do the rows of a stock file say that the books and the register of products deny?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from facilities.imports.products import CODE, NAME, NUMBER, UNIT, products_named
from facilities.models import Medicine, StockLot
from facilities.services.stock import least_left
from portal.intake.declaration import heading_key
from portal.intake.handler import Row
from portal.intake.models import Batch, StagedRow
from portal.intake.problems import WARNING, Problem
from portal.numbers import shown_number

LOT, EXPIRY, AMOUNT = "SO_LO", "HAN_DUNG", "SO_LUONG"
PLACES = 3  # of an amount behind the mark
Said = tuple[StagedRow, Problem]


def lots_by_key(lots: QuerySet[StockLot]) -> dict[str, StockLot]:
    """Return lots by the keys a file may name them with: either code of the product, and the lot.

    What is a product's own code names that product, even where it is the list's code of another.
    """
    held = list(lots.select_related("medicine").order_by("-medicine__code"))
    by_list = {f"{lot.medicine.list_code}|{lot.lot_number}": lot for lot in held}
    return {**by_list, **{f"{lot.medicine.code}|{lot.lot_number}": lot for lot in held}}


def said_of_amount(row: Row) -> Iterator[Problem]:
    """Say that an amount is finer than the books are kept."""
    amount = row.values.get(AMOUNT)
    exponent = Decimal(str(amount)).as_tuple().exponent if amount is not None else 0
    if isinstance(exponent, int) and -exponent > PLACES:
        yield Problem(
            "amount_too_fine",
            _("“%(value)s” has more than three digits behind the mark."),
            _("Round it to three, or count in a smaller unit."),
            {"value": str(amount)},
            column=AMOUNT,
            value=str(amount),
        )


def said_of_rows(batch: Batch, rows: Sequence[StagedRow]) -> list[Said]:
    """Compare rows with the books, the register and one another, in few queries."""
    products = products_named({row.values[CODE] for row in rows})
    unknown = [row for row in rows if row.values[CODE] not in products]
    taken = list(_of_registrations(unknown))
    kept_out = {row.pk for row, _problem in taken}
    return [
        *_of_expiry(batch, rows),
        *_of_products(rows, products),
        *_of_lots_twice(rows, products),
        *taken,
        *_of_new_products([row for row in unknown if row.pk not in kept_out]),
    ]


def _of_new_products(rows: Sequence[StagedRow]) -> Iterator[Said]:
    """Announce each product that the register lacks, once: it enters the register with the file."""
    message = _(
        "“%(name)s” (%(value)s) is not in the register yet: it enters it, counted in %(unit)s."
    )
    remedy = _("Where the register has it under another code, write that code.")
    for code, row in {str(row.values[CODE]): row for row in reversed(rows)}.items():
        name, unit = str(row.values.get(NAME) or ""), str(row.values.get(UNIT) or "")
        params = {"value": code, "name": name[:80], "unit": unit}
        problem = Problem("product_new", message, remedy, params, WARNING, CODE, value=code)
        yield row, problem


def _of_expiry(batch: Batch, rows: Sequence[StagedRow]) -> Iterator[Said]:
    """Keep out rows that say another expiry than the books: one of the two boxes is misread."""
    numbers = {row.values[LOT] for row in rows}
    lots = StockLot.objects.filter(facility=batch.organisation, lot_number__in=numbers).standing()
    held = lots_by_key(lots.exclude(expires_on=None))
    for row in rows:
        lot, day = held.get(row.key), row.values.get(EXPIRY)
        if lot is not None and day and lot.expires_on != date.fromisoformat(day):
            yield row, _differs(lot, date.fromisoformat(day))


def _differs(lot: StockLot, day: date) -> Problem:
    return Problem(
        "lot_differs",
        _("Lot %(lot)s expires on %(known)s in the books, not on %(day)s; check the box."),
        _(
            "Look at the box. Where the file that brought the lot is wrong, undo it and send it again."
        ),
        {
            "lot": lot.lot_number,
            "known": f"{lot.expires_on:%d/%m/%Y}",
            "day": f"{day:%d/%m/%Y}",
        },
        column=EXPIRY,
        value=f"{day:%d/%m/%Y}",
    )


def _of_products(rows: Sequence[StagedRow], products: dict[str, Medicine]) -> Iterator[Said]:
    """Warn where a code of the register stands beside another name or another unit."""
    for row in rows:
        medicine = products.get(row.values[CODE])
        if medicine is None:
            continue
        name, unit = str(row.values.get(NAME) or ""), str(row.values.get(UNIT) or "")
        if name and not _is_name_of(medicine, name):
            message = _("Code %(code)s is “%(known)s” in the register, not “%(value)s”.")
            remedy = _("Check the code; the row is booked for what the register says.")
            params = {"code": row.values[CODE], "known": str(medicine), "value": name[:80]}
            yield (
                row,
                Problem(
                    "product_named_otherwise", message, remedy, params, WARNING, NAME, value=name
                ),
            )
        if unit and heading_key(unit) != heading_key(medicine.unit):
            message = _("The register counts “%(known)s” in %(unit)s, the file in %(value)s.")
            remedy = _("Where that is another amount, convert it into %(unit)s and send it again.")
            params = {"known": str(medicine), "unit": medicine.unit, "value": unit}
            yield row, Problem("unit_differs", message, remedy, params, WARNING, UNIT, value=unit)


def _is_name_of(medicine: Medicine, name: str) -> bool:
    sent, known = heading_key(name), heading_key(medicine.name)
    return sent in heading_key(f"{medicine.name} {medicine.strength}") or known in sent


def _of_lots_twice(rows: Sequence[StagedRow], products: dict[str, Medicine]) -> Iterator[Said]:
    """Keep out rows that name one lot by two codes of its product."""
    first: dict[tuple[Any, str], StagedRow] = {}
    for row in rows:
        medicine = products.get(row.values[CODE])
        if medicine is None:
            continue
        one = first.setdefault((medicine.pk, row.values[LOT]), row)
        if one.key != row.key:
            message = _("Lot %(lot)s stands in row %(number)s too, under the code %(code)s.")
            remedy = _("Both codes mean “%(known)s”: write the lot once, with all of it.")
            for here, there in ((one, row), (row, one)):
                params = {
                    "lot": row.values[LOT],
                    "number": there.number,
                    "code": there.values[CODE],
                    "known": str(medicine),
                }
                value = here.values[LOT]
                yield here, Problem("lot_twice", message, remedy, params, column=LOT, value=value)


def _of_registrations(rows: Sequence[StagedRow]) -> Iterator[Said]:
    """Keep out a product that would enter the register under a number another one has there."""
    numbers = {row.values.get(NUMBER) for row in rows} - {None, ""}
    held = Medicine.objects.filter(registration_number__in=numbers, packing="").order_by("code")
    owners = {medicine.registration_number: (medicine.code, str(medicine)) for medicine in held}
    for row in rows:
        number = row.values.get(NUMBER)
        if not number:
            continue
        code, name = owners.setdefault(number, (row.values[CODE], str(row.values.get(NAME))))
        if code != row.values[CODE]:
            message = _("Registration number %(value)s is that of “%(known)s”, code %(code)s.")
            remedy = _("Write the code %(code)s where it is this product, else mend the number.")
            params = {"value": number, "known": name, "code": code}
            yield (
                row,
                Problem("registration_taken", message, remedy, params, column=NUMBER, value=number),
            )


def require_there(lot: StockLot, missing: Decimal, on: date) -> None:
    """Refuse to book a file that would leave a day's books below nothing; the lot is locked."""
    left, day = least_left(lot, on) if missing > 0 else (missing, on)
    if left < missing:
        message = _(
            "Lot %(lot)s: the file misses %(missing)s, but on %(day)s the books had only %(left)s;"
            " count it again."
        )
        said = {
            "lot": lot.lot_number,
            "missing": shown_number(missing),
            "day": f"{day:%d/%m/%Y}",
            "left": shown_number(left),
        }
        raise ValidationError(
            {"quantity": ValidationError(message, code="stock_short_then", params=said)}
        )
