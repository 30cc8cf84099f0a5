"""Of many visits that are signed at once none that was marked is passed over without a word."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, Visit, VisitVersion
from healthrecords.services.signing import sign_visit
from healthrecords.snapshots import shown_marks
from portal.accounts.models import User
from portal.signing import tasks
from portal.signing.models import SigningTask
from tests.healthrecords.pages import shown_on, text_of
from tests.healthrecords.test_signing_what_was_shown import (
    CHANGED,
    _files_of_their_own,
    codes_of,
    correct,
    doctor,
    lists,
    nothing_is_signed,
    url,
    visits,
)
from tests.signing.test_a_service_signs import service, simulator

__all__ = ["_files_of_their_own", "doctor", "lists", "service", "simulator", "visits"]

pytestmark = pytest.mark.django_db
GONE = "không còn chờ ký ở đây"


def chosen(page: Any, *visits: Visit) -> dict[str, Any]:
    """What a browser sends of a list with these visits marked."""
    return {**shown_on(page), "certificate": "", "visit": [str(visit.pk) for visit in visits]}


@pytest.fixture
def pushed_out(
    visits: list[Visit],
    doctor: Client,
    record: Callable[..., Visit],
    citizen: Citizen,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    """What is sent of a list of two, after an older visit has pushed the second one out of it."""
    monkeypatch.setattr("healthrecords.admin.to_sign_pages.LISTED", 2)
    page = doctor.get(url("to_sign"))
    assert len(shown_on(page)) == 2
    now = timezone.now()
    record(citizen, started_at=now - timedelta(hours=5), at=now)
    assert str(visits[1].pk) not in doctor.get(url("to_sign")).content.decode()
    return chosen(page, *visits[:2])


def test_a_marked_visit_that_others_pushed_out_of_the_list_is_signed(
    visits: list[Visit], doctor: Client, pushed_out: dict[str, Any]
) -> None:
    answer = doctor.post(url("to_sign"), pushed_out, follow=True)
    assert "Đã ký 2 lần khám." in text_of(answer)
    assert GONE not in text_of(answer)
    signed = set(VisitVersion.objects.values_list("visit", flat=True))
    assert signed == {visits[0].pk, visits[1].pk}


def test_a_marked_visit_that_others_pushed_out_is_shown_where_it_is_not_signed(
    visits: list[Visit], doctor: Client, pushed_out: dict[str, Any], clerk: User
) -> None:
    correct(visits[1], clerk, "J02")
    answer = doctor.post(url("to_sign"), pushed_out)
    assert text_of(answer).count(CHANGED) == 1
    assert "J02" in text_of(answer)
    assert VisitVersion.objects.get().visit == visits[0]
    doctor.post(url("to_sign"), {**pushed_out, **shown_on(answer), "visit": str(visits[1].pk)})
    assert codes_of(VisitVersion.objects.get(visit=visits[1])) == ["J02"]


def test_of_many_those_that_wait_no_longer_are_counted_and_the_others_are_signed(
    visits: list[Visit], doctor: Client, clinician: User
) -> None:
    said = chosen(doctor.get(url("to_sign")), *visits)
    sign_visit(actor=clinician, visit=visits[0], at=timezone.now())
    Visit.objects.filter(pk=visits[1].pk).update(status="withdrawn")
    text = text_of(doctor.post(url("to_sign"), said, follow=True))
    assert f"2 lần khám đã đánh dấu {GONE}" in text
    assert "Đã ký 1 lần khám." in text
    signed = VisitVersion.objects.values_list("visit", flat=True)
    assert sorted(signed) == sorted([visits[0].pk, visits[2].pk])


def test_where_none_of_the_marked_ones_waits_any_longer_nothing_is_signed_and_it_is_said(
    visits: list[Visit], doctor: Client, clinician: User
) -> None:
    said = chosen(doctor.get(url("to_sign")), visits[0])
    sign_visit(actor=clinician, visit=visits[0], at=timezone.now())
    text = text_of(doctor.post(url("to_sign"), said))
    assert f"1 lần khám đã đánh dấu {GONE}" in text
    assert "Chưa chọn lần khám nào" not in text
    assert VisitVersion.objects.count() == 1


def test_a_wrong_password_does_not_hide_that_a_marked_visit_waits_no_longer(
    visits: list[Visit], doctor: Client, clinician: User
) -> None:
    said = chosen(doctor.get(url("to_sign")), *visits[:2])
    sign_visit(actor=clinician, visit=visits[0], at=timezone.now())
    text = text_of(doctor.post(url("to_sign"), {**said, "certificate": "nobody's"}))
    assert text.count(GONE) == 1
    assert VisitVersion.objects.count() == 1


def test_a_service_is_asked_for_those_that_wait_and_the_others_are_counted(
    visits: list[Visit], doctor: Client, clinician: User, service: Callable[..., None]
) -> None:
    certificate = tasks.enrol(actor=clinician, at=timezone.now())
    said = chosen(doctor.get(url("to_sign")), *visits[:2])
    sign_visit(actor=clinician, visit=visits[0], at=timezone.now())
    said |= {"certificate": str(certificate.pk)}
    assert GONE in text_of(doctor.post(url("to_sign"), said, follow=True))
    assert [item.subject for item in SigningTask.objects.get().items.all()] == [visits[1].pk]


@pytest.mark.parametrize("key", ["of another place", "no key at all", ""])
def test_what_does_not_wait_here_is_not_signed_from_a_list(
    key: str,
    visits: list[Visit],
    doctor: Client,
    record: Callable[..., Visit],
    citizen: Citizen,
    neighbour: User,
) -> None:
    now = timezone.now()
    services.break_glass(user=neighbour, citizen=citizen, reason="đến khám ở đây", at=now)
    elsewhere = record(citizen, actor=neighbour, started_at=now, at=now)
    mark = shown_marks([elsewhere.pk], sees_sensitive=True)[elsewhere.pk]
    said = {**shown_on(doctor.get(url("to_sign"))), "certificate": ""}
    told = str(elsewhere.pk) if key == "of another place" else key
    said |= {"visit": told, f"shown-{told}": mark}
    answer = doctor.post(url("to_sign"), said)
    assert f"1 lần khám đã đánh dấu {GONE}" in text_of(answer)
    assert str(elsewhere.pk) not in answer.content.decode()
    assert nothing_is_signed()
