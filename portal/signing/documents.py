"""How is a content laid out for a signature and put together with it: CMS, and PAdES in a PDF?

Both are done in two steps, so that the key may be far away: ``prepare`` gives the attributes to
sign, ``finish`` takes the raw signatures.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from asn1crypto import algos, cms, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import PdfTBSDocument
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.signing.keys import Person

DIGEST = "sha256"
FIELD = "ChuKy1"
RESERVED = 20_000  # bytes for the signature in the PDF: with a chain and a time stamp


@dataclass(frozen=True, slots=True)
class Content:
    """What is signed: the bytes themselves, and the papers that show them."""

    data: bytes
    papers: tuple[bytes, ...] = ()
    reason: str = ""
    place: str = ""

    @property
    def hash(self) -> str:
        return sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class PreparedPaper:
    """A PDF with room for its signature, and where that room is."""

    pdf: bytes
    attributes: bytes
    digest: bytes
    room: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A content laid out for a signature; ``to_sign`` goes to the key."""

    attributes: bytes
    papers: tuple[PreparedPaper, ...]

    @property
    def to_sign(self) -> list[bytes]:
        return [self.attributes, *(paper.attributes for paper in self.papers)]

    def dump(self) -> bytes:
        """Write it down, for a worker that goes on later."""
        papers = [
            [_text(paper.pdf), _text(paper.attributes), _text(paper.digest), *paper.room]
            for paper in self.papers
        ]
        return json.dumps({"attributes": _text(self.attributes), "papers": papers}).encode()

    @classmethod
    def load(cls, written: bytes) -> Prepared:
        """Read what ``dump`` wrote."""
        said = json.loads(written)
        papers = (
            PreparedPaper(_bytes(pdf), _bytes(attributes), _bytes(digest), (first, last))
            for pdf, attributes, digest, first, last in said["papers"]
        )
        return cls(_bytes(said["attributes"]), tuple(papers))


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature over the bytes, and the signed papers in their order."""

    cms: bytes
    papers: tuple[bytes, ...]
    is_timestamped: bool


def prepare(content: Content, person: Person, *, at: datetime) -> Prepared:
    """Lay a content out for the signature of a person."""
    return asyncio.run(_prepare(content, person, at))


def finish(
    prepared: Prepared, raw: Sequence[bytes], person: Person, *, stamper: TimeStamper | None = None
) -> Signed:
    """Put raw signatures, in the order of ``to_sign``, where they belong."""
    return asyncio.run(_finish(prepared, raw, person, stamper))


async def _prepare(content: Content, person: Person, at: datetime) -> Prepared:
    attributes = await _signer(person).signed_attrs(
        sha256(content.data).digest(),
        DIGEST,
        attr_settings=PdfCMSSignedAttributes(signing_time=at),
        is_pdf_sig=False,
    )
    papers = [await _prepare_paper(pdf, content, person, at) for pdf in content.papers]
    return Prepared(attributes.dump(), tuple(papers))


async def _prepare_paper(
    pdf: bytes, content: Content, person: Person, at: datetime
) -> PreparedPaper:
    signer = _signer(person)
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        reason=content.reason or None,
        location=content.place or None,
        name=person.subject,
    )
    pdf_signer = signers.PdfSigner(meta, signer=signer, new_field_spec=SigFieldSpec(FIELD))
    byterange, _document, output = await pdf_signer.async_digest_doc_for_signing(
        IncrementalPdfFileWriter(BytesIO(pdf)), bytes_reserved=RESERVED
    )
    attributes = await signer.signed_attrs(
        byterange.document_digest,
        DIGEST,
        attr_settings=PdfCMSSignedAttributes(signing_time=at),
        use_pades=True,
    )
    output.seek(0)
    room = (byterange.reserved_region_start, byterange.reserved_region_end)
    return PreparedPaper(output.read(), attributes.dump(), byterange.document_digest, room)


async def _finish(
    prepared: Prepared, raw: Sequence[bytes], person: Person, stamper: TimeStamper | None
) -> Signed:
    over_data = await _assembled(prepared.attributes, raw[0], person, stamper)
    papers = []
    for paper, signature in zip(prepared.papers, raw[1:], strict=True):
        over_paper = await _assembled(paper.attributes, signature, person, stamper)
        output = BytesIO(paper.pdf)
        byterange = PreparedByteRangeDigest(
            document_digest=paper.digest,
            reserved_region_start=paper.room[0],
            reserved_region_end=paper.room[1],
        )
        await PdfTBSDocument.async_finish_signing(output, byterange, over_paper)
        papers.append(output.getvalue())
    return Signed(over_data.dump(), tuple(papers), stamper is not None)


async def _assembled(
    attributes: bytes, raw: bytes, person: Person, stamper: TimeStamper | None
) -> cms.ContentInfo:
    signer = _signer(person, raw)
    # The attributes stay byte for byte what was signed.
    return await signer.async_sign_prescribed_attributes(
        DIGEST, cms.CMSAttributes.load(attributes), timestamper=stamper
    )


def _signer(person: Person, raw: bytes | None = None) -> Any:
    certificate = x509.Certificate.load(person.certificate)
    chain = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    chain.register_multiple(x509.Certificate.load(one) for one in person.chain)
    kind = "rsa" if certificate.public_key.algorithm == "rsa" else "ecdsa"
    mechanism = algos.SignedDigestAlgorithm({"algorithm": f"{DIGEST}_{kind}"})
    return signers.ExternalSigner(
        certificate, chain, signature_value=raw or bytes(512), signature_mechanism=mechanism
    )


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
