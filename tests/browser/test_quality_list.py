"""The list of records to mend in a real browser: worst first, opened at the field, closed by measuring."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen
from portal.accounts.models import User
from reporting.models import QualityIssue
from reporting.quality.loading import load_rules
from reporting.services.measuring import measure
from tests.healthrecords.conftest import citizen, lists
from tests.shipped import publish

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["citizen", "lists"]
LINES = "section.module tbody tr"


@pytest.fixture
def poor(citizen: Citizen) -> Citizen:
    """A person whose ethnic group is missing, whose number nobody verified, who was asked nothing."""
    Citizen.objects.filter(pk=citizen.pk).update(ethnic_group="")
    publish({"nationalities"})
    load_rules()
    measure(at=timezone.now())
    return citizen


def rules_of(page: Any) -> list[str]:
    return [
        text.split()[-1]
        for text in page.locator(f"{LINES} td:nth-child(4) a").evaluate_all(
            "all => all.map(a => a.firstChild.textContent.trim())"
        )
    ]


def measure_again(page: Any, rule: str) -> str:
    """Mark the line of a rule, have it measured, and return what is said."""
    line = page.locator(LINES).filter(has_text=rule)
    line.get_by_role("checkbox").check()
    page.get_by_role("button", name="Đo lại các mục đã đánh dấu").click()
    said: str = page.locator(".messagelist").inner_text()
    return said


def test_the_worst_is_first_and_a_line_goes_only_when_the_record_was_mended_and_measured(
    poor: Citizen, clerk: User, visit: Callable[..., Any]
) -> None:
    page = visit(reverse("reporting:mend"), clerk)
    # A gate on the number, then what weighs four, then what weighs two.
    assert rules_of(page) == ["D02", "F01", "F08"]
    assert "lỗi định danh" in page.locator(LINES).first.inner_text()
    assert "dân tộc" in page.locator(LINES).filter(has_text="F01").inner_text()

    # To say it is mended does not mend it.
    assert "0 lỗi đã sửa xong" in measure_again(page, "F01")
    assert rules_of(page) == ["D02", "F01", "F08"]

    page.locator(LINES).filter(has_text="F01").get_by_role("link", name="Sửa").click()
    assert page.url.endswith(
        reverse("admin:healthrecords_citizen_mend", args=[poor.pk]) + "#id_ethnic_group"
    )
    field = page.locator("#id_ethnic_group:target")
    field.wait_for()
    field.fill("thai")
    page.wait_for_selector("ul.suggestions:not([hidden]) li")
    field.press("Enter")
    page.locator("button[name=_save]").click()
    poor.refresh_from_db()
    assert poor.ethnic_group == "03"

    # The record is right, and the line stays until it was measured.
    page.goto(page.url.split("/healthrecords")[0] + reverse("reporting:mend"))
    issue = QualityIssue.objects.get(rule__code="F01", object_id=poor.pk)
    assert (rules_of(page), issue.closed_on) == (["D02", "F01", "F08"], None)
    assert "1 lỗi đã sửa xong" in measure_again(page, "F01")
    issue.refresh_from_db()
    assert (rules_of(page), issue.closed_on) == (["D02", "F08"], timezone.localdate())


@pytest.mark.parametrize("width", [1366, 390, 320])
def test_the_list_is_whole_at_every_width(
    poor: Citizen, clerk: User, visit: Any, axe: Any, sideways: Any, *, width: int
) -> None:
    page = visit(reverse("reporting:mend"), clerk, width=width)
    assert page.locator(LINES).count() == 3
    assert axe(page) == []
    assert sideways(page) <= 0
