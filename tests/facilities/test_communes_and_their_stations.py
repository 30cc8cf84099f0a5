"""Which communes have no station or two, and where is a place by its number?"""

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.models import Facility
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places import services as places
from portal.places.models import Area, Organisation
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
