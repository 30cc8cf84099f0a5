"""A signing at a service that nothing works on any more is carried on, and given up in the end."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from portal.accounts.models import User
from portal.signing import tasks
from portal.signing.jobs import take_up_forgotten
from portal.signing.models import Signature, SigningCertificate, SigningTask
from tests.signing.test_a_service_signs import (
    Noted,
    begin,
    carry,
    certificate,
    noted,
    service,
    simulator,
)

__all__ = ["certificate", "noted", "service", "simulator"]

pytestmark = pytest.mark.django_db


def jobs_of(task: SigningTask) -> int:
    sql = (
        "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND args ->> 'task_id' = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [str(task.pk)])
        return int(cursor.fetchone()[0])


def left_lying(task: SigningTask, since: timedelta) -> None:
    """Let its job be gone, and so much time have passed since it began."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    SigningTask.objects.filter(pk=task.pk).update(asked_at=timezone.now() - since)


def test_it_is_looked_at_once_more_and_what_was_signed_is_taken(
    clinician: User, certificate: SigningCertificate, noted: Noted
) -> None:
    task = begin(clinician, certificate)
    assert tasks.step(task.pk, at=timezone.now()) is not None  # asked at the service
    left_lying(task, timedelta(minutes=16))
    assert jobs_of(task) == 0
    assert take_up_forgotten() == 1
    assert jobs_of(task) == 1
    assert take_up_forgotten() == 0  # its job waits now
    assert carry(task).state == "signed"
    assert Signature.objects.count() == 2
    assert take_up_forgotten() == 0


def test_one_that_is_not_late_is_left_alone(
    clinician: User, certificate: SigningCertificate, noted: Noted
) -> None:
    task = begin(clinician, certificate)
    left_lying(task, timedelta(minutes=14))
    assert take_up_forgotten() == 0
    assert jobs_of(task) == 0


def test_one_that_fails_for_hours_is_given_up(
    clinician: User, certificate: SigningCertificate, noted: Noted
) -> None:
    task = begin(clinician, certificate)
    left_lying(task, timedelta(hours=7))
    assert take_up_forgotten() == 1
    task.refresh_from_db()
    assert (task.state, task.trouble) == ("failed", "Việc ký bị bỏ dở; hãy ký lại.")
    assert jobs_of(task) == 0
    assert not Signature.objects.exists()
