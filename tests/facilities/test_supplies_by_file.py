"""Inventories of devices and stock come by file: compared, booked, and taken back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings

from facilities.models import (
    DueWarning,
    Equipment,
    EquipmentState,
    Inspection,
    Medicine,
    StockLot,
    StockMovement,
)
from facilities.services import (
    Wanted,
    give_out,
)
from facilities.services.equipment import note_inspection
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.intake.models import Batch, Finding
from portal.intake.services import (
    Sent,
    ask_to_undo,
    confirm_batch,
    read_batch,
    receive_file,
    undo_batch,
    write_batch,
)
from portal.places.models import Organisation
from tests.conftest import make_user

AT = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("shipped_lists")
DEVICES = """Mã tài sản,Tên thiết bị,Loại,Số lưu hành,Năm sản xuất,Tình trạng,Ngày kiểm định gần nhất,Hạn kiểm định
TB-01,Huyết áp kế,B,12/PCBB-HN,2020,đang dùng,05/01/2026,05/01/2027
TB-02,Máy khí dung,loại B,,2021,hỏng,,
"""
SHELF = """Mã thuốc,Tên thuốc,ĐVT,Số lô,Hạn dùng,Số lượng tồn
paracetamol-500-tab,Paracetamol 500 mg,viên,A1,31/12/2027,500
GANG,Găng tay,đôi,G1,,200
"""
Upload = Callable[..., Batch]


@pytest.fixture(autouse=True)
def _private_store(tmp_path: Path):
    with override_settings(MEDIA_ROOT=tmp_path):
        yield


@pytest.fixture
def head(station: Organisation) -> User:
    return make_user("truong", "Lò Thị Tâm", Role.STATION_HEAD, station)


@pytest.fixture
def upload(station: Organisation, head: User) -> Upload:
    def _upload(kind: str, text: str) -> Batch:
        batch = receive_file(
            actor=head,
            sent=Sent(f"{kind}.csv", [text.encode()]),
            kind=kind,
            organisation=station,
            at=AT,
        )
        batch = read_batch(batch.pk, at=AT)
        if batch.new_count + batch.changed_count:
            confirm_batch(actor=head, batch=batch, at=AT)
            batch = write_batch(batch.pk, at=AT)
        return batch

    return _upload


def undo(batch: Batch, head: User) -> None:
    ask_to_undo(actor=head, batch=batch, reason="Nhầm tệp")
    undo_batch(batch.pk, at=AT)


def test_an_inventory_becomes_devices_with_state_and_inspection(
    upload: Upload, station: Organisation
) -> None:
    batch = upload("equipment", DEVICES)
    assert (batch.new_count, batch.state) == (2, Batch.State.WRITTEN)
    first, second = Equipment.objects.order_by("asset_code")
    assert (first.facility, first.risk_class, first.state) == (station, "B", "in_use")
    assert first.inspections.get().next_due_on.isoformat() == "2027-01-05"
    assert (second.risk_class, second.state) == ("B", "broken")


def test_the_same_inventory_again_changes_nothing_and_a_changed_one_that_alone(
    upload: Upload,
) -> None:
    upload("equipment", DEVICES)
    again = upload("equipment", DEVICES.replace("TB-02,Máy", "TB-02, Máy"))
    assert (again.new_count, again.changed_count) == (0, 0)
    changed = upload("equipment", DEVICES.replace("hỏng", "đang dùng"))
    assert (changed.new_count, changed.changed_count) == (0, 1)
    assert Equipment.objects.get(asset_code="TB-02").state == "in_use"


def test_what_an_inventory_brought_is_taken_back(upload: Upload, head: User) -> None:
    upload("equipment", DEVICES)
    changed = upload("equipment", DEVICES.replace("Máy khí dung", "Máy khí dung Omron"))
    undo(changed, head)
    assert Equipment.objects.get(asset_code="TB-02").name == "Máy khí dung"
    undo(Batch.objects.exclude(pk=changed.pk).get(), head)
    assert not Equipment.objects.exists()


def told() -> list[list[dict[str, Any]]]:
    """Every device with its states, inspections and warnings, whole."""
    tables = (Equipment, EquipmentState, Inspection, DueWarning)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def refused(batch: Batch, head: User) -> str:
    before = told()
    with pytest.raises(ValidationError) as error:
        ask_to_undo(actor=head, batch=batch, reason="Nhầm")
    assert told() == before
    return " ".join(error.value.messages)


def test_disposal_and_inspection_are_taken_back_with_the_warnings_they_met(
    upload: Upload, head: User
) -> None:
    upload("equipment", DEVICES)
    known = Equipment.objects.get(asset_code="TB-01")
    DueWarning.objects.create(
        facility=known.facility,
        equipment=known,
        subject="inspection",
        due_on=date(2026, 12, 1),
        step=30,
        warned_on=AT.date(),
    )
    before = told()
    later = DEVICES.replace("05/01/2026,05/01/2027", "04/11/2026,04/11/2027")
    batch = upload("equipment", later.replace("hỏng", "đã thanh lý"))
    assert Equipment.objects.get(asset_code="TB-02").state == "disposed"
    assert known.inspections.count() == 2
    assert DueWarning.objects.get().met_on is not None
    undo(batch, head)
    assert Batch.objects.get(pk=batch.pk).state == "undone"
    assert told() == before


def test_a_device_that_was_changed_since_is_named_with_the_file_that_did(
    upload: Upload, head: User
) -> None:
    first = upload("equipment", DEVICES)
    Batch.objects.filter(pk=first.pk).update(written_at=AT - timedelta(hours=1))
    first.refresh_from_db()
    later = upload("equipment", DEVICES.replace("Máy khí dung", "Máy khí dung Omron"))
    Batch.objects.filter(pk=later.pk).update(file_name="sau.csv")
    assert "sau.csv" in refused(first, head)
    undo(later, head)
    device = Equipment.objects.get(asset_code="TB-01")
    note_inspection(
        inspection=Inspection(equipment=device, done_on=AT.date(), result="pass"), today=AT.date()
    )
    assert "Huyết áp kế" in refused(first, head)


def test_a_shelf_counted_since_is_not_booked_back(upload: Upload, head: User) -> None:
    Medicine.objects.create(code="paracetamol-500-tab", name="Paracetamol 500 mg", unit="viên")
    Medicine.objects.create(code="GANG", name="Găng tay", unit="đôi")
    first = upload("stock", SHELF)
    later = upload("stock", SHELF.replace(",500", ",480"))
    with pytest.raises(ValidationError) as error:
        ask_to_undo(actor=head, batch=first, reason="Nhầm")
    assert "A1" in " ".join(error.value.messages)
    assert StockLot.objects.get(lot_number="A1").on_hand == 480
    undo(later, head)
    undo(first, head)
    assert {lot.on_hand for lot in StockLot.objects.all()} == {0}


def test_a_state_that_is_none_is_named(upload: Upload) -> None:
    batch = upload("equipment", DEVICES.replace("hỏng", "mất"))
    assert Finding.objects.filter(batch=batch, code="state_unknown").exists()
    assert not Equipment.objects.filter(asset_code="TB-02").exists()


def test_a_shelf_becomes_opening_stock(upload: Upload) -> None:
    Medicine.objects.create(
        code="para", list_code="paracetamol-500-tab", name="Paracetamol 500 mg", unit="viên"
    )
    upload("stock", SHELF)
    lot = StockLot.objects.get(lot_number="A1")
    assert (lot.medicine.code, lot.on_hand) == ("para", 500)
    assert lot.movements.get().kind == "opening"
    assert Medicine.objects.get(code="GANG").unit == "đôi"


def test_a_shelf_counted_anew_books_the_difference(upload: Upload, head: User) -> None:
    upload("stock", SHELF)
    again = upload("stock", SHELF.replace(",500", ",480"))
    assert (again.new_count, again.changed_count) == (0, 1)
    lot = StockLot.objects.get(lot_number="A1")
    assert lot.on_hand == 480
    assert StockMovement.objects.get(kind="counted").quantity == -20
    undo(again, head)
    lot.refresh_from_db()
    assert lot.on_hand == 500


def test_a_shelf_that_misses_more_than_its_day_held_is_kept_out_and_named(upload: Upload) -> None:
    """The lot came the day after the file: of the day of the file nothing can be missing."""
    upload("stock", SHELF)
    lot = StockLot.objects.get(lot_number="A1")
    lot.movements.update(on=AT.date() + timedelta(days=1))
    batch = upload("stock", SHELF.replace(",500", ",480").replace(",200", ",190"))
    finding = Finding.objects.get(batch=batch, severity="error")
    assert (finding.code, finding.column) == ("stock_short_then", "SO_LUONG")
    assert finding.params == {"lot": "A1", "missing": "20", "day": "05/11/2026", "left": "0"}
    lot.refresh_from_db()
    assert (lot.on_hand, lot.movements.count()) == (500, 1)
    assert StockLot.objects.get(lot_number="G1").on_hand == 190


def test_a_shelf_that_was_given_out_since_is_not_taken_back(
    upload: Upload, head: User, station: Organisation
) -> None:
    batch = upload("stock", SHELF)
    line = Wanted(uuid7(), "Paracetamol 500 mg", Decimal(30), "")
    give_out(actor=head, facility=station, wanted=[line], on=AT.date(), at=AT)
    with pytest.raises(ValidationError):
        ask_to_undo(actor=head, batch=batch, reason="Nhầm")
    assert StockLot.objects.get(lot_number="A1").on_hand == 470


def test_a_lot_with_another_expiry_than_the_books_is_kept_out_and_named(upload: Upload) -> None:
    upload("stock", SHELF)
    again = upload("stock", SHELF.replace("31/12/2027,500", "30/06/2028,480"))
    finding = Finding.objects.get(batch=again, severity="error")
    assert (finding.code, finding.column) == ("lot_differs", "HAN_DUNG")
    lot = StockLot.objects.get(lot_number="A1")
    assert (lot.on_hand, lot.expires_on) == (500, date(2027, 12, 31))
    assert lot.movements.count() == 1


def test_an_expiry_the_books_lack_is_filled_in_and_taken_back(upload: Upload, head: User) -> None:
    upload("stock", SHELF)
    later = upload("stock", SHELF.replace("G1,,200", "G1,30/06/2028,200"))
    assert (later.changed_count, Finding.objects.filter(batch=later).count()) == (1, 0)
    lot = StockLot.objects.get(lot_number="G1")
    assert (lot.expires_on, lot.on_hand) == (date(2028, 6, 30), 200)
    undo(later, head)
    lot.refresh_from_db()
    assert (lot.expires_on, lot.on_hand) == (None, 200)


def test_a_file_with_a_wrong_expiry_is_undone_and_sent_right(upload: Upload, head: User) -> None:
    undo(upload("stock", SHELF), head)
    upload("stock", SHELF.replace("31/12/2027", "30/06/2028"))
    lot = StockLot.objects.get(lot_number="A1")
    assert (lot.on_hand, lot.expires_on) == (500, date(2028, 6, 30))


def test_a_file_says_that_a_shelf_is_empty(upload: Upload, head: User) -> None:
    upload("stock", SHELF)
    later = upload("stock", SHELF.replace(",500", ",0") + "KHAU,Khẩu trang,cái,K1,31/12/2027,0\n")
    assert (later.changed_count, later.new_count, later.state) == (1, 1, Batch.State.WRITTEN)
    held = dict(StockLot.objects.values_list("lot_number", "on_hand"))
    assert held == {"A1": 0, "G1": 200, "K1": 0}
    assert StockMovement.objects.get(kind="counted").quantity == -500
    assert not StockMovement.objects.filter(lot__lot_number="K1").exists()
    undo(later, head)
    assert StockLot.objects.get(lot_number="A1").on_hand == 500


def test_less_than_nothing_is_no_amount(upload: Upload) -> None:
    batch = upload("stock", SHELF.replace(",500", ",-1"))
    assert Finding.objects.filter(batch=batch, column="SO_LUONG").exists()
    assert not StockLot.objects.filter(lot_number="A1").exists()
