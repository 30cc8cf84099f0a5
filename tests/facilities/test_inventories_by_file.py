"""An inventory says what it says and no more; the lists of devices and lots come back unchanged."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from facilities.models import Equipment, Inspection, Medicine, StockLot
from facilities.services import enter_equipment
from portal.accounts.models import User
from portal.intake.models import Batch, Finding, StagedRow
from portal.places.models import Organisation
from tests.facilities.test_supplies_by_file import (
    AT,
    DEVICES,
    Upload,
    _private_store,
    head,
    undo,
    upload,
)
from tests.intake.test_own_exports_come_back import back, exported, other_than_unchanged, wrong

__all__ = ["_private_store", "head", "upload"]
pytestmark = pytest.mark.usefixtures("shipped_lists")
BLANK = DEVICES.replace("hỏng", "").replace("đang dùng", "").replace("05/01/2026,05/01/2027", ",")
Change = Callable[[str], str]


def test_a_blank_cell_takes_nothing_away_and_changes_nothing(upload: Upload) -> None:
    upload("equipment", DEVICES)
    before = list(Equipment.objects.order_by("pk").values())
    again = upload("equipment", BLANK.replace("12/PCBB-HN,2020", ","))
    assert (again.new_count, again.changed_count, again.unchanged_count) == (0, 0, 2)
    assert list(Equipment.objects.order_by("pk").values()) == before


def test_an_inventory_without_states_twice_changes_nothing(upload: Upload) -> None:
    upload("equipment", BLANK)
    again = upload("equipment", BLANK + "\n")
    assert (again.new_count, again.changed_count, again.unchanged_count) == (0, 0, 2)


def test_an_earlier_inspection_that_is_known_is_no_change(upload: Upload) -> None:
    upload("equipment", DEVICES)
    later = DEVICES.replace("05/01/2026,05/01/2027", "05/06/2026,05/06/2027")
    assert upload("equipment", later).changed_count == 1
    assert upload("equipment", DEVICES + "\n").changed_count == 0
    device = Equipment.objects.get(asset_code="TB-01")
    assert device.inspections.count() == 2


def test_a_corrected_due_day_moves_and_is_given_back(upload: Upload, head: User) -> None:
    upload("equipment", DEVICES)
    moved = upload("equipment", DEVICES.replace("05/01/2027", "05/07/2026"))
    assert moved.changed_count == 1
    assert Inspection.objects.get().next_due_on == date(2026, 7, 5)
    undo(moved, head)
    assert Inspection.objects.get().next_due_on == date(2027, 1, 5)


@pytest.mark.parametrize(
    ("was", "becomes", "column", "code"),
    [
        ("2020,", "2020,", "NAM_SD", "years_reversed"),
        ("05/01/2026,05/01/2027", "05/12/2026,05/12/2027", "NGAY_KIEM_DINH", "inspection_to_come"),
        ("05/01/2027", "05/01/2026", "HAN_KIEM_DINH", "inspection_due_before"),
    ],
)
def test_what_no_device_can_be_is_named_at_its_cell_and_the_others_go_in(
    upload: Upload, was: str, becomes: str, column: str, code: str
) -> None:
    text = DEVICES.replace(was, becomes)
    if column == "NAM_SD":
        head_, *lines = text.splitlines()
        text = "\n".join([f"{head_},Năm sử dụng", f"{lines[0]},2019", f"{lines[1]},2022"])
    batch = upload("equipment", text)
    finding = Finding.objects.get(batch=batch, severity="error")
    assert (finding.number, finding.column, finding.code) == (2, column, code)
    assert finding.value
    assert batch.state == Batch.State.WRITTEN
    assert [device.asset_code for device in Equipment.objects.all()] == ["TB-02"]


@pytest.mark.parametrize(
    ("price", "code"),
    [
        ("35.000", "number_grouped"),
        ("12.345", "number_grouped"),
        ("1500.123", "price_too_fine"),
        ("999999999999999", "out_of_range"),
    ],
)
def test_a_price_that_cannot_be_kept_is_named(upload: Upload, price: str, code: str) -> None:
    head_, *lines = DEVICES.splitlines()
    text = "\n".join([f"{head_},Nguyên giá", f'{lines[0]},"{price}"', f"{lines[1]},35000000"])
    batch = upload("equipment", text)
    finding = Finding.objects.get(batch=batch, severity="error")
    assert (finding.number, finding.column, finding.code) == (2, "NGUYEN_GIA", code)
    assert Equipment.objects.get().price == 35_000_000


def test_what_was_disposed_of_keeps_its_row_out_and_the_others_go_in(upload: Upload) -> None:
    upload("equipment", DEVICES.replace("hỏng", "đã thanh lý"))
    batch = upload("equipment", DEVICES.replace("Huyết áp kế", "Huyết áp kế cơ"))
    finding = Finding.objects.get(batch=batch, severity="error")
    assert (finding.number, finding.column, finding.code) == (3, "TINH_TRANG", "equipment_disposed")
    assert batch.state == Batch.State.WRITTEN
    assert Equipment.objects.get(asset_code="TB-01").name == "Huyết áp kế cơ"
    assert Equipment.objects.get(asset_code="TB-02").state == "disposed"


def test_a_due_day_without_an_inspection_is_told(upload: Upload) -> None:
    batch = upload("equipment", DEVICES.replace("05/01/2026,05/01/2027", ",05/01/2027"))
    assert Finding.objects.filter(batch=batch, code="inspection_without_day", number=2).exists()
    assert upload("equipment", DEVICES.replace("05/01/2026,", ",") + "\n").changed_count == 0


NAMES = st.text("aạ ớBđ;:=+-@'\"#,.|<>&1/", min_size=1, max_size=25).filter(
    lambda text: text.strip(" '\"#")
)
FINE = st.decimals("0", "99999999", places=3)
DAYS = st.dates(date(2020, 1, 1), date(2026, 10, 1))
often = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # rows of earlier examples stay: nothing to shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def devices(draw: st.DrawFn) -> dict[str, Any]:
    made = draw(st.none() | st.integers(1990, 2020))
    return {
        "name": draw(NAMES),
        "risk_class": draw(st.sampled_from(["", "A", "D"])),
        "model": draw(st.sampled_from(["", "1E5", "'HEM", "=1+1"])),
        "serial": draw(st.sampled_from(["", "0012", "12E3", "5E12"])),
        "made_in_year": made,
        "used_since": draw(st.none() | st.just(2021)),
        "price": draw(st.none() | st.decimals("0", "99999999999999", places=2)),
        "state": draw(st.sampled_from(Equipment.State.values)),
        "inspected": draw(st.none() | DAYS),
        "result": draw(st.sampled_from(["pass", "fail"])),
    }


@often
@given(st.lists(devices(), min_size=1, max_size=4), st.sampled_from(["xlsx", "csv"]))
def test_a_list_of_devices_comes_back(
    head: User, station: Organisation, told: list[dict[str, Any]], form: str
) -> None:
    for at, said in enumerate(told):
        state, inspected, result = (said.pop(name) for name in ("state", "inspected", "result"))
        count = Equipment.objects.count()
        device = Equipment(facility=station, asset_code=f"TB {at}/{count}", **said)
        enter_equipment(equipment=device, on=AT.date(), state=state)
        if inspected:
            due = None if result == "fail" else date(2027, 1, 5)
            Inspection.objects.create(
                equipment=device, done_on=inspected, result=result, next_due_on=due
            )
    batch = back(
        exported(head, "facilities_equipment", "equipment", form), form, "equipment", head, station
    )
    assert (wrong(batch), other_than_unchanged(batch)) == ([], [])
    assert StagedRow.objects.filter(batch=batch).count() == Equipment.objects.count()


@st.composite
def lots(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "name": draw(NAMES),
        "lot": draw(st.sampled_from(["A1", "0012", "5E12", "=1+1", "'7", "1/2026"])),
        "expires": draw(st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1))),
        "amount": draw(FINE),
        "funding": draw(st.sampled_from(["", "NSNN", "'x"])),
        "number": draw(st.booleans()),
    }


@often
@given(st.lists(lots(), min_size=1, max_size=4), st.sampled_from(["xlsx", "csv"]))
def test_a_list_of_lots_comes_back(
    head: User, station: Organisation, told: list[dict[str, Any]], form: str
) -> None:
    for said in told:
        count = Medicine.objects.count()
        medicine = Medicine.objects.create(
            code=f"{'thuốc-rất-dài-' * 3}{count}",
            name=said["name"],
            unit="viên",
            registration_number=f"VD-{count}" if said["number"] else "",
        )
        StockLot.objects.create(
            facility=station,
            medicine=medicine,
            lot_number=said["lot"],
            expires_on=said["expires"],
            on_hand=said["amount"],
            funding=said["funding"],
        )
    batch = back(exported(head, "facilities_stocklot", "stock", form), form, "stock", head, station)
    assert (wrong(batch), other_than_unchanged(batch)) == ([], [])
    assert StagedRow.objects.filter(batch=batch).count() == StockLot.objects.count()


def test_a_changed_amount_of_an_own_export_is_the_one_change(
    head: User, station: Organisation
) -> None:
    for number, amount in (("A1", "1.125"), ("A2", "500")):
        medicine = Medicine.objects.create(code=number, name="Bông", unit="gói")
        StockLot.objects.create(
            facility=station, medicine=medicine, lot_number=number, on_hand=Decimal(amount)
        )
    content = exported(head, "facilities_stocklot", "stock", "csv")
    assert b"1.1250" in content
    batch = back(content.replace(b"500", b"480"), "csv", "stock", head, station)
    assert wrong(batch) == []
    assert [row[1] for row in other_than_unchanged(batch)] == [[["SO_LUONG", "500", "480"]]]


def test_lots_of_two_places_are_no_one_file(
    head: User, station: Organisation, department: Organisation
) -> None:
    from facilities.imports.shapes_of_supplies import StockShape

    medicine = Medicine.objects.create(code="B", name="Bông", unit="gói")
    for place in (station, department):
        StockLot.objects.create(facility=place, medicine=medicine, lot_number="A1")
    shape = StockShape(AT.date())
    assert shape.refusal(StockLot.objects.all())
    assert not shape.refusal(StockLot.objects.filter(facility=station))
