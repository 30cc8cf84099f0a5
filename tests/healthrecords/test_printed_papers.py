"""Referral, discharge paper and summary are printed from their records, signed with the visit, and told from cancelled ones."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from healthrecords.models import Citizen, SignedPaper, Visit
from healthrecords.papers.making import draft, kinds_of, make
from healthrecords.papers.marks import Mark
from healthrecords.services import documents
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.test_papers import issue, refer

DISCHARGE = {"department": "Khoa Nội", "head_of_department": "Vừ A Lử"}
SUMMARY = {
    "diagnosis_in": "I10 Tăng huyết áp",
    "course": "Đau đầu hai ngày",
    "results": "Đường máu 9,8 mmol/L",
    "outcome": "2",
}


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    return record(citizen)


def test_each_paper_is_printed_and_signed_with_the_visit(
    visit: Visit, clerk: User, clinician: User, hospital: Organisation
) -> None:
    refer(visit, clerk, hospital)
    issue(visit, clerk, "discharge", **DISCHARGE)
    issue(visit, clerk, "summary", **SUMMARY)
    assert set(kinds_of(visit)) == {"visit", "prescription", "referral", "discharge", "summary"}
    for kind in kinds_of(visit):
        assert make(kind, visit, draft(visit)).startswith(b"%PDF")
    sign_visit(actor=clinician, visit=visit, at=AT + timedelta(minutes=5))
    kept = set(SignedPaper.objects.values_list("kind", flat=True))
    assert kept == {"visit", "prescription", "referral", "discharge", "summary"}


def test_a_cancelled_paper_is_in_force_no_more_although_it_was_signed(
    visit: Visit, clerk: User, clinician: User
) -> None:
    cache.clear()
    document = issue(visit, clerk, "summary", **SUMMARY)
    version = sign_visit(actor=clinician, visit=visit, at=AT + timedelta(minutes=5))
    address = reverse("records:paper-check", args=[Mark("summary", visit.pk, version.number).token])
    assert "còn hiệu lực" in Client().get(address).content.decode()
    documents.cancel(actor=clerk, document=document, reason="Ghi nhầm", at=AT)
    page = Client().get(address).content.decode()
    assert "không còn hiệu lực" in page
    assert "Ghi nhầm" not in page
    client = Client()
    client.force_login(clerk)
    paper = reverse("admin:healthrecords_visit_paper", args=[visit.pk, "summary"])
    assert client.get(paper).status_code in {403, 404}
