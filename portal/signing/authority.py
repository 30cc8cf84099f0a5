"""A certification authority for tests, demo and simulators: made by code, trusted by nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "Mạch CA thử nghiệm (mô phỏng)"
BITS = 2048


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    def pkcs12(self, password: str, chain: list[x509.Certificate]) -> bytes:
        """Return the file a person would get from an authority."""
        return pkcs12.serialize_key_and_certificates(
            b"mach",
            self.key,
            self.certificate,
            chain,
            serialization.BestAvailableEncryption(password.encode()),
        )

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True, slots=True)
class Authority:
    """An issuer, its own certificate, and what it revoked."""

    root: Issued

    @classmethod
    def found(cls, at: datetime, *, name: str = NAME) -> Authority:
        """Make a new authority, valid for ten years."""
        key = rsa.generate_private_key(65537, BITS)
        subject = _name(name)
        until = at + timedelta(days=3650)
        builder = _builder(subject, subject, key, at - timedelta(days=1), until)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        builder = builder.add_extension(_usage(certificates=True), critical=True)
        return cls(Issued(builder.sign(key, hashes.SHA256()), key))

    def issue(
        self,
        name: str,
        *,
        since: datetime,
        until: datetime,
        number: str = "",
        stamps_time: bool = False,
    ) -> Issued:
        """Issue a certificate to a person, or to a time-stamping service."""
        key = rsa.generate_private_key(65537, BITS)
        builder = _builder(_name(name, number), self.root.certificate.subject, key, since, until)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
        builder = builder.add_extension(_usage(certificates=False), critical=True)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root.key.public_key()),
            critical=False,
        )
        if stamps_time:
            stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(stamping, critical=True)
        return Issued(builder.sign(self.root.key, hashes.SHA256()), key)

    def revocations(self, serials: list[int], *, at: datetime) -> bytes:
        """Return a signed list (CRL) of what is revoked, in force for a year."""
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=self.root.certificate.subject,
            last_update=at - timedelta(days=1),
            next_update=at + timedelta(days=365),
        )
        for serial in serials:
            revoked = x509.RevokedCertificateBuilder(serial, at - timedelta(hours=1)).build()
            builder = builder.add_revoked_certificate(revoked)
        crl = builder.sign(self.root.key, hashes.SHA256())
        return crl.public_bytes(serialization.Encoding.DER)


def _name(name: str, number: str = "") -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.COMMON_NAME, name),
    ]
    if number:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, f"CCCD:{number}"))
    return x509.Name(parts)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPrivateKey,
    since: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=not certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
