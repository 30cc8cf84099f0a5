"""Who confirms chooses: the good rows now, or all rows or none."""

import io
import json

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch, StagedRow
from portal.places.models import Organisation
from tests.intake.sending import NOW, confirm, counts, send, visit, workbook
from tests.intake.test_doubtful_people import citizen, decide

pytestmark = pytest.mark.usefixtures("lists")
GOOD = [visit(MA_LK="1"), visit(MA_LK="2")]
WRONG = [visit(MA_LK="1"), visit(MA_LK="2", MACH="780")]
PLAIN = {"SO_CCCD": "", "MA_THE_BHYT": ""}


def sent(rows: list[dict], officer: User, hospital: Organisation) -> Batch:
    return send(workbook(rows), by=officer, organisation=hospital)


def test_the_page_refuses_to_write_a_part_where_all_or_none_was_asked_for(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    batch = sent(WRONG, data_officer, hospital)
    client.force_login(data_officer)
    page = reverse("intake:batch", args=[batch.pk])
    assert 'name="undivided"' in client.get(page).content.decode()
    address = reverse("intake:confirm", args=[batch.pk])
    answer = client.post(address, {"undivided": "1"}, follow=True)
    [said] = answer.context["messages"]
    assert (said.level_tag, "1" in str(said)) == ("error", True)
    batch.refresh_from_db()
    assert (batch.state, batch.confirmed_at) == ("checked", None)
    assert services.write_batch(batch.pk, at=NOW).state == "checked"
    assert not Visit.objects.exists()
    assert not StagedRow.objects.exclude(written_at=None).exists()
    assert client.post(address).status_code == 302
    assert services.write_batch(batch.pk, at=NOW).written_count == 1


def test_a_file_without_a_wrong_row_is_written_whole(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    batch = sent(GOOD, data_officer, hospital)
    client.force_login(data_officer)
    client.post(reverse("intake:confirm", args=[batch.pk]), {"undivided": "1"})
    assert services.write_batch(batch.pk, at=NOW).written_count == 2


def test_doubtful_rows_are_decided_first(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    known = citizen()
    batch = sent(
        [
            visit(MA_LK="1", **PLAIN),
            visit(MA_LK="2", HO_TEN="Lò Thị Ba", SO_CCCD="011171000999", MA_THE_BHYT=""),
        ],
        data_officer,
        hospital,
    )
    assert counts(batch) == {"new": 1, "doubtful": 1}
    client.force_login(data_officer)
    address = reverse("intake:confirm", args=[batch.pk])
    client.post(address, {"undivided": "1"})
    batch.refresh_from_db()
    assert batch.state == "checked"
    decide(client, batch, known)
    client.post(address, {"undivided": "1"})
    assert services.write_batch(batch.pk, at=NOW).written_count == 2


def test_a_row_that_became_doubtful_meanwhile_leaves_the_whole_file_unwritten(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    other = {"HO_TEN": "Lò Thị Ba", "SO_CCCD": "011171000999", "MA_THE_BHYT": "", "GIOI_TINH": "Nữ"}
    batch = sent([visit(MA_LK="1", **PLAIN), visit(MA_LK="2", **other)], data_officer, hospital)
    services.confirm_batch(actor=data_officer, batch=batch, at=NOW, undivided=True)
    citizen()
    services.write_batch(batch.pk, at=NOW)
    assert counts(batch) == {"new": 1, "doubtful": 1}
    assert (batch.state, batch.written_at, batch.notes[0]["code"]) == ("checked", None, "not_whole")
    assert not Visit.objects.exists()
    assert Citizen.objects.count() == 1
    client.force_login(data_officer)
    assert client.get(reverse("intake:batch", args=[batch.pk])).status_code == 200
    confirm(batch, data_officer)
    batch.refresh_from_db()
    assert batch.written_count == 1
    assert "not_whole" not in {note["code"] for note in batch.notes}


def test_the_interface_takes_the_same_choice(data_officer: User, hospital: Organisation) -> None:
    client = Client(headers={"accept": "application/json"})
    client.force_login(data_officer)
    batch = sent(WRONG, data_officer, hospital)
    address = reverse("api-upload-confirm", args=[batch.pk])
    asked = json.dumps({"all_or_nothing": True})
    answer = client.post(address, asked, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "rows_wait")
    batch.refresh_from_db()
    assert batch.state == "checked"
    assert not Visit.objects.exists()
    assert client.post(address).status_code == 202


def test_the_command_asks_for_the_same(hospital: Organisation, tmp_path) -> None:
    path = tmp_path / "KCB.xlsx"
    path.write_bytes(workbook(GOOD))
    call_command(
        "import_file",
        str(path),
        kind="visits",
        facility="11001",
        confirm=True,
        all_or_nothing=True,
        stdout=io.StringIO(),
    )
    assert Batch.objects.get().options == {"undivided": True}
    assert Visit.objects.count() == 2
