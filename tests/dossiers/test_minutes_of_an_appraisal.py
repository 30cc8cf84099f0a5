"""Whoever looks at a place on the spot writes minutes; they stand with the dossier."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from portal.dossiers import services
from portal.dossiers.services import Minutes
from tests.dossiers.conftest import PDF, at, course

DAY = timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def appraised(file, officer, today):
    dossier = services.accept(actor=officer, dossier=file(on=today - 9 * DAY), at=at(today))
    return services.appraise(actor=officer, dossier=dossier, at=at(today))


def minutes(day, **changes):
    said = {
        "held_on": day,
        "by": "Lò Văn An, Quàng Thị Hạc",
        "conclusion": "partly",
        "found": "Thiếu nội quy phòng cháy.",
        "content": PDF + b"bien ban",
        "name": "bien-ban.pdf",
        **changes,
    }
    return Minutes(**said)


def test_minutes_stand_with_the_papers_and_in_the_course(appraised, officer, today):
    due = appraised.due_on
    dossier = services.keep_minutes(
        actor=officer, dossier=appraised, minutes=minutes(today - DAY), at=at(today)
    )
    assert (dossier.state, dossier.due_on) == ("appraisal", due)
    document = dossier.documents.get(code__startswith="appraisal-")
    assert (document.state, document.files.count()) == ("provided", 1)
    assert f"{today - DAY:%d/%m/%Y}" in document.title
    step = dossier.steps.order_by("-at", "-id")[0]
    assert (step.deed, step.actor) == ("note", officer)
    assert "Lò Văn An" in step.note
    assert "Thiếu nội quy phòng cháy." in step.note
    again = services.keep_minutes(
        actor=officer, dossier=dossier, minutes=minutes(today, conclusion="met"), at=at(today)
    )
    assert again.documents.filter(code__startswith="appraisal-").count() == 2


def test_minutes_of_a_day_that_cannot_be_are_refused(appraised, officer, today):
    for day in (today + DAY, appraised.filed_on - DAY):
        with pytest.raises(ValidationError) as refused:
            services.keep_minutes(
                actor=officer, dossier=appraised, minutes=minutes(day), at=at(today)
            )
        assert refused.value.error_dict["held_on"][0].code == "appraisal_day"
    assert not appraised.documents.filter(code__startswith="appraisal-").exists()
    assert course(appraised)[-1] == "appraise"


def test_minutes_belong_to_the_appraisal(file, officer, today):
    dossier = file(on=today)
    with pytest.raises(ValidationError) as refused:
        services.keep_minutes(actor=officer, dossier=dossier, minutes=minutes(today), at=at(today))
    assert refused.value.code == "deed_not_now"


def test_minutes_are_handed_in_on_their_page(appraised, officer, client, today):
    client.force_login(officer)
    url = reverse("dossiers:deed", args=[appraised.pk, "bien-ban"])
    assert "multipart/form-data" in client.get(url).content.decode()
    said = {"held_on": f"{today:%d/%m/%Y}", "by": "Lò Văn An", "conclusion": "met"}
    body = client.post(url, said).content.decode()
    assert "Lò Văn An" in body
    assert not appraised.documents.filter(code__startswith="appraisal-").exists()
    paper = SimpleUploadedFile("bien-ban.pdf", PDF)
    assert client.post(url, {**said, "paper": paper}).status_code == 302
    assert appraised.documents.get(code__startswith="appraisal-").files.count() == 1


def test_minutes_are_offered_while_a_dossier_is_appraised(appraised, file, officer, client, today):
    client.force_login(officer)
    url = reverse("dossiers:dossier", args=[appraised.pk])
    assert "viec/bien-ban/" in client.get(url).content.decode()
    other = file(on=today, applicant_name="Quàng Văn Đức")
    url = reverse("dossiers:dossier", args=[other.pk])
    assert "viec/bien-ban/" not in client.get(url).content.decode()
