"""The inventory of medical equipment of a place of care, one row for each device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.imports.equipment_checks import (
    CODE,
    DUE,
    INSPECTED,
    MADE,
    PRICE,
    STATE,
    USED,
    said_of_known,
    said_of_row,
)
from facilities.models import DueWarning, Equipment, EquipmentState, Inspection, RadiationLicense
from facilities.services import enter_equipment
from facilities.services.equipment import change_state, note_inspection
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.declaration import Column, Kind, Need, Read, Table, Type
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.kept import Keeper, Part
from portal.intake.models import StagedRow
from portal.intake.noting import keep_before, note, note_all
from portal.intake.problems import Problem, of_first
from portal.intake.progress import Teller
from portal.intake.since import changed_since, kept_rows
from portal.intake.values import plain
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
    MADE: "made_in_year",
    USED: "used_since",
    "NGUON_VON": "funding",
    PRICE: "price",
}
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
# Fields a refusal may be about -> columns of the file.
COLUMNS = {**{field: column for column, field in PLAIN.items()}, "reason": STATE, "on": STATE}
COLUMNS |= {"done_on": INSPECTED, "next_due_on": DUE}
# What a row may change of a device. Warnings of due days come and go by night.
KEEPER = Keeper(
    Part(Equipment),
    Part(EquipmentState, by="equipment_id"),
    Part(Inspection, by="equipment_id"),
    Part(RadiationLicense, by="equipment_id"),
    Part(DueWarning, by="equipment_id", counts=False),
)


def read_state(text: str) -> Read:
    """Read a state as a code or in the words of the inventory."""
    said = text.strip()
    state = said if said in Equipment.State.values else STATES.get(name_norm(said))
    if state is not None:
        return state, []
    problem = Problem(
        "state_unknown",
        _("“%(value)s” is no state of a device."),
        _("Write: đang dùng, bảo trì, hỏng, chờ thanh lý, đã thanh lý."),
        params={"value": said},
        column=STATE,
        value=said,
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
    """Compares by asset code within the facility; nothing is deleted, and a blank takes nothing away."""

    @cached_property
    def _inspected(self) -> dict[str, dict[str, Inspection]]:
        """Return the inspections of devices that were asked for, by asset code and day."""
        return {}

    @override
    def check_row(self, row: Row) -> Iterator[Problem]:
        return said_of_row(row, self.on)

    @override
    def check_all(self) -> None:
        rows = StagedRow.objects.filter(batch=self.batch, written_at=None).exclude(
            decision=StagedRow.Decision.WRONG
        )
        note_all(self.batch, list(said_of_known(self.batch, list(rows), self.on)))

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        rows = Equipment.objects.filter(facility=self.batch.organisation, asset_code__in=keys)
        done = inspections_of(rows)
        for row in rows:
            self._inspected[row.asset_code] = {
                one.done_on.isoformat(): one for one in done.get(row.pk, ())
            }
        return {row.asset_code: Known(row.pk, told_of(row, done.get(row.pk, ()))) for row in rows}

    @override
    def shape(self, row: Row) -> Values:
        """Return what a row says anew: a day of inspection that is known, whichever it is, is not."""
        said = {name: value for name, value in row.values.items() if value and name != CODE}
        due = said.get(DUE)
        if not said.get(INSPECTED):
            said.pop(DUE, None)
        elif (known := self._inspected.get(row.values[CODE], {}).get(said[INSPECTED])) is not None:
            del said[INSPECTED]
            if due and not _moves(known, date.fromisoformat(due)):
                del said[DUE]
        return said

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID]:
        codes = [row.values[CODE] for row in rows]
        held = Equipment.objects.filter(facility=self.batch.organisation, asset_code__in=codes)
        known = {row.asset_code: row for row in held}
        before = KEEPER.look([device.pk for device in held])
        written: dict[UUID, UUID] = {}
        for row in rows:
            try:
                with transaction.atomic():
                    written[row.pk] = self._write(row.values, known.get(row.values[CODE])).pk
            except (
                ValidationError
            ) as refused:  # the device changed since the file was looked through
                note(self.batch, StagedRow.objects.get(pk=row.pk), of_first(refused, COLUMNS))
        after = KEEPER.look(list(written.values()))
        keep_before(
            {
                row: KEEPER.change(before.get(device, KEEPER.nothing()), after[device])
                for row, device in written.items()
            }
        )
        return written

    def _write(self, values: Mapping[str, Any], device: Equipment | None) -> Equipment:
        is_new = device is None
        device = device or Equipment(
            facility=self.batch.organisation, asset_code=values[CODE], batch_id=self.batch.pk
        )
        for column, field in PLAIN.items():
            if values.get(column):
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
        """Note the last inspection a row tells of; of one that is known, when the next is due."""
        if not values.get(INSPECTED):
            return
        done_on = date.fromisoformat(values[INSPECTED])
        due = date.fromisoformat(values[DUE]) if values.get(DUE) else None
        known = (
            device.inspections.filter(kind="inspection", done_on=done_on).order_by("-id").first()
        )
        if known is not None:
            if due and _moves(known, due):
                known.next_due_on = due
                known.full_clean()
                known.save(update_fields=["next_due_on"])
                open_ = device.warnings.filter(subject="inspection", met_on=None)
                open_.filter(due_on__lt=due).update(met_on=done_on)
            return
        inspection = Inspection(
            equipment=device, done_on=done_on, next_due_on=due, result=Inspection.Result.PASS
        )
        note_inspection(inspection=inspection, today=self.on)

    @override
    def consequences(self) -> Consequences:
        kept = kept_rows(self.batch)
        made = Equipment.objects.filter(batch_id=self.batch.pk)
        said = _("“%(name)s” is in use since; take it out there first.")
        used = made.filter(cold_stores__isnull=False).distinct()
        devices = Equipment.objects.filter(pk__in=list(kept))
        named = {device.pk: str(device) for device in devices}
        return Consequences(
            touched=[
                (_("new devices are taken away"), made.count()),
                (_("devices get back what they said before"), len(kept) - made.count()),
            ],
            obstacles=[
                *(said % {"name": str(device)} for device in used[:NAMED_AT_MOST]),
                *changed_since(self.batch, KEEPER, kept, named)[:NAMED_AT_MOST],
            ],
        )

    @override
    def undo(self, at: datetime, teller: Teller) -> None:
        made = Equipment.objects.filter(batch_id=self.batch.pk)
        DueWarning.objects.filter(equipment__in=made).delete()
        KEEPER.give_back([row.before for row in kept_rows(self.batch).values() if row.before])

    @override
    def summary(self, row: Row) -> Subject:
        return Subject(title=str(row.values.get("TEN_THIET_BI")), about=str(row.values.get(CODE)))


def _typed(field: str, value: Any) -> Any:
    if field in NUMBERS:
        if value in {None, ""}:
            return None
        return Decimal(str(value)) if field == "price" else int(value)
    return value or ""


def _moves(known: Inspection, due: date) -> bool:
    """Say whether a due day of a file is another one; what failed is due at once, whatever it says."""
    return known.result != Inspection.Result.FAIL and known.next_due_on != due


def inspections_of(devices: Iterable[Equipment]) -> dict[UUID, list[Inspection]]:
    """Return the inspections of devices, the earlier ones first."""
    found: dict[UUID, list[Inspection]] = {}
    done = Inspection.objects.filter(equipment__in=list(devices), kind="inspection")
    for inspection in done.order_by("done_on", "id"):
        found.setdefault(inspection.equipment_id, []).append(inspection)
    return found


def told_of(device: Equipment, inspections: Sequence[Inspection]) -> dict[str, Any]:
    """Return a device in the shape of the file, with its latest inspection."""
    said: dict[str, Any] = {
        column: getattr(device, field) or None for column, field in PLAIN.items()
    }
    said[PRICE] = None if device.price is None else plain(device.price)
    said[STATE] = device.state
    latest = inspections[-1] if inspections else None
    said[INSPECTED] = latest.done_on.isoformat() if latest else None
    due = latest.next_due_on if latest else None
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
                    name=MADE,
                    label="Năm sản xuất",
                    type=Type.INTEGER,
                    low=Decimal(1900),
                    high=Decimal(2100),
                    example="2020",
                ),
                Column(
                    name=USED,
                    label="Năm sử dụng",
                    aliases=("Năm đưa vào sử dụng",),
                    type=Type.INTEGER,
                    low=Decimal(1900),
                    high=Decimal(2100),
                    example="2021",
                ),
                Column(name="NGUON_VON", label="Nguồn vốn", length=120),
                Column(
                    name=PRICE,
                    label="Nguyên giá",
                    units=("đồng", "VNĐ", "đ"),
                    type=Type.DECIMAL,
                    low=Decimal(0),
                    high=Decimal(99_999_999_999_999),
                    may_be_grouped=True,
                ),
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
