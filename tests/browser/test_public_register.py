"""The public register in a real browser: by keyboard, on a phone, without scripts, for everybody."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from portal.places.models import Organisation
from practitioners.models import LicenseEvent, Practitioner, Sanction
from practitioners.public.publishing import publish_waiting
from practitioners.public.snapshot import take_snapshot
from tests.practitioners.conftest import make_list
from tests.practitioners.registered import make_registered, register_at

NAMES = (
    "Lò Văn Thoan",
    "Nguyễn Thị Thoan",
    "Quàng Thị Hạc",
    "Nguyễn Văn Hùng",
    "Nguyễn Văn Hùng",
    "Lường Thị Duyên",
    "Giàng A Páo",
)


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def people(hospital: Organisation, station: Organisation) -> list[Practitioner]:
    """Seven people of the register: one works at two places, one is suspended, one sanctioned."""
    make_list(
        "professional_titles",
        "Chức danh chuyên môn",
        {"doctor": "Bác sỹ", "nurse": "Điều dưỡng", "midwife": "Hộ sinh"},
    )
    titles = ("doctor", "nurse", "midwife", "doctor", "doctor", "nurse", "doctor")
    found = [
        make_registered(name, hospital if place % 2 == 0 else station, title=title)
        for place, (name, title) in enumerate(zip(NAMES, titles, strict=True))
    ]
    register_at(
        found[0], station, weekdays=(7,), hours=((450, 690),), is_full_time=False, position_text=""
    )
    LicenseEvent.objects.create(
        license=found[3].licenses.get(),
        kind="suspended",
        decision_no="412/QĐ-SYT",
        decided_on=date(2026, 10, 2),
        valid_from=date(2026, 10, 5),
        valid_until=date(2027, 4, 5),
    )
    Sanction.objects.create(
        practitioner=found[0],
        kind="fine",
        decision_no="88/QĐ-XPHC",
        decided_on=date(2026, 9, 1),
        valid_from=date(2026, 9, 1),
        published_text="Hành nghề ngoài giờ đã đăng ký ngày 12/08/2026.",
        published_until=date(2030, 9, 1),
    )
    at = timezone.now()
    publish_waiting(at=at)
    take_snapshot(at=at)
    return found


def shot(page: Any, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_anybody_finds_a_doctor_by_keyboard_alone(
    visit: Any, axe: Any, people: list[Practitioner]
) -> None:
    page = visit("/tra-cuu/")
    assert axe(page) == []
    shot(page, "register-home-1366")
    page.keyboard.type("lo van thoan")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=lo+van+thoan*")
    assert axe(page) == []
    shot(page, "register-found-1366")
    page.get_by_role("link", name="Lò Văn Thoan").press("Enter")
    page.wait_for_url(f"**/{people[0].pk}/")
    assert page.get_by_role("heading", level=1).inner_text() == "Lò Văn Thoan"
    assert "Được phép hành nghề" in page.content()
    assert "Hành nghề ngoài giờ" in page.content()
    assert axe(page) == []
    shot(page, "register-person-1366")


def test_a_suspension_is_said_in_words_and_another_day_is_asked_for(
    visit: Any, axe: Any, people: list[Practitioner]
) -> None:
    page = visit(f"/tra-cuu/{people[3].pk}/")
    assert "Không được hành nghề" in page.content()
    assert "412/QĐ-SYT" in page.content()
    shot(page, "register-suspended-1366")
    page.get_by_label("Xem sổ của ngày").fill("01/09/2026")
    page.keyboard.press("Enter")
    page.wait_for_url("**ngay=*")
    assert "Được phép hành nghề" in page.content()
    assert "01/09/2026" in page.content()
    assert axe(page) == []


@pytest.mark.parametrize("width", [1366, 390, 320])
@pytest.mark.parametrize("scripts", [True, False])
def test_every_page_fits_every_screen_with_and_without_scripts(
    visit: Any, sideways: Any, people: list[Practitioner], width: int, scripts: bool
) -> None:
    hospital = people[0].registrations.order_by("valid_from", "id").first().facility
    addresses = {
        "home": "/tra-cuu/",
        "found": "/tra-cuu/?q=nguyen",
        "nobody": "/tra-cuu/?q=khong+co+ai&ngay=31/02/2026",
        "person": f"/tra-cuu/{people[0].pk}/",
        "suspended": f"/tra-cuu/{people[3].pk}/",
        "place": f"/tra-cuu/co-so/{hospital.pk}/",
        "data": "/tra-cuu/du-lieu/",
    }
    for name, address in addresses.items():
        page = visit(address, width=width, scripts=scripts)
        assert sideways(page) <= 0, address
        if scripts:
            shot(page, f"register-{name}-{width}")
        page.close()


def test_the_pages_pass_in_the_dark_and_in_english(
    visit: Any, axe: Any, people: list[Practitioner]
) -> None:
    page = visit(f"/tra-cuu/{people[0].pk}/", dark=True)
    assert axe(page) == []
    shot(page, "register-person-dark")
    page.get_by_role("link", name="English").click()
    page.get_by_text("Licensed to practise").wait_for()
    page.goto(page.url.split("/tra-cuu/")[0] + "/tra-cuu/du-lieu/")
    assert axe(page) == []


def test_the_code_of_a_licence_leads_to_its_holder(visit: Any, people: list[Practitioner]) -> None:
    license = people[0].licenses.get()
    page = visit(f"/tra-cuu/gp/{license.serial}-{license.issuer_code}-GPHN/")
    assert page.url.endswith(f"/tra-cuu/{people[0].pk}/")
