"""A dose of vaccine given here leaves its lot once; a mistake puts it back; one given elsewhere does not."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from facilities.models import Medicine, StockLot, StockMovement
from facilities.services import (
    Receipt,
    block,
    close_stocktake,
    open_stocktake,
    receive,
    write_counts,
)
from facilities.services.stocktaking import Count
from healthrecords import services
from healthrecords.models import Citizen, Immunization
from healthrecords.services.background import record_fact, void_fact
from healthrecords.services.facts import ImmunizationEntry
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON
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
    def give_it(**said: Any) -> Immunization:
        services.open_access(user=clerk, citizen=citizen, at=AT)
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
            actor=clerk, citizen=citizen, facility=station, entry=entry, client_key=key, at=AT
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


def used_up(lot: StockLot) -> None:
    StockLot.objects.filter(pk=lot.pk).update(on_hand=0)


def recalled(lot: StockLot) -> None:
    block(lot=lot, because="Thu hồi theo công văn 12")


def expired(lot: StockLot) -> None:
    StockLot.objects.filter(pk=lot.pk).update(expires_on=ON - DAY)


@pytest.mark.parametrize("spoil", [used_up, recalled, expired])
def test_what_may_not_be_given_out_is_refused_at_the_lot_and_nothing_is_written(
    spoil: Callable[[StockLot], None], give: Give, lot: StockLot
) -> None:
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
