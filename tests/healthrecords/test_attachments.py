"""Papers kept with a person's record: with a right, once, and logged when taken."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Attachment, Citizen, DataRequest
from healthrecords.services.attachments import AttachmentEntry, attach
from healthrecords.services.consents import ConsentEntry, record_consent
from portal.accounts.models import User
from portal.attachments.models import StoredFile
from portal.audit.models import AccessLog
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.pages import fields_of, logged_in, text_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%a paper\n%%EOF\n"


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def keep(citizen: Citizen, actor: User, place: Organisation, **said: Any) -> Attachment:
    services.open_access(user=actor, citizen=citizen, at=AT)
    entry = AttachmentEntry(**{"content": PDF, "name": "Ra viện 2024.pdf", **said})
    return attach(
        actor=actor, citizen=citizen, facility=place, entry=entry, client_key=uuid7(), at=AT
    ).row


def papers(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_citizen_papers", args=[citizen.pk])


def paper(row: Attachment) -> str:
    return reverse("admin:healthrecords_citizen_paper", args=[row.citizen_id, row.pk])


def test_a_paper_is_kept_with_the_record_through_the_page(citizen: Citizen, clerk: User) -> None:
    client = logged_in(clerk)
    said = {
        "client_key": str(uuid7()),
        "category": "discharge",
        "title": "Giấy ra viện",
        "written": "09/2024",
        "file": SimpleUploadedFile("IMG_001.jpg", PDF, "image/jpeg"),
    }
    answered = client.post(papers(citizen), said)
    assert answered.status_code == 302
    row = Attachment.objects.get()
    assert (row.title, row.file.kind, row.written) == ("Giấy ra viện", "pdf", "2024-09")
    assert "chưa quét" in text_of(client.get(papers(citizen)))


def test_what_is_no_paper_is_refused_at_its_box(citizen: Citizen, clerk: User) -> None:
    client = logged_in(clerk)
    page = b"<html><script>alert(1)</script></html>"
    said = {
        "client_key": str(uuid7()),
        "category": "other",
        "title": "Ghi chú",
        "file": SimpleUploadedFile("a.pdf", page, "application/pdf"),
    }
    answered = client.post(papers(citizen), said)
    assert answered.status_code == 422
    assert "không phải PDF, JPEG hay PNG" in text_of(answered)
    assert not Attachment.objects.exists()
    assert fields_of(answered, "") is not None


def test_taking_a_paper_is_logged_and_it_is_sent_to_be_saved(
    citizen: Citizen, clerk: User, station: Organisation, django_capture_on_commit_callbacks: Any
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): the log holds reads, too."""
    row = keep(citizen, clerk, station)
    answered = logged_in(clerk).get(paper(row))
    assert b"".join(answered.streaming_content) == PDF
    assert answered["Content-Disposition"].startswith("attachment")
    assert "Quàng" not in str(answered.headers)
    assert AccessLog.objects.filter(action="exported", user_id=clerk.pk).exists()


def test_without_an_open_record_no_paper_is_sent(
    citizen: Citizen, clerk: User, station: Organisation, stranger: User
) -> None:
    row = keep(citizen, clerk, station)
    assert logged_in(stranger).get(paper(row)).status_code == 403


def test_a_quarantined_paper_is_named_and_not_sent(
    citizen: Citizen, clerk: User, station: Organisation
) -> None:
    row = keep(citizen, clerk, station)
    StoredFile.objects.filter(pk=row.file_id).update(state="infected", threat="Eicar")
    client = logged_in(clerk)
    assert client.get(paper(row)).status_code == 403
    page = client.get(papers(citizen))
    assert "Eicar" in text_of(page)
    assert paper(row) not in page.content.decode().split("<form")[0]


def test_the_same_file_is_not_kept_twice_with_one_record(
    citizen: Citizen, clerk: User, station: Organisation
) -> None:
    keep(citizen, clerk, station)
    with pytest.raises(ValidationError) as refused:
        keep(citizen, clerk, station, name="lan nua.pdf")
    assert refused.value.code == "file_twice"
    assert Attachment.objects.count() == 1


def test_an_hiv_result_on_paper_is_protected_by_its_title(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    row = keep(citizen, clinician, station, title="Xét nghiệm HIV 2023")
    assert row.sensitivity == "hiv"
    assert logged_in(clerk).get(paper(row)).status_code == 404
    answered = logged_in(clinician).get(paper(row))
    assert b"".join(answered.streaming_content) == PDF


def test_a_protected_paper_is_not_told_by_a_refusal_and_its_twin_is_protected_too(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    keep(citizen, clinician, station, title="Xét nghiệm HIV 2023")
    again = keep(citizen, clerk, station, title="Giấy mang theo")
    assert again.sensitivity == "hiv"
    assert logged_in(clerk).get(paper(again)).status_code == 404
    with pytest.raises(ValidationError) as refused:
        keep(citizen, clinician, station, title="Giấy mang theo")
    assert refused.value.code == "file_twice"


def allow(citizen: Citizen, actor: User, place: Organisation, answer: str) -> None:
    record_consent(
        actor=actor,
        citizen=citizen,
        facility=place,
        entry=ConsentEntry("images", answer, "self", "paper", "phiếu 4", ON),
        client_key=uuid7(),
        at=AT,
    )


def test_a_clinical_picture_rests_on_the_consent_to_pictures(
    citizen: Citizen, clerk: User, station: Organisation
) -> None:
    """Law 91/2025/QH15: not asked, refused and restricted are no consent; papers need none."""

    def picture(content: bytes) -> Attachment:
        return keep(citizen, clerk, station, content=content, category="picture", title="Vết loét")

    def refused() -> str:
        with pytest.raises(ValidationError) as error:
            picture(PDF)
        (found,) = error.value.error_dict["category"]
        assert found.code == "picture_not_allowed"
        return " ".join(found.messages)

    services.open_access(user=clerk, citizen=citizen, at=AT)
    assert "chưa hỏi" in refused()
    allow(citizen, clerk, station, "refused")
    assert "không đồng ý" in refused()
    assert not Attachment.objects.exists()
    allow(citizen, clerk, station, "given")
    assert picture(PDF).category == "picture"
    DataRequest.objects.create(
        citizen=citizen,
        facility=station,
        kind="restrict",
        asked="hạn chế",
        asker="self",
        channel="in_person",
        identity_proof="thẻ",
        received_on=ON,
        received_by=clerk,
        received_at=AT,
        reply_due_on=ON,
        due_on=ON,
        outcome="done",
        closed_on=ON,
    )
    assert "hạn chế" in refused()
    assert keep(citizen, clerk, station, content=PDF + b"x").category == "other"
    assert Attachment.objects.count() == 2


def test_the_page_says_at_its_box_that_a_picture_was_not_agreed_to(
    citizen: Citizen, clerk: User
) -> None:
    said = {
        "client_key": str(uuid7()),
        "category": "picture",
        "title": "Vết loét",
        "file": SimpleUploadedFile("a.pdf", PDF, "application/pdf"),
    }
    answered = logged_in(clerk).post(papers(citizen), said)
    assert answered.status_code == 422
    assert "chưa hỏi" in text_of(answered)
    assert not Attachment.objects.exists()
