"""What somebody typed stays typed when the door of its visit or record closes meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.admin import visit_pages
from healthrecords.models import CareAccess, Citizen, Visit
from healthrecords.services import queue
from portal.accounts.models import User
from tests.healthrecords.pages import fields_of, logged_in, send_visit, text_of, visit_url
from tests.healthrecords.test_queue import let_in

REASON = "bất tỉnh, đưa đến cấp cứu"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _lists(lists: None, station: Any) -> None:
    """Every page needs the lists."""


def correction_of(visit: Visit) -> str:
    return reverse("admin:healthrecords_visit_correct", args=[visit.pk])


def close_by_night(visit: Visit, _actor: User) -> None:
    Visit.objects.filter(pk=visit.pk).update(entered_at=timezone.now() - timedelta(days=1))


def leave(visit: Visit, actor: User) -> None:
    Visit.objects.filter(pk=visit.pk).update(status=Visit.Status.CANCELLED)


@pytest.mark.parametrize(
    ("close", "why"), [(close_by_night, "đã đóng"), (leave, "đã về khi chưa khám")]
)
def test_a_correction_of_a_visit_that_closed_meanwhile_keeps_what_was_typed(
    clerk: User, citizen: Citizen, close: Callable[[Visit, User], None], why: str
) -> None:
    client = logged_in(clerk)
    send_visit(client, citizen, **{"d-0-text": "J02"})
    visit = Visit.objects.get()
    said = {**fields_of(client.get(correction_of(visit)), "visit_form"), "_save": ""}
    said |= {"reason": "Sốt cao ba ngày", "advice": "Uống nhiều nước"}
    said.pop("_later", None)
    close(visit, clerk)
    answer = client.post(correction_of(visit), said)
    assert answer.status_code == 409
    assert why in text_of(answer)
    kept = fields_of(answer, "visit_form")
    assert (kept["reason"], kept["advice"]) == ("Sốt cao ba ngày", "Uống nhiều nước")
    assert kept["version"] == said["version"]
    visit.refresh_from_db()
    assert (visit.reason, visit.advice) == ("Sốt, ho", "")


def test_what_the_correction_itself_refuses_is_said_above_what_was_typed(
    clerk: User, citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The visit closes between the look at the door and the saving."""
    client = logged_in(clerk)
    send_visit(client, citizen, **{"d-0-text": "J02"})
    visit = Visit.objects.get()
    said = {**fields_of(client.get(correction_of(visit)), "visit_form"), "_save": ""}
    said |= {"reason": "Sốt cao ba ngày"}
    said.pop("_later", None)
    monkeypatch.setattr(visit_pages, "_why_closed", lambda *_said: "")
    close_by_night(visit, clerk)
    answer = client.post(correction_of(visit), said)
    assert answer.status_code == 200
    assert "đã đóng" in text_of(answer)
    assert fields_of(answer, "visit_form")["reason"] == "Sốt cao ba ngày"
    visit.refresh_from_db()
    assert visit.reason == "Sốt, ho"


@pytest.fixture
def typed(citizen: Citizen, stranger: User) -> tuple[Any, dict[str, Any]]:
    """A visit typed by somebody whose hours of broken glass end before it is sent."""
    services.break_glass(user=stranger, citizen=citizen, reason=REASON, at=timezone.now())
    client = logged_in(stranger)
    page = client.get(visit_url(citizen))
    said = {
        **fields_of(page, "visit_form"),
        "reason": "Đau đầu dữ dội",
        "d-0-text": "I10",
        "_save": "",
    }
    said.pop("_later", None)
    CareAccess.objects.update(until=timezone.now() - timedelta(minutes=1))
    return client, said


def test_a_visit_typed_while_the_record_closed_is_stored_after_the_reason(
    typed: tuple[Any, dict[str, Any]], citizen: Citizen
) -> None:
    client, said = typed
    asked = client.post(visit_url(citizen), said)
    assert asked.status_code == 403
    assert not Visit.objects.exists()
    kept = fields_of(asked, "reason_form")
    assert (kept["reason"], kept["d-0-text"]) == ("Đau đầu dữ dội", "I10")
    again = client.post(visit_url(citizen), {**kept, "open_reason": "ngắn"})
    assert again.status_code == 403
    kept = fields_of(again, "reason_form")
    assert kept["reason"] == "Đau đầu dữ dội"
    stored = client.post(visit_url(citizen), {**kept, "open_reason": REASON})
    assert stored.status_code == 302
    assert Visit.objects.get().reason == "Đau đầu dữ dội"
    assert CareAccess.objects.filter(ground="glass", reason=REASON).count() == 2


def test_a_password_typed_while_the_record_closed_stands_on_no_page(
    typed: tuple[Any, dict[str, Any]], citizen: Citizen
) -> None:
    client, said = typed
    asked = client.post(visit_url(citizen), {**said, "password": "mật khẩu chứng thư"})
    assert asked.status_code == 403
    assert "mật khẩu chứng thư" not in asked.content.decode()
    assert "password" not in fields_of(asked, "reason_form")


def test_a_visit_begun_at_the_desk_proposes_its_end_like_any_other(
    clerk: User, citizen: Citizen
) -> None:
    waiting = let_in(citizen, clerk, at=timezone.now())
    client = logged_in(clerk)
    queue.take(actor=clerk, visit=waiting, seen=1, at=timezone.now())
    begun = fields_of(client.get(correction_of(waiting)), "visit_form")
    direct = fields_of(client.get(visit_url(citizen)), "visit_form")
    assert begun["outcome"] == direct["outcome"] == "7"
    assert begun["discharge"] == direct["discharge"] == "1"


def test_what_the_desk_or_the_doctor_said_already_is_not_overwritten(
    clerk: User, citizen: Citizen
) -> None:
    waiting = let_in(citizen, clerk, at=timezone.now())
    Visit.objects.update(outcome="2")
    begun = fields_of(logged_in(clerk).get(correction_of(waiting)), "visit_form")
    assert (begun["outcome"], begun["discharge"]) == ("2", "1")
