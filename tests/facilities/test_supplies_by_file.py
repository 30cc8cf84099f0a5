"""Inventories of devices and stock come by file: compared, booked, and taken back."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings

from facilities.models import Equipment, Medicine, StockLot, StockMovement
from facilities.services import Wanted, give_out
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


def test_a_shelf_that_was_given_out_since_is_not_taken_back(
    upload: Upload, head: User, station: Organisation
) -> None:
    batch = upload("stock", SHELF)
    line = Wanted(uuid7(), "Paracetamol 500 mg", Decimal(30), "")
    give_out(actor=head, facility=station, wanted=[line], on=AT.date(), at=AT)
    with pytest.raises(ValidationError):
        ask_to_undo(actor=head, batch=batch, reason="Nhầm")
    assert StockLot.objects.get(lot_number="A1").on_hand == 470
