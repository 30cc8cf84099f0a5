"""Does a signature fit its content, and is its certificate one that is trusted here?

Nothing is fetched: issuers and lists of revoked certificates are files in ``SIGNING_TRUST``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from asn1crypto import cms, crl, pem, x509
from django.conf import settings
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import (
    SignatureCoverageLevel,
    async_validate_detached_cms,
    async_validate_pdf_signature,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InsufficientRevinfoError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
)
from pyhanko_certvalidator.validate import async_validate_path

from portal.signing.models import SignatureCheck

Result = SignatureCheck.Result
CERTIFICATES, LISTS = {".pem", ".crt", ".cer", ".der"}, {".crl"}
# What a path to an issuer breaks at, the particular before the general.
MEANINGS = (
    (RevokedError, Result.REVOKED),
    (ExpiredError, Result.EXPIRED),
    (NotYetValidError, Result.EXPIRED),
    (InsufficientRevinfoError, Result.REVOCATION_UNKNOWN),
    (Exception, Result.UNKNOWN_ISSUER),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found, in one word and in the checker's own words."""

    result: str
    detail: str = ""
    covers_whole: bool = True


@dataclass(frozen=True, slots=True)
class Trust:
    """Issuers that are trusted here, and what they revoked."""

    roots: tuple[x509.Certificate, ...] = ()
    lists: tuple[crl.CertificateList, ...] = ()


def trust() -> Trust:
    """Read the issuers and lists in ``SIGNING_TRUST``; read again when a file changes."""
    folder = Path(settings.SIGNING_TRUST)
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    return _read(tuple((str(path), path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[str, int], ...]) -> Trust:
    roots: list[x509.Certificate] = []
    lists: list[crl.CertificateList] = []
    for name, _changed in files:
        path, content = Path(name), Path(name).read_bytes()
        if path.suffix in CERTIFICATES:
            roots += [x509.Certificate.load(one) for one in _unarmoured(content)]
        elif path.suffix in LISTS:
            lists += [crl.CertificateList.load(one) for one in _unarmoured(content)]
    return Trust(tuple(roots), tuple(lists))


def _unarmoured(content: bytes) -> list[bytes]:
    if not pem.detect(content):
        return [content]
    return [body for _kind, _headers, body in pem.unarmor(content, multiple=True)]


def check_cms(data: bytes, signature: bytes, *, at: datetime) -> Found:
    """Check a signature that stands beside its content, by the day it was made."""
    try:
        signed: Any = cms.ContentInfo.load(signature)["content"]
        status = asyncio.run(_fits(data, signed))
        certificates = [one.chosen for one in signed["certificates"]]
    except (ValueError, KeyError, TypeError) as error:
        return Found(Result.BROKEN, type(error).__name__)
    return _judged(status, certificates, at)


def check_pdf(content: bytes, *, at: datetime) -> Found:
    """Check the signature in a PDF, and that nothing was added after it."""
    try:
        signatures = PdfFileReader(BytesIO(content)).embedded_signatures
        if not signatures:
            return Found(Result.NOT_DIGITAL)
        last = signatures[-1]
        status = asyncio.run(async_validate_pdf_signature(last, _nobody()))
        certificates = [one.chosen for one in last.signed_data["certificates"]]
        covers = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    except Exception as error:  # noqa: BLE001  (a torn PDF breaks the reader anywhere)
        return Found(Result.BROKEN, type(error).__name__)
    if not covers:
        return Found(Result.BROKEN, "something was added after the signature", covers_whole=False)
    return _judged(status, certificates, at)


def knows_issuer(certificate: bytes, chain: Sequence[bytes], *, at: datetime) -> bool:
    """Say whether a certificate leads to an issuer that is trusted here."""
    others = [x509.Certificate.load(one) for one in chain]
    found = asyncio.run(_trusted(x509.Certificate.load(certificate), others, at))
    return found.result != Result.UNKNOWN_ISSUER


async def _fits(data: bytes, signed: Any) -> Any:
    return await async_validate_detached_cms(data, signed, signer_validation_context=_nobody())


def _nobody() -> ValidationContext:
    """Trust nobody: whether a signature fits is one question, whose it is another."""
    return ValidationContext(trust_roots=[], allow_fetching=False)


def _judged(status: Any, certificates: list[x509.Certificate], at: datetime) -> Found:
    if not (status.intact and status.valid):
        return Found(Result.BROKEN)
    return asyncio.run(_trusted(status.signing_cert, certificates, at))


async def _trusted(
    certificate: x509.Certificate, others: list[x509.Certificate], at: datetime
) -> Found:
    """Follow the certificate to an issuer that is trusted here, at the day of the signature."""
    known = trust()
    context = ValidationContext(
        trust_roots=_anchors(known.roots, at),
        other_certs=others,
        moment=at,
        crls=known.lists,
        allow_fetching=False,
        revocation_mode="require",
        retroactive_revinfo=True,
    )
    try:
        paths = context.path_builder.async_build_paths_lazy(certificate)
        path = await anext(aiter(paths), None)
        if path is None:
            return Found(Result.UNKNOWN_ISSUER)
        await async_validate_path(context, path)
    except (PathBuildingError, PathValidationError) as error:
        result = next(result for kind, result in MEANINGS if isinstance(error, kind))
        return Found(result, str(error))
    return Found(Result.VALID)


def _anchors(roots: Sequence[x509.Certificate], at: datetime) -> list[CertTrustAnchor]:
    """Trust issuers within their own days only: with a key that is past them anybody may sign.

    Of a renewed issuer, one key with two certificates, the one that holds on that day comes first.
    """

    def is_over(root: x509.Certificate) -> bool:
        return not root.not_valid_before <= at <= root.not_valid_after

    ordered = sorted(roots, key=is_over)
    return [CertTrustAnchor(root, derive_default_quals_from_cert=True) for root in ordered]
