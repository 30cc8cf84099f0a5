"""The pages of signing: sign, amend, read every version."""

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, SignedPaper, Visit, VisitAmendment, VisitVersion
from healthrecords.papers import making
from healthrecords.services.amending import open_amendment
from healthrecords.services.signing import lay_out, sign_visit
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.dates import PartialDate
from portal.papers import compile_paper
from portal.signing import services as signing
from portal.signing.authority import Authority
from portal.signing.models import Signature, SigningCertificate
from portal.signing.verifying import check_pdf
from tests.healthrecords.conftest import visit_of
from tests.healthrecords.pages import shown_on

PASSWORD = "mật khẩu chứng thư"
REASON = "Ghi nhầm liều Amlodipin"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.SIGNING_TRUST = tmp_path / "trust"


@pytest.fixture
def visit(record: Callable[..., Visit], citizen: Citizen) -> Visit:
    now = timezone.now()
    return record(citizen, started_at=now - timedelta(minutes=20), at=now)


@pytest.fixture
def doctor(clinician: User) -> Client:
    client = Client()
    client.force_login(clinician)
    return client


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority.found(timezone.now() - timedelta(days=2))


@pytest.fixture
def certificate(clinician: User, authority: Authority) -> SigningCertificate:
    now = timezone.now()
    issued = authority.issue(
        "Đỗ Quang Hưng", since=now - timedelta(days=1), until=now + timedelta(days=9)
    )
    content = issued.pkcs12(PASSWORD, [authority.root.certificate])
    return signing.add_file(actor=clinician, content=content, password=PASSWORD, at=now)


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:healthrecords_visit_{name}", args=args)


def amended(clinician: User, visit: Visit) -> None:
    now = timezone.now()
    open_amendment(actor=clinician, visit=visit, reason=REASON, at=now)
    services.correct_visit(
        actor=clinician,
        visit=visit,
        entry=visit_of("J02", started_at=visit.started_at),
        version=version_of(visit),
        at=now,
    )


def test_without_a_certificate_the_page_says_what_it_is_and_is_not(
    visit: Visit, doctor: Client
) -> None:
    """Circular 13/2025/TT-BYT, Article 3; Law 20/2023/QH15, Article 22 (read second-hand).

    Another electronic confirmation is no digital signature.
    """
    shown = doctor.get(url("sign", visit.pk))
    page = shown.content.decode()
    assert "Xác nhận điện tử, không phải chữ ký số." in page
    assert "chưa chứng minh được" in page
    said = {**shown_on(shown), "certificate": ""}
    answer = doctor.post(url("sign", visit.pk), said, follow=True)
    assert "không phải chữ ký số" in answer.content.decode()
    assert Signature.objects.get().kind == "confirmation"


def test_with_a_certificate_its_password_is_asked_and_never_shown_again(
    visit: Visit, doctor: Client, certificate: SigningCertificate
) -> None:
    shown = shown_on(doctor.get(url("sign", visit.pk)))
    said = {**shown, "certificate": str(certificate.pk), "password": "sai"}
    answer = doctor.post(url("sign", visit.pk), said)
    assert answer.status_code == 200
    assert "Không mở được tệp" in answer.content.decode()
    assert 'value="sai"' not in answer.content.decode()
    assert not VisitVersion.objects.exists()
    doctor.post(url("sign", visit.pk), {**said, "password": PASSWORD})
    assert Signature.objects.get().kind == "digital"
    paper = SignedPaper.objects.get(kind="visit")
    slip = doctor.get(url("slip", visit.pk))
    assert check_pdf(slip.content, at=timezone.now()).result == "unknown_issuer"
    assert f"-v{paper.version.number}.pdf" in slip["Content-Disposition"]


