"""A stock file enters products, names them by either code, and takes along what it alone brought."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse

from facilities.models import Medicine, StockLot, StockMovement
from facilities.services import Receipt, receive
from facilities.services.stocktaking import open_stocktake
from portal.accounts.models import User
from portal.audit.changes import history_of
from portal.intake.models import Batch, Finding
from portal.intake.services import ask_to_undo, undo_batch
from portal.intake.services.states import handler_of
from portal.places.models import Organisation
from tests.beside import Beside
from tests.facilities.test_supplies_by_file import (
    AT,
    SHELF,
    Upload,
    _private_store,
    head,
    undo,
    upload,
)

__all__ = ["_private_store", "head", "upload"]
pytestmark = pytest.mark.usefixtures("shipped_lists")


def codes() -> list[str]:
    return list(Medicine.objects.order_by("code").values_list("code", flat=True))


def staying(batch: Batch) -> str:
    return " ".join(str(text) for text, _count in handler_of(batch).consequences().kept)


def found(batch: Batch) -> set[tuple[int, str, str]]:
    rows = Finding.objects.filter(batch=batch).values_list("number", "column", "code")
    return set(rows)


def test_products_that_came_with_a_file_leave_the_register_with_it(
    upload: Upload, head: User
) -> None:
    Medicine.objects.create(code="GANG", name="Găng tay", unit="đôi")
    batch = upload("stock", SHELF)
    assert codes() == ["GANG", "paracetamol-500-tab"]
    undo(batch, head)
    assert codes() == ["GANG"]
    assert [lot.lot_number for lot in StockLot.objects.all()] == ["G1"]
    history = history_of(Medicine)
    assert history is not None
    assert history._default_manager.filter(pgh_label="delete").count() == 1
    again = upload("stock", SHELF + "\n")
    assert (again.state, again.written_count) == (Batch.State.WRITTEN, 2)
    assert StockLot.objects.get(lot_number="A1").on_hand == 500


def test_the_page_says_which_products_leave_and_names_those_that_stay(
    client: Client, upload: Upload, head: User, department: Organisation
) -> None:
    batch = upload("stock", SHELF + "BONG,Bông,gói,B1,,3\n" + "KIM,Kim tiêm,cái,K1,,9\n")
    held = {medicine.code: medicine for medicine in Medicine.objects.all()}
    for code, place in (("GANG", department), ("BONG", batch.organisation)):
        receipt = Receipt(
            medicine=held[code], lot_number="X9", expires_on=None, quantity=Decimal(5)
        )
        receive(actor=head, facility=place, receipt=receipt, on=AT.date(), at=AT)
    mended = held["KIM"]
    mended.maker = "Vinahankook"
    mended.save()
    client.force_login(head)
    body = client.get(reverse("intake:undo", args=[batch.pk])).content.decode()
    for name in ("Găng tay", "Bông", "Kim tiêm"):
        assert f"“{name}”" in body
    assert "“Paracetamol 500 mg”" not in body
    undo(batch, head)
    assert codes() == ["BONG", "GANG", "KIM"]
    assert {lot.lot_number: lot.on_hand for lot in StockLot.objects.all() if lot.on_hand} == {
        "X9": 5
    }


def test_a_product_that_was_counted_stays(upload: Upload, head: User) -> None:
    batch = upload("stock", SHELF)
    open_stocktake(facility=batch.organisation, counted_on=AT.date(), counted_by="Tâm")
    assert "Găng tay" in staying(batch)
    undo(batch, head)
    assert codes() == ["GANG", "paracetamol-500-tab"]


def test_a_product_two_files_name_leaves_with_the_last_of_them(upload: Upload, head: User) -> None:
    first = upload("stock", SHELF)
    second = upload("stock", SHELF.replace(",A1,", ",A2,").replace(",G1,", ",G2,"))
    undo(first, head)
    assert codes() == ["GANG", "paracetamol-500-tab"]
    undo(second, head)
    assert codes() == []
    assert not StockLot.objects.exists()
    assert not StockMovement.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_product_that_another_place_takes_in_while_its_file_is_undone_stays(
    upload: Upload, head: User, department: Organisation
) -> None:
    batch = upload("stock", SHELF)
    receipt = Receipt(Medicine.objects.get(code="GANG"), "X9", None, Decimal(5))
    ask_to_undo(actor=head, batch=batch, reason="Nhầm tệp")
    undoing = Beside(lambda: undo_batch(batch.pk, at=AT))
    with transaction.atomic():
        receive(actor=head, facility=department, receipt=receipt, on=AT.date(), at=AT)
        undoing.start()
        undoing.join(3)
        assert undoing.is_alive()  # it waits for what is being booked
    undoing.join(30)
    assert undoing.error is None
    batch.refresh_from_db()
    assert batch.state == Batch.State.UNDONE
    assert codes() == ["GANG"]
    assert StockLot.objects.get(lot_number="X9").on_hand == 5


@pytest.mark.django_db(transaction=True)
def test_who_takes_in_a_product_that_leaves_with_its_file_at_that_moment_is_told_so(
    upload: Upload, head: User, department: Organisation
) -> None:
    batch = upload("stock", SHELF)
    receipt = Receipt(Medicine.objects.get(code="GANG"), "X9", None, Decimal(5))
    taking_in = Beside(
        lambda: receive(actor=head, facility=department, receipt=receipt, on=AT.date(), at=AT)
    )
    ask_to_undo(actor=head, batch=batch, reason="Nhầm tệp")
    with transaction.atomic():
        undo_batch(batch.pk, at=AT)
        taking_in.start()
        taking_in.join(3)
        assert taking_in.is_alive()
    taking_in.join(30)
    assert isinstance(taking_in.error, ValidationError)
    assert taking_in.error.code == "product_gone"
    assert codes() == []
    assert not StockLot.objects.exists()


def test_the_preview_announces_each_product_that_is_new_once(upload: Upload) -> None:
    Medicine.objects.create(code="paracetamol-500-tab", name="Paracetamol 500 mg", unit="viên")
    batch = upload("stock", SHELF + "GANG,Găng tay,đôi,G2,,9\n")
    assert (batch.new_count, batch.written_count) == (3, 3)
    [told] = Finding.objects.filter(batch=batch, code="product_new")
    assert (told.number, told.column, told.value, told.severity) == (
        3,
        "MA_THUOC",
        "GANG",
        "warning",
    )
    assert "“Găng tay”" in told.message % told.params
    again = upload("stock", SHELF + "GANG,Găng tay,đôi,G3,,9\n")
    assert not Finding.objects.filter(batch=again, code="product_new").exists()


def test_a_lot_written_with_more_spaces_is_the_lot_of_the_books(upload: Upload) -> None:
    upload("stock", SHELF.replace(",A1,", ",A  1,"))
    again = upload("stock", SHELF.replace(",A1,", ",A  1,") + "\n")
    assert (again.new_count, again.changed_count, again.unchanged_count) == (0, 0, 2)
    assert StockLot.objects.get(lot_number="A 1").on_hand == 500


def test_one_lot_under_both_codes_of_its_product_is_taken_by_neither(
    upload: Upload, paracetamol: Medicine
) -> None:
    batch = upload("stock", SHELF + "para-500-a,Paracetamol 500 mg,viên,A1,31/12/2027,40\n")
    assert {(2, "SO_LO", "lot_twice"), (4, "SO_LO", "lot_twice")} <= found(batch)
    assert not StockLot.objects.filter(medicine=paracetamol).exists()
    assert StockLot.objects.get().lot_number == "G1"


def test_a_code_of_two_products_is_that_of_its_own(upload: Upload, paracetamol: Medicine) -> None:
    own = Medicine.objects.create(
        code="paracetamol-500-tab", name="Paracetamol 500 mg", unit="viên"
    )
    upload("stock", SHELF)
    assert StockLot.objects.get(lot_number="A1").medicine == own
    assert paracetamol.lots.count() == 0
    assert upload("stock", SHELF + "\n").unchanged_count == 2


def test_another_name_or_unit_than_the_register_s_is_told(
    upload: Upload, paracetamol: Medicine
) -> None:
    batch = upload("stock", SHELF.replace("Paracetamol 500 mg,viên", "Amoxicilin,hộp"))
    assert found(batch) >= {
        (2, "TEN_THUOC", "product_named_otherwise"),
        (2, "DON_VI_TINH", "unit_differs"),
    }
    told = Finding.objects.get(batch=batch, code="unit_differs")
    assert told.params == {"known": str(paracetamol), "unit": "viên", "value": "hộp"}


def test_a_registration_number_of_another_product_keeps_its_row_out(
    upload: Upload, paracetamol: Medicine
) -> None:
    text = """Mã thuốc,Tên thuốc,ĐVT,SĐK,Số lô,Hạn dùng,Số lượng tồn
