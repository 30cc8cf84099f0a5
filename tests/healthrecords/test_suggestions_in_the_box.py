"""While somebody types into the box, people of their scope are offered; of others nothing is told."""

from typing import Any

import pytest
from django.urls import reverse

from healthrecords.models import Citizen
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.places.models import Area, Organisation
from portal.site.finder import SUGGESTED
from tests.healthrecords.pages import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


def offered(user: User, text: str) -> list[dict[str, Any]]:
    answer = logged_in(user).get(reverse("admin:finder_suggestions"), {"q": text})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return list(answer.json()["results"])


def test_a_begun_name_offers_who_it_is_with_age_and_place(citizen: Citizen, clerk: User) -> None:
    (row,) = offered(clerk, "quang th")
    assert row["text"] == "Quàng Thị Hặc"
    assert "12/03/1962" in row["note"]
    assert "Nà Pheo" in row["note"]
    assert row["url"] == reverse("admin:healthrecords_citizen_change", args=[citizen.pk])
    assert "011162004137" not in str(row), "a number is read over the shoulder"


@pytest.mark.parametrize("text", ["hac quang", "quang thi hacj", "quang thi hac 1962"])
def test_words_in_any_order_slips_and_a_year_are_read_as_enter_reads_them(
    text: str, citizen: Citizen, clerk: User
) -> None:
    assert [row["text"] for row in offered(clerk, text)] == ["Quàng Thị Hặc"]


@pytest.mark.parametrize(
    "text", ["", "qu", "011162004137", "0111620", "011162004137|012345678|Quàng Thị Hặc|", "a" * 81]
)
def test_too_little_numbers_and_scans_offer_nothing(
    text: str, citizen: Citizen, clerk: User
) -> None:
    assert offered(clerk, text) == []


def test_nobody_out_of_scope_is_offered(citizen: Citizen, stranger: User, neighbour: User) -> None:
    for user in (stranger, neighbour):
        assert offered(user, "quang thi hac") == []


def test_who_was_offered_stands_in_the_read_log(citizen: Citizen, clerk: User) -> None:
    offered(clerk, "quang thi")
    (row,) = AccessLog.objects.filter(action="listed", ground="search")
    assert citizen.pk in row.people


def test_no_more_than_a_few_are_offered(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    Citizen.objects.bulk_create(
        Citizen(
            name="Lò Văn Bun",
            birth_date=f"19{50 + n}-05-05",
            sex="male",
            home_station=station,
            area=communes[0],
        )
        for n in range(SUGGESTED + 4)
    )
    assert len(offered(clerk, "lo van")) == SUGGESTED


def test_whoever_may_see_nobody_is_offered_nobody(citizen: Citizen, auditor: User) -> None:
    assert offered(auditor, "quang thi") == []
