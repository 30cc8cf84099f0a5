"""A facility's signature on its envelope is kept, and checked against what it covers; nobody's issuer is judged."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import reverse
from lxml import etree
from signxml import XMLSigner, methods

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


@pytest.fixture(scope="module")
def sign() -> Sign:
    """Sign with a key made for these tests, whose certificate nobody issued but itself."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bệnh viện Thử")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0xABC123)
        .not_valid_before(DAY)
        .not_valid_after(DAY + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )

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
