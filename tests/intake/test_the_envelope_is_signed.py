"""A facility's signature on its envelope is kept, and checked against what it covers; nobody's issuer is judged."""

import base64
import hashlib
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import reverse
from lxml import etree
from signxml import XMLSigner, methods

from healthrecords.imports.envelope_signature import checked
from portal.accounts.models import User
from portal.intake.models import Batch
from portal.places.models import Organisation
from tests.intake.envelopes import whole, written
from tests.intake.sending import counts, envelope, send

pytestmark = pytest.mark.usefixtures("lists", "registers")
PLACE = (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"></ds:Signature>'
)
DAY = datetime(2026, 1, 1, tzinfo=UTC)
Sign = Callable[..., bytes]


Signer = tuple[rsa.RSAPrivateKey, x509.Certificate]


def signer_named(name: str) -> Signer:
    key = rsa.generate_private_key(65537, 2048)
    said = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(said)
        .issuer_name(said)
        .public_key(key.public_key())
        .serial_number(0xABC123)
        .not_valid_before(DAY)
        .not_valid_after(DAY + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


@pytest.fixture(scope="module")
def signer() -> Signer:
    """A key made for these tests, whose certificate nobody issued but itself."""
    return signer_named("Bệnh viện Thử")


@pytest.fixture(scope="module")
def sign(signer: Signer) -> Sign:
    """Sign as hospital software does."""
    key, certificate = signer

    def signed(content: bytes, uri: str = "") -> bytes:
        root = etree.fromstring(
            content.replace(b"<CHUKYDONVI/>", f"<CHUKYDONVI>{PLACE}</CHUKYDONVI>".encode())
        )
        signer = XMLSigner(method=methods.enveloped)
        made = signer.sign(root, key=key, cert=[certificate], reference_uri=uri or None)
        return etree.tostring(made)

    return signed


def sent(content: bytes, officer: User, hospital: Organisation) -> Batch:
    return send(content, by=officer, organisation=hospital, kind="envelope", name="ky.xml")


def result(batch: Batch) -> tuple[str, dict]:
    (note,) = [note for note in batch.notes if note["code"].startswith("signature")]
    return note["code"], note["params"]


def test_a_signature_that_fits_names_its_certificate(
    client: Client, data_officer: User, hospital: Organisation, sign: Sign
) -> None:
    batch = sent(sign(envelope(written(whole()))), data_officer, hospital)
    code, said = result(batch)
    assert code == "signature_fits"
    assert said == {
        "name": "Bệnh viện Thử",
        "issuer": "Bệnh viện Thử",
        "serial": "ABC123",
        "since": "01/01/2026",
        "until": "01/01/2027",
    }
    assert counts(batch) == {"new": 1}
    client.force_login(data_officer)
    page = client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    assert "ABC123" in page


def test_a_file_changed_after_it_was_signed_does_not_fit_and_is_still_read(
    data_officer: User, hospital: Organisation, sign: Sign
) -> None:
    content = sign(envelope(written(whole(), "nested")))
    batch = sent(content.replace(b"<STT>1</STT>", b"<STT>2</STT>", 1), data_officer, hospital)
    assert result(batch)[0] == "signature_wrong"
    assert counts(batch) == {"new": 1}


def test_a_changed_signature_value_does_not_fit(
    data_officer: User, hospital: Organisation, sign: Sign
) -> None:
    content = sign(envelope(written(whole()))).decode()
    start = content.index("SignatureValue>") + len("SignatureValue>")
    other = "B" if content[start + 20] == "A" else "A"
    content = content[: start + 20] + other + content[start + 21 :]
    assert result(sent(content.encode(), data_officer, hospital))[0] == "signature_wrong"


def test_a_signature_over_a_part_is_no_signature_over_the_records(
    data_officer: User, hospital: Organisation, sign: Sign
) -> None:
    content = envelope(written(whole())).replace(b"<THONGTINDONVI>", b'<THONGTINDONVI Id="unit">')
    batch = sent(sign(content, uri="unit"), data_officer, hospital)
    assert result(batch)[0] == "signature_partial"


def test_a_signature_of_an_unknown_make_is_not_called_wrong(
    data_officer: User, hospital: Organisation, sign: Sign
) -> None:
    content = sign(envelope(written(whole()))).replace(b"rsa-sha256", b"rsa-thing")
    batch = sent(content, data_officer, hospital)
    assert result(batch)[0] == "signature_uncheckable"
    twice = content.replace(b"</CHUKYDONVI>", PLACE.encode() + b"</CHUKYDONVI>")
    assert result(sent(twice, data_officer, hospital))[0] == "signature_uncheckable"


def test_a_file_without_a_signature_is_said_to_have_none(
    data_officer: User, hospital: Organisation
) -> None:
    assert result(sent(envelope(written(whole())), data_officer, hospital)) == (
        "signature_absent",
        {},
    )


def test_the_signed_file_is_kept_to_the_byte(
    data_officer: User, hospital: Organisation, sign: Sign
) -> None:
    from portal.intake import storage

    content = sign(envelope(written(whole())))
    batch = sent(content, data_officer, hospital)
    assert storage.place_of(batch.file.path).read_bytes() == content


INFO = (
    '<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#">'
    '<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315">'
    "</CanonicalizationMethod>"
    '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256">'
    "</SignatureMethod>{references}</SignedInfo>"
)
WHOLE = (
    '<Reference URI=""><Transforms>'
    '<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform>'
    '</Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256">'
    "</DigestMethod><DigestValue>{digest}</DigestValue></Reference>"
)
PROPERTIES = (
    '<Reference URI="#said"><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256">'
    "</DigestMethod><DigestValue>{digest}</DigestValue></Reference>"
)
OBJECT = '<Object xmlns="http://www.w3.org/2000/09/xmldsig#" Id="said"><At>2026-11-05</At></Object>'


def told(text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def signed_by_hand(
    before: bytes, after: bytes, signer: Signer, *, others: tuple[str, str] = ("", "")
) -> bytes:
    """Sign a document that is written canonically; ``others`` are further references and parts."""
    key, certificate = signer
    info = INFO.format(references=WHOLE.format(digest=told(before + after)) + others[0])
    value = key.sign(info.encode(), padding.PKCS1v15(), hashes.SHA256())
    issuer = signer_named("Nơi cấp")[1]
    held = "".join(
        f"<X509Certificate>{base64.b64encode(one.public_bytes(Encoding.DER)).decode()}"
        "</X509Certificate>"
        for one in (issuer, certificate)
    )
    made = (
        f'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">{info}'
        f"<SignatureValue>{base64.b64encode(value).decode()}</SignatureValue>"
        f"<KeyInfo><X509Data>{held}</X509Data></KeyInfo>{others[1]}</Signature>"
    )
    return before + made.encode() + after


RECORD = b"<HOSO><NOIDUNGFILE>QUJD</NOIDUNGFILE></HOSO>"


def test_a_signature_over_a_file_of_60_mb_is_checked_in_a_stream(
    tmp_path: Path, signer: Signer
) -> None:
    record = b"<HOSO><NOIDUNGFILE>" + b"QUJD" * 250_000 + b"</NOIDUNGFILE></HOSO>"
    content = signed_by_hand(b"<GIAMDINHHS>" + record * 60, b"</GIAMDINHHS>", signer)
    assert len(content) > 60_000_000
    path = tmp_path / "lon.xml"
    path.write_bytes(content)
    spoilt = tmp_path / "sua.xml"
    spoilt.write_bytes(content[:30_000_000] + b"X" + content[30_000_001:])
    del content
    tracemalloc.start()
    code, said = checked(path, 60)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (code, said["name"]) == ("signature_fits", "Bệnh viện Thử")
    assert peak < 16_000_000
    assert checked(spoilt, 60)[0] == "signature_wrong"


def test_a_signature_that_signs_its_own_properties_too_fits_as_long_as_they_do(
    tmp_path: Path, signer: Signer
) -> None:
    others = (PROPERTIES.format(digest=told(OBJECT)), OBJECT)
    content = signed_by_hand(b"<GIAMDINHHS>" + RECORD, b"</GIAMDINHHS>", signer, others=others)
    path = tmp_path / "xades.xml"
    path.write_bytes(content)
    assert checked(path, 1)[0] == "signature_fits"
    path.write_bytes(content.replace(b"2026-11-05", b"2026-11-06"))
    assert checked(path, 1)[0] == "signature_wrong"


def test_a_signature_by_sha_1_is_said_to_be_unchecked_not_wrong(
    tmp_path: Path, signer: Signer
) -> None:
    content = signed_by_hand(b"<GIAMDINHHS>" + RECORD, b"</GIAMDINHHS>", signer)
    path = tmp_path / "cu.xml"
    path.write_bytes(content.replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-sha1"))
    assert checked(path, 1)[0] == "signature_uncheckable"