def test_the_paper_says_when_its_issuer_is_not_known_here(
    visit: Visit,
    clinician: User,
    certificate: SigningCertificate,
    authority: Authority,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[dict[str, Any]] = []

    def seen(template: Path, data: dict[str, Any]) -> bytes:
        told.append(data["version"])
        return compile_paper(template, data)

    monkeypatch.setattr(making, "compile_paper", seen)
    now = timezone.now()

    def papers() -> tuple[bytes, ...]:
        draft = lay_out(actor=clinician, visit=visit, at=now, certificate=certificate)
        return draft.content.papers

    unknown, *_rest = papers()
    settings.SIGNING_TRUST.mkdir()
    (settings.SIGNING_TRUST / "root.pem").write_bytes(authority.root.pem())
    told_before = len(told)
    known, *_rest = papers()
    assert {said["issuer_known"] for said in told[:told_before]} == {False}
    assert {said["issuer_known"] for said in told[told_before:]} == {True}
    if reader := shutil.which("pdftotext"):
        for paper, says in ((unknown, True), (known, False)):
            done = subprocess.run([reader, "-", "-"], input=paper, capture_output=True, check=True)
            words = " ".join(done.stdout.decode().split())
            assert ("đơn vị cấp chưa được công nhận tại đây" in words) is says


def test_guessing_the_password_is_stopped(
    visit: Visit, doctor: Client, certificate: SigningCertificate
) -> None:
    cache.clear()
    shown = shown_on(doctor.get(url("sign", visit.pk)))
    said = {**shown, "certificate": str(certificate.pk), "password": "sai"}
    for _try in range(5):
        doctor.post(url("sign", visit.pk), said)
    page = doctor.post(url("sign", visit.pk), {**said, "password": PASSWORD})
    assert "Sai mật khẩu quá nhiều lần" in page.content.decode()
    assert not VisitVersion.objects.exists()


def test_a_clerk_does_not_sign_but_may_amend(visit: Visit, clerk: User, clinician: User) -> None:
    client = Client()
    client.force_login(clerk)
    assert client.get(url("sign", visit.pk)).status_code == 403
    assert client.get(url("to_sign")).status_code == 403
    sign_visit(actor=clinician, visit=visit, at=timezone.now())
    page = client.get(url("change", visit.pk)).content.decode()
    assert url("amend", visit.pk) in page
    assert url("sign", visit.pk) not in page
    answer = client.post(url("amend", visit.pk), {"reason": REASON})
    assert answer.url == url("correct", visit.pk)
    assert VisitAmendment.objects.get().opened_by == clerk


def test_a_signed_visit_says_so_and_is_not_corrected(
    visit: Visit, doctor: Client, clinician: User
) -> None:
    sign_visit(actor=clinician, visit=visit, at=timezone.now())
    page = doctor.get(url("change", visit.pk)).content.decode()
    assert "Đã ký, phiên bản 1." in page
    assert url("correct", visit.pk) not in page
    answer = doctor.get(url("correct", visit.pk), follow=True)
    assert "Mở sửa đổi và ghi lý do" in answer.content.decode()


def test_an_open_amendment_is_obvious(visit: Visit, doctor: Client, clinician: User) -> None:
    sign_visit(actor=clinician, visit=visit, at=timezone.now())
    amended(clinician, visit)
    page = doctor.get(url("change", visit.pk)).content.decode()
    assert "Đang sửa đổi phiên bản 1: nội dung dưới đây chưa được ký." in page
    assert REASON in page
    draft = doctor.get(url("slip", visit.pk))
    assert "-v1" not in draft["Content-Disposition"]
    listed = doctor.get(url("to_sign")).content.decode()
    assert "đã sửa đổi" in listed
    pending = doctor.get(url("versions", visit.pk)).content.decode()
    assert "Đã đổi từ đó, chưa ký" in pending
    assert "J02" in pending


def test_every_version_is_read_and_compared(visit: Visit, doctor: Client, clinician: User) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): the old text stays readable."""
    sign_visit(actor=clinician, visit=visit, at=timezone.now())
    amended(clinician, visit)
    sign_visit(actor=clinician, visit=visit, at=timezone.now())
    page = doctor.get(url("versions", visit.pk), {"so": "1", "voi": "2"}).content.decode()
    assert "Phiên bản 2 so với phiên bản 1" in page
    assert "<del" in page
    assert "I10" in page
    assert "hiện hành" in page
    assert "đã thay thế" in page
    first = doctor.get(url("version", visit.pk, 1)).content.decode()
    assert "Đây là phiên bản 1; bản hiện hành là phiên bản 2." in first
    assert "I10" in first
    assert "J02" not in first
    assert doctor.get(url("version", visit.pk, 3)).status_code == 404
    old = doctor.get(url("version_paper", visit.pk, 1, "visit"))
    new = doctor.get(url("slip", visit.pk))
    assert old.content.startswith(b"%PDF")
    assert old.content != new.content


@pytest.mark.parametrize(
    ("birth", "said"), [(PartialDate(1962), "1962"), (PartialDate(1962, 3, 12), "12/03/1962")]
)
def test_a_version_says_the_birth_as_exactly_as_it_was_known(
    visit: Visit, doctor: Client, clinician: User, birth: PartialDate, said: str
) -> None:
    visit.citizen.birth = birth
    visit.citizen.save()
    sign_visit(actor=clinician, visit=visit, at=timezone.now())
    page = doctor.get(url("version", visit.pk, 1)).content.decode()
    assert f"{visit.citizen.name}, {said}" in page
    assert "1962-0" not in page


def test_a_signature_is_checked_again_on_the_page(
    visit: Visit, doctor: Client, clinician: User
) -> None:
    version = sign_visit(actor=clinician, visit=visit, at=timezone.now())
    doctor.post(url("version", visit.pk, 1))
    assert version.signature.checks.count() == 2


def test_several_are_signed_at_once(
    record: Callable[..., Visit], citizen: Citizen, visit: Visit, doctor: Client
) -> None:
    now = timezone.now()
    other = record(citizen, started_at=now - timedelta(days=1), at=now)
    page = doctor.get(url("to_sign"))
    assert page.content.decode().count('name="visit"') == 2
    said = {**shown_on(page), "visit": [str(visit.pk), str(other.pk)], "certificate": ""}
    answer = doctor.post(url("to_sign"), said, follow=True)
    assert "Đã ký 2 lần khám." in answer.content.decode()
    assert VisitVersion.objects.count() == 2
    assert "Đã ký hết" in doctor.get(url("to_sign")).content.decode()


def test_the_home_page_and_the_menu_count_what_is_to_sign(visit: Visit, doctor: Client) -> None:
    page = doctor.get(reverse("admin:index")).content.decode()
    assert "Lần khám chờ ký" in page
    assert url("sign", visit.pk) in page


def test_reading_a_version_is_logged(visit: Visit, doctor: Client, clinician: User) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): the log holds reads, too."""
    sign_visit(actor=clinician, visit=visit, at=timezone.now())
    doctor.get(url("version", visit.pk, 1))
    doctor.get(url("version_paper", visit.pk, 1, "visit"))
    logged = AccessLog.objects.filter(url__contains="phien-ban").order_by("at")
    assert [row.action for row in logged] == ["opened", "printed"]
    assert all(row.people == [visit.citizen_id] for row in logged)


