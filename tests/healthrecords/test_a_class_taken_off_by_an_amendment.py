"""What was signed as protected stays protected while an amendment takes its class off."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Citizen, Visit, VisitSeal
from healthrecords.services.later import signed_and_now
from healthrecords.services.signing import sign_visit
from healthrecords.snapshots import canonical
from portal.accounts.models import User
from tests.healthrecords.conftest import AT, visit_of
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_sign_visit import LATER, amended

pytestmark = pytest.mark.django_db

WHY = "Lĩnh ARV định kỳ"
TOLD = ("B20", "ARV", "HIV", "hiv")


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(record: Callable[..., Visit], citizen: Citizen, clinician: User, clerk: User) -> Visit:
    """A visit signed as B20, then amended to I10 and not signed again."""
    services.open_access(user=clinician, citizen=citizen, at=AT)
    visit = record(citizen, "B20", reason=WHY)
    version = sign_visit(actor=clinician, visit=visit, at=AT)
    assert version.sensitivity == "hiv"
    amended(clinician, visit, diagnoses=visit_of("I10").diagnoses)
    visit.refresh_from_db()
    assert visit.sensitivity == ""
    services.open_access(user=clerk, citizen=citizen, at=LATER)
    return visit


def address(name: str, visit: Visit) -> str:
    return reverse(f"admin:healthrecords_visit_{name}", args=[visit.pk])


@pytest.mark.parametrize("name", ["versions", "change", "amend"])
def test_no_page_tells_what_was_signed_to_those_without_the_right(
    name: str, visit: Visit, clerk: User
) -> None:
    answer = logged_in(clerk).get(address(name, visit))
    assert answer.status_code == 200
    text = text_of(answer)
    assert "phiên bản 1" in text  # it says that version 1 is being amended
    assert "Lần khám này chưa ký" not in text
    assert ("Lần khám này đã được sửa đổi và đang chờ ký." in text) is (name == "versions")
    for word in TOLD:
        assert word not in text


def test_who_has_the_right_still_reads_what_was_signed(visit: Visit, clinician: User) -> None:
    text = text_of(logged_in(clinician).get(address("versions", visit)))
    for word in ("B20", WHY):
        assert word in text


def test_the_pair_tells_of_no_difference_without_the_right(visit: Visit) -> None:
    seal = VisitSeal.objects.get(visit=visit)
    said, now = signed_and_now(visit, seal, sees_sensitive=False)
    assert said == now
    assert not any(word in canonical(said) for word in ("B20", "ARV", "hiv"))
    assert "B20" in canonical(signed_and_now(visit, seal, sees_sensitive=True)[0])


def test_once_signed_again_the_old_version_stays_hidden(
    visit: Visit, clinician: User, clerk: User
) -> None:
    sign_visit(actor=clinician, visit=visit, at=LATER)
    text = text_of(logged_in(clerk).get(address("versions", visit)))
    assert "Phiên bản 2" in text
    for word in TOLD:
        assert word not in text
    old = reverse("admin:healthrecords_visit_version", args=[visit.pk, 1])
    assert logged_in(clerk).get(old).status_code == 404
