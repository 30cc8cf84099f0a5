"""An applicant without a login picks, fills in, uploads, follows; nobody else sees a name."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import AccessLog
from portal.dossiers import acts, definitions, services
from portal.dossiers.models import Dossier, DossierFile
from portal.dossiers.pages.opened import KEPT
from portal.site import pace
from tests.dossiers.conftest import NEW_PAPERS, NOON, PDF, CountingAct

APPLY = reverse("dossiers:apply", args=["practice_license.new"])
FOLLOW = reverse("dossiers:follow")


@pytest.fixture
def typed(authority):
    """Return what an applicant types on the first page of the form."""
    return {
        "case": "first",
        "step": "who",
        "authority": str(authority.pk),
        "applicant_name": "Lò Văn Thoan",
        "birth_date": "22/04/1996",
        "phone": "0912 345 678",
        "email": "",
        "address": "",
        "submitter_name": "",
        "identifier": "",
    }


def pdf(code):
    return SimpleUploadedFile(f"{code}.pdf", PDF + code.encode())


def key_of(page):
    return re.search(r'name="client_key" value="([0-9a-f-]+)"', page.content.decode())[1]


def filed(client, typed):
    """File by the pages and return the dossier."""
    page = client.post(APPLY, typed)
    sent = {**typed, "step": "papers", "client_key": key_of(page), "declared": "1", "_file": "1"}
    sent |= {f"document_{code}": pdf(code) for code in NEW_PAPERS}
    answer = client.post(APPLY, sent)
    assert answer.status_code == 302, answer.content.decode()
    return Dossier.objects.get(), answer


def test_the_list_tells_every_procedure_with_its_term(client, register, authority):
    body = client.get(reverse("dossiers:procedures")).content.decode()
    assert "Cấp mới giấy phép hành nghề" in body
    assert "30 ngày" in body
    assert "Thu hồi giấy phép hành nghề" not in body


def test_a_procedure_whose_cases_take_differently_long_tells_each_term(client, authority):
    """An adjustment takes 60 days, 20 where nobody has to come and look."""
    body = client.get(reverse("dossiers:procedures")).content.decode()
    line = body.partition("Điều chỉnh giấy phép hoạt động</a>")[2].partition("</small>")[0]
    assert [days in line for days in ("60 ngày", "20 ngày", "tùy trường hợp")] == [True] * 3


def test_an_act_shows_fee_basis_and_the_documents_of_each_case(client, register, authority):
    url = reverse("dossiers:procedure", args=["practice_license.reissue"])
    body = client.get(url).content.decode()
    for said in ("150.000", "1.012265", "Bị mất", authority.name, "Nghị định 148/2025"):
        assert said in body


def test_a_case_with_a_fee_of_its_own_tells_it(client, register, authority):
    """Circular 59/2023: a lost or damaged licence costs less than another re-issue."""
    fees = {
        row.code: row.fee for row in definitions.cases_on("practice_license.reissue", NOON.date())
    }
    assert fees == {
        "lost": 150_000, "damaged": 150_000, "wrong": 430_000, "changed": 430_000, "revoked": 430_000,
    }  # fmt: skip
    told = client.get(reverse("dossiers:procedure", args=["practice_license.reissue"]))
    shown = told.content.decode()
    assert "150.000" in shown
    assert "430.000" in shown


def test_what_is_not_compared_with_the_law_is_marked(client, register, authority):
    url = reverse("dossiers:procedure", args=["practice_license.renew"])
    assert "chưa đối chiếu với văn bản gốc" in client.get(url).content.decode()


def test_an_applicant_files_and_keeps_the_code(client, register, typed):
    dossier, answer = filed(client, typed)
    assert dossier.applicant_name == "Lò Văn Thoan"
    assert dossier.phone == "0912345678"
    assert dossier.documents.filter(state="provided").count() == len(NEW_PAPERS)
    page = client.get(answer["Location"])
    assert dossier.code_shown in page.content.decode()
    assert dossier.receipt_number in page.content.decode()


def test_nothing_typed_is_lost_when_something_is_wrong(client, register, typed):
    page = client.post(APPLY, {**typed, "birth_date": "30/02/1996", "email": "thoan@"})
    body = page.content.decode()
    assert "30/02/1996" in body
    assert 'value="Lò Văn Thoan"' in body
    assert 'href="#id_birth_date"' in body
    assert 'href="#id_email"' in body
    assert not Dossier.objects.exists()


def test_uploaded_files_stay_when_something_is_missing(client, register, typed):
    page = client.post(APPLY, typed)
    sent = {**typed, "step": "papers", "client_key": key_of(page), "declared": "1", "_file": "1"}
    page = client.post(APPLY, {**sent, "document_diploma": pdf("diploma")})
    body = page.content.decode()
    assert "diploma" in body
    assert "Giấy xác nhận hoàn thành quá trình thực hành" in body
    assert not Dossier.objects.exists()
    assert DossierFile.objects.get().document_code == "diploma"
    rest = {f"document_{code}": pdf(code) for code in NEW_PAPERS if code != "diploma"}
    assert client.post(APPLY, {**sent, **rest}).status_code == 302
    assert Dossier.objects.get().files.count() == len(NEW_PAPERS)


def test_without_the_declaration_nothing_is_filed(client, register, typed):
    page = client.post(APPLY, typed)
    sent = {**typed, "step": "papers", "client_key": key_of(page), "_file": "1"}
    sent |= {f"document_{code}": pdf(code) for code in NEW_PAPERS}
    assert "cam đoan" in client.post(APPLY, sent).content.decode()
    assert not Dossier.objects.exists()


def test_a_file_is_taken_back_before_filing(client, register, typed):
    page = client.post(APPLY, typed)
    sent = {**typed, "step": "papers", "client_key": key_of(page)}
    client.post(APPLY, {**sent, "_keep": "1", "document_cv": pdf("cv")})
    file = DossierFile.objects.get()
    body = client.post(APPLY, {**sent, "_drop": str(file.pk)}).content.decode()
    file.refresh_from_db()
    assert file.dropped_at is not None
    assert str(file.pk) not in body


def test_what_the_register_knows_has_no_upload(client, register, typed):
    register.known = {"diploma": "Bằng Điều dưỡng 2018/1013, đã xác thực"}
    body = client.post(APPLY, {**typed, "identifier": "011096004321"}).content.decode()
    assert "Bằng Điều dưỡng 2018/1013" in body
    assert 'name="document_diploma"' not in body
    assert 'name="document_cv"' in body


def test_the_code_alone_names_nobody(register, typed):
    dossier, _answer = filed(Client(), typed)
    body = Client().get(FOLLOW, {"code": dossier.code_shown.lower()}).content.decode()
    assert "Đã nhận" in body
    for secret in ("Thoan", "0912345678", "22/04/1996", dossier.receipt_number):
        assert secret not in body


@pytest.mark.parametrize("secret", ["22/04/1996", "22-4-1996", "0912345678", "+84 912 345 678"])
def test_code_and_second_secret_open_the_dossier(secret, register, typed):
    dossier, _answer = filed(Client(), typed)
    client = Client()
    answer = client.post(FOLLOW, {"code": dossier.code_shown, "secret": secret})
    assert answer.status_code == 302
    assert "Lò Văn Thoan" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("secret", ["23/04/1996", "1996", "0912345679", "Lò Văn", ""])
def test_a_wrong_secret_opens_nothing(secret, register, typed):
    dossier, _answer = filed(Client(), typed)
    client = Client()
    answer = client.post(FOLLOW, {"code": dossier.code_shown, "secret": secret})
    assert answer.status_code == 200
    assert "Thoan" not in answer.content.decode()
    own = reverse("dossiers:own", args=[dossier.pk])
    assert client.get(own)["Location"] == FOLLOW


def test_guessing_a_secret_ends_soon(register, typed):
    dossier, _answer = filed(Client(), typed)
    client = Client()
    for day in range(1, 6):
        client.post(FOLLOW, {"code": dossier.tracking_code, "secret": f"0{day}/01/1990"})
    answer = client.post(FOLLOW, {"code": dossier.tracking_code, "secret": "22/04/1996"})
    assert answer.status_code == 200
    assert "Sai quá nhiều lần" in answer.content.decode()


def test_forms_and_questions_are_limited_for_one_network(register, typed, monkeypatch):
    moment = timezone.now()
    monkeypatch.setattr(pace, "timezone", SimpleNamespace(now=lambda: moment))  # no minute ends
    client = Client()
    answers = [client.post(APPLY, typed).status_code for _n in range(13)]
    assert answers[-1] == 429
    assert set(answers[:-1]) == {200}


@pytest.mark.parametrize("page", ["own", "own-withdraw"])
def test_a_dossier_of_somebody_else_stays_shut(page, register, typed, client):
    dossier, _answer = filed(Client(), typed)
    answer = client.get(reverse(f"dossiers:{page}", args=[dossier.pk]))
    assert answer["Location"] == FOLLOW
    paper = client.get(reverse("dossiers:own-paper", args=[dossier.pk, "bien-nhan"]))
    assert paper["Location"] == FOLLOW


def test_an_opened_dossier_shuts_by_itself(register, typed, client):
    dossier, _answer = filed(client, typed)
    session = client.session
    session[KEPT] = {dossier.pk.hex: (timezone.now() - timedelta(seconds=1)).isoformat()}
    session.save()
    assert client.get(reverse("dossiers:own", args=[dossier.pk]))["Location"] == FOLLOW


def test_a_dossier_is_shut_on_a_shared_computer(register, typed, client):
    dossier, _answer = filed(client, typed)
    client.post(reverse("dossiers:own-leave", args=[dossier.pk]))
    assert client.get(reverse("dossiers:own", args=[dossier.pk]))["Location"] == FOLLOW


def test_an_applicant_answers_a_request_on_the_page(register, typed, client, officer):
    dossier, _answer = filed(client, typed)
    asked = [services.Asked(code="cv", why="Thiếu quá trình công tác từ 2020.")]
    services.ask_supplement(actor=officer, dossier=dossier, asked=asked, at=timezone.now())
    own = reverse("dossiers:own", args=[dossier.pk])
    page = client.get(own)
    assert "Thiếu quá trình công tác từ 2020." in page.content.decode()
    assert "Nguyễn Văn Minh" not in page.content.decode()
    sent = {"client_key": key_of(page), "document_cv": pdf("moi"), "text": "", "_answer": "1"}
    assert client.post(own, sent).status_code == 302
    dossier.refresh_from_db()
    assert dossier.state == "received"
    assert dossier.documents.get(code="cv").files.count() == 2


def test_notes_between_officials_are_not_told(register, typed, client, officer):
    dossier, _answer = filed(client, typed)
    services.note_down(actor=officer, dossier=dossier, note="Hỏi lại trường.", at=timezone.now())
    assert (
        "Hỏi lại trường"
        not in client.get(reverse("dossiers:own", args=[dossier.pk])).content.decode()
    )


def test_an_applicant_withdraws_with_a_reason(register, typed, client):
    dossier, _answer = filed(client, typed)
    url = reverse("dossiers:own-withdraw", args=[dossier.pk])
    assert client.post(url, {"reason": ""}).status_code == 200
    assert client.post(url, {"reason": "Nộp nhầm."}).status_code == 302
    dossier.refresh_from_db()
    assert dossier.state == "withdrawn"


def test_the_receipt_and_the_own_files_open(register, typed, client):
    dossier, _answer = filed(client, typed)
    paper = client.get(reverse("dossiers:own-paper", args=[dossier.pk, "bien-nhan"]))
    assert paper.content.startswith(b"%PDF")
    file = dossier.files.first()
    own = client.get(reverse("dossiers:own-file", args=[dossier.pk, file.pk]))
    assert b"".join(own.streaming_content).startswith(b"%PDF")
    missing = client.get(reverse("dossiers:own-paper", args=[dossier.pk, "ket-qua"]))
    assert missing.status_code == 404


def test_an_act_nobody_carries_out_is_said_to_be_filed_in_person(client, register, authority):
    acts.unregister("practice_license.recognise")
    url = reverse("dossiers:procedure", args=["practice_license.recognise"])
    assert "nộp trực tiếp" in client.get(url).content.decode()
    apply = reverse("dossiers:apply", args=["practice_license.recognise"]) + "?case=recognise"
    assert client.get(apply)["Location"] == url
    acts.register(CountingAct("practice_license.recognise", register))


def test_an_official_s_look_is_noted(file, officer, client):
    dossier = file()
    client.force_login(officer)
    client.get(reverse("dossiers:dossier", args=[dossier.pk]))
    assert AccessLog.objects.latest("at").people == [dossier.pk]
