"""Tables and codes of HIV and tuberculosis are of their class from the first staged row on, on every way out."""

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Mapping

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from healthrecords.models import Diagnosis, Medication, Naming, Visit, VitalSigns
from portal.accounts import roles
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake import answering, services
from portal.intake.models import Answer, Batch, Finding, StagedRow
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.intake.envelopes import service, whole, written
from tests.intake.sending import NOW, confirm, envelope, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")
HIV = {
    "NGAYKD_HIV": "20200101",
    "NOI_LAY_MAU_XN": "99998",
    "MA_PHAC_DO_DIEU_TRI": "BIMAT-1A",
    "HO_TEN": "KHÁC",
}
TB = {"PHANLOAI_LAO_VITRI": "9", "MA_BN": "BIMAT", "HO_TEN": "BIMAT KHÁC", "MA_CSKCB": "11001"}
BROKEN = "<FILEHOSO><LOAIHOSO>{}</LOAIHOSO><NOIDUNGFILE>%%</NOIDUNGFILE></FILEHOSO>"
RECORDS: Mapping[str, tuple[str, str]] = {
    "a table of HIV": ("hiv", written(whole(more={"XML6": [HIV]}))),
    "a table of tuberculosis": ("tb", written(whole(more={"XML15": [TB]}))),
    "a broken table of HIV": ("hiv", written(whole()) + BROKEN.format("XML6")),
    "a broken table of tuberculosis": ("tb", written(whole()) + BROKEN.format("XML15")),
    "a record that is no XML": ("hiv", written(whole(more={"XML6": [HIV]}), "nested")[:-30]),
    "the code of a service": (
        "hiv",
        written(whole(services=[service(1, None, MA_BENH="I10;B20")])),
    ),
    "the code of a transfer": ("tb", written(whole(more={"XML13": [{"MA_BENH_CHINH": "A15.0"}]}))),
    "a further diagnosis": ("hiv", written(whole(MA_BENH_KT="E78.5;Z21"))),
    "an untold kind of table": (
        "hiv",
        written(whole(more={"XML6": [HIV]})).replace("XML6", ""),
    ),
}


def sent(officer: User, hospital: Organisation, *records: str) -> Batch:
    return send(
        envelope(*records), by=officer, organisation=hospital, kind="envelope", name="a.xml"
    )


@pytest.mark.parametrize("case", RECORDS)
def test_the_class_holds_from_the_first_staged_row_on(
    data_officer: User, hospital: Organisation, case: str
) -> None:
    compartment, record = RECORDS[case]
    batch = sent(data_officer, hospital, record)
    assert StagedRow.objects.get(batch=batch).sensitivity == compartment
    assert set(Finding.objects.filter(batch=batch).values_list("sensitivity", flat=True)) <= {
        compartment
    }
    assert set(Naming.objects.filter(batch=batch).values_list("sensitivity", flat=True)) <= {
        compartment
    }
    assert batch.has_sensitive


def test_records_and_their_history_inherit_the_class(
    data_officer: User, hospital: Organisation
) -> None:
    record = whole(more={"XML6": [{**HIV, "MA_LOAI_BN": "1"}]})
    confirm(sent(data_officer, hospital, written(record)), data_officer)
    for model in (Visit, Diagnosis, Medication, VitalSigns):
        assert set(model.objects.values_list("sensitivity", flat=True)) == {"hiv"}, model
        history = model.pgh_event_model if hasattr(model, "pgh_event_model") else None
        if history is not None:
            assert set(history.objects.values_list("sensitivity", flat=True)) == {"hiv"}


@pytest.fixture
def batch(data_officer: User, hospital: Organisation) -> Batch:
    """A file with one ordinary record and two of a class, each with something to remark on."""
    ordinary = whole(MA_LK="E-9", SO_CCCD="", HO_TEN="Người Thường", MA_HSBA="")
    hiv = whole(MA_LK="E-1", HO_TEN="BIMAT HIV", MA_HSBA="", more={"XML6": [HIV]})
    tb = whole(MA_LK="E-2", SO_CCCD="", HO_TEN="BIMAT LAO", more={"XML15": [TB]})
    return sent(data_officer, hospital, *(written(r) for r in (ordinary, hiv, tb)))


# A name is told in large letters in the file and as a name in the records.
SECRETS = ("BIMAT", "Bimat", "99998", "XML6", "XML15", "NGAYKD", "LAO_VITRI", "ARV")


