"""A service that is away or says nonsense is told in a sentence, and nothing is signed."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords import services as records
from healthrecords.models import Citizen, Visit, VisitVersion
from healthrecords.services.signing import sign_visits
from portal.accounts.models import User
from portal.signing import services, tasks
from portal.signing.authority import Authority
from portal.signing.models import Signature, SigningCertificate
from tests.healthrecords.conftest import citizen, publish_lists, record
from tests.healthrecords.pages import logged_in, shown_on, text_of
from tests.signing.conftest import PASSWORD
from tests.signing.test_a_service_signs import (
    Noted,
    begin,
    carry,
    certificate,
    noted,
    service,
    simulator,
)

__all__ = ["certificate", "citizen", "noted", "record", "service", "simulator"]

pytestmark = pytest.mark.django_db
CLOSED = "http://127.0.0.1:9/timestamp"
AWAY = "Dịch vụ dấu thời gian không trả lời; chưa ký gì."
BROKEN_PEM = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("said", ["", "không phải chứng thư", BROKEN_PEM])
def test_certificates_that_cannot_be_read_set_nothing_up(
    said: str, clinician: User, service: Callable[..., None]
) -> None:
    service(garbles=said)
    with pytest.raises(ValidationError) as refused:
        tasks.enrol(actor=clinician, at=timezone.now())
    assert refused.value.code == "signing_service"
    answer = logged_in(clinician).post(reverse("signing:enrol"), follow=True)
    assert answer.status_code == 200
    assert "Dịch vụ ký số trả lời không đọc được." in text_of(answer)
    assert not SigningCertificate.objects.exists()


def test_a_task_whose_time_stamp_is_away_waits_and_is_signed_once_it_answers(
    clinician: User,
    certificate: SigningCertificate,
    noted: Noted,
    simulator: str,
    settings: Any,
) -> None:
    settings.SIGNING_TIMESTAMP = CLOSED
    task = begin(clinician, certificate)
    task = carry(task, steps=3)
    assert task.state == "asked"
    assert task.trouble.startswith(AWAY)
    assert not Signature.objects.exists()
    settings.SIGNING_TIMESTAMP = f"{simulator}/timestamp"
    task = carry(task)
    assert (task.state, task.signed, task.trouble) == ("signed", 2, "")
    assert set(Signature.objects.values_list("is_timestamped", flat=True)) == {True}


def test_a_task_whose_time_stamp_stays_away_is_given_up(
    clinician: User, certificate: SigningCertificate, noted: Noted, settings: Any
) -> None:
    settings.SIGNING_TIMESTAMP = CLOSED
    task = carry(begin(clinician, certificate), steps=3)
    task = carry(task, minutes=11)
    assert (task.state, task.signed) == ("failed", 0)
    assert task.trouble.startswith(AWAY)
    assert not Signature.objects.exists()
    assert not task.items.exclude(prepared=None).exists()


@pytest.mark.parametrize("where", [CLOSED, "{simulator}/", "{simulator}/v1/credentials"])
def test_a_page_says_that_the_time_stamp_is_away_and_signs_nothing(
    where: str,
    visit: Visit,
    clinician: User,
    own_file: SigningCertificate,
    simulator: str,
    settings: Any,
) -> None:
    """Nobody there, a page that is no service of time, an answer that is no time stamp."""
    settings.SIGNING_TIMESTAMP = where.format(simulator=simulator)
    doctor = logged_in(clinician)
    address = reverse("admin:healthrecords_visit_sign", args=[visit.pk])
    said = {
        **shown_on(doctor.get(address)),
        "certificate": str(own_file.pk),
        "password": PASSWORD,
    }
    answer = doctor.post(address, said)
    assert answer.status_code == 200
    assert AWAY in text_of(answer)
    assert not (VisitVersion.objects.exists())
    assert not (Signature.objects.exists())
    settings.SIGNING_TIMESTAMP = f"{simulator}/timestamp"
    assert doctor.post(address, said).status_code == 302
    assert Signature.objects.get().is_timestamped


def test_of_many_each_says_so_and_none_is_signed(
    visit: Visit,
    record: Callable[..., Visit],
    clinician: User,
    own_file: SigningCertificate,
    settings: Any,
) -> None:
    settings.SIGNING_TIMESTAMP = CLOSED
    now = timezone.now()
    other = record(visit.citizen, started_at=now - timedelta(minutes=40), at=now)
    done = sign_visits(
        actor=clinician, visits=[visit, other], at=now, certificate=own_file, password=PASSWORD
    )
    assert [(one.version, one.refusal.startswith(AWAY)) for one in done] == [(None, True)] * 2
    assert not (VisitVersion.objects.exists())
    assert not (Signature.objects.exists())


@pytest.fixture
def lists(db: None) -> None:
    publish_lists(codes=frozenset({"I10"}))


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit], clinician: User) -> Visit:
    now = timezone.now()
    records.open_access(user=clinician, citizen=citizen, at=now)
    return record(citizen, started_at=now - timedelta(minutes=20), at=now)


@pytest.fixture
def own_file(clinician: User, settings: Any, tmp_path: Path) -> SigningCertificate:
    settings.SIGNING_TRUST = tmp_path / "trust"
    now = timezone.now()
    issued = Authority.found(now - timedelta(days=2)).issue(
        "Đỗ Quang Hưng", since=now - timedelta(days=1), until=now + timedelta(days=9)
    )
    content = issued.pkcs12(PASSWORD, [])
    return services.add_file(actor=clinician, content=content, password=PASSWORD, at=now)
