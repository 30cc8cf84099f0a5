"""The reason of an amendment tells nobody what the visit does not tell them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Citizen, Visit, VisitAmendment
from healthrecords.services.amending import open_amendment
from healthrecords.services.signing import sign_visit
from healthrecords.services.versions import version_of
from portal.accounts import services as accounts
from portal.accounts.models import User
from portal.accounts.roles import CAPABILITIES_OF
from tests.conftest import SINCE, TODAY
from tests.healthrecords.amending import LATER
from tests.healthrecords.conftest import AT, visit_of
from tests.healthrecords.pages import logged_in, text_of

pytestmark = pytest.mark.django_db
TELLING = "Thêm chẩn đoán HIV theo xét nghiệm"
CODED = "Bổ sung mã B20 cho đúng"
PLAIN = "Ghi nhầm liều Amlodipin"
PAGES = ("versions", "change", "amend", "correct")


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(record: Callable[..., Visit], citizen: Citizen, clinician: User, clerk: User) -> Visit:
    """An ordinary visit, signed."""
    for user in (clinician, clerk):
        services.open_access(user=user, citizen=citizen, at=AT)
        services.open_access(user=user, citizen=citizen, at=LATER)
    visit = record(citizen)
    sign_visit(actor=clinician, visit=visit, at=AT)
    return visit


@pytest.fixture
def signer(clerk: User, monkeypatch: pytest.MonkeyPatch) -> User:
    """Who signs here and has no right to protected rows."""
    monkeypatch.setitem(
        CAPABILITIES_OF,
        "station_clinician",
        CAPABILITIES_OF["station_clinician"] - {"see_sensitive"},
    )
    accounts.give_role(
        actor=None,
        user=clerk,
        role="station_clinician",
        organisation=clerk.place_of_work,
        valid_from=SINCE,
        today=TODAY,
    )
    return User.objects.get(pk=clerk.pk)


def address(name: str, visit: Visit) -> str:
    return reverse(f"admin:healthrecords_visit_{name}", args=[visit.pk])


def amend(clinician: User, visit: Visit, why: str, *codes: str, at: Any = LATER) -> Visit:
    open_amendment(actor=clinician, visit=visit, reason=why, at=at)
    if not codes:
        return visit
    return services.correct_visit(
        actor=clinician, visit=visit, entry=visit_of(*codes), version=version_of(visit), at=at
    )


@pytest.mark.parametrize("why", [TELLING, CODED])
@pytest.mark.parametrize("name", PAGES)
def test_a_reason_that_betrays_is_told_to_those_with_the_right_alone(
    name: str, why: str, visit: Visit, clerk: User, clinician: User
) -> None:
    """The visit is still open: the diagnosis is not in it yet."""
    amend(clinician, visit, why)
    assert Visit.objects.get().sensitivity == ""
    hidden = logged_in(clerk).get(address(name, visit))
    assert hidden.status_code == 200
    assert "phiên bản 1" in text_of(hidden)
    for word in (why, "HIV", "B20"):
        assert word not in text_of(hidden)
    assert why in text_of(logged_in(clinician).get(address(name, visit)))
    assert VisitAmendment.objects.get().reason == why


@pytest.mark.parametrize("name", PAGES)
def test_an_ordinary_reason_is_told_to_everybody(
    name: str, visit: Visit, clerk: User, clinician: User
) -> None:
    amend(clinician, visit, PLAIN)
    assert PLAIN in text_of(logged_in(clerk).get(address(name, visit)))


def test_once_the_diagnosis_stands_nothing_of_the_visit_is_there(
    visit: Visit, clerk: User, clinician: User
) -> None:
    amend(clinician, visit, TELLING, "I10", "B20")
    for name in PAGES:
        assert logged_in(clerk).get(address(name, visit)).status_code == 404
    sign_visit(actor=clinician, visit=visit, at=LATER)
    assert logged_in(clerk).get(address("versions", visit)).status_code == 404
    assert TELLING in text_of(logged_in(clinician).get(address("versions", visit)))


def test_why_a_class_was_taken_off_is_not_told_without_the_right(
    visit: Visit, clerk: User, clinician: User
) -> None:
    """Version 3 is open; that it amends a protected one would tell what that one said."""
    amend(clinician, visit, TELLING, "I10", "B20")
    sign_visit(actor=clinician, visit=visit, at=LATER)
    why = "Chẩn đoán của lần trước là của người khác"
    amend(clinician, visit, why, "I10")
    assert Visit.objects.get().sensitivity == ""
    for name in PAGES:
        assert why not in text_of(logged_in(clerk).get(address(name, visit)))
    third = sign_visit(actor=clinician, visit=visit, at=LATER)
    assert (third.number, third.sensitivity) == (3, "")
    one = reverse("admin:healthrecords_visit_version", args=[visit.pk, 3])
    for url in (address("versions", visit), one):
        assert why not in text_of(logged_in(clerk).get(url))
        assert why in text_of(logged_in(clinician).get(url))
    third.refresh_from_db()
    assert third.reason == why


@pytest.mark.parametrize(("why", "is_told"), [(TELLING, False), (PLAIN, True)])
def test_what_is_to_be_signed_tells_no_more(
    why: str, is_told: bool, visit: Visit, signer: User, clinician: User
) -> None:
    amend(clinician, visit, why)
    client = logged_in(signer)
    for url in (reverse("admin:healthrecords_visit_to_sign"), reverse("admin:index")):
        text = text_of(client.get(url))
        assert visit.citizen.name in text, url
        assert (why in text) is is_told, url
    client.get(reverse("admin:healthrecords_citizen_change", args=[visit.citizen_id]))
    assert (why in text_of(client.get(address("sign", visit)))) is is_told