def ways_out(client: Client, batch: Batch) -> list[HttpResponse]:
    """Every address that shows something of a batch."""
    args = [batch.pk]
    urls = [reverse("intake:batch", args=args), reverse("intake:progress", args=args)]
    urls += [reverse("intake:rows", args=[*args, name]) for name in StagedRow.Decision.values]
    causes = Finding.objects.filter(batch=batch).values_list("cause", flat=True).distinct()
    urls += [f"{reverse('intake:cause', args=args)}?vi={cause}" for cause in causes]
    return [client.get(url) for url in [*urls, reverse("intake:uploads")]]


def test_no_page_and_no_answer_shows_them_without_the_right(
    client: Client, batch: Batch, hospital: Organisation, data_officer: User, stranger: User
) -> None:
    colleague = make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)
    for user in (data_officer, colleague, stranger):
        client.force_login(user)
        for response in ways_out(client, batch):
            if response.status_code != 404:  # that page repeats the address, and says nothing else
                body = response.content.decode()
                shown = [secret for secret in SECRETS if secret in body]
                assert not shown, (user, response.request)


def given_back(client: Client, batch: Batch) -> dict[str, str]:
    """What leaves the house of a batch, each as the text that somebody could read in it."""
    args = [batch.pk]
    given = {
        "csv": text_of(client.get(reverse("intake:findings", args=[*args, "csv"]))),
        "xlsx": text_of_book(client.get(reverse("intake:findings", args=[*args, "xlsx"]))),
        "report": text_of(client.get(reverse("intake:report", args=args))),
        "paper": text_of_paper(client.get(reverse("intake:report_pdf", args=args))),
    }
    for query in (
        "",
        "?severity=error",
        "?severity=warning",
        *(f"?code={c}" for c in codes(batch)),
    ):
        address = f"/api/v1/uploads/{batch.pk}/findings/{query}"
        given[address] = text_of(client.get(address))
    given["sending"] = text_of(client.get(f"/api/v1/uploads/{batch.pk}/"))
    given["sendings"] = text_of(client.get("/api/v1/uploads/"))
    client.post(reverse("intake:answer_ask", args=args))
    for answer in Answer.objects.filter(batch=batch):
        answering.make_answer(answer.pk, at=NOW)
    given["answer"] = text_of_book(client.get(reverse("intake:answer", args=args)))
    given["answer for programs"] = text_of_book(client.get(f"/api/v1/uploads/{batch.pk}/answer/"))
    return given


def codes(batch: Batch) -> list[str]:
    return sorted(set(Finding.objects.filter(batch=batch).values_list("code", flat=True)))


def bytes_of(response: HttpResponse) -> bytes:
    assert response.status_code == 200, response.request
    return b"".join(response.streaming_content) if response.streaming else response.content


def text_of(response: HttpResponse) -> str:
    return bytes_of(response).decode()


def text_of_book(response: HttpResponse) -> str:
    """Every part of a workbook, notes and names of its author too."""
    with zipfile.ZipFile(io.BytesIO(bytes_of(response))) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


def text_of_paper(response: HttpResponse) -> str:
    """The words of a PDF where there is a program that reads them, else its bytes."""
    content = bytes_of(response)
    assert content.startswith(b"%PDF")
    if not (reader := shutil.which("pdftotext")):
        return content.decode("latin-1")
    done = subprocess.run([reader, "-", "-"], input=content, capture_output=True, check=True)
    return done.stdout.decode()


def test_nothing_given_back_says_them_without_the_right(
    client: Client, batch: Batch, hospital: Organisation, data_officer: User
) -> None:
    colleague = make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)
    for user in (data_officer, colleague):
        client.force_login(user)
        for name, said in given_back(client, batch).items():
            assert not [secret for secret in SECRETS if secret in said], (user, name)
        assert not client.get(f"/api/v1/uploads/{batch.pk}/findings/?code=hiv").json()["results"]


def test_those_outside_get_nothing_back(client: Client, batch: Batch, stranger: User) -> None:
    client.force_login(stranger)
    args = [batch.pk]
    urls = [
        reverse(f"intake:{name}", args=args) for name in ("report", "report_pdf", "answer", "undo")
    ]
    urls += [reverse("intake:findings", args=[*args, form]) for form in ("csv", "xlsx")]
    urls += [f"/api/v1/uploads/{batch.pk}/{rest}" for rest in ("", "findings/", "answer/")]
    # The API tells whose role sends no files; to the others this sending does not exist.
    wanted = {url: 403 if url.startswith("/api/") else 404 for url in urls}
    assert {url: client.get(url).status_code for url in urls} == wanted


