"""A PKCS#12 file signs bytes and papers; others' programs agree, and nothing secret is kept."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typst
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtensionOID
from django.core.exceptions import ValidationError
from django.db import connection

from portal.accounts.models import User
from portal.signing import services
from portal.signing.authority import Authority, Issued
from portal.signing.documents import Content, Prepared, finish, prepare
from portal.signing.keys import open_file
from portal.signing.models import Signature, SigningCertificate
from portal.signing.verifying import check_cms, check_pdf
from tests.signing.conftest import AT, PASSWORD

DATA = '{"mạch":78}'.encode()


def paper() -> bytes:
    return bytes(typst.compile("= Phiếu khám".encode(), format="pdf"))


def sign(clinician: User, certificate: SigningCertificate, data: bytes = DATA) -> services.Made:
    key = services.open_key(actor=clinician, certificate=certificate, password=PASSWORD, at=AT)
    content = Content(data, (paper(),))
    return services.sign_with(
        actor=clinician, certificate=certificate, key=key, content=content, at=AT
    )


def test_a_signature_is_stored_with_certificate_time_and_result(
    clinician: User, certificate: SigningCertificate, trusting: Callable[..., None]
) -> None:
    trusting()
    made = sign(clinician, certificate)
    stored = Signature.objects.get()
    assert stored == made.signature
    assert (stored.kind, stored.signed_at, stored.certificate) == ("digital", AT, certificate)
    assert stored.content_hash == Content(DATA).hash
    assert stored.checks.get().result == "valid"


def test_a_revoked_certificate_signs_nothing(
    clinician: User,
    certificate: SigningCertificate,
    trusting: Callable[..., None],
    doctor: Issued,
) -> None:
    trusting(doctor.certificate.serial_number)
    with pytest.raises(ValidationError) as refused:
        sign(clinician, certificate)
    assert refused.value.code == "certificate_revoked"
    assert not Signature.objects.exists()


def test_a_certificate_that_ended_before_it_signed_signs_nothing(
    clinician: User, certificate: SigningCertificate, trusting: Callable[..., None]
) -> None:
    """A service may answer with a signature after the last day of the certificate."""
    trusting()
    late = AT + timedelta(days=301)
    key = services.open_key(actor=clinician, certificate=certificate, password=PASSWORD, at=AT)
    with pytest.raises(ValidationError) as refused:
        services.sign_with(
            actor=clinician, certificate=certificate, key=key, content=Content(DATA), at=late
        )
    assert refused.value.code == "certificate_not_in_force"
    assert not Signature.objects.exists()


def _of_root(since: datetime, until: datetime, key: Any = None) -> Authority:
    """Found an authority whose own certificate holds from one day to another."""
    made = Authority.found(since + timedelta(days=1))
    key = key or made.root.key
    builder = x509.CertificateBuilder(
        issuer_name=made.root.certificate.subject,
        subject_name=made.root.certificate.subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=since,
        not_valid_after=until,
        extensions=[
            one
            for one in made.root.certificate.extensions
            if one.oid != ExtensionOID.SUBJECT_KEY_IDENTIFIER
        ],
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    return Authority(Issued(builder.sign(key, hashes.SHA256()), key))


@pytest.mark.parametrize(
    ("since", "until", "is_over"),
    [(-4000, -1, True), (1, 4000, True), (-4000, 1, False)],
)
def test_an_issuer_is_trusted_within_its_own_days_only(
    clinician: User, settings: Any, tmp_path: Path, since: int, until: int, *, is_over: bool
) -> None:
    root = _of_root(AT + timedelta(days=since), AT + timedelta(days=until))
    issued = root.issue(
        "BS. ĐỖ QUANG HƯNG",
        since=AT - timedelta(days=10),
        until=AT + timedelta(days=300),
        number="011078002915",
    )
    settings.SIGNING_TRUST = tmp_path
    (tmp_path / "root.pem").write_bytes(root.root.pem())
    (tmp_path / "root.crl").write_bytes(root.revocations([], at=AT))
    file = issued.pkcs12(PASSWORD, [root.root.certificate])
    made = services.add_file(actor=clinician, content=file, password=PASSWORD, at=AT)
    if is_over:
        with pytest.raises(ValidationError) as refused:
            sign(clinician, made)
        assert refused.value.code == "certificate_not_in_force"
        assert not Signature.objects.exists()
    else:
        assert sign(clinician, made).signature.checks.get().result == "valid"


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_of_a_renewed_issuer_the_certificate_of_the_day_counts(
    clinician: User, settings: Any, tmp_path: Path, names: tuple[str, str]
) -> None:
    old = _of_root(AT - timedelta(days=4000), AT - timedelta(days=1))
    new = _of_root(AT - timedelta(days=30), AT + timedelta(days=4000), old.root.key)
    issued = new.issue(
        "BS. ĐỖ QUANG HƯNG",
        since=AT - timedelta(days=10),
        until=AT + timedelta(days=300),
        number="011078002915",
    )
    settings.SIGNING_TRUST = tmp_path
    for name, root in zip(names, (old, new), strict=True):
        (tmp_path / f"{name}.pem").write_bytes(root.root.pem())
    (tmp_path / "root.crl").write_bytes(new.revocations([], at=AT))
    file = issued.pkcs12(PASSWORD, [new.root.certificate])
    made = services.add_file(actor=clinician, content=file, password=PASSWORD, at=AT)
    assert sign(clinician, made).signature.checks.get().result == "valid"


def test_a_paper_whose_signature_does_not_fit_it_is_refused(
    clinician: User, certificate: SigningCertificate
) -> None:
    key = services.open_key(actor=clinician, certificate=certificate, password=PASSWORD, at=AT)
    content = Content(DATA, (paper(),))
    prepared = prepare(content, key.person, at=AT)
    signed = finish(prepared, key.sign(prepared.to_sign), key.person)
    middle = signed.papers[0].index(b"endobj")
    torn = signed.papers[0][:middle] + b"EndObj" + signed.papers[0][middle + 6 :]
    for one in (torn, paper()):  # altered after it, or never signed
        with pytest.raises(ValidationError) as refused:
            services.store(
                actor=clinician,
                certificate=certificate,
                content=content,
                signed=replace(signed, papers=(one,)),
                at=AT,
            )
        assert refused.value.code == "signature_broken"
    assert not Signature.objects.exists()


def test_whether_the_issuer_is_trusted_here_is_known(
    certificate: SigningCertificate, trusting: Callable[..., None]
) -> None:
    assert not services.is_issuer_known(certificate, AT)
    trusting(with_list=False)
    assert services.is_issuer_known(certificate, AT)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_with_the_signature_over_the_bytes(
    clinician: User, certificate: SigningCertificate, authority: Authority, tmp_path: Path
) -> None:
    made = sign(clinician, certificate)
    files = {"cms": bytes(made.signature.cms), "data": DATA, "root.pem": authority.root.pem()}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    command = "openssl cms -verify -binary -inform DER -in cms -content data -CAfile root.pem"
    moment = ["-purpose", "any", "-attime", str(int(AT.timestamp())), "-out", "told"]
    answer = subprocess.run(
        [*command.split(), *moment], cwd=tmp_path, capture_output=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    (tmp_path / "data").write_bytes(DATA + b" ")
    answer = subprocess.run(
        [*command.split(), *moment], cwd=tmp_path, capture_output=True, check=False
    )
    assert answer.returncode != 0


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig is not installed")
def test_another_reader_of_papers_finds_the_signature_valid(
    clinician: User, certificate: SigningCertificate, tmp_path: Path
) -> None:
    (signed,) = sign(clinician, certificate).papers
    (tmp_path / "paper.pdf").write_bytes(signed)
    answer = subprocess.run(
        ["pdfsig", tmp_path / "paper.pdf"], capture_output=True, text=True, check=True
    )
    assert "ETSI.CAdES.detached" in answer.stdout  # PAdES
    assert "Signature is Valid" in answer.stdout
    assert "Total document signed" in answer.stdout


def test_one_changed_byte_breaks_the_signature(
    clinician: User, certificate: SigningCertificate, trusting: Callable[..., None]
) -> None:
    trusting()
    made = sign(clinician, certificate)
    cms = bytes(made.signature.cms)
    assert check_cms(DATA, cms, at=AT).result == "valid"
    for place in range(len(DATA)):
        changed = DATA[:place] + bytes([DATA[place] ^ 1]) + DATA[place + 1 :]
        assert check_cms(changed, cms, at=AT).result == "broken"
    (signed,) = made.papers
    assert check_pdf(signed, at=AT).result == "valid"
    middle = signed.index(b"endobj")
    assert check_pdf(signed[:middle] + b"EndObj" + signed[middle + 6 :], at=AT).result == "broken"


def test_something_added_after_the_signature_is_told(
    clinician: User, certificate: SigningCertificate, trusting: Callable[..., None]
) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    trusting()
    (signed,) = sign(clinician, certificate).papers
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    page = writer.find_page_for_modification(0)[0].get_object()
    page["/Rotate"] = generic.NumberObject(180)
    writer.update_container(page)
    changed = BytesIO()
    writer.write(changed)
    assert check_pdf(changed.getvalue(), at=AT).result == "broken"


def test_who_issued_it_and_whether_it_holds_is_found(
    clinician: User,
    certificate: SigningCertificate,
    trusting: Callable[..., None],
    doctor: Issued,
) -> None:
    cms = bytes(sign(clinician, certificate).signature.cms)
    assert check_cms(DATA, cms, at=AT).result == "unknown_issuer"
    trusting(with_list=False)
    assert check_cms(DATA, cms, at=AT).result == "revocation_unknown"
    trusting()
    assert check_cms(DATA, cms, at=AT).result == "valid"
    assert check_cms(DATA, cms, at=AT + timedelta(days=301)).result == "expired"
    trusting(doctor.certificate.serial_number)
    assert check_cms(DATA, cms, at=AT).result == "revoked"


def test_the_password_and_the_key_stand_nowhere(
    clinician: User, certificate: SigningCertificate, certificate_file: bytes
) -> None:
    kept = bytes(SigningCertificate.objects.get().sealed)
    assert certificate_file not in kept
    assert certificate_file[40:80] not in kept
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'signing_%'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {table} t")
            text = "\n".join(row for (row,) in cursor.fetchall())
            assert PASSWORD not in text
            assert certificate_file.hex()[:200] not in text
    history = SigningCertificate._meta.get_field("sealed")
    assert not any(
        history.name in {f.name for f in event._meta.fields}
        for event in SigningCertificate.pgh_event_models.values()
    )


def test_the_sealing_key_can_be_changed(
    clinician: User, certificate: SigningCertificate, settings: Any
) -> None:
    settings.SIGNING_KEYS = ["a newer key", *settings.SIGNING_KEYS]
    assert sign(clinician, certificate).signature.is_digital
    settings.SIGNING_KEYS = ["a newer key"]
    with pytest.raises(ValidationError) as refused:
        sign(clinician, certificate)
    assert refused.value.code == "certificate_sealed_elsewhere"


def test_without_a_certificate_it_is_a_confirmation_and_says_so(clinician: User) -> None:
    made = services.confirm(actor=clinician, content=Content(DATA, (paper(),)), at=AT)
    assert made.signature.kind == "confirmation"
    assert made.signature.cms is None
    assert made.signature.checks.get().result == "not_digital"
    assert check_pdf(made.papers[0], at=AT).result == "not_digital"


def test_what_was_prepared_survives_a_restart(certificate_file: bytes) -> None:
    key = open_file(certificate_file, PASSWORD)
    prepared = prepare(Content(DATA, (paper(), paper())), key.person, at=AT)
    again = Prepared.load(prepared.dump())
    assert again == prepared
    signed = finish(again, key.sign(prepared.to_sign), key.person)
    assert len(signed.papers) == 2
    assert check_cms(DATA, signed.cms, at=AT).result == "unknown_issuer"


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["signing_signature", "signing_signaturecheck"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_signatures_and_checks_are_written_once(table: str, deed: str) -> None:
    from django.db import ProgrammingError, transaction

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(deed.format(table))
