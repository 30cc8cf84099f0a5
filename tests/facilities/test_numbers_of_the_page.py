"""Each number of a facility's page opens the rows it counts."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.models import Equipment, Facility, Medicine, StockLot
from facilities.services import Receipt, change_state, enter_equipment, receive
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import SINCE, make_user
from tests.reporting.crawling import Crawler

pytestmark = pytest.mark.usefixtures("shipped_lists")


def test_every_number_of_a_facility_is_what_stands_behind_it(
    station: Organisation, other_station: Organisation, paracetamol: Medicine
) -> None:
    today = timezone.localdate()
    facility = Facility.objects.create(organisation=station)
    for number, state in enumerate(("in_use", "in_use", "broken", "disposed")):
        device = Equipment(facility=station, asset_code=f"TB-{number}", name="Máy đo")
        enter_equipment(equipment=device, on=SINCE)
        if state != "in_use":
            change_state(equipment=device, state=state, on=today, reason="Hỏng")
    enter_equipment(
        equipment=Equipment(facility=other_station, asset_code="X", name="Máy đo"), on=SINCE
    )
    for place, lot, quantity in (
        (station, "A", 5), (station, "B", 6), (station, "C", 7), (station, "D", 8),
        (other_station, "A", 9),
    ):  # fmt: skip
        receipt = Receipt(paracetamol, lot, date(2100, 1, 1), Decimal(quantity))
        receive(actor=None, facility=place, receipt=receipt, on=SINCE, at=timezone.now())
    mine = StockLot.objects.filter(facility=station)
    mine.filter(lot_number="C").update(expires_on=today - timedelta(days=1))
    mine.filter(lot_number="D").update(expires_on=today - timedelta(days=1), on_hand=0)
    client = Client()
    client.force_login(make_user("truong", "Trạm Trưởng", Role.STATION_HEAD, station))
    crawler = Crawler(client)
    url = reverse("admin:facilities_facility_change", args=[facility.pk])
    assert crawler.wrong(url) == []
    figures = {link.get("data-figure"): link.get("data-number") for link in _figures(crawler, url)}
    assert figures == {
        "devices_in_use": "2",
        "devices_broken": "1",
        "lots": "3",
        "lots_expired": "1",
    }


def _figures(crawler: Crawler, url: str) -> Any:
    return crawler.open(url).xpath("//a[@data-figure]")
