"""A file sent by the page is read and written by the worker."""

import asyncio

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django import app

from healthrecords.models import Visit
from portal.accounts.models import User
from portal.intake.models import Batch
from portal.places.models import Organisation
from tests.intake.sending import visit, workbook


def work() -> None:
    """Let a worker do what waits."""

    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker:
            async with worker.open_async():
                await worker.run_worker_async(wait=False, install_signal_handlers=False)

    asyncio.run(run())


@pytest.mark.django_db(transaction=True)
def test_page_and_worker_together_bring_a_file_in(
    client: Client, lists: None, data_officer: User, hospital: Organisation
) -> None:
    client.force_login(data_officer)
    file = SimpleUploadedFile("kcb.xlsx", workbook([visit()]))
    body = {"file": file, "kind": "visits", "organisation": str(hospital.pk)}
    page = client.post(reverse("intake:uploads"), body)
    batch = Batch.objects.get()
    assert page.headers["Location"] == reverse("intake:batch", args=[batch.pk])
    assert batch.state == "received"
    work()
    batch.refresh_from_db()
    assert batch.state == "checked"
    client.post(reverse("intake:confirm", args=[batch.pk]))
    assert client.get(reverse("intake:progress", args=[batch.pk])).json()["busy"]
    work()
    batch.refresh_from_db()
    assert (batch.state, batch.written_count) == ("written", 1)
    assert Visit.objects.get().batch_id == batch.pk


@pytest.mark.django_db(transaction=True)
def test_the_command_does_the_same(lists: None, hospital: Organisation, tmp_path, capsys) -> None:
    path = tmp_path / "kcb.xlsx"
    path.write_bytes(workbook([visit(), visit(MA_LK="2", NGAY_SINH="mai")]))
    call_command("import_file", str(path), kind="visits", facility="11001", confirm=True)
    out = capsys.readouterr().out
    assert "KhamBenh!D3" in out
    assert Visit.objects.count() == 1
