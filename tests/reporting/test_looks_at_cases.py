"""Who looked at a notified case is told to the desk, unless that tells of a protected illness."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services as records
from healthrecords.access_report import part_named
from healthrecords.admin import looks_pages
from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.audit.models import AccessLog
from reporting.models import CaseNotification
from reporting.services.notifying import close_case
from tests.healthrecords.conftest import AT, citizen, few_lists, record
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_glass_and_looks_pages import looks_url

__all__ = ["citizen", "few_lists", "record"]

pytestmark = pytest.mark.django_db
GROUND = "báo cáo và phòng chống bệnh truyền nhiễm"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def look_at_case(
    definitions: None,
    citizen: Citizen,
    record: Callable[..., Visit],
    clerk: User,
    clinician: User,
) -> Callable[..., CaseNotification]:
    """Let the clinician open the notification of a diagnosis; the record is open to the desk too."""
    now = timezone.now()
    for user in (clerk, clinician):
        records.open_access(user=user, citizen=citizen, at=now)

    def look(code: str, **said: Any) -> CaseNotification:
        visit = record(citizen, code, actor=clinician, **said)
        case = CaseNotification.objects.get(visit=visit)
        page = reverse("reporting:case", args=[case.pk])
        assert logged_in(clinician).get(page).status_code == 200
        return case

    return look


def grounds(reader: User, of: Citizen) -> list[str]:
    page = logged_in(reader).get(looks_url(of))
    assert page.status_code == 200
    return [str(one.why) for one in page.context["page"].looks]


def test_the_look_at_a_protected_case_is_told_to_those_with_the_right_alone(
    look_at_case: Callable[..., CaseNotification],
    citizen: Citizen,
    clerk: User,
    clinician: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """HIV is notified (W08): the open record has no disease that could be meant."""
    assert look_at_case("B20").sensitivity == "hiv"
    assert GROUND not in grounds(clerk, citizen)
    assert GROUND in grounds(clinician, citizen)
    assert str(part_named("reporting:case")) not in text_of(
        logged_in(clerk).get(looks_url(citizen))
    )
    printed: list[set[str]] = []
    make = looks_pages.looks_paper

    def noted(looks: Any, **said: Any) -> bytes:
        printed.append({str(one.why) for one in looks})
        return make(looks, **said)

    monkeypatch.setattr(looks_pages, "looks_paper", noted)
    for reader in (clerk, clinician):
        logged_in(reader).get(looks_url(citizen, "looks_paper"))
    of_clerk, of_clinician = printed
    assert GROUND not in of_clerk
    assert GROUND in of_clinician
    assert AccessLog.objects.filter(ground="epidemic").exists()


def test_the_look_at_an_ordinary_case_is_told_to_everybody(
    look_at_case: Callable[..., CaseNotification],
    citizen: Citizen,
    clerk: User,
) -> None:
    look_at_case("B05.9")
    assert GROUND in grounds(clerk, citizen)


def test_who_has_an_ordinary_case_beside_a_protected_one_is_told_of_the_looks(
    look_at_case: Callable[..., CaseNotification],
    citizen: Citizen,
    clerk: User,
) -> None:
    """The looks may be at the case that everybody sees."""
    look_at_case("B05.9")
    look_at_case("B20", started_at=AT.replace(day=20))
    assert GROUND in grounds(clerk, citizen)


def test_an_ordinary_case_of_a_protected_visit_tells_as_little(
    look_at_case: Callable[..., CaseNotification],
    citizen: Citizen,
    clerk: User,
    clinician: User,
) -> None:
    case = look_at_case("B05.9")
    Visit.objects.filter(pk=case.visit_id).update(sensitivity="hiv")
    assert GROUND not in grounds(clerk, citizen)
    assert GROUND in grounds(clinician, citizen)


def test_why_a_case_is_not_reported_is_told_to_whom_it_may_be(
    look_at_case: Callable[..., CaseNotification],
    citizen: Citizen,
    clerk: User,
    clinician: User,
) -> None:
    case, why = look_at_case("B05.9"), "thực ra là phát ban do thuốc ARV"
    close_case(actor=clinician, case=case, reason=why, at=timezone.now())
    page = reverse("reporting:case", args=[case.pk])
    hidden = text_of(logged_in(clerk).get(page))
    assert citizen.name in hidden
    assert "ARV" not in hidden
    assert why in text_of(logged_in(clinician).get(page))
    assert CaseNotification.objects.get().closed_because == why
