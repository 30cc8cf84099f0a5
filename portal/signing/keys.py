"""What signs: a key opened from a PKCS#12 file for one moment, or one asked for over the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LARGEST_FILE = 100_000
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Key(Protocol):
    """Signs prepared attributes, each with SHA-256."""

    def sign(self, prepared: Sequence[bytes]) -> list[bytes]:
        """Return one raw signature for each."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """What a certificate says of the person it was issued to, and of itself."""

    subject: str
    issuer: str
    serial_number: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    certificate: bytes
    chain: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class FileKey:
    """A private key in memory, for as long as one signing takes."""

    private: PrivateKey
    person: Person

    def sign(self, prepared: Sequence[bytes]) -> list[bytes]:
        """Return one raw signature for each."""
        return [_sign(self.private, one) for one in prepared]


def open_file(content: bytes, password: str) -> FileKey:
    """Open a PKCS#12 file with its password, or say why it does not open."""
    if len(content) > LARGEST_FILE:
        raise _refusal(_("This file is too large for a certificate; choose the .p12 file."))
    try:
        private, certificate, more = pkcs12.load_key_and_certificates(content, password.encode())
    except ValueError:
        raise ValidationError(
            _(
                "The file does not open: the password is wrong, or it is no PKCS#12 file (.p12, .pfx)."
            ),
            code="certificate_password",
        ) from None
    if certificate is None or private is None:
        raise _refusal(_("The file holds no certificate with its private key; export it again."))
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise _refusal(
            _("The certificate's key is of a kind that does not sign here (RSA, ECDSA).")
        )
    return FileKey(private, describe(certificate, more))


def describe(certificate: x509.Certificate, chain: Sequence[x509.Certificate] = ()) -> Person:
    """Read what a certificate says."""
    content = certificate.public_bytes(serialization.Encoding.DER)
    return Person(
        subject=common_name(certificate.subject),
        issuer=common_name(certificate.issuer),
        serial_number=f"{certificate.serial_number:x}",
        fingerprint=sha256(content).hexdigest(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        certificate=content,
        chain=tuple(one.public_bytes(serialization.Encoding.DER) for one in chain),
    )


def read_chain(pem: bytes) -> Person:
    """Read certificates in PEM, the person's first."""
    first, *more = x509.load_pem_x509_certificates(pem)
    return describe(first, more)


def common_name(name: x509.Name) -> str:
    """Return the common name, or the whole name where there is none."""
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value if found else name.rfc4514_string())[:300]


def is_in_force(person: Person, at: datetime) -> bool:
    """Say whether a certificate is valid at a moment by its own dates."""
    return person.not_before <= at.astimezone(UTC) <= person.not_after


def _sign(private: PrivateKey, content: bytes) -> bytes:
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(content, padding.PKCS1v15(), hashes.SHA256())
    return private.sign(content, ec.ECDSA(hashes.SHA256()))


def _refusal(message: object) -> ValidationError:
    return ValidationError(message, code="certificate_unusable")  # type: ignore[arg-type]
