"""A nurse asks about allergies and writes the answer with the keyboard alone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from healthrecords.models import Allergy, Citizen, Inquiry
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.browser.records import people_with_visits
from tests.healthrecords.conftest import publish_lists

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def citizen(
    transactional_db: None, clerk: User, station: Organisation, communes: list[Area]
) -> Citizen:
    publish_lists()
    return people_with_visits(clerk, station, communes[0])[0]


def record(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_citizen_change", args=[citizen.pk])


def focused(page: Any) -> str:
    name: str = page.evaluate("document.activeElement.name || document.activeElement.id")
    return name


def test_an_allergy_is_entered_by_keyboard_and_stands_in_the_banner(
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    sideways: Callable[[Any], int],
    citizen: Citizen,
    clerk: User,
) -> None:
    page = visit(record(citizen), clerk)
    alert = page.locator(".banner .alert", has_text="Dị ứng")
    assert "chưa hỏi" in alert.inner_text()
    alert.locator("a").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert focused(page) == "allergy-substance"
    page.keyboard.type("penici")
    page.wait_for_selector(".suggestions:not([hidden]) [role=option]")
    page.keyboard.press("Enter")
    assert focused(page) == "allergy-reaction"
    page.keyboard.type("phản vệ")
    page.keyboard.press("Tab")
    page.keyboard.press("n")  # nặng
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("2019")
    assert axe(page) == []
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    row = Allergy.objects.get()
    assert (row.code, row.severity, row.since) == ("penicillin", "severe", "2019")
    severe = page.locator(".banner .alert.bad")
    assert "Dị ứng nhóm penicillin" in severe.inner_text()
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert sideways(page) <= 0


def test_asked_none_is_one_button_and_works_without_scripts(
    visit: Callable[..., Any], citizen: Citizen, clerk: User
) -> None:
    address = reverse("admin:healthrecords_citizen_background", args=[citizen.pk])
    page = visit(address, clerk, scripts=False)
    page.locator("#allergy button[name=_none]").click()
    assert Inquiry.objects.get().answer == "none"
    assert "đã hỏi, không có" in page.locator(".banner").inner_text()


def test_what_was_typed_stays_when_it_is_refused(
    visit: Callable[..., Any], citizen: Citizen, clerk: User
) -> None:
    page = visit(reverse("admin:healthrecords_citizen_background", args=[citizen.pk]), clerk)
    page.fill("[name=problem-text]", "bệnh không ai biết xyz")
    page.locator("#problem .beside summary").click()
    page.fill("[name=problem-note]", "chị gái kể")
    with page.expect_navigation():
        page.locator("#problem button[name=_save]").click()
    assert page.locator(".errornote").count() == 1
    assert page.input_value("[name=problem-text]") == "bệnh không ai biết xyz"
    assert page.input_value("[name=problem-note]") == "chị gái kể"
