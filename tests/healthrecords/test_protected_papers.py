"""A paper is protected by hand: what is on a scan no machine reads (Law 71/2020/QH14, Article 30)."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Attachment, Citizen
from healthrecords.services.attachments import protect
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.pages import logged_in, record_url, text_of
from tests.healthrecords.test_attachments import PDF, keep, paper, papers

pytestmark = pytest.mark.django_db
TITLE = "Phiếu kết quả ngày 3/11"


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def sent(citizen: Citizen, actor: User, **said: str) -> Any:
    return logged_in(actor).post(
        papers(citizen),
        {
            "client_key": str(uuid7()),
            "category": "result",
            "title": TITLE,
            "file": SimpleUploadedFile("scan.pdf", PDF, "application/pdf"),
            **said,
        },
        follow=True,
    )


def test_a_doctor_keeps_a_scan_as_protected_and_the_desk_does_not_see_it(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    answered = sent(citizen, clinician, sensitivity="hiv")
    row = Attachment.objects.get()
    assert row.sensitivity == "hiv"
    assert "HIV" in text_of(answered)
    assert TITLE in text_of(answered)
    desk = logged_in(clerk)
    for url in (papers(citizen), record_url(citizen)):
        assert TITLE not in text_of(desk.get(url))
    assert desk.get(paper(row)).status_code == 404
    assert "Chưa lưu giấy tờ nào" in text_of(desk.get(papers(citizen)))


def test_the_desk_keeps_a_protected_scan_without_seeing_it_again(
    citizen: Citizen, clerk: User
) -> None:
    answered = sent(citizen, clerk, sensitivity="mental")
    assert Attachment.objects.get().sensitivity == "mental"
    assert TITLE not in text_of(answered)


def test_a_class_nobody_knows_is_refused_and_nothing_is_kept(
    citizen: Citizen, clinician: User
) -> None:
    assert sent(citizen, clinician, sensitivity="secret").status_code == 422
    assert not Attachment.objects.exists()


def test_a_title_that_betrays_more_stays_as_protected_as_it_betrays(
    citizen: Citizen, clinician: User
) -> None:
    sent(citizen, clinician, title="Xét nghiệm HIV", sensitivity="tb")
    assert Attachment.objects.get().sensitivity == "hiv"


def test_a_paper_that_was_kept_openly_is_protected_later_and_its_twin_with_it(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation
) -> None:
    row = keep(citizen, clerk, station, title=TITLE)
    twin = Attachment.objects.get(pk=row.pk)
    twin.pk, twin.client_key, twin.status = uuid7(), None, "entered_in_error"
    twin.voided_at, twin.voided_by, twin.void_reason = AT, clerk, "gửi nhầm"
    twin.save(force_insert=True)
    answered = logged_in(clinician).post(paper(row), {"sensitivity": "hiv"}, follow=True)
    assert answered.status_code == 200
    assert set(Attachment.objects.values_list("sensitivity", flat=True)) == {"hiv"}
    assert TITLE not in text_of(logged_in(clerk).get(papers(citizen)))


@pytest.mark.parametrize(
    ("stands", "said", "code"),
    [
        ("", "", "class_missing"),
        ("", "secret", "class_missing"),
        ("hiv", "tb", "protected_already"),
    ],
)
def test_a_paper_is_never_made_less_protected(
    stands: str, said: str, code: str, citizen: Citizen, clinician: User, station: Organisation
) -> None:
    row = keep(citizen, clinician, station, title=TITLE, sensitivity=stands)
    with pytest.raises(ValidationError) as refused:
        protect(actor=clinician, attachment=row, sensitivity=said, at=AT)
    assert refused.value.code == code
    row.refresh_from_db()
    assert row.sensitivity == stands


def test_who_does_not_see_a_protected_paper_does_not_touch_it(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation
) -> None:
    row = keep(citizen, clinician, station, title=TITLE, sensitivity="tb")
    services.open_access(user=clerk, citizen=citizen, at=AT)
    with pytest.raises(PermissionDenied):
        protect(actor=clerk, attachment=row, sensitivity="hiv", at=AT)
    assert logged_in(clerk).post(paper(row), {"sensitivity": "hiv"}).status_code == 404
    row.refresh_from_db()
    assert row.sensitivity == "tb"


def test_the_page_that_joins_records_tells_nothing_of_a_protected_paper(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation, communes: list[Any]
) -> None:
    other = services.register_citizen(
        actor=clerk,
        place=station,
        entry=entry_of(communes[0]),
        client_key=uuid7(),
        at=AT,
        not_twins=frozenset({citizen.pk}),
    ).row
    url = reverse("admin:healthrecords_citizen_merge", args=[citizen.pk, other.pk])
    services.open_access(user=clerk, citizen=other, at=AT)
    without = text_of(logged_in(clerk).get(url))
    keep(citizen, clinician, station, title=TITLE, sensitivity="hiv")
    assert text_of(logged_in(clerk).get(url)) == without
