"""A nurse stops a medicine and confirms what she wrote around a person, with the keyboard alone."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, FieldSource, MedicineStop
from healthrecords.services.entries import RelativeEntry
from healthrecords.services.households import add_relative
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.browser.test_job1_clerk import keep
from tests.healthrecords.conftest import AT, citizen, publish_lists, visit_of

__all__ = ["citizen"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lists(transactional_db: None) -> None:
    publish_lists()


@pytest.mark.parametrize("width", [1366, 390])
def test_a_medicine_is_stopped_by_keyboard_and_what_was_typed_stays(
    clerk: User,
    citizen: Citizen,
    station: Organisation,
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    *,
    sideways: Callable[[Any], int],
    width: int,
) -> None:
    at = timezone.now() - timedelta(days=1)
    services.open_access(user=clerk, citizen=citizen, at=at)
    services.record_visit(
        actor=clerk,
        citizen=citizen,
        facility=station,
        entry=visit_of(started_at=at),
        client_key=uuid7(),
        at=at,
    )
    page = visit(
        reverse("admin:healthrecords_citizen_change", args=[citizen.pk]), clerk, width=width
    )
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile("Ngừng thuốc.*Amlodipin 5 mg")).press("Enter")
    assert page.evaluate("document.activeElement.name") == "reason"
    page.keyboard.type("Phù chân")
    page.fill("[name=stopped_on]", "01/01/2099")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.input_value("[name=reason]") == "Phù chân"
    assert axe(page) == []
    page.fill("[name=stopped_on]", f"{timezone.localdate():%d/%m/%Y}")
    keep(page, f"stop-{width}")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert MedicineStop.objects.get().reason == "Phù chân"
    listed = page.locator("#h-medicines >> xpath=../..")
    assert "Đã ngừng" in listed.inner_text()
    keep(page, f"stopped-{width}")
    assert sideways(page) <= 0
    assert axe(page) == []


@pytest.mark.parametrize("width", [1366, 390])
def test_a_relative_is_confirmed_by_keyboard(
    clerk: User,
    citizen: Citizen,
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    *,
    sideways: Callable[[Any], int],
    width: int,
) -> None:
    entry = RelativeEntry("mother", "Lò Thị Mai", phone="0912000417", represents=True)
    add_relative(actor=clerk, citizen=citizen, entry=entry, at=AT)
    url = reverse("admin:healthrecords_citizen_identity", args=[citizen.pk])
    page = visit(url, clerk, width=width)
    keep(page, f"sources-{width}")
    assert sideways(page) <= 0
    assert axe(page) == []
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("Xác nhận đúng.*Lò Thị Mai")).press("Enter")
    confirmed = FieldSource.objects.filter(field="relative_phone").get()
    assert confirmed.confirmed_by == clerk
    relatives = page.locator("#h-relatives >> xpath=../..").inner_text()
    assert f"{clerk.full_name} xác nhận ngày" in relatives
