"""A clerk joins two records of one person by keys alone, and parts them again."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, CitizenMerge, TwinCase
from healthrecords.services import NumberEntry
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.browser.keys import access_key
from tests.browser.records import people_with_visits
from tests.healthrecords.conftest import entry_of, publish_lists
from tests.healthrecords.merging import join

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lists(transactional_db: None) -> None:
    publish_lists()


@pytest.fixture
def pair(
    lists: None, clerk: User, station: Organisation, communes: list[Area]
) -> tuple[Citizen, Citizen]:
    """Quàng Thị Hặc with eight visits, and her second record with an old card and a year."""
    first, _visit = people_with_visits(clerk, station, communes[0])
    second = services.register_citizen(
        actor=clerk,
        place=station,
        entry=entry_of(
            communes[0],
            name="Quang Thi Hac",
            birth=PartialDate(1962),
            occupation="63",
            address="Bản Hồi",
            numbers=[NumberEntry("old_card", "040123456")],
        ),
        client_key=uuid7(),
        at=timezone.now(),
        not_twins=frozenset({first.pk}),
    ).row
    TwinCase.objects.update(answer="", answered_at=None, answered_by=None)
    return first, second


def test_two_records_are_joined_and_parted_by_keys(
    visit: Any, axe: Any, clerk: User, pair: tuple[Citizen, Citizen]
) -> None:
    first, second = pair
    page = visit("/", clerk)
    page.get_by_role("link", name="So sánh").first.press("Enter")
    page.wait_for_selector(".side-by-side")
    assert axe(page) == []
    name = page.locator(f"input[name=take_occupation][value='{second.pk}']")
    assert name.is_checked()  # only one of the two says what she works
    page.locator(f"input[name=stays][value='{first.pk}']").focus()
    page.keyboard.press("Space")
    page.locator(f"input[name=take_address][value='{first.pk}']").focus()
    page.keyboard.press("ArrowRight")
    access_key(page, "g")
    page.wait_for_selector("button[name=_join]")
    assert "Bản Hồi" in page.locator("main, #main, body").first.inner_text()
    assert axe(page) == []
    page.locator("#id_reason").fill("Cùng sổ hộ khẩu")
    with page.expect_navigation():
        page.locator("#id_reason").press("Tab")
        page.keyboard.press("Enter")
    merge = CitizenMerge.objects.get()
    assert (merge.survivor, merge.merged) == (first, second)
    assert sorted(merge.taken) == ["address", "occupation"]
    assert axe(page) == []


def test_an_old_address_leads_on_and_the_two_are_parted_by_keys(
    visit: Any, axe: Any, clinician: User, pair: tuple[Citizen, Citizen]
) -> None:
    first, second = pair
    merge = join(clinician, first, second, take=["address"], at=timezone.now())
    page = visit(reverse("admin:healthrecords_citizen_change", args=[second.pk]), clinician)
    assert str(first.pk) in page.url
    page.get_by_role("link", name="Gộp từ nhiều hồ sơ").press("Enter")
    page.get_by_role("link", name="Tách lại").press("Enter")
    page.wait_for_selector("#id_reason")
    assert axe(page) == []
    with page.expect_navigation():
        page.locator("#id_reason").press("Enter")
    merge.refresh_from_db()
    assert merge.undone_by == clinician
    assert Citizen.objects.get(pk=first.pk).address == "Bản Nà Pheo 2"
    assert {case.answer for case in TwinCase.objects.all()} == {"different"}


@pytest.mark.parametrize("width", [1366, 390])
def test_the_pages_of_twins_fit_and_are_accessible(
    visit: Any, axe: Any, sideways: Any, clerk: User, pair: tuple[Citizen, Citizen], width: int
) -> None:
    first, second = pair
    for name, keys in (
        ("twincase_changelist", []),
        ("citizen_merge", [first.pk, second.pk]),
        ("citizen_twins", [first.pk]),
    ):
        page = visit(reverse(f"admin:healthrecords_{name}", args=keys), clerk, width=width)
        assert axe(page) == []
        assert sideways(page) <= 0


def test_a_likely_twin_is_told_while_a_name_is_typed(
    visit: Any, axe: Any, clerk: User, pair: tuple[Citizen, Citizen]
) -> None:
    page = visit(reverse("admin:healthrecords_citizen_add"), clerk)
    page.fill("#id_name", "quang thi hac")
    page.fill("#id_birth", "12/3/1962")
    page.locator("#id_birth").press("Tab")
    page.wait_for_selector("#live-twins .hits")
    assert "Quàng Thị Hặc" in page.locator("#live-twins").inner_text()
    assert axe(page) == []
