"""A dose of vaccine given here leaves its lot once; a mistake puts it back; one given elsewhere does not."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from facilities.models import ColdStore, Medicine, StockLot, StockMovement
from facilities.services import (
    Booked,
    Receipt,
    block,
    close_stocktake,
    open_stocktake,
    read_temperature,
    receive,
    take_out,
    write_counts,
)
from facilities.services.stocktaking import Count
from healthrecords import services
from healthrecords.models import Citizen, Immunization
from healthrecords.services.background import record_fact, void_fact
from healthrecords.services.doses import said_of_mistake, said_of_stock
from healthrecords.services.facts import ImmunizationEntry
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON, Register
from tests.healthrecords.merging import join, part
from tests.healthrecords.pages import logged_in

DAY = timedelta(days=1)
Give = Callable[..., Immunization]


def stocked(
    place: Organisation,
    lot_number: str = "V8807",
    quantity: int = 40,
    on: date = ON - 30 * DAY,
    expires: date = date(2027, 6, 1),
    **of_product: Any,
) -> StockLot:
    said = {"code": "VX001", "name": "Vắc xin DPT-VGB-Hib", "unit": "liều", **of_product}
    product, _new = Medicine.objects.get_or_create(
        code=said.pop("code"), defaults={"kind": "vaccine", **said}
    )
    at = datetime.combine(on, AT.timetz())
    receipt = Receipt(product, lot_number, expires, Decimal(quantity))
    return receive(actor=None, facility=place, receipt=receipt, on=on, at=at).lot


@pytest.fixture
def lot(station: Organisation) -> StockLot:
    return stocked(station)


@pytest.fixture
def give(citizen: Citizen, clerk: User, station: Organisation) -> Give:
    def give_it(at: datetime = AT, **said: Any) -> Immunization:
        services.open_access(user=clerk, citizen=citizen, at=at)
        key = said.pop("key", None) or uuid7()
        entry = ImmunizationEntry(
            **{
                "vaccine": "Vắc xin 5 trong 1",
                "given": PartialDate.of(ON),
                "lot": "V8807",
                "source": "seen",
                "dose_number": 1,
                **said,
            }
        )
        made: Immunization = record_fact(
            actor=clerk, citizen=citizen, facility=station, entry=entry, client_key=key, at=at
        ).row
        return made

    return give_it


def left(lot: StockLot) -> Decimal:
    lot.refresh_from_db()
    return lot.on_hand


def test_a_dose_given_here_leaves_its_lot_on_its_day_and_names_nobody_there(
    give: Give, lot: StockLot
) -> None:
    row = give(lot="v8807 ", given=PartialDate.of(ON - 2 * DAY))
    assert left(lot) == 39
    movement = StockMovement.objects.get(kind="issued")
    assert (movement.source_id, movement.on, movement.partner) == (row.pk, ON - 2 * DAY, "")


def test_the_same_form_sent_twice_takes_one_dose(give: Give, lot: StockLot) -> None:
    """Circular 13/2026/TT-BYT, Article 10.2.

    Each dose once, accurately and fully (read second-hand).
    """
    key = uuid7()
    assert give(key=key) == give(key=key)
    assert left(lot) == 39


@pytest.mark.parametrize(
    "said",
    [
        {"source": "told"},
        {"source": "paper"},
        {"lot": ""},
        {"lot": "LA-01"},  # no lot of ours
        {"given": None},
        {"given": PartialDate(ON.year, ON.month)},  # the day is not known
        {"given": PartialDate.of(ON - 60 * DAY)},  # before the lot came
    ],
)
def test_a_dose_given_elsewhere_or_before_takes_nothing(
    said: dict[str, Any], give: Give, lot: StockLot
) -> None:
    assert give(**said).pk
    assert left(lot) == 40
    assert not StockMovement.objects.filter(kind="issued").exists()


def test_a_lot_of_another_place_stays_as_it_is(give: Give, other_station: Organisation) -> None:
    theirs = stocked(other_station)
    give()
    assert left(theirs) == 40


def test_the_book_of_the_stock_is_not_told_why_where_that_betrays(
    give: Give, lot: StockLot, clerk: User
) -> None:
    """Who sees supplies reads it, and is no reader of records."""
    row, why = give(), "nhầm với trẻ đang dự phòng ARV"
    void_fact(actor=clerk, fact=row, reason=why, at=AT)
    assert left(lot) == 40
    assert StockMovement.objects.get(kind="returned").reason == ""
    assert Immunization.objects.get().void_reason == why


def test_a_mistake_puts_the_dose_back_once(give: Give, lot: StockLot, clerk: User) -> None:
    row = give()
    void_fact(actor=clerk, fact=row, reason="Nhầm người tiêm", at=AT)
    with pytest.raises(ValidationError):
        void_fact(actor=clerk, fact=row, reason="Nhầm người tiêm", at=AT)
    assert left(lot) == 40
    give()  # corrected: entered anew
    assert left(lot) == 39
    movement = StockMovement.objects.get(kind="returned")
    assert (movement.source_id, movement.reason) == (row.pk, "Nhầm người tiêm")


def test_a_mistake_said_of_another_record_joined_with_it_is_none_once_they_are_parted(
    give: Give, lot: StockLot, citizen: Citizen, register: Register, clerk: User, clinician: User
) -> None:
    row = give()
    merge = join(clerk, register(name="Quang Thi Hac", numbers=[]), citizen)
    row.refresh_from_db()
    void_fact(actor=clerk, fact=row, reason="Nhầm người tiêm", at=AT)
    assert left(lot) == 40
    part(clinician, merge)
    row.refresh_from_db()
    assert (left(lot), row.status, row.citizen) == (39, "active", citizen)


def used_up(lot: StockLot) -> None:
    StockLot.objects.filter(pk=lot.pk).update(on_hand=0)


def expired(lot: StockLot) -> None:
    StockLot.objects.filter(pk=lot.pk).update(expires_on=ON - DAY)


@pytest.mark.parametrize("spoil", [used_up, expired])
def test_what_may_not_be_given_out_is_refused_at_the_lot_and_nothing_is_written(
    spoil: Callable[[StockLot], None], give: Give, lot: StockLot
) -> None:
    """Circular 13/2026/TT-BYT, Articles 12.3 and 12.5 (read second-hand).

    A lot is held after a severe reaction.
    """
    spoil(lot)
    before = left(lot)
    with pytest.raises(ValidationError) as refused:
        give()
    assert refused.value.error_dict["lot"][0].code == "lot_unusable"
    assert "V8807" in refused.value.messages[0]
    assert (left(lot), Immunization.objects.count()) == (before, 0)


def test_the_last_dose_of_the_expiry_day_may_be_given(give: Give, lot: StockLot) -> None:
    StockLot.objects.filter(pk=lot.pk).update(expires_on=ON)
    give()
    assert left(lot) == 39


def test_of_products_with_one_number_the_named_vaccine_counts_then_what_expires_first(
    give: Give, lot: StockLot, station: Organisation
) -> None:
    sooner = stocked(
        station, code="VX002", name="Vắc xin sởi", expires=date(2027, 1, 1), list_code="mr"
    )
    give()
    assert (left(lot), left(sooner)) == (40, 39)
    give(code="dpt-hepb-hib", dose_number=2)  # the other is of another vaccine of the list
    assert (left(lot), left(sooner)) == (39, 39)
    give(vaccine="Vắc xin DPT-VGB-Hib", dose_number=3)
    assert (left(lot), left(sooner)) == (38, 39)


def test_a_vial_of_ten_doses_loses_a_tenth(give: Give, station: Organisation) -> None:
    vial = stocked(station, quantity=2, code="VX003", unit="lọ", packing="Hộp 10 lọ, lọ 10 liều")
    give()
    assert left(vial) == Decimal("1.9")


def test_a_full_box_of_thousands_of_doses_is_not_called_empty(
    give: Give, station: Organisation
) -> None:
    box = stocked(station, quantity=1, code="VX005", unit="thùng", packing="Thùng 5000 liều")
    give()
    assert left(box) == Decimal("0.999")


@pytest.mark.parametrize("doses", [3, 6, 7, 9])
def test_every_dose_of_a_vial_can_be_given_and_the_last_leaves_nothing(
    doses: int, give: Give, station: Organisation
) -> None:
    packing = f"Hộp 1 lọ, lọ {doses} liều"
    vials = stocked(station, quantity=2, code="VX004", unit="lọ", packing=packing)
    for number in range(2 * doses):
        give(dose_number=number + 1, given=PartialDate.of(ON - number % 2 * DAY))
        assert left(vials) == (Decimal(2 * doses - number - 1) / doses).quantize(Decimal("0.001"))
    with pytest.raises(ValidationError):
        give(dose_number=2 * doses + 1)
    assert left(vials) == 0
    assert StockMovement.objects.filter(kind="issued").count() == 2 * doses


def test_a_vial_that_was_rounded_before_gives_its_last_dose(
    give: Give, station: Organisation
) -> None:
    vial = stocked(station, quantity=1, code="VX005", unit="lọ", packing="lọ 6 liều")
    StockLot.objects.filter(pk=vial.pk).update(on_hand=Decimal("0.165"))  # 1 - 5 x 0.167
    give()
    assert left(vial) == 0


def test_less_than_a_dose_that_somebody_counted_is_no_dose(
    give: Give, station: Organisation
) -> None:
    vial = stocked(station, quantity=1, code="VX006", unit="lọ", packing="lọ 10 liều")
    StockLot.objects.filter(pk=vial.pk).update(on_hand=Decimal("0.05"))
    with pytest.raises(ValidationError):
        give()
    assert left(vial) == Decimal("0.05")


def test_a_lot_blocked_today_may_have_been_given_before_and_not_since(
    give: Give, lot: StockLot
) -> None:
    """A recall says nothing of what was given before it came."""
    now = timezone.now()
    today = timezone.localdate(now)
    block(lot=lot, because="Thu hồi theo công văn 12")
    give(at=now, given=PartialDate.of(today - DAY))
    assert left(lot) == 39
    with pytest.raises(ValidationError) as refused:
        give(at=now, given=PartialDate.of(today), dose_number=2)
    assert refused.value.error_dict["lot"][0].code == "lot_unusable"
    assert "công văn 12" in refused.value.messages[0]
    assert (left(lot), Immunization.objects.count()) == (39, 1)


def test_a_cold_store_that_was_too_warm_blocks_from_that_day(
    give: Give, lot: StockLot, station: Organisation
) -> None:
    store = ColdStore.objects.create(
        facility=station, name="Tủ lạnh 1", lowest=2, highest=8, valid_from=ON - 90 * DAY
    )
    StockLot.objects.filter(pk=lot.pk).update(store=store)
    read_temperature(actor=None, store=store, celsius=Decimal(14), at=AT - 2 * DAY, now=AT)
    give(given=PartialDate.of(ON - 3 * DAY))
    assert left(lot) == 39
    for day in (ON - 2 * DAY, ON):
        with pytest.raises(ValidationError):
            give(given=PartialDate.of(day), dose_number=2)
    assert (left(lot), Immunization.objects.count()) == (39, 1)


def test_a_dose_of_a_day_on_which_there_was_some_is_written_though_all_was_used_since(
    give: Give, lot: StockLot
) -> None:
    said = Booked(on=ON - DAY, at=AT, actor=None, reason="Vỡ hộp")
    take_out(lot=lot, kind="lost", quantity=Decimal(40), said=said)
    row = give(given=PartialDate.of(ON - 2 * DAY))
    assert left(lot) == 0
    assert "không còn" in said_of_stock(row)
    with pytest.raises(ValidationError):
        give(dose_number=2)
    assert Immunization.objects.count() == 1


def counted(place: Organisation, lot: StockLot, on: date, number: int, at: datetime) -> None:
    taking = open_stocktake(facility=place, counted_on=on)
    line = taking.lines.get(lot=lot)
    write_counts(stocktake=taking, counts={line.pk: Count(Decimal(number), "Đếm trong tủ")})
    close_stocktake(actor=None, stocktake=taking, at=at)


@pytest.mark.parametrize("day", [ON, ON + DAY])
@pytest.mark.parametrize("number", [39, 40])
def test_what_was_counted_after_a_dose_is_not_raised_when_the_dose_was_a_mistake(
    number: int, day: date, give: Give, lot: StockLot, station: Organisation, clerk: User
) -> None:
    row = give()
    counted(station, lot, day, number, AT + timedelta(hours=2))
    void_fact(actor=clerk, fact=row, reason="Nhầm người tiêm", at=AT + timedelta(hours=3))
    assert left(lot) == number
    row.refresh_from_db()
    assert row.status == "entered_in_error"
    assert "giữ như đã kiểm kê" in said_of_mistake(row)


def test_a_dose_given_after_the_count_goes_back_when_it_was_a_mistake(
    give: Give, lot: StockLot, station: Organisation, clerk: User
) -> None:
    counted(station, lot, ON, 38, AT - timedelta(hours=1))
    row = give()
    assert left(lot) == 37
    void_fact(actor=clerk, fact=row, reason="Nhầm người tiêm", at=AT)
    assert left(lot) == 38
    assert "đã được trả lại kho" in said_of_mistake(row)
    assert "đã được trả lại kho" in said_of_stock(row)  # nor does it say that it left


def test_a_dose_told_after_a_stocktake_counted_what_was_left_is_not_deducted_again(
    give: Give, lot: StockLot, station: Organisation, clerk: User
) -> None:
    taking = open_stocktake(facility=station, counted_on=ON - DAY)
    line = taking.lines.get(lot=lot)
    write_counts(stocktake=taking, counts={line.pk: Count(Decimal(39), "Đã tiêm một liều")})
    close_stocktake(actor=clerk, stocktake=taking, at=AT)
    give(given=PartialDate.of(ON - 3 * DAY))
    assert left(lot) == 39
    give(dose_number=2)
    assert left(lot) == 38


def test_the_page_says_what_left_the_stock_and_what_was_not_of_it(
    citizen: Citizen, clerk: User, lot: StockLot
) -> None:
    services.open_access(user=clerk, citizen=citizen, at=timezone.now())
    client = logged_in(clerk)
    shown = reverse("admin:healthrecords_citizen_background", args=[citizen.pk])
    write = reverse(
        "admin:healthrecords_citizen_background_write", args=[citizen.pk, "immunization"]
    )
    typed = {"vaccine": "5 trong 1", "given": f"{timezone.localdate():%d/%m/%Y}", "source": "seen"}
    for number, (lot_number, said) in enumerate(
        (("V8807", "Đã trừ một liều của lô V8807"), ("LA-01", "Lô LA-01 không có trong kho"))
    ):
        sent = {**typed, "lot": lot_number, "dose_number": number + 1, "client_key": str(uuid7())}
        sent = {f"immunization-{name}": value for name, value in sent.items()}
        answer = client.post(write, sent, follow=True)
        assert said in answer.content.decode()
    assert left(lot) == 39
    assert client.get(shown).status_code == 200


def test_each_way_of_a_dose_has_a_sentence_that_is_true_of_it(
    give: Give, lot: StockLot, station: Organisation
) -> None:
    counted(station, lot, ON - DAY, 40, AT)
    for number, (said, words) in enumerate(
        (
            ({}, "Đã trừ một liều của lô V8807"),
            ({"given": None}, "Chưa ghi ngày tiêm"),
            ({"given": PartialDate(ON.year, ON.month)}, "Chưa ghi ngày tiêm"),
            ({"given": PartialDate.of(ON - 2 * DAY)}, "đã được kiểm kê sau ngày đó"),
            ({"given": PartialDate.of(ON - 60 * DAY)}, "không có trong kho"),
            ({"lot": "LA-01"}, "Lô LA-01 không có trong kho"),
            ({"source": "told"}, ""),
            ({"lot": ""}, ""),
        )
    ):
        told = said_of_stock(give(dose_number=number + 1, **said))
        assert words in told if words else told == ""
    assert left(lot) == 39
