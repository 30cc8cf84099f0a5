"""A zip of envelopes or of check-ins is one sending, by the page and by the interface."""

import io
import uuid
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch, StagedRow, StoredFile
from portal.places.models import Organisation
from tests.intake.parts import book, zipped
from tests.intake.sending import (
    NOW,
    confirm,
    counts,
    envelope,
    errors,
    found,
    record,
    send,
)
from tests.intake.test_check_ins import CHECK_IN, alone, enclosed

pytestmark = pytest.mark.usefixtures("lists")
ONE = envelope(record(MA_LK="1"), record(MA_LK="2", MA_BENH_CHINH="I10.9"))
TWO = envelope(record(MA_LK="3", CAN_NANG="56.00"), record(MA_LK="3", LY_DO_VV="khác"))
SPOILT = b"<KHAMSUCKHOE><A/></KHAMSUCKHOE>"


def zip_of(**files: bytes) -> bytes:
    return zipped({name.replace("_", "."): content for name, content in files.items()})


def sent(content: bytes, officer: User, hospital: Organisation, kind: str = "envelope") -> Batch:
    return send(content, by=officer, organisation=hospital, kind=kind, name="thang11.zip")


def noted(batch: Batch) -> dict[str, dict]:
    return {note["code"]: note["params"] for note in batch.notes}


def test_a_zip_of_envelopes_is_sent_by_the_page_and_its_records_are_numbered_on(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    client.force_login(data_officer)
    assert ".zip" in client.get(reverse("intake:uploads")).content.decode()
    content = zip_of(a_xml=ONE, b_xml=envelope(record(MA_LK="3")), thu_txt=b"Xin gui")
    answer = client.post(
        reverse("intake:uploads"),
        {
            "file": SimpleUploadedFile("thang11.zip", content),
            "kind": "envelope",
            "organisation": hospital.pk,
        },
    )
    assert answer.status_code == 302
    batch = services.read_batch(Batch.objects.get().pk, at=NOW)
    assert StoredFile.objects.get().sha256 == batch.file.sha256
    assert counts(batch) == {"new": 2, "wrong": 1}
    rows = StagedRow.objects.order_by("number").values_list("number", "sheet")
    assert list(rows) == [(1, "a.xml › HOSO"), (2, "a.xml › HOSO"), (3, "b.xml › HOSO")]
    assert ("a.xml › HOSO 2/XML1/MA_BENH_CHINH", "icd_unknown") in errors(batch)
    assert noted(batch)["members_read"] == {"files": ["a.xml (HOSO 1–2)", "b.xml (HOSO 3–3)"]}
    assert noted(batch)["members_ignored"] == {"files": ["thu.txt"]}
    assert noted(batch)["signature_absent"] == {"file": "a.xml, b.xml"}
    page = client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    assert "a.xml › HOSO 2" in page
    assert "b.xml (HOSO 3–3)" in page
    confirm(batch, data_officer)
    assert set(Visit.objects.values_list("episode_key", flat=True)) == {"1", "3"}
    assert Citizen.objects.count() == 1
    again = sent(content, data_officer, hospital)
    assert again.file_id == batch.file_id
    assert counts(again) == {"unchanged": 2, "wrong": 1}


def test_a_zip_of_check_ins_is_sent_by_the_interface(data_officer: User) -> None:
    client = Client(headers={"accept": "application/json"})
    client.force_login(data_officer)
    content = zip_of(a_xml=alone(CHECK_IN), b_xml=enclosed({**CHECK_IN, "MA_LK": "2"}))
    body = {
        "file": SimpleUploadedFile("checkin.zip", content),
        "kind": "check_ins",
        "organisation": "11001",
    }
    answer = client.post("/api/v1/uploads/", body)
    assert answer.status_code == 201
    batch = services.read_batch(uuid.UUID(answer.json()["id"]), at=NOW)
    assert (batch.state, batch.rows_read) == ("checked", 2)
    assert counts(batch) == {"new": 2}
    confirm(batch, data_officer)
    assert Visit.objects.count() == 2


def test_findings_name_the_file_and_records_that_clash_name_one_another(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    content = zip_of(a_xml=envelope(record(MA_LK="9")), b_xml=TWO)
    batch = sent(content, data_officer, hospital)
    clashes = [cell for cell, code, _severity in found(batch) if code == "key_twice"]
    assert clashes == ["b.xml › HOSO 2/MA_LK", "b.xml › HOSO 3/MA_LK"]
    client.force_login(data_officer)
    said = client.get(reverse("api-upload-findings", args=[batch.pk])).json()["results"]
    twice = [(line["file"], line["row"]) for line in said if line["code"] == "key_twice"]
    assert sorted(twice) == [("b.xml", 2), ("b.xml", 3)]
    cells = {cell for cell, _code, _severity in found(batch)}
    assert all(cell.startswith(("a.xml › HOSO 1/", "b.xml › HOSO ")) for cell in cells)


def test_an_envelope_that_cannot_be_read_keeps_no_other_one_out(
    client: Client, data_officer: User, hospital: Organisation
) -> None:
    content = zip_of(hong_xml=SPOILT, rong_xml=envelope(), tot_xml=envelope(record()))
    batch = sent(content, data_officer, hospital)
    assert counts(batch) == {"new": 1}
    refused = [note["params"] for note in batch.notes if note["code"] == "member_refused"]
    assert [(one["file"], one["code"]) for one in refused] == [
        ("hong.xml", "file_is_no_envelope"),
        ("rong.xml", "no_rows"),
    ]
    client.force_login(data_officer)
    page = client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    assert "hong.xml" in page
    assert "KHAMSUCKHOE" in page


BOMB = io.BytesIO()
with zipfile.ZipFile(BOMB, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("bom.xml", b"<GIAMDINHHS>" + b" " * 200_000_000)
REFUSED = {
    "only an envelope of another root": ("file_is_no_envelope", zip_of(hong_xml=SPOILT)),
    "a workbook instead": ("bundle_without_files", zip_of(a_xlsx=book("<row/>"))),
    "a zip within": ("bundle_nested", zip_of(a_zip=zip_of(b_xml=ONE))),
    "a bomb": ("file_unfolds_too_far", BOMB.getvalue()),
    "entities": ("xml_forbidden", zip_of(a_xml=b'<!DOCTYPE a [<!ENTITY x "y">]>' + ONE)),
}


@pytest.mark.parametrize("kind", ["envelope", "check_ins"])
@pytest.mark.parametrize("case", REFUSED)
def test_a_zip_without_a_record_is_refused_in_words(
    client: Client, data_officer: User, hospital: Organisation, case: str, kind: str
) -> None:
    code, content = REFUSED[case]
    batch = sent(content, data_officer, hospital, kind)
    assert (batch.state, batch.error_code) == ("refused", code)
    assert not StagedRow.objects.exists()
    client.force_login(data_officer)
    assert client.get(reverse("intake:batch", args=[batch.pk])).status_code == 200


def test_the_page_of_the_kind_says_that_a_zip_is_taken(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    for kind in ("envelope", "check_ins", "visits"):
        body = client.get(reverse("intake:columns", args=[kind])).content.decode()
        assert ".zip" in body
