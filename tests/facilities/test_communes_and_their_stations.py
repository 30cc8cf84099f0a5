"""Which communes have no station or two, and where is a place by its number?"""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.communes import counted, counts_within, totals, with_stations
from facilities.models import Facility
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places import services as places
from portal.places.models import Area, Catchment, Organisation
from portal.scope import EVERYWHERE
from tests.conftest import SINCE, make_user
from tests.facilities.test_facility_at_a_glance import client_of, hospital_in_order, told

__all__ = ["hospital_in_order", "told"]
pytestmark = pytest.mark.usefixtures("shipped_lists")


@pytest.mark.parametrize(
    ("value", "sure", "status"),
    [("8936012340015", "", 200), ("8936012340015", "on", 302), ("11005", "", 200)],
)
def test_a_location_number_is_read_and_its_check_digit_counted(
    hospital_in_order: Facility, department: Organisation, value: str, sure: str, status: int
) -> None:
    keeper = make_user("ht", "Người Quản Trị", Role.SYSTEM_ADMINISTRATOR, department)
    url = reverse("admin:facilities_facility_code", args=[hospital_in_order.pk])
    said = {"scheme": "gln", "value": value, "valid_from": "01/11/2026", "is_sure": sure}
    assert client_of(keeper).post(url, said).status_code == status
    has = hospital_in_order.organisation.identifiers.filter(scheme="gln").exists()
    assert has == (status == 302)


def test_a_commune_without_a_station_and_one_with_two_are_found(
    licensing_officer: User, station: Organisation, communes: list[Area], department: Organisation
) -> None:
    url = reverse("admin:facilities_facility_communes")
    text = client_of(licensing_officer).get(url).content.decode()
    assert "Xã Nà Tấu" in text
    assert "Xã Mường Chà" not in text
    places.create_organisation(
        name="Trạm Y tế Mường Chà 2",
        kind="station",
        parent=department,
        area=communes[0],
        valid_from=SINCE,
    )
    text = client_of(licensing_officer).get(url, {"loc": "nhieu"}).content.decode()
    assert "Xã Mường Chà" in text
    assert "Trạm Y tế Mường Chà 2" in text
    assert "Xã Nà Tấu" not in text


def test_a_station_of_another_commune_that_looks_after_it_counts(
    licensing_officer: User, station: Organisation, communes: list[Area]
) -> None:
    places.look_after(organisation=station, area=communes[1], valid_from=SINCE)
    url = reverse("admin:facilities_facility_communes")
    text = client_of(licensing_officer).get(url, {"loc": "mot"}).content.decode()
    assert "Xã Nà Tấu" in text
    assert timezone.localdate() >= SINCE


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [(-400, 20, True), (-400, 0, True), (-400, -1, False), (30, None, False), (0, None, True)],
)
def test_a_station_counts_on_the_days_it_is_open_at_home_and_on_the_page_alike(
    station: Organisation, communes: list[Area], first: int, last: int | None, counts: bool
) -> None:
    today = timezone.localdate()
    Organisation.objects.filter(pk=station.pk).update(
        valid_from=today + timedelta(days=first),
        valid_until=None if last is None else today + timedelta(days=last),
    )
    rows = counted(EVERYWHERE)
    assert rows.get(pk=communes[0].pk).stations == int(counts)
    assert counts_within(EVERYWHERE) == (totals(rows)["khong"], totals(rows)["nhieu"])
    [coverage] = with_stations([communes[0]], EVERYWHERE)
    assert [one.pk for one in coverage.stations] == ([station.pk] if counts else [])


@pytest.mark.parametrize(("last", "counts"), [(20, True), (-1, False)])
def test_who_looks_after_a_commune_counts_until_the_last_day_of_it(
    station: Organisation, communes: list[Area], last: int, counts: bool
) -> None:
    row = places.look_after(organisation=station, area=communes[1], valid_from=SINCE)
    Catchment.objects.filter(pk=row.pk).update(
        valid_until=timezone.localdate() + timedelta(days=last)
    )
    rows = counted(EVERYWHERE)
    assert rows.get(pk=communes[1].pk).stations == int(counts)
    assert counts_within(EVERYWHERE) == (totals(rows)["khong"], totals(rows)["nhieu"])
    [coverage] = with_stations([communes[1]], EVERYWHERE)
    assert len(coverage.stations) == int(counts)
