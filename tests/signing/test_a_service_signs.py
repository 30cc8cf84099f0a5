"""A signing service signs, over HTTP with a process of its own: it is slow, refuses, errs, is asked twice."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.signing import purposes, remote, services, tasks
from portal.signing.documents import Content, Signed
from portal.signing.models import Signature, SigningCertificate, SigningTask
from portal.signing.purposes import Asked

ROOT = Path(__file__).resolve().parents[2]


def ask(address: str, content: bytes | None = None) -> str:
    with urlopen(address, data=content, timeout=20) as answer:  # noqa: S310
        return str(answer.read().decode())


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The simulator in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("signing-service")
    argv = [sys.executable, "-m", "portal.signing.simulator", "--port", str(port)]
    argv += ["--state", str(folder / "state"), "--trust", str(folder / "trust")]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert "MÔ PHỎNG" in process.stdout.readline().decode()
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=10)
    process.stdout.close()


@pytest.fixture
def service(simulator: str, settings: Any) -> Callable[..., None]:
    """Set the simulator up here, and say how it behaves."""
    settings.SIGNING_SERVICE = simulator

    def behave(**how: Any) -> None:
        plain = {
            "after": 0,
            "refuses": False,
            "failures": 0,
            "delay": 0,
            "forgets": 0,
            "garbles": None,
        }
        content = json.dumps({**plain, **how}).encode()
        ask(f"{simulator}/simulator/behaviour", content)

    behave()
    return behave


class Noted:
    """A purpose of its own, so that no visit is needed: notes what was taken."""

    def __init__(self) -> None:
        self.taken: list[tuple[UUID, Content]] = []
        self.refused: set[UUID] = set()

    def lay_out(self, asked: Asked) -> Content:
        if asked.subject in self.refused:
            raise ValidationError("Không ký được.", code="x")
        return Content(f"nội dung {asked.subject}".encode())

    def take(self, asked: Asked, content: Content, signed: Signed) -> None:
        services.store(
            actor=asked.actor,
            certificate=asked.certificate,
            content=content,
            signed=signed,
            at=asked.at,
        )
        self.taken.append((asked.subject, content))


@pytest.fixture
def noted() -> Noted:
    made = Noted()
    purposes.register(
        purposes.Purpose(
            id="noted",
            title="giấy",
            lay_out=made.lay_out,
            take=made.take,
            done_url=lambda _subject: "/",
            describe=lambda _request, subjects: {subject: str(subject)[:8] for subject in subjects},
            list_url=lambda: "/",
        )
    )
    return made


@pytest.fixture
def certificate(clinician: User, service: Callable[..., None]) -> SigningCertificate:
    return tasks.enrol(actor=clinician, at=timezone.now())


def begin(clinician: User, certificate: SigningCertificate, subjects: int = 2) -> SigningTask:
    return tasks.begin(
        actor=clinician,
        certificate=certificate,
        purpose="noted",
        subjects=[uuid7() for _n in range(subjects)],
        at=timezone.now(),
    )


def carry(task: SigningTask, steps: int = 30, **later: Any) -> SigningTask:
    """Do what the worker does, until the task is over."""
    for _step in range(steps):
        if tasks.step(task.pk, at=timezone.now() + timedelta(**later)) is None:
            break
        time.sleep(0.02)
    task.refresh_from_db()
    return task


def test_the_certificate_of_the_service_is_marked_as_simulated(
    certificate: SigningCertificate,
) -> None:
    assert (certificate.kind, certificate.is_simulated) == ("remote", True)
    assert certificate.sealed is None
    assert "mô phỏng" in certificate.issuer


def test_one_confirmation_signs_all(
    clinician: User, certificate: SigningCertificate, noted: Noted
) -> None:
    task = carry(begin(clinician, certificate, subjects=3))
    assert (task.state, task.signed, task.prepared) == ("signed", 3, 3)
    assert Signature.objects.count() == 3
    assert set(Signature.objects.values_list("is_simulated", flat=True)) == {True}
    assert [check.result for s in Signature.objects.all() for check in s.checks.all()] == [
        "unknown_issuer"
    ] * 3
    assert not task.items.exclude(prepared=None).exists()


def test_it_waits_for_the_phone(
    clinician: User,
    certificate: SigningCertificate,
    noted: Noted,
    service: Callable[..., None],
    simulator: str,
) -> None:
    service(after=None)
    task = carry(begin(clinician, certificate), steps=3)
    assert task.state == "asked"
    assert not noted.taken
    assert "MÔ PHỎNG" in ask(f"{simulator}/phone/{task.transaction}/confirm", b"")
    assert carry(task).state == "signed"


def test_a_refusal_on_the_phone_signs_nothing(
    clinician: User, certificate: SigningCertificate, noted: Noted, service: Callable[..., None]
) -> None:
    service(refuses=True)
    assert carry(begin(clinician, certificate)).state == "refused"
    assert not Signature.objects.exists()


def test_a_service_that_errs_is_asked_again(
    clinician: User, certificate: SigningCertificate, noted: Noted, service: Callable[..., None]
) -> None:
    task = begin(clinician, certificate)
    service(failures=4)
    assert tasks.step(task.pk, at=timezone.now()) == 3
    task.refresh_from_db()
    assert (task.state, task.trouble) == ("waiting", "Dịch vụ ký số trả lỗi 503.")
    assert carry(task).state == "signed"
    assert task.trouble == ""


def test_a_lost_answer_makes_no_second_request(
    clinician: User,
    certificate: SigningCertificate,
    noted: Noted,
    service: Callable[..., None],
    simulator: str,
) -> None:
    """The service took the request and its answer was lost: the same key is the same request."""
    service(after=None, forgets=1)
    task = begin(clinician, certificate)
    tasks.step(task.pk, at=timezone.now())
    tasks.step(task.pk, at=timezone.now())
    assert ask(simulator).count(": waiting") == 1
    service()
    assert carry(task).state == "signed"
    assert len(noted.taken) == 2


def test_a_step_done_twice_signs_once(
    clinician: User, certificate: SigningCertificate, noted: Noted
) -> None:
    """A worker that dies after the work and before saying so does the step again."""
    task = begin(clinician, certificate)
    tasks.step(task.pk, at=timezone.now())
    SigningTask.objects.filter(pk=task.pk).update(state="waiting", transaction="")
    tasks.step(task.pk, at=timezone.now())
    task.refresh_from_db()
    again = SigningTask.objects.get(pk=task.pk)
    tasks._take(again, remote.progress(task.transaction).signatures, timezone.now())
    tasks._take(SigningTask.objects.get(pk=task.pk), (), timezone.now())
    assert Signature.objects.count() == 2


def test_one_that_cannot_be_signed_does_not_hold_up_the_others(
    clinician: User, certificate: SigningCertificate, noted: Noted
) -> None:
    task = begin(clinician, certificate, subjects=3)
    bad = task.items.get(position=1)
    noted.refused.add(bad.subject)
    task = carry(task)
    bad.refresh_from_db()
    assert (task.state, task.signed, task.total) == ("signed", 2, 3)
    assert (bad.is_done, bad.trouble) == (False, "Không ký được.")


def test_a_cancelled_request_signs_nothing_and_is_told(
    clinician: User,
    certificate: SigningCertificate,
    noted: Noted,
    service: Callable[..., None],
    django_capture_on_commit_callbacks: Any,
) -> None:
    service(after=None)
    task = carry(begin(clinician, certificate), steps=2)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.cancel(actor=clinician, task=task, at=timezone.now())
    assert carry(task).state == "cancelled"
    assert remote.progress(task.transaction).state == "cancelled"
    assert not Signature.objects.exists()


def test_a_request_nobody_confirms_expires(
    clinician: User, certificate: SigningCertificate, noted: Noted, service: Callable[..., None]
) -> None:
    service(after=None)
    task = carry(begin(clinician, certificate), steps=2)
    assert carry(task, minutes=11).state == "expired"


def test_a_service_that_is_away_too_long_is_given_up(
    clinician: User, certificate: SigningCertificate, noted: Noted, settings: Any
) -> None:
    task = begin(clinician, certificate)
    settings.SIGNING_SERVICE = "http://127.0.0.1:9"
    assert tasks.step(task.pk, at=timezone.now()) == 3
    task = carry(task, minutes=11)
    assert (task.state, task.trouble) == ("failed", "Dịch vụ ký số không trả lời.")


def test_a_time_stamp_is_in_the_signature(
    clinician: User, certificate: SigningCertificate, noted: Noted, simulator: str, settings: Any
) -> None:
    settings.SIGNING_TIMESTAMP = f"{simulator}/timestamp"
    carry(begin(clinician, certificate, subjects=1))
    signature = Signature.objects.get()
    assert signature.is_timestamped
    assert b"Dau thoi gian" in bytes(signature.cms) or "dấu thời gian".encode() in bytes(
        signature.cms
    )


def test_the_page_shows_how_far_it_is_and_cancels(
    clinician: User, clerk: User, certificate: SigningCertificate, noted: Noted
) -> None:
    task = begin(clinician, certificate)
    client = Client()
    client.force_login(clinician)
    page = client.get(reverse("signing:task", args=[task.pk]))
    assert 'http-equiv="refresh"' in page.content.decode()
    client.post(reverse("signing:cancel", args=[task.pk]))
    page = client.get(reverse("signing:task", args=[task.pk])).content.decode()
    assert "đã hủy" in page
    assert 'http-equiv="refresh"' not in page
    other = Client()
    other.force_login(clerk)
    assert other.get(reverse("signing:task", args=[task.pk])).status_code == 403
