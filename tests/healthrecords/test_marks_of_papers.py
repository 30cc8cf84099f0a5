"""The mark on a paper: what it tells a stranger, and where it leads who may see the visit."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, Visit
from healthrecords.papers.marks import Mark, read_mark, slip_mark
from healthrecords.services.signing import sign_visit
from healthrecords.verification import PER_MINUTE
from portal.accounts.models import User
from portal.audit.models import AccessLog
from tests.healthrecords.test_signing_pages import amended


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.SIGNING_TRUST = tmp_path / "trust"


@pytest.fixture
def visit(record: Callable[..., Visit], citizen: Citizen) -> Visit:
    now = timezone.now()
    return record(citizen, started_at=now - timedelta(minutes=20), at=now)


@pytest.fixture
def doctor(clinician: User) -> Client:
    client = Client()
    client.force_login(clinician)
    return client


STANDING = {
    "draft": "có trước khi ký",
    "valid": "còn hiệu lực: phiên bản 1",
    "amending": "nơi cấp đang sửa đổi",
    "superseded": "đã bị thay thế: phiên bản 1",
}


@pytest.mark.parametrize("state", STANDING)
def test_a_stranger_learns_whether_a_paper_is_in_force_and_nothing_else(
    state: str, visit: Visit, clinician: User, citizen: Citizen
) -> None:
    cache.clear()
    number = 0 if state == "draft" else 1
    if state != "draft":
        sign_visit(actor=clinician, visit=visit, at=timezone.now())
    if state in {"amending", "superseded"}:
        amended(clinician, visit)
    if state == "superseded":
        sign_visit(actor=clinician, visit=visit, at=timezone.now())
    mark = Mark("visit", visit.pk, number)
    answer = Client().get(reverse("records:paper-check", args=[mark.token]))
    page = answer.content.decode()
    assert STANDING[state] in page
    assert visit.pk.hex[-8:].upper() in page
    for secret in (citizen.name, "I10", "huyết áp", "Amlodipin", "011162004137", "1962"):
        assert secret not in page
    assert "no-store" in answer["Cache-Control"]
    assert not AccessLog.objects.filter(url__contains="/giay/").exists()


def test_a_forged_mark_leads_nowhere(visit: Visit) -> None:
    cache.clear()
    token = Mark("visit", visit.pk, 1).token
    for forged in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.replace("p1-", "p2-"),
        token.replace("p1-", "d1-"),
        "p1-x",
        "x",
        "p1--",
    ):
        assert Client().get(f"/giay/{forged}").status_code == 404


def test_the_mark_of_a_paper_opens_the_visit_in_the_box(visit: Visit, doctor: Client) -> None:
    mark = Mark("prescription", visit.pk, 3)
    assert read_mark(mark.address) == visit.pk
    assert read_mark(slip_mark(visit)) == visit.pk
    answer = doctor.get(reverse("admin:finder"), {"q": mark.address})
    assert answer.status_code == 302
    assert str(visit.pk) in answer.url


def test_asking_for_marks_in_bulk_is_stopped(visit: Visit) -> None:
    cache.clear()
    client, address = Client(), f"/giay/{Mark('visit', visit.pk).token}"
    # A minute may end on the way: of two at most twice as many are answered.
    answers = [client.get(address).status_code for _n in range(2 * PER_MINUTE + 1)]
    assert set(answers) == {200, 429}
    assert answers.count(200) <= 2 * PER_MINUTE
    cache.clear()
