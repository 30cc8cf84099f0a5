"""People whom the population database spoke of too long ago are asked about again, a share a night."""

from datetime import date, timedelta
from typing import Any

import pytest

from healthrecords.models import Citizen, IdentityCheck
from healthrecords.services.identity import ask_about
from healthrecords.services.renewing import ask_again
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from portal.verification.models import Inquiry
from tests.healthrecords.conftest import AT

pytestmark = pytest.mark.django_db
YEARS_LATER = AT + timedelta(days=400)


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _a_register(settings: Any) -> None:
    settings.POPULATION_URL, settings.POPULATION_KEY = "http://127.0.0.1:9", "known-to-tests"


@pytest.fixture
def checked(clerk: User, station: Organisation, communes: list[Area]) -> list[Citizen]:
    """Three people, asked about one day after the other, and answered."""
    found = []
    for n in range(3):
        citizen = Citizen.objects.create(
            name=f"Lò Văn {chr(65 + n)}",
            birth_date=date(1971, 8, 15 + n),
            sex="male",
            home_station=station,
            area=communes[0],
        )
        citizen.identifiers.create(kind="personal", value=f"01107100012{n}")
        ask_about(actor=clerk, citizen=citizen, place=station, at=AT + timedelta(days=n))
        found.append(citizen)
    Inquiry.objects.update(state="answered", result="match", answered_at=AT)
    return found


def asked_again() -> list[Citizen]:
    rows = IdentityCheck.objects.filter(inquiry__asked_at=YEARS_LATER).order_by("id")
    return [check.citizen for check in rows.select_related("citizen")]


def test_the_oldest_answers_first_and_no_more_than_a_share(
    checked: list[Citizen], settings: Any
) -> None:
    settings.POPULATION_RENEWALS_A_NIGHT = 2
    assert ask_again(at=YEARS_LATER) == 2
    assert asked_again() == checked[:2]
    inquiry = Inquiry.objects.get(subject_id=checked[0].pk, asked_at=YEARS_LATER)
    assert (inquiry.state, inquiry.personal_number) == ("waiting", "011071000120")
    assert inquiry.organisation == checked[0].home_station


def test_nobody_is_asked_about_twice(checked: list[Citizen]) -> None:
    assert ask_again(at=YEARS_LATER) == 3
    assert ask_again(at=YEARS_LATER) == 0


def test_fresh_answers_are_left_alone(checked: list[Citizen]) -> None:
    assert ask_again(at=AT + timedelta(days=30)) == 0


@pytest.mark.parametrize("end", ["died", "withdrawn", "number ended", "never asked"])
def test_who_is_not_asked_about(end: str, checked: list[Citizen]) -> None:
    first = checked[0]
    if end == "died":
        Citizen.objects.filter(pk=first.pk).update(died_on=AT.date())
    elif end == "withdrawn":
        Citizen.objects.filter(pk=first.pk).update(withdrawn_at=AT)
    elif end == "number ended":
        first.identifiers.update(ended_on=AT.date(), ending="cancelled")
    else:
        IdentityCheck.objects.filter(citizen=first).delete()
    assert ask_again(at=YEARS_LATER) == 2
    assert first not in asked_again()


def test_without_a_register_nobody_is_asked_about(checked: list[Citizen], settings: Any) -> None:
    settings.POPULATION_URL = ""
    assert ask_again(at=YEARS_LATER) == 0
