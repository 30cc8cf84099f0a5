"""The practitioner's own page and the facility's list in a real browser."""

import os
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners.models import Practitioner
from practitioners.services import TrainingEntry, declare_training, link_account, record_training
from tests.practitioners.conftest import PDF
from tests.practitioners.law import load_law
from tests.practitioners.registered import make_registered
from tests.practitioners.training import make_training_lists


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def doctor(hospital: Organisation, clinician: User, data_officer: User) -> Practitioner:
    """Quàng Thị Hạc with 40 hours confirmed and 24 declared; colleagues beside her."""
    load_law()
    make_training_lists()
    person = make_registered("Quàng Thị Hạc", hospital, issued_on=date(2024, 3, 10))
    link_account(actor=None, practitioner=person, user=clinician, on=date(2026, 1, 1))
    at = timezone.now()
    for title, hours in (("Cấp cứu ban đầu", 24), ("Kiểm soát nhiễm khuẩn", 16)):
        record_training(
            practitioner=person,
            entry=_entry(title, hours, at),
            actor=data_officer,
            at=at,
        )
    declare_training(
        practitioner=person,
        entry=_entry("Siêu âm tim cơ bản", 24, at),
        content=PDF,
        name="chung-nhan.pdf",
        actor=clinician,
        at=at,
    )
    make_registered("Vàng A Dơ", hospital, valid_until=date(2026, 1, 31), title="nurse")
    joined = make_registered("Lò Thị Nọi", hospital, title="midwife").registrations.get()
    joined.added_on = timezone.localdate() - timedelta(days=8)
    joined.save()
    return person


def _entry(title: str, hours: int, at: datetime) -> TrainingEntry:
    ended = timezone.localdate(at) - timedelta(days=40)
    return TrainingEntry(
        title=title, ended_on=ended, form="short_course", amount=Decimal(hours), organiser="Sở Y tế"
    )


def shot(page: Any, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_practitioner_declares_and_the_facility_confirms(
    visit: Any, axe: Any, doctor: Practitioner, clinician: User, data_officer: User
) -> None:
    own = visit("/ho-so-cua-toi/", clinician)
    assert "40" in own.locator(".balance .sum").inner_text()
    assert axe(own) == []
    shot(own, "own-1366")
    own.get_by_role("link", name="Khai giờ tín chỉ").first.click()
    assert axe(own) == []
    shot(own, "own-training-1366")
    own.locator("button[type=submit]", has_text="Khai").click()
    own.wait_for_selector(".errornote")
    facility = visit("/ho-so-hanh-nghe/nguoi/", data_officer)
    assert axe(facility) == []
    shot(facility, "staff-1366")
    facility.locator("button", has_text="Xác nhận: Quàng Thị Hạc").click()
    facility.get_by_text("Đã xác nhận").wait_for()
    own = visit("/ho-so-cua-toi/", clinician)
    assert "64" in own.locator(".balance .sum").inner_text()


@pytest.mark.parametrize("width", [1366, 390, 320])
def test_the_pages_fit_and_work_without_scripts(
    visit: Any,
    sideways: Any,
    doctor: Practitioner,
    clinician: User,
    data_officer: User,
    width: int,
) -> None:
    for name, address, user in (
        ("own", "/ho-so-cua-toi/", clinician),
        ("own-training", "/ho-so-cua-toi/gio-hoc/", clinician),
        ("own-looks", "/ho-so-cua-toi/ai-da-xem/", clinician),
        ("staff", "/ho-so-hanh-nghe/nguoi/", data_officer),
    ):
        page = visit(address, user, width=width, scripts=False)
        assert sideways(page) <= 0, address
        shot(page, f"{name}-{width}")
        page.close()
    page = visit("/ho-so-hanh-nghe/nguoi/", data_officer, scripts=False)
    page.locator("button", has_text="Hôm nay đã gửi: Lò Thị Nọi").click()
    page.get_by_text("Đã ghi").wait_for()
