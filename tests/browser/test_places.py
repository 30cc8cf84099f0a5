"""A facility at a glance and its stock in a real browser: readable, narrow, by keyboard."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from config.demo.facilities import settle_facilities
from config.demo.places import SINCE, Places, describe
from facilities.models import ColdStore, Facility, StockLot
from facilities.services import open_stocktake
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places import services as places
from portal.places.models import Organisation
from tests.browser.keys import access_key
from tests.conftest import make_user
from tests.facilities.conftest import publish_needed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def head(
    ministry: Organisation,
    department: Organisation,
    station: Organisation,
    hospital: Organisation,
    licensing_officer: User,
) -> User:
    """The head of a station that the demo has told everything of."""
    publish_needed()
    clinic = places.create_organisation(
        name="Phòng khám Đa khoa Thanh Bình", kind="clinic", parent=department, valid_from=SINCE
    )
    describe(department)
    user = make_user("tam", "Lò Thị Tâm", Role.STATION_HEAD, station)
    told = Places(ministry, department, hospital, clinic, station, (station,))
    users = {Role.STATION_HEAD: user, Role.LICENSING_OFFICER: licensing_officer}
    assert settle_facilities(told, users, at=timezone.now()) == 7
    assert settle_facilities(told, users, at=timezone.now()) == 0
    return user


def pages(station: Organisation) -> dict[str, str]:
    facility = Facility.objects.get(organisation=station)
    stocktake = open_stocktake(facility=station, counted_on=timezone.localdate())
    store = ColdStore.objects.get()
    return {
        "facility": reverse("admin:facilities_facility_change", args=[facility.pk]),
        "mend": reverse("admin:facilities_facility_mend", args=[facility.pk]),
        "beds": reverse("admin:facilities_facility_beds", args=[facility.pk]),
        "stock": reverse("admin:facilities_stocklot_stock"),
        "receive": reverse("admin:facilities_stocklot_receive"),
        "turnover": reverse("admin:facilities_stocklot_turnover"),
        "stocktake": reverse("admin:facilities_stocktake_change", args=[stocktake.pk]),
        "cold": reverse("admin:facilities_coldstore_change", args=[store.pk]),
        "equipment": reverse("admin:facilities_equipment_changelist"),
        "lots": reverse("admin:facilities_stocklot_changelist"),
        "communes": reverse("admin:facilities_facility_communes"),
    }


def test_every_page_of_a_place_is_accessible_and_fits_a_phone(
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    sideways: Callable[[Any], int],
    head: User,
    station: Organisation,
) -> None:
    wrong: dict[str, Any] = {}
    for name, address in pages(station).items():
        page = visit(address, head)
        if found := axe(page):
            wrong[name] = found
        if sideways(visit(address, head, width=390)) > 0:
            wrong[f"{name} at 390"] = "scrolls sideways"
    assert wrong == {}


def test_a_delivery_is_taken_in_by_keyboard_alone(
    visit: Callable[..., Any], head: User, station: Organisation
) -> None:
    page = visit(reverse("admin:facilities_stocklot_stock"), head)
    access_key(page, "n")
    page.wait_for_url("**/nhap/**")
    page.focus("#id_medicine")
    page.keyboard.type("oresol")
    page.keyboard.press("Escape")
    expires = timezone.localdate() + timedelta(days=400)
    for text in ("OR99", f"{expires:%d/%m/%Y}", "120"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    access_key(page, "l")
    page.wait_for_selector(".messagelist")
    assert "120 gói Oresol" in page.inner_text(".messagelist")
    assert StockLot.objects.get(lot_number="OR99").on_hand == 120
