"""The marked workbook, the list of findings and the report: for the sender's people, nobody else."""

import csv
import io
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from healthrecords.models import Citizen
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit.models import AccessLog
from portal.intake import answering
from portal.intake.models import Answer, Batch, Finding
from portal.places import services as places
from portal.places.models import Organisation
from tests.conftest import SINCE, make_user
from tests.intake.sending import NOW, confirm, send, visit, workbook
from tests.intake.test_who_may_send_and_see import let_go

pytestmark = pytest.mark.usefixtures("lists")


@pytest.fixture
def other_officer(department: Organisation) -> User:
    other = places.create_organisation(
        name="Bệnh viện Y học cổ truyền", kind="hospital", parent=department, valid_from=SINCE
    )
    return make_user("lan", "Vì Thị Lan", Role.HOSPITAL_DATA_OFFICER, other)


@pytest.fixture
def colleague(hospital: Organisation) -> User:
    return make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)


@pytest.fixture
def batch(data_officer: User, hospital: Organisation) -> Batch:
    rows = [visit(), visit(MA_LK="2", MACH="780", LY_DO_VV="=cmd|' /C calc'!A0", MACH2="")]
    return send(workbook(rows), by=data_officer, organisation=hospital, name="KCB 10.xlsx")


PAGES = ("answer", "answer_progress", "report", "report_pdf")


def ask(client: Client, batch: Batch) -> Any:
    return client.post(reverse("intake:answer_ask", args=[batch.pk]))


def made(batch: Batch, *, open_: bool = False) -> None:
    asked, _new = answering.ask_answer(batch=batch, open_=open_, at=NOW)
    answering.make_answer(asked.pk, at=NOW)


def test_a_colleague_gets_everything_back_and_others_nothing(
    client: Client, batch: Batch, colleague: User, other_officer: User, stranger: User
) -> None:
    made(batch)
    addresses = [reverse(f"intake:{name}", args=[batch.pk]) for name in PAGES]
    addresses += [reverse("intake:findings", args=[batch.pk, form]) for form in ("csv", "xlsx")]
    for user, status in ((colleague, 200), (other_officer, 404), (stranger, 404)):
        client.force_login(user)
        for url in addresses:
            answer = client.get(url)
            assert answer.status_code == status, (user, url)
            let_go(answer)
        assert ask(client, batch).status_code == (302 if status == 200 else 404)


def test_an_unknown_sending_gives_nothing_back(client: Client, data_officer: User) -> None:
    client.force_login(data_officer)
    for name in PAGES:
        assert client.get(reverse(f"intake:{name}", args=[uuid.uuid4()])).status_code == 404


def test_the_marked_workbook_is_asked_for_watched_and_fetched(
    client: Client, batch: Batch, data_officer: User
) -> None:
    client.force_login(data_officer)
    url = reverse("intake:batch", args=[batch.pk])
    assert reverse("intake:answer_ask", args=[batch.pk]) in client.get(url).content.decode()
    assert client.get(reverse("intake:answer", args=[batch.pk])).status_code == 404
    ask(client, batch)
    page = client.get(url).content.decode()
    assert reverse("intake:answer_progress", args=[batch.pk]) in page
    assert client.get(reverse("intake:answer_progress", args=[batch.pk])).json()["busy"] is True
    ask(client, batch)
    answering.make_answer(Answer.objects.get().pk, at=NOW)
    page = client.get(url).content.decode()
    assert reverse("intake:answer", args=[batch.pk]) in page
    answer = client.get(reverse("intake:answer", args=[batch.pk]))
    assert "KCB%2010_loi.xlsx" in answer["Content-Disposition"] or (
        'filename="KCB 10_loi.xlsx"' in answer["Content-Disposition"]
    )
    let_go(answer)


def test_what_goes_out_of_a_written_file_is_in_the_read_log(
    client: Client, batch: Batch, data_officer: User
) -> None:
    confirm(batch, data_officer)
    made(batch)
    client.force_login(data_officer)
    let_go(client.get(reverse("intake:answer", args=[batch.pk])))
    log = AccessLog.objects.get()
    assert (log.action, log.ground, log.people) == (
        "exported",
        "file",
        [Citizen.objects.get().pk],
    )


def rows_of(client: Client, batch: Batch) -> list[list[str]]:
    answer = client.get(reverse("intake:findings", args=[batch.pk, "csv"]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_list_holds_every_finding_in_words_and_no_formula(
    client: Client, batch: Batch, data_officer: User
) -> None:
    Finding.objects.filter(batch=batch, code="measure_impossible").update(value="=1+1")
    client.force_login(data_officer)
    head, *rows = rows_of(client, batch)
    assert len(rows) == Finding.objects.filter(batch=batch).count()
    assert all(len(row) == len(head) for row in rows)
    [wrong] = [row for row in rows if row[4] == "'=1+1"]
    assert wrong[:3] == ["KhamBenh", "3", "S"]
    assert wrong[5].endswith(".")
    assert wrong[7] == "Sai"


def test_protected_rows_are_masked_in_the_list_and_the_report(
    client: Client, data_officer: User, colleague: User, hospital: Organisation
) -> None:
    secret = visit(MA_LK="1", MA_BENH_CHINH="B20", HO_TEN="Giàng Thị Kín", MACH="780")
    batch = send(
        workbook([secret, visit(MA_LK="2", MACH="781")]), by=data_officer, organisation=hospital
    )
    made(batch)
    client.force_login(colleague)
    listed = str(rows_of(client, batch))
    report = client.get(reverse("intake:report", args=[batch.pk])).content.decode()
    for said in (listed, report):
        assert ">780<" not in said
        assert "'780'" not in said
        assert "Kín" not in said
    assert "781" in listed
    head = make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital)
    client.force_login(head)
    assert "780" in str(rows_of(client, batch))
    # The file that was made for the others is not theirs, and theirs is not made yet.
    assert client.get(reverse("intake:answer", args=[batch.pk])).status_code == 404


def test_the_report_names_file_people_and_what_was_written(
    client: Client, batch: Batch, data_officer: User
) -> None:
    confirm(batch, data_officer)
    client.force_login(data_officer)
    page = client.get(reverse("intake:report", args=[batch.pk])).content.decode()
    for said in (batch.file.sha256, "KCB 10.xlsx", "Trần Thị Hoa", "780"):
        assert said in page
    paper = client.get(reverse("intake:report_pdf", args=[batch.pk]))
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")


def test_a_list_of_findings_asks_the_database_no_more_for_more_rows(
    client: Client, data_officer: User, hospital: Organisation, django_assert_max_num_queries: Any
) -> None:
    rows = [visit(MA_LK=str(n), MACH="780", NHIET_DO="3,7") for n in range(120)]
    batch = send(workbook(rows), by=data_officer, organisation=hospital)
    client.force_login(data_officer)
    with django_assert_max_num_queries(20):
        assert len(rows_of(client, batch)) > 240
