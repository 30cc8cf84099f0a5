"""Who waits or is being seen gets no second visit unnoticed: the open one is offered, nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import fields_of, logged_in, text_of
from tests.healthrecords.test_queue import let_in

Record = Callable[..., Visit]
SOON = AT + timedelta(minutes=20)


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


def test_who_waits_gets_a_second_visit_only_where_somebody_says_so(
    citizen: Citizen, clerk: User, record: Record
) -> None:
    waiting = let_in(citizen, clerk)
    with pytest.raises(ValidationError) as refused:
        record(citizen, started_at=SOON)
    (error,) = refused.value.error_dict["is_another"]
    assert error.code == "confirm_another"
    assert Visit.objects.get() == waiting
    record(citizen, started_at=SOON, is_another=True)
    assert Visit.objects.count() == 2


@pytest.mark.parametrize("days", [-1, -3])
def test_a_visit_of_an_earlier_day_is_entered_while_the_person_waits(
    citizen: Citizen, clerk: User, record: Record, days: int
) -> None:
    let_in(citizen, clerk)
    record(citizen, started_at=AT + timedelta(days=days), at=SOON)
    assert Visit.objects.count() == 2


def test_an_open_visit_of_another_place_or_one_that_is_over_asks_nothing(
    citizen: Citizen, clerk: User, neighbour: User, other_station: Organisation, record: Record
) -> None:
    from healthrecords import services

    services.break_glass(user=neighbour, citizen=citizen, reason="ngất ngoài chợ", at=AT)
    let_in(citizen, neighbour)
    record(citizen, medicines=())
    record(citizen, started_at=SOON, medicines=())
    assert Visit.objects.count() == 3


def test_an_open_visit_that_is_protected_betrays_nothing_to_those_without_the_right(
    citizen: Citizen, clinician: User, record: Record
) -> None:
    record(citizen, "B20", actor=clinician, is_finished=False, medicines=())
    record(citizen, started_at=SOON, medicines=())
    assert Visit.objects.count() == 2
    with pytest.raises(ValidationError):
        record(citizen, actor=clinician, started_at=SOON, medicines=())


def test_the_form_of_a_new_visit_offers_the_open_one_and_takes_over_what_was_typed(
    citizen: Citizen, clerk: User
) -> None:
    at = timezone.now() - timedelta(minutes=10)
    waiting = let_in(citizen, clerk, at=at)
    client = logged_in(clerk)
    new = reverse("admin:healthrecords_visit_new", args=[citizen.pk])
    go_on = reverse("admin:healthrecords_visit_correct", args=[waiting.pk])
    page = client.get(new)
    assert f'href="{go_on}"' in page.content.decode()
    typed: dict[str, Any] = {
        **fields_of(page, "visit_form"),
        "reason": "Đau đầu từ sáng",
        "d-0-text": "I10",
        "pulse": "78",
    }
    refused = client.post(new, typed)
    assert "đang có phiếu khám mở ở đây" in text_of(refused)
    assert "Đau đầu từ sáng" in refused.content.decode()
    assert Visit.objects.get() == waiting
    overtaken = client.post(go_on, fields_of(refused, "visit_form"))
    assert overtaken.status_code == 409  # what the desk wrote stands beside what was typed
    stored = client.post(go_on, fields_of(overtaken, "visit_form"))
    assert stored.status_code == 302
    visit = Visit.objects.get()
    assert (visit.status, visit.reason) == ("finished", "Đau đầu từ sáng")
    assert visit.diagnosis_rows.get().code == "I10"


def test_the_box_on_the_form_stores_a_second_visit(citizen: Citizen, clerk: User) -> None:
    let_in(citizen, clerk, at=timezone.now() - timedelta(minutes=10))
    client = logged_in(clerk)
    new = reverse("admin:healthrecords_visit_new", args=[citizen.pk])
    typed = {**fields_of(client.get(new), "visit_form"), "reason": "Đau đầu", "d-0-text": "I10"}
    assert client.post(new, {**typed, "is_another": "on"}).status_code == 302
    assert Visit.objects.count() == 2


def earlier(client: Any, new: str, days: int, **said: str) -> dict[str, Any]:
    """Return the form of a new visit filled in for a visit of some days ago."""
    moment = timezone.localtime(timezone.now() - timedelta(days=days))
    fields = fields_of(client.get(new), "visit_form")
    return {**fields, "started_at": f"{moment:%d/%m/%Y %H:%M}", "reason": "Đau đầu", **said}


def test_a_visit_left_open_on_an_earlier_day_is_offered_where_that_day_is_entered(
    citizen: Citizen, clerk: User
) -> None:
    left_open = let_in(citizen, clerk, at=timezone.now() - timedelta(days=3))
    client = logged_in(clerk)
    new = reverse("admin:healthrecords_visit_new", args=[citizen.pk])
    assert 'name="is_another"' not in client.get(new).content.decode()
    refused = client.post(new, earlier(client, new, 3, **{"d-0-text": "I10"}))
    assert "đang có phiếu khám mở ở đây" in text_of(refused)
    page = refused.content.decode()
    assert reverse("admin:healthrecords_visit_correct", args=[left_open.pk]) in page
    assert Visit.objects.get() == left_open
    typed = fields_of(refused, "visit_form")
    assert 'name="is_another"' in page
    assert client.post(new, {**typed, "is_another": "on"}).status_code == 302
    assert Visit.objects.count() == 2


@pytest.mark.parametrize("button", ["_more_diagnoses", "_later"])
def test_the_open_visit_of_the_day_typed_is_offered_with_more_rows_and_put_off_too(
    citizen: Citizen, clerk: User, button: str
) -> None:
    let_in(citizen, clerk, at=timezone.now() - timedelta(days=3))
    client = logged_in(clerk)
    new = reverse("admin:healthrecords_visit_new", args=[citizen.pk])
    page = client.post(new, earlier(client, new, 3, **{button: "1"})).content.decode()
    assert 'name="is_another"' in page


def test_a_moment_that_cannot_be_read_offers_who_waits_now(citizen: Citizen, clerk: User) -> None:
    let_in(citizen, clerk, at=timezone.now() - timedelta(minutes=10))
    client = logged_in(clerk)
    new = reverse("admin:healthrecords_visit_new", args=[citizen.pk])
    typed = earlier(client, new, 3, started_at="hôm kia")
    assert 'name="is_another"' in client.post(new, typed).content.decode()
    assert Visit.objects.count() == 1