def test_one_with_the_right_gets_them_back(
    client: Client, batch: Batch, hospital: Organisation
) -> None:
    client.force_login(make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital))
    given = given_back(client, batch)
    for name in ("csv", "xlsx", "answer", f"/api/v1/uploads/{batch.pk}/findings/"):
        assert "99998" in given[name], name


def test_a_marked_workbook_of_a_table_leaves_the_row_out_for_those_without_the_right(
    client: Client, hospital: Organisation, data_officer: User
) -> None:
    """Also the sender gets it so: the answer is another file than the one that was sent."""
    secret = visit(MA_LK="1", MA_BENH_CHINH="B20", HO_TEN="BIMAT HIV", MACH="780")
    others = visit(MA_LK="2", MA_BENH_CHINH="J18.9", HO_TEN="Lò Thị Hai", SO_CCCD="", MACH="781")
    table = send(workbook([secret, others]), by=data_officer, organisation=hospital)
    colleague = make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)
    for user in (data_officer, colleague):
        client.force_login(user)
        given = given_back(client, table)
        for name, said in given.items():
            assert not [
                word for word in ("BIMAT", "Bimat", "B20", ">780<", '"780"') if word in said
            ], name
        assert "781" in given["answer"]
        assert "781" in given["csv"]


def test_undoing_says_how_much_and_not_whose(
    client: Client, batch: Batch, hospital: Organisation, data_officer: User
) -> None:
    confirm(batch, data_officer)
    assert Visit.objects.filter(sensitivity="hiv").exists()
    colleague = make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)
    client.force_login(colleague)
    address = reverse("intake:undo", args=[batch.pk])
    pages = [text_of(client.get(address)), client.post(address, {"reason": ""}).content.decode()]
    client.post(address, {"reason": "Nộp nhầm tệp"})
    services.undo_batch(batch.pk, at=NOW)
    pages += [text_of(client.get(reverse("intake:batch", args=[batch.pk])))]
    pages += given_back_after(client, batch)
    for page in pages:
        assert not [secret for secret in SECRETS if secret in page]


def given_back_after(client: Client, batch: Batch) -> list[str]:
    args = [batch.pk]
    names = ("report", "progress", "batch")
    return [
        *(text_of(client.get(reverse(f"intake:{name}", args=args))) for name in names),
        text_of(client.get(reverse("intake:findings", args=[*args, "csv"]))),
        text_of_paper(client.get(reverse("intake:report_pdf", args=args))),
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_lists_of_visits_leave_without_them(
    client: Client,
    batch: Batch,
    hospital: Organisation,
    data_officer: User,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    """Nobody has the right to export without the one to see them; a house may part the two."""
    confirm(batch, data_officer)
    rights = {**roles.CAPABILITIES_OF}
    rights[Role.HOSPITAL_DATA_OFFICER] = rights[Role.HOSPITAL_DATA_OFFICER] | {"export_records"}
    monkeypatch.setattr("portal.accounts.roles.CAPABILITIES_OF", rights)
    monkeypatch.setattr("portal.accounts.grants.CAPABILITIES_OF", rights, raising=False)
    read = text_of if form == "csv" else text_of_book
    officer = make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)
    head = make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital)
    address = reverse("admin:healthrecords_visit_export")
    client.force_login(officer)
    said = read(client.get(address, {"tep": form}))
    assert "Người Thường" in said
    assert not [secret for secret in SECRETS if secret in said]
    client.force_login(head)
    assert "Bimat Hiv" in read(client.get(address, {"tep": form}))


def test_the_file_itself_goes_only_to_its_sender_and_those_with_the_right(
    client: Client, batch: Batch, hospital: Organisation, stranger: User
) -> None:
    colleague = make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)
    url = reverse("intake:original", args=[batch.pk])
    for user, status in ((colleague, 403), (stranger, 404)):
        client.force_login(user)
        assert client.get(url).status_code == status


def test_remarks_on_the_whole_file_do_not_name_the_tables(batch: Batch) -> None:
    said = json.dumps(batch.notes, ensure_ascii=False)
    assert "XML3" in said
    assert not [secret for secret in SECRETS if secret in said]


def test_one_with_the_right_sees_what_is_wrong(
    client: Client, batch: Batch, hospital: Organisation
) -> None:
    head = make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital)
    client.force_login(head)
    bodies = "".join(response.content.decode() for response in ways_out(client, batch))
    assert "99998" in bodies
