"""The inventory of medical equipment of a place of care, one row for each device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.imports.undoing import keep_before
from facilities.models import Equipment, Inspection
from facilities.services import enter_equipment
from facilities.services.equipment import change_state, note_inspection
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.declaration import Column, Kind, Need, Read, Table, Type
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.models import StagedRow
from portal.intake.problems import Problem
from portal.intake.progress import Teller
from portal.names import name_norm

# Column of the file -> field of the device, where the value is taken as it is.
PLAIN: Mapping[str, str] = {
    "TEN_THIET_BI": "name",
    "LOAI": "risk_class",
    "SO_LUU_HANH": "circulation_number",
    "MODEL": "model",
    "SERIAL": "serial",
    "HANG_SX": "maker",
    "NUOC_SX": "country",
    "NAM_SX": "made_in_year",
    "NAM_SD": "used_since",
    "NGUON_VON": "funding",
    "NGUYEN_GIA": "price",
}
CODE, STATE, INSPECTED, DUE = "MA_TAI_SAN", "TINH_TRANG", "NGAY_KIEM_DINH", "HAN_KIEM_DINH"
NUMBERS = frozenset({"made_in_year", "used_since", "price"})
STATES: Mapping[str, str] = {
    "dang dung": "in_use",
    "su dung": "in_use",
    "dang su dung": "in_use",
    "bao tri": "maintenance",
    "dang bao tri": "maintenance",
    "hong": "broken",
    "cho thanh ly": "waiting_disposal",
    "da thanh ly": "disposed",
    "thanh ly": "disposed",
}
NAMED_AT_MOST = 20


def read_state(text: str) -> Read:
    """Read a state as a code or in the words of the inventory."""
    plain = text.strip()
    state = plain if plain in Equipment.State.values else STATES.get(name_norm(plain))
    if state is not None:
        return state, []
    problem = Problem(
        "state_unknown",
        _("“%(value)s” is no state of a device."),
        _("Write: đang dùng, bảo trì, hỏng, chờ thanh lý, đã thanh lý."),
        params={"value": plain},
        column=STATE,
        value=plain,
    )
    return None, [problem]


def read_class(text: str) -> Read:
    """Read a risk class, A to D, with or without the word “loại”."""
    letter = text.strip().upper().removeprefix("LOẠI").strip()
    if letter in Equipment.RiskClass.values:
        return letter, []
    problem = Problem(
        "risk_class_unknown",
        _("“%(value)s” is no risk class."),
        _("Write A, B, C or D."),
        params={"value": text.strip()},
        column="LOAI",
        value=text.strip(),
    )
    return None, [problem]


class EquipmentHandler(Handler):
    """Compares by asset code within the facility; nothing is deleted."""

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        rows = Equipment.objects.filter(facility=self.batch.organisation, asset_code__in=keys)
        latest: dict[UUID, Inspection] = {}
        done = Inspection.objects.filter(equipment__in=rows, kind="inspection")
        for inspection in done.order_by("done_on", "id"):
            latest[inspection.equipment_id] = inspection
        return {row.asset_code: Known(row.pk, _told(row, latest.get(row.pk))) for row in rows}

    @override
    def shape(self, row: Row) -> Values:
        return {name: value for name, value in row.values.items() if name != CODE}

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID]:
        codes = [row.values[CODE] for row in rows]
        held = Equipment.objects.filter(facility=self.batch.organisation, asset_code__in=codes)
        known = {row.asset_code: row for row in held}
        written: dict[UUID, UUID] = {}
        before: dict[UUID, dict[str, Any]] = {}
        for row in rows:
            device = known.get(row.values[CODE])
            if device is not None and device.batch_id != self.batch.pk:
                before[row.pk] = {"device": str(device.pk), "said": _kept(device)}
            written[row.pk] = self._write(row.values, device).pk
        keep_before(before)
        return written

    def _write(self, values: Mapping[str, Any], device: Equipment | None) -> Equipment:
        is_new = device is None
        device = device or Equipment(
            facility=self.batch.organisation, asset_code=values[CODE], batch_id=self.batch.pk
        )
        for column, field in PLAIN.items():
            if column in values:
                setattr(device, field, _typed(field, values[column]))
        state = values.get(STATE) or Equipment.State.IN_USE
        if is_new:
            enter_equipment(equipment=device, on=self.on, state=state)
        else:
            device.full_clean(exclude=["name_norm"])
            device.save()
            if values.get(STATE) and device.state != state:
                change_state(equipment=device, state=state, on=self.on, reason=self.batch.file_name)
        self._inspect(device, values)
        return device

    def _inspect(self, device: Equipment, values: Mapping[str, Any]) -> None:
        """Note the last inspection a row tells of, unless it is known."""
        if not values.get(INSPECTED):
            return
        done_on = date.fromisoformat(values[INSPECTED])
        if device.inspections.filter(kind="inspection", done_on=done_on).exists():
            return
        due = date.fromisoformat(values[DUE]) if values.get(DUE) else None
        inspection = Inspection(
            equipment=device, done_on=done_on, next_due_on=due, result=Inspection.Result.PASS
        )
        note_inspection(inspection=inspection, today=max(self.on, done_on))

    @override
    def consequences(self) -> Consequences:
        made = Equipment.objects.filter(batch_id=self.batch.pk)
        changed = StagedRow.objects.filter(batch=self.batch, before__isnull=False)
        used = made.filter(cold_stores__isnull=False) | made.filter(warnings__isnull=False)
        said = _("“%(name)s” is in use since; take it out there first.")
        return Consequences(
            touched=[
                (_("new devices are taken away"), made.count()),
                (_("devices get back what they said before"), changed.count()),
            ],
            obstacles=[said % {"name": str(row)} for row in used.distinct()[:NAMED_AT_MOST]],
        )

    @override
    def undo(self, at: datetime, teller: Teller) -> None:
        changed = StagedRow.objects.filter(batch=self.batch, before__isnull=False)
        for before in changed.values_list("before", flat=True):
            if before is None:
                continue
            device = Equipment.objects.get(pk=before["device"])
            state = before["said"].pop("state")
            for field, value in before["said"].items():
                setattr(device, field, _typed(field, value))
            device.save()
            if device.state != state:
                change_state(
                    equipment=device,
                    state=state,
                    on=timezone.localdate(at),
                    reason=self.batch.file_name,
                )
        for device in Equipment.objects.filter(batch_id=self.batch.pk):
            for rows in (device.inspections, device.states, device.radiation_licenses):
                rows.all().delete()
            device.delete()

    @override
    def summary(self, row: Row) -> Subject:
        return Subject(title=str(row.values.get("TEN_THIET_BI")), about=str(row.values.get(CODE)))


def _typed(field: str, value: Any) -> Any:
    if field in NUMBERS:
        if value in {None, ""}:
            return None
        return Decimal(str(value)) if field == "price" else int(value)
    return value or ""


def _kept(device: Equipment) -> dict[str, Any]:
    """Return what a device says, as the undo gives it back."""
    said = {field: getattr(device, field) for field in PLAIN.values()}
    said["price"] = None if device.price is None else str(device.price)
    return {**said, "state": device.state}


def _told(device: Equipment, inspection: Inspection | None) -> dict[str, Any]:
    """Return a device in the shape of the file."""
    said: dict[str, Any] = {
        column: getattr(device, field) or None for column, field in PLAIN.items()
    }
    said["NGUYEN_GIA"] = None if device.price is None else f"{device.price.normalize():f}"
    said[STATE] = device.state
    said[INSPECTED] = inspection.done_on.isoformat() if inspection else None
    due = inspection.next_due_on if inspection else None
    said[DUE] = due.isoformat() if due else None
    return said


def _states(on: date) -> Iterable[tuple[str, str]]:
    return [(value, str(label)) for value, label in Equipment.State.choices]


EQUIPMENT = Kind(
    id="equipment",
    title=_("Inventory of medical equipment"),
    about=_("One row per device with its asset code; compared by code, nothing is deleted."),
    tables=(
        Table(
            name="TBYT",
            title="Danh sách thiết bị y tế",
            columns=(
                Column(
                    name=CODE,
                    label="Mã tài sản",
                    aliases=("Mã thiết bị", "ma"),
                    need=Need.REQUIRED,
                    type=Type.IDENTIFIER,
                    length=40,
                    example="TB-0001",
                ),
                Column(
                    name="TEN_THIET_BI",
                    label="Tên thiết bị",
                    aliases=("ten",),
                    need=Need.REQUIRED,
                    length=300,
                    example="Huyết áp kế cơ",
                ),
                Column(
                    name="LOAI",
                    label="Loại (A/B/C/D)",
                    aliases=("Loại", "Phân loại"),
                    rule=read_class,
                    need=Need.WANTED,
                    example="B",
                ),
                Column(name="SO_LUU_HANH", label="Số lưu hành", length=60, example="123/PCBB-HN"),
                Column(name="MODEL", label="Model", length=120),
                Column(name="SERIAL", label="Số sê-ri", aliases=("Serial",), length=120),
                Column(name="HANG_SX", label="Hãng sản xuất", aliases=("Hãng",), length=200),
                Column(name="NUOC_SX", label="Nước sản xuất", length=80),
                Column(
                    name="NAM_SX",
                    label="Năm sản xuất",
                    type=Type.INTEGER,
                    low=Decimal(1900),
                    high=Decimal(2100),
                    example="2020",
                ),
                Column(
                    name="NAM_SD",
                    label="Năm sử dụng",
                    aliases=("Năm đưa vào sử dụng",),
                    type=Type.INTEGER,
                    low=Decimal(1900),
                    high=Decimal(2100),
                    example="2021",
                ),
                Column(name="NGUON_VON", label="Nguồn vốn", length=120),
                Column(name="NGUYEN_GIA", label="Nguyên giá", type=Type.DECIMAL, low=Decimal(0)),
                Column(
                    name=STATE,
                    label="Tình trạng",
                    rule=read_state,
                    choices=_states,
                    example="đang dùng",
                ),
                Column(name=INSPECTED, label="Ngày kiểm định gần nhất", type=Type.DAY),
                Column(name=DUE, label="Hạn kiểm định", type=Type.DAY),
            ),
        ),
    ),
    key=(CODE,),
    handler=EquipmentHandler,
    sees="keep_supplies",
    noun=_("devices"),
    order=60,
)
