"""A clerk compares a person with the population database: the simulator, the worker and the page together."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from healthrecords.models import Citizen
from portal.accounts.models import User
from tests.browser.test_job1_clerk import keep
from tests.healthrecords.conftest import citizen, publish_lists
from tests.verification.conftest import HELD, simulator, work

__all__ = ["citizen", "simulator"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lists(transactional_db: None) -> None:
    publish_lists()


@pytest.mark.parametrize("width", [1366, 390])
def test_a_difference_is_found_shown_and_settled_by_keyboard(
    clerk: User,
    citizen: Citizen,
    visit: Callable[..., Any],
    simulator: Callable[..., str],
    axe: Callable[[Any], list[str]],
    *,
    sideways: Callable[[Any], int],
    width: int,
) -> None:
    simulator({**HELD, "birth": "1963-03-12"})
    url = reverse("admin:healthrecords_citizen_identity", args=[citizen.pk])
    page = visit(url, clerk, width=width)
    with page.expect_navigation():
        page.get_by_role("button", name="Đối chiếu ngay").press("Enter")
    assert "chờ gửi đối chiếu" in page.locator("#h-register >> xpath=../..").inner_text()
    work()
    page.reload()
    keep(page, f"identity-differs-{width}")
    clash = page.locator(".clash")
    said = clash.inner_text()
    assert all(words in said for words in ("12/03/1962", "12/03/1963", "mô phỏng"))
    assert sideways(page) <= 0
    assert page.locator("h1").count() == 1
    assert axe(page) == []
    with page.expect_navigation():
        clash.get_by_role("button", name="Giữ của hồ sơ").press("Enter")
    assert "Ghi vì sao giữ như hồ sơ" in page.locator("#errornote").inner_text()
    with page.expect_navigation():
        page.locator(".clash").get_by_role("button", name="Nhận theo dân cư").press("Enter")
    keep(page, f"identity-settled-{width}")
    assert "Đã nhận theo dữ liệu dân cư" in page.locator(".messagelist").inner_text()
    citizen.refresh_from_db()
    assert citizen.birth.iso() == "1963-03-12"
    assert citizen.identifiers.get().is_verified
    page.goto(page.url.replace("/danh-tinh/", "/sua/"))
    page.locator("details.fold > summary").click()
    keep(page, f"identity-form-{width}")
    assert sideways(page) <= 0
    assert axe(page) == []
