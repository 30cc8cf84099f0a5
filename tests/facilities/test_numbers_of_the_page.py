"""Each number of a facility's page opens the rows it counts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.models import (
    BedCount,
    Equipment,
    Facility,
    HealthcareService,
    Medicine,
    ServicePrice,
    StockLot,
)
from facilities.services import Receipt, change_state, enter_equipment, receive
from portal.accounts.roles import Role
from portal.places.models import Organisation
from practitioners.models import Practitioner, Registration
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
    given_out = Medicine.objects.create(name="Vitamin C", unit="viên")
    receipt = Receipt(given_out, "Z", date(2100, 1, 1), Decimal(4))
    receive(actor=None, facility=station, receipt=receipt, on=SINCE, at=timezone.now())
    mine = StockLot.objects.filter(facility=station)
    mine.filter(lot_number="Z").update(on_hand=0)
    mine.filter(lot_number="C").update(expires_on=today - timedelta(days=1))
    mine.filter(lot_number="D").update(expires_on=today - timedelta(days=1), on_hand=0)
    client = Client()
    client.force_login(make_user("truong", "Trạm Trưởng", Role.STATION_HEAD, station))
    crawler = Crawler(client)
    url = reverse("admin:facilities_facility_change", args=[facility.pk])
    assert crawler.wrong(url) == []
    assert figures_of(crawler, url) == {
        "devices_in_use": "2",
        "devices_broken": "1",
        "medicines": "1",
        "lots": "3",
        "lots_expired": "1",
        "services": "0",
        "services_priced": "0",
    }


def figures_of(crawler: Crawler, url: str) -> dict[str, str]:
    links = crawler.open(url).xpath("//a[@data-figure]")
    return {link.get("data-figure"): link.get("data-number") for link in links}


def works(name: str, place: Organisation, since: date, until: date | None = None) -> Practitioner:
    """Register somebody at a place whom nobody else keeps."""
    person = Practitioner.objects.create(name=name, birth_date=date(1985, 2, 3), sex="female")
    Registration.objects.create(
        practitioner=person, facility=place, valid_from=since, valid_until=until
    )
    return person


@pytest.fixture
def staffed(station: Organisation, other_station: Organisation) -> Facility:
    """Three people today, one of them in two posts; who left, who comes later and who is elsewhere."""
    today = timezone.localdate()
    twice = works("Lò Thị Một", station, SINCE)
    Registration.objects.create(
        practitioner=twice, facility=station, position="5", valid_from=SINCE
    )
    works("Lò Thị Hai", station, SINCE, today)
    both = works("Lò Thị Ba", station, SINCE)
    Registration.objects.create(practitioner=both, facility=other_station, valid_from=SINCE)
    works("Lò Thị Bốn", station, SINCE, today - timedelta(days=1))
    works("Lò Thị Năm", station, today + timedelta(days=1))
    works("Lò Thị Sáu", other_station, SINCE)
    return Facility.objects.create(organisation=station, form="TYT")


@pytest.mark.parametrize("role", [Role.STATION_HEAD, Role.LICENSING_OFFICER, Role.OVERSEER])
def test_the_practitioners_of_a_facility_open_the_list_of_just_them(
    staffed: Facility, department: Organisation, role: Role
) -> None:
    place = staffed.organisation if role == Role.STATION_HEAD else department
    client = Client()
    client.force_login(make_user("nguoi.xem", "Người Xem", role, place))
    crawler = Crawler(client)
    url = reverse("admin:facilities_facility_change", args=[staffed.pk])
    assert crawler.wrong(url) == []
    assert figures_of(crawler, url)["practitioners"] == "3"
    [check] = crawler.open(url).xpath("//ul[@class='checks']//a[contains(@href, '?noi=')]/@href")
    page = client.get(check).content.decode()
    names = [name for name in ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu") if f"Lò Thị {name}" in page]
    assert names == ["Một", "Hai", "Ba"]


def test_who_may_not_see_practitioners_is_told_their_number_and_led_nowhere(
    staffed: Facility, department: Organisation
) -> None:
    client = Client()
    client.force_login(make_user("thong.ke", "Người Đếm", Role.STATISTICIAN, department))
    crawler = Crawler(client)
    url = reverse("admin:facilities_facility_change", args=[staffed.pk])
    assert crawler.wrong(url) == []
    assert "practitioners" not in figures_of(crawler, url)
    assert "?noi=" not in client.get(url).content.decode()


def test_a_list_of_a_place_elsewhere_or_of_no_place_shows_nobody_else(
    staffed: Facility, other_station: Organisation
) -> None:
    client = Client()
    client.force_login(make_user("truong", "Trạm Trưởng", Role.STATION_HEAD, staffed.organisation))
    url = reverse("admin:practitioners_practitioner_changelist")
    elsewhere = client.get(url, {"noi": str(other_station.pk)}).content.decode()
    assert "Lò Thị Ba" in elsewhere  # registered here too, and so known here
    assert "Lò Thị Sáu" not in elsewhere
    for text in ("x", "01a22b06-0000-7000-8000-000000000000"):
        assert "Lò Thị" not in client.get(url, {"noi": text}).content.decode()


def test_the_services_of_a_facility_and_those_with_a_price_open_their_lists(
    station: Organisation, other_station: Organisation
) -> None:
    today = timezone.localdate()
    facility = Facility.objects.create(organisation=station)
    for number, (place, until, price_until) in enumerate(
        (
            (station, None, None),
            (station, None, today - timedelta(days=1)),
            (station, today, today),
            (station, today - timedelta(days=1), None),
            (other_station, None, None),
        )
    ):
        service = HealthcareService.objects.create(
            facility=place, name=f"Khám số {number}", valid_from=SINCE, valid_until=until
        )
        for payer in ("person", "insurance"):
            ServicePrice.objects.create(
                service=service, payer=payer, amount=10, valid_from=SINCE, valid_until=price_until
            )
    HealthcareService.objects.create(
        facility=station, name="Siêu âm", valid_from=today + timedelta(days=1)
    )
    client = Client()
    client.force_login(make_user("truong", "Trạm Trưởng", Role.STATION_HEAD, station))
    crawler = Crawler(client)
    url = reverse("admin:facilities_facility_change", args=[facility.pk])
    assert crawler.wrong(url) == []
    figures = figures_of(crawler, url)
    assert (figures["services"], figures["services_priced"]) == ("3", "2")
    without = reverse("admin:facilities_healthcareservice_changelist")
    page = client.get(without, {"mo": "chua-gia"}).content.decode()
    assert [n for n in range(5) if f"Khám số {n}" in page] == [1]


def test_a_number_that_opens_nothing_is_a_fact_or_counts_the_rows_below_it(
    staffed: Facility, department: Organisation, paracetamol: Medicine
) -> None:
    client = Client()
    client.force_login(make_user("nguoi.xem", "Người Xem", Role.LICENSING_OFFICER, department))
    BedCount.objects.create(
        facility=staffed.organisation, kind="actual", count=12, valid_from=SINCE
    )
    StockLot.objects.create(
        facility=staffed.organisation, medicine=paracetamol, lot_number="A", on_hand=5,
        expires_on=date(2100, 1, 1),
    )  # fmt: skip
    crawler = Crawler(client)
    url = reverse("admin:facilities_facility_change", args=[staffed.pk])
    page = crawler.open(url)
    counted = []
    for module in page.xpath("//section[starts-with(@aria-labelledby, 'h-')]"):
        title = " ".join(module.xpath("string(.//h2)").split())
        for count in module.xpath(".//h2//span[@class='count']/text()"):
            assert int(count) == len(module.xpath("ul/li | div/ul/li")), title
            counted.append(f"{title}: {count}")
    beds = "Khoa, phòng và giường: 12"  # a fact of the place, and no rows
    [told] = page.xpath("//ul[@class='checks']/li[.//a[contains(@href, '?noi=')]]")
    condition = " ".join(told.xpath("string(.//span[@class='said'])").split())
    verdict = page.xpath("string(//h2[@id='h-verdict'])")
    assert set(crawler.bare(url, "h-")) == {*counted, beds, f"{verdict}: {condition}"}
    assert len(counted) == 2