def test_a_damaged_paper_is_never_shown_as_signed(
    visit: Visit, doctor: Client, clinician: User, settings: Any
) -> None:
    sign_visit(actor=clinician, visit=visit, at=timezone.now())
    paper = SignedPaper.objects.get(kind="visit")
    file = Path(settings.MEDIA_ROOT) / paper.path
    file.write_bytes(file.read_bytes() + b" ")
    doctor.raise_request_exception = False
    assert doctor.get(url("slip", visit.pk)).status_code == 500


def test_a_certificate_is_set_up_and_withdrawn_on_its_page(
    doctor: Client, clinician: User, authority: Authority, tmp_path: Path
) -> None:
    now = timezone.now()
    issued = authority.issue("Đỗ Quang Hưng", since=now, until=now + timedelta(days=9))
    file = tmp_path / "hung.p12"
    file.write_bytes(issued.pkcs12(PASSWORD, []))
    with file.open("rb") as content:
        answer = doctor.post(
            reverse("signing:certificates"), {"file": content, "password": PASSWORD}, follow=True
        )
    page = answer.content.decode()
    assert "Đã cài đặt chứng thư của Đỗ Quang Hưng." in page
    assert "chưa có trong danh sách tin cậy" in page
    row = SigningCertificate.objects.get()
    doctor.post(reverse("signing:withdraw", args=[row.pk]))
    row.refresh_from_db()
    assert row.withdrawn_at is not None
    assert row.user == clinician


def test_the_content_of_a_version_is_what_was_hashed(visit: Visit, clinician: User) -> None:
    version = sign_visit(actor=clinician, visit=visit, at=timezone.now())
    assert json.loads(version.content)["version"]["signer"]["name"] == "Đỗ Quang Hưng"
    assert version.content == VisitVersion.objects.get().content


def test_old_visits_do_not_hide_behind_everything_is_signed(visit: Visit, doctor: Client) -> None:
    """The first page says how far it looks; the list leaves no visit out, and none unfinished."""
    Visit.objects.update(started_at=timezone.now() - timedelta(days=90))
    home = doctor.get(reverse("admin:index")).content.decode()
    assert "Đã ký hết phiếu của 60 ngày qua." in home
    assert f'href="{url("to_sign")}"' in home
    assert visit.citizen.name in doctor.get(url("to_sign")).content.decode()
    Visit.objects.update(status="in_progress")
    home = doctor.get(reverse("admin:index")).content.decode()
    assert visit.citizen.name in home
