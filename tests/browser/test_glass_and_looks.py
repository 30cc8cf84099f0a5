"""Breaking the glass, its review and the citizen's report, in a real browser, with and without scripts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from healthrecords.models import CareAccess, Citizen, GlassReview
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.browser.records import people_with_visits
from tests.healthrecords.conftest import publish_lists

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "bất tỉnh, đưa đến cấp cứu"


@pytest.fixture
def citizen(clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    publish_lists()
    return people_with_visits(clerk, station, communes[0])[0]


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:healthrecords_{name}", args=args)


@pytest.mark.parametrize("scripts", [True, False])
def test_glass_is_broken_reviewed_and_told_to_the_citizen(
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    citizen: Citizen,
    clerk: User,
    stranger: User,
    auditor: User,
    *,
    scripts: bool,
) -> None:
    record = url("citizen_change", citizen.pk)

    # A stranger is asked why, and opens the record for a reason.
    page = visit(record, stranger, scripts=scripts)
    assert citizen.name not in page.content()
    page.get_by_role("button", name="Mở hồ sơ với lý do này").click()
    assert page.locator("#id_reason_error").is_visible()
    page.locator("#id_reason").fill(REASON)
    page.get_by_role("button", name="Mở hồ sơ với lý do này").click()
    assert page.locator(".banner .alert.bad").inner_text().count(REASON) == 1
    assert CareAccess.objects.get(ground="glass").reason == REASON
    page.get_by_role("link", name="Khám tăng huyết áp").first.click()

    # A reviewer finds it at the top of the day's work and says what was found.
    page = visit(reverse("admin:index"), auditor, scripts=scripts)
    page.get_by_role("link", name=f"{stranger.full_name} mở hồ sơ của {citizen.name}").first.click()
    assert page.locator("table").get_by_text("một lượt khám").is_visible()
    if scripts:
        assert axe(page) == []
    page.get_by_label("không chính đáng").check()
    page.get_by_role("button", name="Lưu kết quả xem lại").click()
    assert page.locator(".errornote").is_visible()  # a note is missing
    page.get_by_label("Nhận xét và việc tiếp theo").fill("Không có phiếu cấp cứu. Nhắc nhở.")
    page.get_by_role("button", name="Lưu kết quả xem lại").click()
    assert page.locator(".messagelist").get_by_text("Đã lưu kết quả xem lại").is_visible()
    assert GlassReview.objects.get().outcome == "not_justified"

    # The citizen asks at the desk who has looked.
    page = visit(record, clerk, scripts=scripts)
    page.locator("details.tools summary").click()
    page.get_by_role("link", name="Ai đã xem").click()
    row = page.locator("tr.glass", has_text="cả hồ sơ").first
    for said in (stranger.full_name, "Phòng khám Thanh Bình", REASON):
        assert said in row.inner_text()
    if scripts:
        assert axe(page) == []


@pytest.mark.parametrize("width", [1366, 390])
def test_the_pages_fit_and_pass_axe(
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    sideways: Callable[[Any], int],
    citizen: Citizen,
    clerk: User,
    *,
    width: int,
) -> None:
    addresses = [
        url("citizen_change", citizen.pk),
        url("citizen_summary", citizen.pk),
        url("citizen_looks", citizen.pk),
        url("citizen_rights", citizen.pk),
        url("citizen_consent", citizen.pk, "research"),
        url("citizen_request", citizen.pk),
    ]
    for address in addresses:
        page = visit(address, clerk, width=width)
        assert sideways(page) <= 0, address
        assert axe(page) == [], address
        page.context.close()