PARA2,Paracetamol,viên,893100493025,P1,31/12/2027,10
KIM1,Kim 1,cái,VD-1,K1,,1
KIM2,Kim 2,cái,VD-1,K2,,2
"""
    batch = upload("stock", text)
    assert batch.state == Batch.State.WRITTEN
    assert found(batch) >= {
        (2, "SO_DANG_KY", "registration_taken"),
        (4, "SO_DANG_KY", "registration_taken"),
    }
    assert codes() == ["KIM1", "para-500-a"]
    said = Finding.objects.filter(batch=batch, code="registration_taken").order_by("number")
    assert said[0].params["code"] == "para-500-a"


@pytest.mark.parametrize(
    ("amount", "code"),
    [("1.500", "number_grouped"), ("1,500", "number_grouped"), ("0.12345", "amount_too_fine")],
)
def test_an_amount_that_may_be_another_is_not_guessed(
    upload: Upload, amount: str, code: str
) -> None:
    batch = upload("stock", SHELF.replace(",500", f',"{amount}"'))
    finding = Finding.objects.get(batch=batch, severity="error")
    assert (finding.number, finding.column, finding.code) == (2, "SO_LUONG", code)
    assert finding.value == amount
    assert not StockLot.objects.filter(lot_number="A1").exists()


def test_a_fraction_with_all_its_digits_is_taken(upload: Upload) -> None:
    upload("stock", SHELF.replace(",500", ",0.125"))
    assert StockLot.objects.get(lot_number="A1").on_hand == Decimal("0.125")


def test_books_that_moved_after_the_preview_hold_back_their_row_alone(
    upload: Upload, head: User, station: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload("stock", SHELF.replace("31/12/2027", ""))
    from tests.facilities import test_supplies_by_file as by_file

    told = by_file.confirm_batch

    def in_between(**said: object) -> Batch:
        StockLot.objects.filter(lot_number="A1").update(expires_on=date(2027, 1, 31))
        return told(**said)  # type: ignore[arg-type]

    monkeypatch.setattr(by_file, "confirm_batch", in_between)
    batch = upload("stock", SHELF.replace(",500", ",480").replace("G1,,200", "G1,,190"))
    assert (batch.state, batch.written_count, batch.wrong_count) == (Batch.State.WRITTEN, 1, 1)
    assert (2, "HAN_DUNG", "lot_differs") in found(batch)
    assert dict(StockLot.objects.values_list("lot_number", "on_hand")) == {"A1": 500, "G1": 190}


def test_undoing_is_refused_and_nothing_leaves_while_something_was_given_out(
    upload: Upload, head: User, station: Organisation
) -> None:
    batch = upload("stock", SHELF)
    lot = StockLot.objects.get(lot_number="G1")
    StockLot.objects.filter(pk=lot.pk).update(on_hand=150)
    with pytest.raises(ValidationError):
        undo(batch, head)
    assert codes() == ["GANG", "paracetamol-500-tab"]
