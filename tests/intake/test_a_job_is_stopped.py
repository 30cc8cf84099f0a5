"""Somebody stops a job: a reading is given up, a writing leaves everything as it was before."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from healthrecords.imports.handler import VisitHandler
from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch, Finding, Progress, StagedRow
from portal.intake.progress import seconds_left
from portal.places.models import Organisation
from tests.intake.sending import NOW, confirm, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")


def test_a_file_that_waits_for_its_reading_is_given_up_at_once(
    data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital, read=False)
    assert services.cancel_batch(actor=data_officer, batch=batch, at=NOW).state == "cancelled"
    assert services.read_batch(batch.pk, at=NOW).state == "cancelled"
    assert not StagedRow.objects.exists()


def test_a_reading_that_is_stopped_leaves_no_row_behind(
    data_officer: User, hospital: Organisation
) -> None:
    content = workbook([visit(MA_LK=str(n), MACH="x") for n in range(50)])
    batch = send(content, by=data_officer, organisation=hospital, read=False)
    Batch.objects.update(state="reading")
    assert services.cancel_batch(actor=data_officer, batch=batch, at=NOW).state == "reading"
    assert services.read_batch(batch.pk, at=NOW).state == "cancelled"
    assert not StagedRow.objects.exists()
    assert not Finding.objects.exists()
    assert not Progress.objects.exists()


def test_a_writing_that_is_stopped_writes_nothing_and_can_be_confirmed_again(
    data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit(), visit(MA_LK="2")]), by=data_officer, organisation=hospital)
    services.confirm_batch(actor=data_officer, batch=batch, at=NOW)
    services.cancel_batch(actor=data_officer, batch=batch, at=NOW)
    assert services.write_batch(batch.pk, at=NOW).state == "checked"
    assert not Visit.objects.exists()
    assert not Citizen.objects.exists()
    assert not StagedRow.objects.exclude(written_at=None).exists()
    assert confirm(Batch.objects.get(), data_officer).state == "written"
    assert Visit.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_asking_to_stop_does_not_wait_for_the_job(
    data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    services.confirm_batch(actor=data_officer, batch=batch, at=NOW)
    job = connection.copy()
    try:
        with job.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT FROM intake_batch WHERE id = %s FOR NO KEY UPDATE", [batch.pk])
            with connection.cursor() as page:
                page.execute("SET lock_timeout = '2s'")
            services.cancel_batch(actor=data_officer, batch=batch, at=NOW)
            cursor.execute("ROLLBACK")
    finally:
        job.close()
    assert Progress.objects.get().is_unwanted


def test_a_writing_that_fails_gives_the_sending_back_to_be_confirmed_again(
    data_officer: User, hospital: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    services.confirm_batch(actor=data_officer, batch=batch, at=NOW)

    def clash(*_given: object) -> None:
        raise IntegrityError

    with monkeypatch.context() as patched:
        patched.setattr(VisitHandler, "write", clash)
        with pytest.raises(IntegrityError):
            services.write_batch(batch.pk, at=NOW)
    batch.refresh_from_db()
    assert batch.state == "checked"
    assert not Visit.objects.exists()
    assert confirm(batch, data_officer).state == "written"


def test_a_wish_to_stop_that_came_too_late_does_not_stop_the_next_job(
    data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    Progress.objects.create(
        batch=batch, stage="writing", began_at=NOW, said_at=NOW, is_unwanted=True
    )
    assert confirm(batch, data_officer).state == "written"


def test_an_undoing_that_is_stopped_undoes_nothing(
    data_officer: User, hospital: Organisation
) -> None:
    batch = confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm")
    services.cancel_batch(actor=data_officer, batch=batch, at=NOW)
    assert services.undo_batch(batch.pk, at=NOW).state == "written"
    assert Visit.objects.get().status == "finished"


def test_the_page_of_a_busy_sending_says_how_far_it_is_and_offers_to_stop(
    data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    services.confirm_batch(actor=data_officer, batch=batch, at=NOW)
    Progress.objects.create(
        batch=batch,
        stage="writing",
        done=25_000,
        total=100_000,
        began_at=NOW - timedelta(seconds=10),
        said_at=NOW,
    )
    client = Client()
    client.force_login(data_officer)
    page = client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    assert "25.000" in page
    assert reverse("intake:cancel", args=[batch.pk]) in page
    said = client.get(reverse("intake:progress", args=[batch.pk])).json()
    assert (said["done"], said["total"], said["stage"]) == (25_000, 100_000, "writing")


@pytest.mark.parametrize(
    ("done", "total", "seconds", "left"),
    [(0, 1000, 5, None), (500, 1000, 0.5, None), (500, 1000, 10, 10), (1000, 1000, 10, None)],
)
def test_what_is_left_follows_the_speed_so_far(
    done: int, total: int, seconds: float, left: int | None
) -> None:
    progress = Progress(
        done=done, total=total, began_at=NOW - timedelta(seconds=seconds), said_at=NOW
    )
    assert seconds_left(progress, NOW) == left
