"""Whoever is let in by a protected visit is neither told of nor lost by a desk that may not see it.

A row without its reason among rows with theirs would tell that the reason is protected, so there is
none (ADR 0022).
"""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, QueueStep, Visit
from healthrecords.services import queue
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from tests.healthrecords.pages import fields_of, logged_in, text_of
from tests.healthrecords.test_queue import let_in, steps_of

DESK, DOCTOR = "admin:healthrecords_visit_queue", "admin:healthrecords_visit_doctor"
TELLING = {"reason": "Lĩnh ARV"}
SENTENCE = "thuộc nhóm bảo mật"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


def register(client: Any, citizen: Citizen, **said: Any) -> Any:
    """Send the form of an arrival as the page draws it."""
    url = reverse("admin:healthrecords_visit_arrive", args=[citizen.pk])
    typed = {**fields_of(client.get(url), "arrival_form"), **said}
    return client.post(url, typed, follow=True)


def test_who_registers_a_protected_visit_is_told_where_it_went_and_opens_no_page(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    answer = register(logged_in(clerk), citizen, **TELLING, _go_on="1")
    assert [url for url, _status in answer.redirect_chain] == [reverse(DESK)]
    text = text_of(answer)
    assert answer.status_code == 200
    assert "Đã đăng ký Quàng Thị Hặc, số 1 hôm nay." in text
    assert SENTENCE in text
    assert "ARV" not in text
    assert "Quàng Thị Hặc" in text_of(logged_in(clinician).get(reverse(DOCTOR)))


def test_who_may_see_it_goes_on_with_the_visit(citizen: Citizen, clinician: User) -> None:
    answer = register(logged_in(clinician), citizen, **TELLING, _go_on="1")
    correct = reverse("admin:healthrecords_visit_correct", args=[Visit.objects.get().pk])
    assert [url for url, _status in answer.redirect_chain] == [correct]
    assert SENTENCE not in text_of(answer)


def test_another_desk_registers_who_waits_by_a_hidden_visit_as_anybody(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    hidden = let_in(citizen, clerk, at=timezone.now(), **TELLING)
    answer = register(logged_in(clerk), citizen, reason="Ho, sốt")
    text = text_of(answer)
    assert "Đã đăng ký Quàng Thị Hặc, số 2 hôm nay." in text
    assert "hàng chờ từ" not in text
    assert SENTENCE not in text
    (shown,) = Visit.objects.exclude(pk=hidden.pk)
    assert (shown.reason, shown.sensitivity) == ("Ho, sốt", "")
    assert answer.content.decode().count(str(shown.pk)) > 0
    assert str(hidden.pk) not in answer.content.decode()


def test_who_may_see_the_waiting_visit_lets_nobody_in_twice(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    at = timezone.now()
    hidden = let_in(citizen, clerk, at=at, **TELLING)
    with pytest.raises(ValidationError) as refused:
        let_in(citizen, clinician, at=at)
    assert refused.value.code == "already_waiting"
    assert list(Visit.objects.all()) == [hidden]
    assert steps_of(hidden) == ["arrived"]


def test_who_left_comes_back_whatever_hidden_visit_there_is(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    at = timezone.now()
    visit = let_in(citizen, clerk, at=at)
    queue.leave(actor=clerk, visit=visit, at=at)
    let_in(citizen, clerk, at=at, **TELLING)
    with pytest.raises(ValidationError) as refused:
        queue.come_back(actor=clinician, visit=visit, at=at)
    assert refused.value.code == "already_waiting"
    assert steps_of(visit) == ["arrived", "left"]
    queue.come_back(actor=clerk, visit=visit, at=at)
    assert steps_of(visit) == ["arrived", "left", "arrived"]


def test_a_form_sent_again_does_not_tell_that_the_visit_was_protected_meanwhile(
    citizen: Citizen, clerk: User
) -> None:
    client, key = logged_in(clerk), uuid7()
    register(client, citizen, reason="Ho, sốt", client_key=key)
    Visit.objects.filter(client_key=key).update(sensitivity="hiv")
    answer = register(client, citizen, reason="Ho, sốt", client_key=key, _go_on="1")
    assert [url for url, _status in answer.redirect_chain] == [reverse(DESK)]
    assert "đã được đăng ký trước đó với số 1; không có gì thay đổi" in text_of(answer)
    assert SENTENCE not in text_of(answer)
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("take", {"room": "Phòng tư vấn HIV"}),
        ("leave", {"note": "về lấy thuốc ARV"}),
    ],
)
def test_a_step_whose_words_protect_the_visit_leads_back_to_the_desk(
    citizen: Citizen, clerk: User, deed: str, words: dict[str, str]
) -> None:
    visit = let_in(citizen, clerk, at=timezone.now())
    url = reverse("admin:healthrecords_visit_move", args=[visit.pk])
    answer = logged_in(clerk).post(url, {"deed": deed, "seen": "1", **words}, follow=True)
    assert [url for url, _status in answer.redirect_chain] == [reverse(DESK)]
    assert SENTENCE in text_of(answer)
    visit.refresh_from_db()
    assert visit.sensitivity == "hiv"
    assert QueueStep.objects.filter(visit=visit).count() == 2


def test_a_visit_sent_again_does_not_tell_that_it_was_protected_meanwhile(
    citizen: Citizen, clerk: User
) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_visit_new", args=[citizen.pk])
    typed = {**fields_of(client.get(url), "visit_form"), "reason": "Ho, sốt", "_later": "1"}
    client.post(url, typed)
    Visit.objects.filter(client_key=typed["client_key"]).update(sensitivity="hiv")
    text = text_of(client.post(url, typed, follow=True))
    assert "lần gửi thứ hai không đổi gì" in text
    assert SENTENCE not in text
    assert Visit.objects.count() == 1
