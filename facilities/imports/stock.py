"""What stands on the shelves of a place of care, one row for each lot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as plain_text
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.imports.books import had_then, require_not_counted_since
from facilities.imports.products import (
    CODE,
    NAME,
    NUMBER,
    UNIT,
    enter_product,
    leaving,
    products_named,
    take_out,
)
from facilities.imports.stock_checks import (
    AMOUNT,
    EXPIRY,
    LOT,
    lots_by_key,
    require_there,
    said_of_amount,
    said_of_rows,
)
from facilities.models import Medicine, StockLot, StockMovement
from facilities.services import Booked, Receipt, receive
from facilities.services.stock import Kind as Movement
from facilities.services.stock import book, locked, lot_of, tell_expiry
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.declaration import Column, Kind, Need, Table, Type
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.models import StagedRow
from portal.intake.noting import keep_before, note, note_all
from portal.intake.problems import Problem, of_first
from portal.intake.progress import Teller
from portal.intake.since import kept_rows
from portal.intake.values import plain
from portal.numbers import shown_number

FUNDING = "NGUON"
NAMED_AT_MOST = 20
# Fields a refusal may be about -> columns of the file.
COLUMNS = {"expires_on": EXPIRY, "quantity": AMOUNT, "registration_number": NUMBER, "unit": UNIT}


class StockHandler(Handler):
    """Compares with the books by product and lot; a difference is booked, never written over.

    The books are those of the moment the file came: what is given out until it is written stays so.
    """

    @override
    def check_row(self, row: Row) -> Iterator[Problem]:
        """Read lot and code as the books keep them: with single spaces."""
        for name in (CODE, LOT):
            if row.values.get(name):
                row.values[name] = " ".join(str(row.values[name]).split())
        yield from said_of_amount(row)

    @override
    def check_all(self) -> None:
        rows = StagedRow.objects.filter(batch=self.batch, written_at=None).exclude(
            decision=StagedRow.Decision.WRONG
        )
        note_all(self.batch, said_of_rows(self.batch, list(rows.order_by("number", "id"))))

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        found = self._lots({key.partition("|")[2] for key in keys})
        told = self._told({key: found[key] for key in keys if key in found})
        return {key: Known(found[key].pk, told[key]) for key in told}

    def _told(self, lots: Mapping[str, StockLot]) -> dict[str, dict[str, Any]]:
        """Return lots in the shape of the file, as the books had them when it came."""
        had = had_then(self.batch, lots.values())
        return {key: told_of(lot, had[lot.pk]) for key, lot in lots.items()}

    def _lots(self, numbers: Collection[str]) -> dict[str, StockLot]:
        lots = StockLot.objects.filter(facility=self.batch.organisation, lot_number__in=numbers)
        return lots_by_key(lots)

    @override
    def shape(self, row: Row) -> Values:
        return {
            AMOUNT: plain(Decimal(str(row.values[AMOUNT]))),
            **({EXPIRY: row.values[EXPIRY]} if row.values.get(EXPIRY) else {}),
        }

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID]:
        products = products_named({row.values[CODE] for row in rows})
        lots = self._lots({row.values[LOT] for row in rows})
        told = self._told({row.key: lots[row.key] for row in rows if row.key in lots})
        keep_before({row.pk: told[row.key] for row in rows if row.key in told})
        written: dict[UUID, UUID] = {}
        for row in rows:
            code = row.values[CODE]
            try:
                with transaction.atomic():
                    medicine = products.get(code) or enter_product(row.values, self.batch)
                    written[row.pk] = self._write(row.values, medicine, lots.get(row.key)).pk
            except ValidationError as refused:  # the books moved since the file was looked through
                problem = of_first(refused, COLUMNS)
                note(self.batch, StagedRow.objects.get(pk=row.pk), problem)
            else:
                products[code] = medicine
        return written

    def _write(
        self, values: Mapping[str, Any], medicine: Medicine, lot: StockLot | None
    ) -> StockLot:
        amount = Decimal(str(values[AMOUNT]))
        expires = date.fromisoformat(values[EXPIRY]) if values.get(EXPIRY) else None
        if lot is None:
            return self._enter(values, medicine, amount, expires)
        lot = locked(lot)
        tell_expiry(lot, expires)
        if difference := amount - had_then(self.batch, [lot])[lot.pk]:
            require_not_counted_since(self.batch, lot)
            require_there(lot, -difference, self.on)
            said = Booked(
                on=self.on,
                at=self._at,
                actor=self.batch.confirmed_by,
                reason=plain_text("as in the file %(name)s") % {"name": self.batch.file_name},
                batch_id=self.batch.pk,
            )
            book(lot, Movement.COUNTED, difference, said)
        return lot

    def _enter(
        self, values: Mapping[str, Any], medicine: Medicine, amount: Decimal, expires: date | None
    ) -> StockLot:
        """Take a new lot in; of one that is used up only the lot is kept, nothing is booked."""
        receipt = Receipt(
            medicine=medicine,
            lot_number=values[LOT],
            expires_on=expires,
            quantity=amount,
            kind=Movement.OPENING,
            document_no=self.batch.file_name[:80],
            funding=values.get(FUNDING) or "",
            batch_id=self.batch.pk,
        )
        if not amount:
            return lot_of(self.batch.organisation, receipt)
        movement = receive(
            actor=self.batch.confirmed_by,
            facility=self.batch.organisation,
            receipt=receipt,
            on=self.on,
            at=self._at,
        )
        return movement.lot

    @property
    def _at(self) -> datetime:
        return self.batch.confirmed_at or timezone.now()

    @override
    def consequences(self) -> Consequences:
        rows = StockMovement.objects.filter(batch_id=self.batch.pk, reversed_by=None)
        short = [
            movement
            for movement in rows.select_related("lot__medicine")
            if movement.lot.on_hand < movement.quantity
        ]
        said = _("Of “%(lot)s” %(n)s are left; the rest was given out since.")
        products = leaving(self.batch)
        counted = _("“%(lot)s” was counted again on %(day)s; what is there was seen then.")
        return Consequences(
            touched=[
                (_("movements of stock are booked back"), rows.count()),
                (
                    _("products that came with this file leave the register, with their lots"),
                    len(products.going),
                ),
            ],
            kept=products.staying,
            obstacles=[
                *(
                    said % {"lot": str(one.lot), "n": shown_number(one.lot.on_hand)}
                    for one in short[:NAMED_AT_MOST]
                ),
                *(
                    counted % {"lot": str(one.lot), "day": f"{one.on:%d/%m/%Y}"}
                    for one in self._counts_since(rows)[:NAMED_AT_MOST]
                ),
            ],
        )

    def _counts_since(self, booked: Iterable[StockMovement]) -> list[StockMovement]:
        """Return counts of the same lots after the file: the books were set by what lay there."""
        first = {movement.lot_id: movement for movement in booked}
        counts = StockMovement.objects.filter(
            lot__in=first, kind=Movement.COUNTED, reverses=None, reversed_by=None
        ).exclude(batch_id=self.batch.pk)
        ordered = counts.select_related("lot__medicine").order_by("at", "id")
        return [
            one
            for one in ordered
            if (one.at, one.pk) > (first[one.lot_id].at, first[one.lot_id].pk)
        ]

    @override
    def undo(self, at: datetime, teller: Teller) -> None:
        rows = StockMovement.objects.filter(batch_id=self.batch.pk, reversed_by=None)
        for movement in list(rows.order_by("id")):
            said = Booked(
                on=timezone.localdate(at),
                at=at,
                actor=None,
                reason=plain_text("the file %(name)s was undone") % {"name": self.batch.file_name},
                reverses=movement,
            )
            book(locked(movement.lot), Movement.COUNTED, -movement.quantity, said)
        self._give_days_back()
        take_out(self.batch)

    def _give_days_back(self) -> None:
        """Let lots expire again as the books said before the file, where it said another day."""
        for key, row in kept_rows(self.batch).items():
            before, after = (row.before or {}).get(EXPIRY), row.values.get(EXPIRY)
            if after and before != after:
                lots = StockLot.objects.filter(pk=key, expires_on=after)
                lots.update(expires_on=before)

    @override
    def summary(self, row: Row) -> Subject:
        return Subject(title=str(row.values.get(NAME)), about=str(row.values.get(LOT)))


def told_of(lot: StockLot, had: Decimal) -> dict[str, Any]:
    """Return a lot of which the books had so much in the shape of the file."""
    said = {AMOUNT: plain(had)}
    return {**said, **({EXPIRY: lot.expires_on.isoformat()} if lot.expires_on else {})}


STOCK = Kind(
    id="stock",
    title=_("Stock of medicines, vaccines and supplies"),
    about=_(
        "One row per lot with what is there. New lots become opening stock; where the books say"
        " otherwise, the difference is booked with the name of the file."
    ),
    tables=(
        Table(
            name="TON_KHO",
            title="Tồn kho theo lô",
            columns=(
                Column(
                    name=CODE,
                    label="Mã thuốc/vật tư",
                    aliases=("Mã thuốc", "Mã vật tư", "ma"),
                    need=Need.REQUIRED,
                    type=Type.IDENTIFIER,
                    length=60,
                    example="paracetamol-500-tab",
                    about=_("code of the register, or of the list it is prescribed by"),
                ),
                Column(
                    name=NAME,
                    label="Tên thuốc",
                    aliases=("Tên, hàm lượng, dạng bào chế", "ten"),
                    need=Need.REQUIRED,
                    length=300,
                    example="Paracetamol 500 mg",
                ),
                Column(
                    name=UNIT,
                    label="Đơn vị tính",
                    aliases=("ĐVT", "dvt"),
                    need=Need.REQUIRED,
                    length=50,
                    example="viên",
                ),
                Column(name=NUMBER, label="Số đăng ký", aliases=("sdk",), length=40),
                Column(
                    name=LOT,
                    label="Số lô",
                    aliases=("lo",),
                    need=Need.REQUIRED,
                    type=Type.IDENTIFIER,
                    length=60,
                    example="A1024",
                ),
                Column(
                    name=EXPIRY,
                    label="Hạn dùng",
                    aliases=("hsd",),
                    need=Need.WANTED,
                    type=Type.DAY,
                    example="31/12/2027",
                ),
                Column(
                    name=AMOUNT,
                    label="Số lượng tồn",
                    aliases=("Tồn", "Số lượng", "ton_cuoi"),
                    need=Need.REQUIRED,
                    type=Type.DECIMAL,
                    low=Decimal(0),
                    high=Decimal(99_999_999),
                    may_be_grouped=True,
                    example="500",
                    about=_("0 where the lot is used up"),
                ),
                Column(name=FUNDING, label="Nguồn", length=120),
            ),
        ),
    ),
    key=(CODE, LOT),
    handler=StockHandler,
    sees="keep_supplies",
    noun=_("lots"),
    order=61,
)
