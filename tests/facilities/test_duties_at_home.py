"""What a facility must publish and answer, and by when, stands on the first page of its head."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.models import Facility, Publication
from facilities.services import publish, set_hours
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import make_user

pytestmark = pytest.mark.usefixtures("shipped_lists")
TITLE = "Việc cơ sở phải làm theo luật"


@pytest.fixture
def facility(station: Organisation) -> Facility:
    return Facility.objects.create(organisation=station, form="TYT")


@pytest.fixture
def head(station: Organisation) -> User:
    return make_user("tam", "Lò Thị Tâm", Role.STATION_HEAD, station)


def home_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.get("/").content.decode()


def test_a_day_to_publish_stands_on_the_first_page_of_the_head_until_it_is_met(
    facility: Facility, head: User, clerk: User, station: Organisation
) -> None:
    today = timezone.localdate()
    url = reverse("admin:facilities_facility_publish", args=[facility.pk])
    way = f'href="{url}?viec=opening_hours"'
    assert way not in home_of(head)
    set_hours(facility=station, text="Thứ 2 đến thứ 6: 7 giờ - 11 giờ", valid_from=today)
    home = home_of(head)
    assert TITLE in home
    assert way in home
    assert TITLE not in home_of(clerk)  # who mends nothing of the facility owes nothing of it
    client = Client()
    client.force_login(head)
    form = client.get(f"{url}?viec=opening_hours").content.decode()
    assert '<option value="opening_hours" selected>' in form
    told = Publication(
        facility=station, duty="opening_hours", published_on=today, place="Bảng ở cổng"
    )
    publish(publication=told, today=today)
    assert way not in home_of(head)


def test_a_missed_day_says_by_how_much(
    facility: Facility, head: User, station: Organisation
) -> None:
    changed = timezone.localdate() - timedelta(days=60)
    set_hours(facility=station, text="Thứ 2: 7 giờ - 11 giờ", valid_from=changed)
    part = home_of(head).partition(TITLE)[2].partition("</section>")[0]
    assert "Quá hạn" in part


def test_a_place_that_is_closed_owes_nothing(
    facility: Facility, head: User, station: Organisation
) -> None:
    set_hours(facility=station, text="24/24", valid_from=date(2026, 1, 1))
    Organisation.objects.filter(pk=station.pk).update(
        valid_until=timezone.localdate() - timedelta(days=1)
    )
    assert TITLE not in home_of(head)
