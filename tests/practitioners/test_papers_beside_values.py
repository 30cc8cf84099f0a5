"""An official who reads a paper keeps its copy beside every value read off it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.attachments.models import StoredFile
from portal.audit.models import AccessLog
from portal.places.models import Organisation
from practitioners.models import Practitioner, ProfileSource, Qualification
from tests.practitioners.conftest import PDF, make_list
from tests.practitioners.registered import make_registered
from tests.practitioners.test_learning import DIPLOMA, address, post, refusals

SANCTION = {
    "kind": "fine",
    "ground": "Hành nghề ngoài giờ đăng ký",
    "decision_no": "7/QĐ-XPHC",
    "decided_on": "02/01/2026",
    "authority": "Thanh tra Sở Y tế",
    "valid_from": "02/01/2026",
}


@pytest.fixture
def person(hospital: Organisation, department: Organisation, lists: None) -> Practitioner:
    make_list("practice_scopes", "Phạm vi", {"102": "Nội khoa"}, professional_title="doctor")
    person = make_registered("Quàng Thị Hạc", hospital)
    Practitioner.objects.filter(pk=person.pk).update(keeper=department)
    person.refresh_from_db()
    return person


def scan(content: bytes = PDF, name: str = "bang.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_copy_of_a_diploma_opens_from_every_value_read_off_it_and_the_read_is_logged(
    person: Practitioner, licensing_officer: User, foreign_officer: User, sender: User
) -> None:
    assert (
        post(licensing_officer, "van_bang", person, {**DIPLOMA, "paper": scan()}).status_code == 302
    )
    words = ProfileSource.objects.filter(row_id=person.qualifications.get().pk)
    assert words.count() == 6
    assert set(words.values_list("paper__sha256", flat=True)) == {StoredFile.objects.get().sha256}
    client = client_of(licensing_officer)
    text = client.get(reverse("practitioners:person", args=[person.pk])).content.decode()
    papers = [reverse("practitioners:word-paper", args=[word.pk]) for word in words]
    assert all(paper in text for paper in papers)
    answer = client.get(papers[0])
    assert b"".join(answer.streaming_content) == PDF
    assert (answer["Content-Type"], answer["X-Frame-Options"]) == ("application/pdf", "SAMEORIGIN")
    log = AccessLog.objects.get(ground="evidence")
    assert (log.people, log.user_id) == ([person.pk], licensing_officer.pk)
    for stranger in (foreign_officer, sender):
        assert client_of(stranger).get(papers[0]).status_code == 404
    assert Client().get(papers[0]).status_code == 302


def test_a_copy_sent_with_a_refused_form_need_not_be_sent_again_and_is_nobody_else_s(
    person: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    wrong = {**DIPLOMA, "issued_on": "01/01/2100", "paper": scan()}
    answer = post(licensing_officer, "van_bang", person, wrong)
    assert refusals(answer) == {"issued_on": ["day_to_come"]}
    assert "Đã nhận bản sao" in answer.content.decode()
    assert not Qualification.objects.exists()
    mark = answer.context["form"]["kept_paper"].value()
    taken = {**DIPLOMA, "kept_paper": mark}
    for user in (second_officer, licensing_officer):
        assert (
            post(user, "van_bang", person, {**taken, "diploma_number": user.username}).status_code
            == 302
        )
    kept = {
        number: ProfileSource.objects.get(field="diploma_number", value=number).paper_id
        for number in (second_officer.username, licensing_officer.username)
    }
    assert kept == {
        second_officer.username: None,
        licensing_officer.username: StoredFile.objects.get().pk,
    }


@pytest.mark.parametrize(
    ("content", "code"), [(b"MZ\x90\x00", "file_unknown_kind"), (b"", "empty")]
)
def test_what_is_no_paper_is_refused_at_its_field(
    person: Practitioner, licensing_officer: User, content: bytes, code: str
) -> None:
    sent = {**DIPLOMA, "paper": scan(content, "bang.exe")}
    answer = post(licensing_officer, "van_bang", person, sent)
    assert refusals(answer) == {"paper": [code]}
    assert "CKI 0417" in answer.content.decode()
    assert not StoredFile.objects.exists()
    assert not Qualification.objects.exists()


def test_a_sanction_keeps_the_copy_of_its_decision(
    person: Practitioner, licensing_officer: User
) -> None:
    sent: dict[str, Any] = {**SANCTION, "paper": scan()}
    assert post(licensing_officer, "xu_ly_vi_pham", person, sent).status_code == 302
    row = person.sanctions.get()
    words = ProfileSource.objects.filter(row_id=row.pk)
    assert (words.filter(paper=None).count(), words.exclude(paper=None).count() > 4) == (0, True)


def test_a_link_with_an_account_is_offered_where_there_is_none_and_its_end_where_there_is_one(
    person: Practitioner, licensing_officer: User, sender: User
) -> None:
    client = client_of(licensing_officer)
    row = reverse("admin:practitioners_practitioner_change", args=[person.pk])
    link, unlink = address("lien_ket_tai_khoan", person), address("bo_lien_ket", person)

    def offered() -> tuple[bool, bool]:
        text = client.get(row).content.decode()
        return link in text, unlink in text

    assert offered() == (True, False)
    assert client.post(unlink).status_code == 403
    assert client.post(link, {"username": sender.username}).status_code == 302
    assert offered() == (False, True)
    assert client.post(link, {"username": licensing_officer.username}).status_code == 403
    assert person.accounts.get().user == sender
    assert client.post(unlink).status_code == 302
    assert offered() == (True, False)
