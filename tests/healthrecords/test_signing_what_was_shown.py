"""A doctor signs what the page showed: what was changed since is shown again, and not signed unread."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, Visit, VisitSeal, VisitVersion
from healthrecords.services.signing import sign_visit, sign_visits
from healthrecords.services.versions import version_of
from healthrecords.snapshots import canonical, shown_marks, snapshot_of, snapshots_of
from portal.accounts.models import User
from portal.signing import services as signing
from portal.signing import tasks
from portal.signing.authority import Authority
from portal.signing.models import Signature, SigningCertificate, SigningTask
from tests.healthrecords.conftest import visit_of
from tests.healthrecords.pages import logged_in, shown_on, text_of
from tests.healthrecords.test_after_the_signature import entry, parts_of, tell
from tests.signing.test_a_service_signs import carry, service, simulator

__all__ = ["service", "simulator"]

pytestmark = pytest.mark.django_db
CHANGED = "Lần khám này đã được sửa sau khi mở cho bạn xem."


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.SIGNING_TRUST = tmp_path / "trust"


@pytest.fixture
def visits(record: Callable[..., Visit], citizen: Citizen, clinician: User) -> list[Visit]:
    """Three visits for I10 of the last days."""
    now = timezone.now()
    services.open_access(user=clinician, citizen=citizen, at=now)
    return [record(citizen, started_at=now - timedelta(minutes=20 * n), at=now) for n in (3, 2, 1)]


@pytest.fixture
def doctor(clinician: User) -> Client:
    return logged_in(clinician)


def url(name: str, *visits: Visit) -> str:
    return reverse(f"admin:healthrecords_visit_{name}", args=[visit.pk for visit in visits])


def correct(visit: Visit, actor: User, *codes: str) -> None:
    services.correct_visit(
        actor=actor,
        visit=visit,
        entry=visit_of(*codes, started_at=visit.started_at),
        version=version_of(visit),
        at=timezone.now(),
    )


def codes_of(version: VisitVersion) -> list[str]:
    return [row["code"] for row in parts_of(version)["healthrecords.diagnosis"]]


def nothing_is_signed() -> bool:
    return not (
        VisitVersion.objects.exists() or VisitSeal.objects.exists() or Signature.objects.exists()
    )


def test_what_was_corrected_since_is_shown_again_and_then_signed(
    visits: list[Visit], doctor: Client, clerk: User
) -> None:
    visit = visits[0]
    said = {**shown_on(doctor.get(url("sign", visit))), "certificate": ""}
    correct(visit, clerk, "J02")
    answer = doctor.post(url("sign", visit), said)
    assert answer.status_code == 200
    assert nothing_is_signed()
    assert CHANGED in text_of(answer)
    assert "J02" in text_of(answer)
    doctor.post(url("sign", visit), {**said, **shown_on(answer)})
    assert codes_of(VisitVersion.objects.get()) == ["J02"]


def test_a_result_that_came_since_is_read_first(
    visits: list[Visit], doctor: Client, clinician: User
) -> None:
    said = {**shown_on(doctor.get(url("sign", visits[0]))), "certificate": ""}
    tell(visits[0], clinician, at=timezone.now())
    answer = doctor.post(url("sign", visits[0]), said)
    assert CHANGED in text_of(answer)
    assert "Hóa sinh máu" in text_of(answer)
    assert nothing_is_signed()


@pytest.mark.parametrize("name", ["sign", "to_sign"])
def test_a_form_that_does_not_say_what_it_showed_signs_nothing(
    name: str, visits: list[Visit], doctor: Client
) -> None:
    address = url(name, *(visits[:1] if name == "sign" else []))
    for said in ({}, {"certificate": "", "visit": [str(visits[0].pk)]}):
        assert doctor.post(address, said).status_code == 200
    assert nothing_is_signed()


def test_what_was_saved_again_without_a_change_is_signed(
    visits: list[Visit], doctor: Client, clerk: User
) -> None:
    said = {**shown_on(doctor.get(url("sign", visits[2]))), "certificate": ""}
    correct(visits[2], clerk)
    assert doctor.post(url("sign", visits[2]), said).status_code == 302
    assert VisitVersion.objects.get().visit == visits[2]


def test_of_many_the_changed_one_is_named_and_the_others_are_signed(
    visits: list[Visit], doctor: Client, clerk: User
) -> None:
    page = doctor.get(url("to_sign"))
    said = {**shown_on(page), "certificate": "", "visit": [str(visit.pk) for visit in visits]}
    correct(visits[1], clerk, "J02")
    answer = doctor.post(url("to_sign"), said)
    text = text_of(answer)
    assert text.count(CHANGED) == 1
    assert "J02" in text
    assert set(VisitVersion.objects.values_list("visit", flat=True)) == {
        visits[0].pk,
        visits[2].pk,
    }
    doctor.post(url("to_sign"), {**said, **shown_on(answer), "visit": [str(visits[1].pk)]})
    assert codes_of(VisitVersion.objects.get(visit=visits[1])) == ["J02"]


def test_a_wrong_password_does_not_hide_that_a_visit_was_changed(
    visits: list[Visit], doctor: Client, clerk: User, clinician: User
) -> None:
    now = timezone.now()
    issued = Authority.found(now - timedelta(days=2)).issue(
        "Đỗ Quang Hưng", since=now - timedelta(days=1), until=now + timedelta(days=9)
    )
    signing.add_file(actor=clinician, content=issued.pkcs12("đúng", []), password="đúng", at=now)
    certificate = SigningCertificate.objects.get()
    for name, given in (("sign", visits[:1]), ("to_sign", [])):
        said = {
            **shown_on(doctor.get(url(name, *given))),
            "visit": [str(visits[0].pk)],
            "certificate": str(certificate.pk),
            "password": "sai",
        }
        correct(visits[0], clerk, "J02" if name == "sign" else "E11.9")
        assert text_of(doctor.post(url(name, *given), said)).count(CHANGED) == 1, name
    assert nothing_is_signed()


def test_what_changed_is_refused_under_the_lock_and_nothing_is_stored(
    visits: list[Visit], clinician: User, clerk: User
) -> None:
    at = timezone.now()
    marks = shown_marks([visit.pk for visit in visits], sees_sensitive=True)
    correct(visits[0], clerk, "J02")
    with pytest.raises(ValidationError) as refused:
        sign_visit(actor=clinician, visit=visits[0], at=at, shown=marks[visits[0].pk])
    assert refused.value.code == "changed_while_signing"
    assert nothing_is_signed()
    first, second, third = sign_visits(
        actor=clinician, visits=visits, at=at, shown={**marks, visits[2].pk: ""}
    )
    assert (first.version, third.version) == (None, None)
    assert second.version is not None


def test_the_worker_lays_out_nothing_that_changed_since_it_was_shown(
    visits: list[Visit],
    doctor: Client,
    clinician: User,
    clerk: User,
    service: Callable[..., None],
) -> None:
    certificate = tasks.enrol(actor=clinician, at=timezone.now())
    said = {
        **shown_on(doctor.get(url("to_sign"))),
        "certificate": str(certificate.pk),
        "visit": [str(visit.pk) for visit in visits],
    }
    correct(visits[0], clerk, "J02")
    doctor.post(url("to_sign"), said)
    task = SigningTask.objects.get()
    correct(visits[1], clerk, "J02")
    task = carry(task)
    troubles = {item.subject: item.trouble for item in task.items.all()}
    assert (task.state, task.signed) == ("signed", 1)
    assert VisitVersion.objects.get().visit == visits[2]
    assert troubles[visits[0].pk].startswith(CHANGED)
    assert troubles[visits[1].pk].startswith(CHANGED)
    assert troubles[visits[2].pk] == ""
    assert CHANGED in text_of(doctor.get(reverse("signing:task", args=[task.pk])))


def test_a_service_asked_from_the_page_of_one_visit_knows_what_it_showed(
    visits: list[Visit], doctor: Client, clinician: User, service: Callable[..., None]
) -> None:
    certificate = tasks.enrol(actor=clinician, at=timezone.now())
    said = {**shown_on(doctor.get(url("sign", visits[0]))), "certificate": str(certificate.pk)}
    doctor.post(url("sign", visits[0]), said)
    assert carry(SigningTask.objects.get()).state == "signed"
    assert VisitVersion.objects.get().visit == visits[0]


def test_a_signing_begun_before_marks_were_kept_is_carried_to_its_end(
    visits: list[Visit], clinician: User, service: Callable[..., None]
) -> None:
    now = timezone.now()
    certificate = tasks.enrol(actor=clinician, at=now)
    who = {"actor": clinician, "certificate": certificate, "purpose": "visit", "at": now}
    assert carry(tasks.begin(subjects=[visits[0].pk], **who)).state == "signed"
    assert VisitVersion.objects.get().visit == visits[0]


def test_a_list_sent_without_a_mark_signs_nothing_at_a_service(
    visits: list[Visit], doctor: Client, clinician: User, service: Callable[..., None]
) -> None:
    certificate = tasks.enrol(actor=clinician, at=timezone.now())
    said = {**shown_on(doctor.get(url("to_sign"))), "certificate": str(certificate.pk)}
    del said[f"shown-{visits[0].pk}"]
    doctor.post(url("to_sign"), {**said, "visit": [str(visits[0].pk)]})
    task = carry(SigningTask.objects.get())
    assert task.items.get().trouble.startswith(CHANGED)
    assert nothing_is_signed()


def test_the_mark_tells_nothing_of_a_protected_row_to_who_may_not_see_it(
    visits: list[Visit], clinician: User
) -> None:
    keys = [visit.pk for visit in visits]
    blind, sighted = (shown_marks(keys, sees_sensitive=sees) for sees in (False, True))
    hidden = tell(
        visits[0],
        clinician,
        entry("dương tính", title="HIV Ab", test="HIV Ab"),
        at=timezone.now(),
    )
    assert hidden.sensitivity == "hiv"
    assert shown_marks(keys, sees_sensitive=False) == blind
    now = shown_marks(keys, sees_sensitive=True)
    assert {pk for pk in keys if now[pk] != sighted[pk]} == {visits[0].pk}


def test_many_snapshots_say_what_each_says_alone(visits: list[Visit], clinician: User) -> None:
    tell(visits[1], clinician, at=timezone.now())
    together = snapshots_of([visit.pk for visit in visits], sees_sensitive=True)
    for visit in visits:
        assert canonical(together[visit.pk]) == canonical(snapshot_of(visit))


def test_the_list_asks_the_database_no_more_often_for_more_visits(
    visits: list[Visit], doctor: Client, record: Callable[..., Visit], citizen: Citizen
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert doctor.get(url("to_sign")).status_code == 200
        return len(captured)

    queries()
    few = queries()
    now = timezone.now()
    for n in range(4):
        record(citizen, started_at=now - timedelta(minutes=100 + n), at=now)
    assert queries() == few
