"""Allergies are asked within the visit: written, "asked, none", and left blank are three things."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from healthrecords import services
from healthrecords.background import allergy_state
from healthrecords.models import Allergy, Citizen, Inquiry, Visit
from healthrecords.services.facts import read_allergen
from healthrecords.services.medicines import read_medicine
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.pages import fields_of, logged_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


def send(citizen: Citizen, clerk: User, **typed: Any) -> Any:
    """Fill the form of a visit as a nurse does, and send it."""
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_visit_new", args=[citizen.pk])
    form = fields_of(client.get(url), "visit_form")
    said = {"reason": "Đau họng", "d-0-text": "J02.9", **typed}
    return client.post(url, {**form, **said}, follow=True)


def state(citizen: Citizen) -> Any:
    return allergy_state(Citizen.objects.get(pk=citizen.pk), sees_sensitive=True)


def test_left_blank_nobody_has_asked(citizen: Citizen, clerk: User) -> None:
    send(citizen, clerk)
    assert Visit.objects.count() == 1
    assert not Inquiry.objects.exists()
    assert not state(citizen).is_asked


@pytest.mark.parametrize("typed", [{"no_allergy": "on"}, {"allergy": "không"}, {"allergy": "ko"}])
def test_asked_none_is_an_answer(typed: dict[str, str], citizen: Citizen, clerk: User) -> None:
    """Decision 831/QĐ-BYT (2017), part B (from a secondary source).

    What was asked and denied is told from what nobody asked.
    """
    answer = send(citizen, clerk, **typed)
    assert Inquiry.objects.get().answer == "none"
    assert not Allergy.objects.exists()
    assert state(citizen).asked_none_on is not None
    assert "đã hỏi, không có" in text_of(answer)


def test_what_is_told_is_known_of_the_person(citizen: Citizen, clerk: User) -> None:
    """QĐ 31/QĐ-BYT (2026), Article 2.3: allergies belong to the health book (read second-hand)."""
    send(citizen, clerk, allergy="penicillin; tôm")
    assert {row.substance for row in Allergy.objects.all()} == {"Nhóm penicillin", "Tôm, cua"}
    assert len(state(citizen).alerts) == 2


def test_what_is_listed_already_is_not_listed_twice(citizen: Citizen, clerk: User) -> None:
    send(citizen, clerk, allergy="penicillin")
    send(citizen, clerk, allergy="penicillin")
    assert (Visit.objects.count(), Allergy.objects.count()) == (2, 1)


def test_an_allergy_and_none_at_once_are_refused_and_nothing_is_stored(
    citizen: Citizen, clerk: User
) -> None:
    answer = send(citizen, clerk, allergy="penicillin", no_allergy="on")
    assert "chỉ một trong hai" in text_of(answer)
    assert not Visit.objects.exists()
    assert not Allergy.objects.exists()
    assert not Inquiry.objects.exists()


def test_none_is_refused_while_an_allergy_is_listed(citizen: Citizen, clerk: User) -> None:
    send(citizen, clerk, allergy="penicillin")
    send(citizen, clerk, allergy="không")
    assert (Visit.objects.count(), Inquiry.objects.count()) == (1, 0)


def test_an_allergy_told_in_the_visit_warns_of_the_medicine_of_the_same_visit(
    citizen: Citizen, clerk: User, station: Organisation
) -> None:
    services.open_access(user=clerk, citizen=citizen, at=AT)
    medicine = replace(read_medicine("Amoxicilin 500 mg", on=ON), morning=Decimal(1), days=5)
    entry = visit_of(medicines=[medicine], allergies=[read_allergen("penicillin", on=ON)])
    with pytest.raises(ValidationError) as refused:
        services.record_visit(
            actor=clerk, citizen=citizen, facility=station, entry=entry, client_key=uuid7(), at=AT
        )
    assert refused.value.error_dict["medicines-0-name"][0].code == "confirm_medicine"
    assert not Visit.objects.exists()
    assert not Allergy.objects.exists()


def test_a_correction_asks_too(record: Callable[..., Visit], citizen: Citizen, clerk: User) -> None:
    from django.utils import timezone

    visit = record(citizen, started_at=timezone.now(), at=timezone.now())
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_visit_correct", args=[visit.pk])
    form = fields_of(client.get(url), "visit_form")
    client.post(url, {**form, "allergy": "penicillin"})
    assert Allergy.objects.count() == 1


def test_the_form_says_what_is_known(citizen: Citizen, clerk: User) -> None:
    url = reverse("admin:healthrecords_visit_new", args=[citizen.pk])
    client = logged_in(clerk)
    assert "Dị ứng: chưa hỏi" in text_of(client.get(url))
    send(citizen, clerk, no_allergy="on")
    assert "Dị ứng: đã hỏi, không có" in text_of(client.get(url))
    send(citizen, clerk, allergy="penicillin")
    page = client.get(url)
    assert "no_allergy" not in fields_of(page, "visit_form")
    assert "Nhóm penicillin" in text_of(page)
