"""The pages of the stock: what is there, what lacks, the turnover of a period, who may see it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.models import Medicine, StockLot, StockMovement
from facilities.services import Booked, Receipt, add_line, open_stocktake, receive, take_out
from facilities.services.stock import Kind, book, locked
from facilities.stocks import stock_of, turnover
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import make_user

AT = datetime(2026, 11, 5, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
DAY = AT.date()
pytestmark = pytest.mark.usefixtures("shipped_lists")


def on_day(days_ago: int) -> Booked:
    at = AT - timedelta(days=days_ago)
    return Booked(on=at.date(), at=at, actor=None, reason="Đếm")


@pytest.fixture
def lot(station: Organisation) -> StockLot:
    medicine = Medicine.objects.create(code="P", name="Paracetamol 500 mg", unit="viên")
    receipt = Receipt(medicine, "A1", DAY + timedelta(days=80), Decimal(700))
    at = AT - timedelta(days=170)
    made = receive(actor=None, facility=station, receipt=receipt, on=at.date(), at=at).lot
    for month in range(6):
        book(locked(made), Kind.ISSUED, Decimal(-100), on_day(10 + 25 * month))
    return made


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_months_of_stock_are_what_is_usable_over_the_mean_use(
    station: Organisation, lot: StockLot
) -> None:
    (held,) = stock_of(station, DAY)
    assert (held.usable, held.monthly, held.months) == (100, 100, Decimal("1.0"))
    assert (held.days_left, held.expiry_step) == (80, 90)
    take_out(lot=lot, kind=Kind.LOST, quantity=Decimal(10), said=on_day(0))
    (held,) = stock_of(station, DAY)
    assert held.months == Decimal("0.9")
    assert [icon for _kind, icon, _word in held.chips] == ["warn", "clock"]


def test_what_expired_is_not_usable_and_is_told(station: Organisation, lot: StockLot) -> None:
    (held,) = stock_of(station, DAY + timedelta(days=81))
    assert (held.usable, held.expired) == (0, 100)
    assert held.chips[0][0] == "bad"


def test_the_turnover_of_a_period_always_closes(station: Organisation, lot: StockLot) -> None:
    take_out(lot=lot, kind=Kind.DESTROYED, quantity=Decimal(5), said=on_day(3))
    book(locked(lot), Kind.COUNTED, Decimal(2), on_day(2))
    book(locked(lot), Kind.COUNTED, Decimal(-1), on_day(1))
    (row,) = turnover(station, DAY - timedelta(days=20), DAY)
    assert (row.opening, row.received, row.issued, row.lost) == (200, 2, 100, 6)
    lot.refresh_from_db()
    assert row.closing == lot.on_hand
    for first in (date(2026, 1, 1), date(2026, 7, 1), DAY):
        for one in turnover(station, first, DAY):
            assert one.closing == lot.on_hand


def test_a_station_sees_its_stock_and_no_other(
    clerk: User, station: Organisation, other_station: Organisation, lot: StockLot
) -> None:
    url = reverse("admin:facilities_stocklot_stock")
    assert "Paracetamol" in client_of(clerk).get(url).content.decode()
    assert client_of(clerk).get(url, {"co-so": str(other_station.pk)}).status_code == 404
    stranger = make_user("la", "Người Nơi Khác", Role.STATION_CLERK, other_station)
    assert "Paracetamol" not in client_of(stranger).get(url).content.decode()
    lot_page = reverse("admin:facilities_stocklot_change", args=[lot.pk])
    assert client_of(stranger).get(lot_page).status_code == 404


def test_the_turnover_leaves_as_a_file(clerk: User, lot: StockLot) -> None:
    url = reverse("admin:facilities_stocklot_turnover")
    answer = client_of(clerk).get(url, {"tu": "01/01/2026", "den": "31/12/2026", "tep": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "Paracetamol 500 mg" in text
    assert "A1" in text


def test_an_official_sees_stock_and_cannot_move_it(
    licensing_officer: User, lot: StockLot, station: Organisation
) -> None:
    client = client_of(licensing_officer)
    url = reverse("admin:facilities_stocklot_stock")
    assert client.get(url, {"co-so": str(station.pk)}).status_code == 200
    loss = reverse("admin:facilities_stocklot_loss", args=[lot.pk])
    said = {"kind": "lost", "quantity": "5", "reason": "Vỡ", "on": "05/11/2026"}
    assert client.post(loss, said).status_code == 403
    assert StockMovement.objects.filter(kind="lost").count() == 0


def test_a_count_that_is_no_number_is_said_and_nothing_typed_is_lost(
    clerk: User, lot: StockLot
) -> None:
    client = client_of(clerk)
    opened: Any = client.post(reverse("admin:facilities_stocktake_open"))
    (line,) = lot.facility.stocktake_rows.get().lines.all()
    answer = client.post(opened.url, {f"dem-{line.pk}": "chín mươi", f"vi-{line.pk}": "Vỡ"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "chín mươi" in text
    assert 'value="Vỡ"' in text
    done = client.post(
        opened.url, {f"dem-{line.pk}": "90", f"vi-{line.pk}": "Vỡ 10 viên", "close": "1"}
    )
    assert done.status_code == 302
    lot.refresh_from_db()
    assert lot.on_hand == 90


def test_the_home_page_of_a_station_tells_what_is_due(clerk: User, lot: StockLot) -> None:
    StockLot.objects.update(expires_on=timezone.localdate() + timedelta(days=20))
    text = client_of(clerk).get("/").content.decode()
    assert "Thiết bị và thuốc" in text
    assert "lô A1 hết hạn dùng" in text


@pytest.mark.parametrize(
    ("address", "name"),
    [("facilities", "Trạm"), ("stock-lots", "Paracetamol"), ("equipment", "results")],
)
def test_other_systems_read_within_their_scope(
    station: Organisation, lot: StockLot, other_station: Organisation, address: str, name: str
) -> None:
    from facilities.models import Facility

    Facility.objects.create(organisation=station, form="TYT")
    head = make_user("tam", "Lò Thị Tâm", Role.STATION_HEAD, station)
    text = client_of(head).get(f"/api/v1/{address}/").content.decode()
    assert name in text
    stranger = make_user("la", "Người Nơi Khác", Role.STATION_HEAD, other_station)
    assert client_of(stranger).get(f"/api/v1/{address}/").json()["results"] == []


def test_what_is_found_of_a_used_up_lot_is_counted_too(
    clerk: User, lot: StockLot, other_station: Organisation
) -> None:
    book(locked(lot), Kind.ISSUED, Decimal(-100), on_day(1))
    receipt = Receipt(lot.medicine, "B9", None, Decimal(3))
    elsewhere = receive(actor=None, facility=other_station, receipt=receipt, on=DAY, at=AT).lot
    book(locked(elsewhere), Kind.ISSUED, Decimal(-3), on_day(0))
    client = client_of(clerk)
    opened: Any = client.post(reverse("admin:facilities_stocktake_open"))
    stocktake = lot.facility.stocktake_rows.get()
    assert not stocktake.lines.exists()
    page = client.get(opened.url).content.decode()
    assert str(lot.pk) in page
    assert str(elsewhere.pk) not in page
    for wrong in ("", "không phải lô", str(elsewhere.pk)):
        answer = client.post(opened.url, {"add": "1", "them": wrong})
        assert "Chọn lô đã tìm thấy." in answer.content.decode()
    assert not stocktake.lines.exists()
    assert client.post(opened.url, {"add": "1", "them": str(lot.pk)}).status_code == 302
    line = stocktake.lines.get()
    assert (line.lot, line.expected) == (lot, 0)
    client.post(opened.url, {f"dem-{line.pk}": "12", f"vi-{line.pk}": "Ở tủ trực", "close": "1"})
    lot.refresh_from_db()
    assert lot.on_hand == 12


def test_a_lot_of_another_place_is_no_line(lot: StockLot, other_station: Organisation) -> None:
    stocktake = open_stocktake(facility=other_station, counted_on=DAY)
    with pytest.raises(ValidationError) as refused:
        add_line(stocktake=stocktake, lot=lot)
    assert refused.value.code == "lot_of_another"
    assert not stocktake.lines.exists()
