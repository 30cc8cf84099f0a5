"""Home pages in a real browser: the menu folds and opens by keys alone, the pictures and tables read well."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from reporting.days import count_anew
from reporting.standings import keep_standings
from tests.conftest import make_user
from tests.reporting.conftest import definitions, head, person, see, statistician

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["definitions", "head", "see", "statistician"]


@pytest.fixture
def counted(see: Callable[..., Any], station: Organisation, hospital: Organisation) -> None:
    now = timezone.now()
    for days in (*range(3, 80, 5), *range(367, 440, 9)):
        see(person(now.date() - timedelta(days=9000)), station, now - timedelta(days=days), "J06.9")
    today = timezone.localdate()
    count_anew(today - timedelta(days=470), today)
    keep_standings(at=now)


@pytest.mark.parametrize("width", [1366, 1024, 390, 320])
@pytest.mark.parametrize("scripts", [True, False])
def test_the_rest_of_the_menu_opens_by_keys_alone_and_holds_what_the_row_leaves_out(
    visit: Any, counted: None, head: User, sideways: Any, width: int, scripts: bool
) -> None:
    page = visit("/", head, width=width, scripts=scripts)
    assert sideways(page) <= 0
    last = page.locator("#nav-main a[href='/chat-luong/']:visible")
    assert last.count() == 0
    summary = page.locator("#nav-main .rest summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert last.count() == 1
    assert sideways(page) <= 0
    everywhere = set(page.locator("#nav-main a").evaluate_all("all => all.map(a => a.pathname)"))
    shown = page.locator("#nav-main a:visible").evaluate_all("all => all.map(a => a.pathname)")
    assert sorted(shown) == sorted(everywhere)  # every place once, whatever the window
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.all') !== null")


@pytest.mark.parametrize("width", [1366, 390])
def test_home_pages_and_tables_of_places_have_no_barrier(
    visit: Any,
    axe: Any,
    sideways: Any,
    counted: None,
    head: User,
    statistician: User,
    station: Organisation,
    width: int,
) -> None:
    for user, address in (
        (head, "/"),
        (statistician, "/"),
        (statistician, "/dia-ban/"),
        (statistician, f"/dia-ban/{station.pk}/"),
    ):
        page = visit(address, user, width=width)
        assert sideways(page) <= 0, address
        assert axe(page) == [], address


def test_the_department_finds_what_is_overdue_and_opens_it_without_a_mouse(
    visit: Any, counted: None, statistician: User, station: Organisation
) -> None:
    page = visit("/", statistician, scripts=False)
    late = page.locator(".strip a[data-figure='reports_late']")
    number = int(late.get_attribute("data-number"))
    late.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    cells = page.locator("td[data-of='reports_late']")
    told = cells.evaluate_all("all => all.map(one => Number(one.dataset.value))")
    assert sum(told) == number > 0
    with page.expect_navigation():
        page.locator("td[data-of='reports_late'] a").first.press("Enter")
    assert "/dia-ban/" in page.url
    assert page.locator("[data-of~='reports_late']").count() in told


def test_the_picture_says_in_words_and_in_a_table_what_it_draws(
    visit: Any, counted: None, ministry: Organisation
) -> None:
    overseer = make_user("son", "Lê Hồng Sơn", Role.OVERSEER, ministry)
    page = visit("/", overseer, scripts=False)
    says = page.locator(".course svg.chart").get_attribute("aria-label")
    assert says.startswith("Tuần ")
    assert page.locator(".course rect.c-act, .course rect.c-soft").count() == 12 + 2
    page.locator(".course summary").press("Enter")
    assert page.locator(".course details tbody tr:visible").count() == 12
