"""Somebody is found from any page by keys alone, on a desk and on a phone."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from healthrecords.models import Citizen
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.browser.records import people_with_visits
from tests.healthrecords.conftest import publish_lists

# Where pictures of the pages go, for whoever wants to look at them.
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def hac(transactional_db: None, clerk: User, station: Organisation, communes: list[Area]) -> Any:
    """Quàng Thị Hặc with visits, among people of like names."""
    publish_lists()
    citizen, _visit = people_with_visits(clerk, station, communes[0])
    Citizen.objects.bulk_create(
        Citizen(
            name=name,
            birth_date=born,
            birth_precision="year" if born.day == born.month == 1 else "day",
            sex="female",
            home_station=station,
            area=communes[0],
            address="Bản Huổi Lèng",
        )
        for name, born in [
            ("Quàng Thị Hạ", date(1962, 1, 1)),
            ("Quàng Thị Hoa", date(1988, 10, 2)),
            ("Cà Thị Hặc", date(1962, 12, 3)),
            *[("Lò Văn Bun", date(1950 + n, 1 + n % 12, 5)) for n in range(27)],
        ]
    )
    return citizen


def look(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def find(page: Any, text: str) -> None:
    """Press F2, type, press Enter: nothing else is needed."""
    page.keyboard.press("F2")
    assert page.evaluate("document.activeElement.id") == "find-q"
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def follow(page: Any, text: str) -> None:
    """Go on by Tab until the link with this text has the focus, and open it."""
    for _press in range(80):
        page.keyboard.press("Tab")
        if text in (page.evaluate("document.activeElement.textContent") or ""):
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_somebody_is_found_from_any_page_by_keys_alone(
    visit: Callable[..., Any], axe: Callable[..., Any], clerk: User, hac: Citizen
) -> None:
    record = reverse("admin:healthrecords_citizen_change", args=[hac.pk])
    page = visit("/", clerk)
    for address in ("/", reverse("admin:healthrecords_citizen_changelist"), record):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + address)
        find(page, "quanh thi hac 1962")
        assert "Tên gần giống, đúng năm sinh" in page.text_content("#content-main")
    look(page, "hits")
    assert axe(page) == []
    follow(page, "Quàng Thị Hặc")
    assert page.url.endswith(record)
    find(page, "quang thi hac")
    look(page, "exact")
    find(page, "lo bun")
    look(page, "first-page")
    assert axe(page) == []
    follow(page, "Trang sau")
    assert page.locator(".hits > li").count() == 7
    find(page, "vu mi sinh 30/12/1990")
    look(page, "nobody")
    assert axe(page) == []
    assert "Đã hiểu là tên “vu mi sinh”, sinh 30/12/1990" in page.text_content("#content-main")
    assert page.locator("#find-q").input_value() == "vu mi sinh 30/12/1990"


@pytest.mark.parametrize("width", [390, 320])
def test_found_people_fit_a_phone(
    visit: Callable[..., Any],
    sideways: Callable[..., Any],
    clerk: User,
    hac: Citizen,
    width: int,
) -> None:
    page = visit("/tim/?q=quanh+thi+hac+1962", clerk, width=width)
    look(page, f"hits-{width}")
    assert sideways(page) <= 0
    page = visit("/tim/?q=lo+bun", clerk, width=width, scripts=False)
    look(page, f"first-page-{width}")
    assert sideways(page) <= 0


def typed(page: Any, text: str) -> Any:
    """Press F2 and type; return the list of suggestions once it stands."""
    page.keyboard.press("F2")
    page.keyboard.press("Control+a")
    page.keyboard.type(text, delay=5)
    page.wait_for_selector("#find-list:not([hidden]) li")
    return page.locator("#find-list li")


def test_people_are_offered_while_somebody_types_and_arrows_open_one(
    hac: Citizen, clerk: User, visit: Callable[..., Any]
) -> None:
    page = visit("/", clerk)
    rows = typed(page, "quang thi h")
    assert rows.count() >= 3
    look(page, "suggestions")
    box = page.locator("#find-q")
    assert box.get_attribute("aria-expanded") == "true"
    assert box.get_attribute("aria-activedescendant") is None, "Enter still searches"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowDown")
    first = page.locator("#find-list [aria-selected=true]")
    assert first.get_attribute("id") == box.get_attribute("aria-activedescendant")
    name = first.inner_text().split("\n")[0]
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert name in page.locator("h1").first.inner_text()


def test_escape_shuts_the_list_and_enter_searches(
    hac: Citizen, clerk: User, visit: Callable[..., Any]
) -> None:
    page = visit("/", clerk)
    typed(page, "quang thi h")
    page.keyboard.press("Escape")
    assert page.locator("#find-list").is_hidden()
    assert page.input_value("#find-q") == "quang thi h"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/tim/" in page.url


def test_a_line_that_fails_is_left_alone(
    hac: Citizen, clerk: User, visit: Callable[..., Any]
) -> None:
    page = visit("/", clerk)
    asked: list[str] = []

    def fail(route: Any) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route("**/tim/goi-y/**", fail)
    for text in ("quang", "quang thi", "quang thi h", "quang thi ha"):
        page.keyboard.press("F2")
        page.keyboard.press("Control+a")
        page.keyboard.type(text)
        page.wait_for_timeout(450)
    assert len(asked) == 2
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Quàng Thị" in page.locator("#content-main").inner_text()
