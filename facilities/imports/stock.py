"""What stands on the shelves of a place of care, one row for each lot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as plain_text
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.models import Medicine, StockLot, StockMovement
from facilities.services import Booked, Receipt, receive
from facilities.services.stock import Kind as Movement
from facilities.services.stock import book, locked
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.declaration import Column, Kind, Need, Table, Type
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.progress import Teller
from portal.numbers import shown_number

CODE, NAME, UNIT, NUMBER = "MA_THUOC", "TEN_THUOC", "DON_VI_TINH", "SO_DANG_KY"
LOT, EXPIRY, AMOUNT, FUNDING = "SO_LO", "HAN_DUNG", "SO_LUONG", "NGUON"
NAMED_AT_MOST = 20


class StockHandler(Handler):
    """Compares by product and lot with the books; a difference is booked, never written over."""

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        lots = StockLot.objects.filter(
            facility=self.batch.organisation,
            lot_number__in=[key.partition("|")[2] for key in keys],
        ).select_related("medicine")
        found: dict[str, Known] = {}
        for lot in lots:
            for code in {lot.medicine.code, lot.medicine.list_code} - {""}:
                found[f"{code}|{lot.lot_number}"] = Known(lot.pk, _told(lot))
        return {key: found[key] for key in keys if key in found}

    @override
    def shape(self, row: Row) -> Values:
        return {
            AMOUNT: _plain(Decimal(str(row.values[AMOUNT]))),
            **({EXPIRY: row.values[EXPIRY]} if row.values.get(EXPIRY) else {}),
        }

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID]:
        products = _products([row.values for row in rows])
        held = StockLot.objects.filter(
            facility=self.batch.organisation,
            medicine__in=products.values(),
            lot_number__in=[row.values[LOT] for row in rows],
        )
        lots = {(lot.medicine_id, lot.lot_number): lot for lot in held}
        written: dict[UUID, UUID] = {}
        for row in rows:
            medicine = products[row.values[CODE]]
            lot = lots.get((medicine.pk, row.values[LOT]))
            written[row.pk] = self._write(row.values, medicine, lot).pk
        return written

    def _write(
        self, values: Mapping[str, Any], medicine: Medicine, lot: StockLot | None
    ) -> StockLot:
        amount = Decimal(str(values[AMOUNT]))
        at = self.batch.confirmed_at or timezone.now()
        if lot is None:
            expires = date.fromisoformat(values[EXPIRY]) if values.get(EXPIRY) else None
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
            movement = receive(
                actor=self.batch.confirmed_by,
                facility=self.batch.organisation,
                receipt=receipt,
                on=self.on,
                at=at,
            )
            return movement.lot
        lot = locked(lot)
        if amount != lot.on_hand:
            said = Booked(
                on=self.on,
                at=at,
                actor=self.batch.confirmed_by,
                reason=plain_text("as in the file %(name)s") % {"name": self.batch.file_name},
                batch_id=self.batch.pk,
            )
            book(lot, Movement.COUNTED, amount - lot.on_hand, said)
        return lot

    @override
    def consequences(self) -> Consequences:
        rows = StockMovement.objects.filter(batch_id=self.batch.pk, reversed_by=None)
        short = [
            movement
            for movement in rows.select_related("lot__medicine")
            if movement.lot.on_hand < movement.quantity
        ]
        said = _("Of “%(lot)s” %(n)s are left; the rest was given out since.")
        return Consequences(
            touched=[(_("movements of stock are booked back"), rows.count())],
            obstacles=[
                said % {"lot": str(one.lot), "n": shown_number(one.lot.on_hand)}
                for one in short[:NAMED_AT_MOST]
            ],
        )

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

    @override
    def summary(self, row: Row) -> Subject:
        return Subject(title=str(row.values.get(NAME)), about=str(row.values.get(LOT)))


def _plain(amount: Decimal) -> str:
    """Write an amount so that equal ones are equal texts."""
    return f"{amount.normalize():f}"


def _told(lot: StockLot) -> dict[str, Any]:
    said = {AMOUNT: _plain(lot.on_hand)}
    return {**said, **({EXPIRY: lot.expires_on.isoformat()} if lot.expires_on else {})}


def _products(rows: Sequence[Mapping[str, Any]]) -> dict[str, Medicine]:
    """Return the product of each code; one the register lacks is entered as the file tells it."""
    codes = {row[CODE] for row in rows}
    held = Medicine.objects.filter(Q(code__in=codes) | Q(list_code__in=codes)).order_by("code")
    found: dict[str, Medicine] = {}
    for medicine in held:
        for code in {medicine.code, medicine.list_code} & codes:
            found.setdefault(code, medicine)
    for row in rows:
        if row[CODE] in found:
            continue
        medicine = Medicine(
            code=row[CODE],
            name=row[NAME],
            unit=row.get(UNIT) or "",
            registration_number=row.get(NUMBER) or "",
        )
        medicine.full_clean(exclude=["name_norm"])
        medicine.save(force_insert=True)
        found[row[CODE]] = medicine
    return found


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
                    length=40,
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
                    low=Decimal("0.001"),
                    high=Decimal(99_999_999),
                    example="500",
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
