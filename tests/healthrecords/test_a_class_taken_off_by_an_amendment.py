"""What was signed as protected stays protected while an amendment takes its class off."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Visit, VisitSeal
from healthrecords.services.later import signed_and_now
from healthrecords.services.signing import sign_visit
from healthrecords.snapshots import canonical
from portal.accounts.models import User
from tests.healthrecords.amending import LATER, take_class_off
from tests.healthrecords.pages import logged_in, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("papers_of_their_own")]

WHY = "Lĩnh ARV định kỳ"
TOLD = ("B20", "ARV", "HIV", "hiv")


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def visit(to_sign: Callable[..., Visit], clinician: User, clerk: User) -> Visit:
    """A visit signed as B20, then amended to I10 and not signed again."""
    visit = to_sign("B20", reason=WHY)
    take_class_off(clinician, visit)
    services.open_access(user=clerk, citizen=visit.citizen, at=LATER)
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
