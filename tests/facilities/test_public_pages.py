"""Anybody reads of a facility: may it work, when is it open, what does it cost; and nothing besides."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.models import Facility
from facilities.services import (
    Decision,
    Printed,
    Step,
    issue_operating_license,
    offer_service,
    revoke_operating_license,
    set_hours,
    set_price,
    succeed,
    suspend_operating_license,
)
from portal.places import services as places
from portal.places.models import Organisation
from tests.conftest import SINCE

pytestmark = pytest.mark.usefixtures("shipped_lists")
PAPER = Decision("214/QĐ-SYT", date(2025, 6, 25), "Sở Y tế tỉnh Điện Biên")


@pytest.fixture(autouse=True)
def _nobody_asked_before(db: None) -> None:
    cache.clear()


@pytest.fixture
def facility(station: Organisation) -> Facility:
    made = Facility.objects.create(
        organisation=station, form="TYT", ownership="public", phone="0215 3842 115"
    )
    issue_operating_license(
        actor=None,
        facility=station,
        number="000118/ĐB-GPHĐ",
        printed=Printed(scope="Khám bệnh, chữa bệnh ban đầu", activities=(("", "Sơ cứu ban đầu"),)),
        valid_from=SINCE,
        decision=PAPER,
    )
    return made


def page_of(client: Client, facility: Facility, **asked: str) -> str:
    answer = client.get(reverse("facilities:place", args=[facility.organisation_id]), asked)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "text", ["tram y te muong cha", "MƯỜNG CHÀ", "000118/ĐB-GPHĐ", "11777", "dien bien muong"]
)
def test_a_facility_is_found_by_name_commune_code_or_licence(
    text: str, facility: Facility, client: Client
) -> None:
    places.give_code(
        organisation=facility.organisation, scheme="insurance", value="11777", valid_from=SINCE
    )
    body = client.get(reverse("facilities:places"), {"q": text}).content.decode()
    assert reverse("facilities:place", args=[facility.organisation_id]) in body
    assert "Còn hiệu lực" in body or "còn hiệu lực" in body


@pytest.mark.parametrize(("days", "is_found"), [(30, True), (0, True), (-1, False)])
def test_a_facility_is_found_until_its_last_day(
    facility: Facility, client: Client, days: int, is_found: bool
) -> None:
    Organisation.objects.filter(pk=facility.organisation_id).update(
        valid_until=timezone.localdate() + timedelta(days=days)
    )
    body = client.get(reverse("facilities:places"), {"q": "mường chà"}).content.decode()
    assert (reverse("facilities:place", args=[facility.organisation_id]) in body) is is_found


def test_what_is_not_found_says_what_to_write(facility: Facility, client: Client) -> None:
    body = client.get(reverse("facilities:places"), {"q": "xyz qqq"}).content.decode()
    assert "xyz qqq" in body
    assert "tên xã" in body
    assert client.get(reverse("facilities:places")).status_code == 200


def test_the_page_shows_licence_hours_and_prices(facility: Facility, client: Client) -> None:
    place = facility.organisation
    set_hours(facility=place, text="Thứ 2 đến thứ 6: 7 giờ - 11 giờ 30", valid_from=SINCE)
    service = offer_service(facility=place, name="Khám bệnh", valid_from=SINCE, unit="lần")
    set_price(service=service, payer="insurance", amount=Decimal(36_500), valid_from=SINCE)
    set_price(
        service=service, payer="insurance", amount=Decimal(40_200), valid_from=date(2026, 7, 1)
    )
    body = page_of(client, facility)
    for said in ("000118/ĐB-GPHĐ", "Sơ cứu ban đầu", "07:00", "40.200", "0215 3842 115"):
        assert said in body, said
    assert "36.500" not in body
    assert "40.200" not in page_of(client, facility, dv="siêu âm")


def test_the_page_says_nothing_of_what_lacks_or_is_due(facility: Facility, client: Client) -> None:
    """What a facility has to mend is between it and its department."""
    body = page_of(client, facility)
    for inner in ("Còn thiếu", "Đến hạn", "Quá hạn", "Nội dung phải công khai"):
        assert inner not in body


def test_a_suspension_in_part_and_a_revocation_are_told(facility: Facility, client: Client) -> None:
    license = facility.organisation.operatinglicense_rows.get()
    act = {"actor": None, "license": license, "decision": PAPER, "ground": "Chưa đạt"}
    suspend_operating_license(**act, valid_from=date(2026, 3, 1), part="Tiêm chủng")
    body = page_of(client, facility)
    assert "Tiêm chủng" in body
    assert "còn hiệu lực" in body.lower()
    revoke_operating_license(**act, valid_from=date(2026, 4, 1))
    body = page_of(client, facility)
    assert "thu hồi" in body.lower()
    assert "Tiêm chủng" not in body


def test_a_merged_facility_leads_to_who_continues_it(
    facility: Facility, department: Organisation, client: Client
) -> None:
    heir = places.create_organisation(
        name="Trạm Y tế xã Bên Cạnh", kind="station", parent=department, valid_from=SINCE
    )
    Facility.objects.create(organisation=heir, form="TYT")
    step = Step(facility.organisation, heir, "merge", date(2026, 7, 1), decision=PAPER)
    succeed(actor=None, step=step, today=timezone.localdate())
    body = page_of(client, facility)
    assert reverse("facilities:place", args=[heir.pk]) in body
    found = client.get(reverse("facilities:places"), {"q": facility.organisation.name})
    assert (
        reverse("facilities:place", args=[facility.organisation_id]) not in found.content.decode()
    )


def test_there_is_no_page_of_what_is_no_facility(department: Organisation, client: Client) -> None:
    assert client.get(reverse("facilities:place", args=[department.pk])).status_code == 404


def test_the_pages_cost_the_same_with_much_and_with_little(
    facility: Facility, department: Organisation, client: Client, django_assert_max_num_queries
) -> None:
    def counted(url: str, **asked: str) -> int:
        with django_assert_max_num_queries(60) as asked_of:
            client.get(url, asked)
        return len(asked_of)

    url = reverse("facilities:place", args=[facility.organisation_id])
    listing = reverse("facilities:places")
    service = offer_service(facility=facility.organisation, name="Khám 0", valid_from=SINCE)
    set_price(service=service, payer="insurance", amount=Decimal(1), valid_from=SINCE)
    counted(url)
    little, few = counted(url), counted(listing, q="tram")
    for n in range(1, 12):
        service = offer_service(facility=facility.organisation, name=f"Khám {n}", valid_from=SINCE)
        set_price(service=service, payer="insurance", amount=Decimal(n), valid_from=SINCE)
        other = places.create_organisation(
            name=f"Trạm Y tế xã {n}", kind="station", parent=department, valid_from=SINCE
        )
        Facility.objects.create(organisation=other, form="TYT")
    assert (counted(url), counted(listing, q="tram")) == (little, few)


def test_whoever_asks_too_often_waits_a_minute(
    facility: Facility, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)  # a minute does not end meanwhile
    url = reverse("facilities:places")
    answers = [client.get(url).status_code for _n in range(62)]
    assert (answers[0], answers[-1]) == (200, 429)
