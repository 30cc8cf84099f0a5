"""Does the facility's signature on an envelope fit what it covers? Runs in the reading child.

Nothing is fetched and nobody's issuer is judged: the answer is that the signature fits the file and
which certificate says so, that it does not fit, or that there is none. The file passes in a stream,
whatever its size (XML Signature: one enveloped signature over the whole document).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from healthrecords.imports.envelope_canonical import (
    XMLDSIG,
    Document,
    Form,
    NotCanonicalError,
    part_of,
)

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from healthrecords.imports.envelope_scan import Scan, Source

Note = tuple[str, dict[str, Any]]
DS = f"{{{XMLDSIG}}}"
ENVELOPED = f"{XMLDSIG}enveloped-signature"
PLAIN = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
PLAIN_NOW = "http://www.w3.org/2006/12/xml-c14n11"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
FORMS = {
    PLAIN: Form(),
    f"{PLAIN}#WithComments": Form(has_comments=True),
    PLAIN_NOW: Form(),
    f"{PLAIN_NOW}#WithComments": Form(has_comments=True),
    EXCLUSIVE: Form(is_exclusive=True),
    f"{EXCLUSIVE}WithComments": Form(is_exclusive=True, has_comments=True),
}
# SHA-1 is broken: a signature by it proves nothing, and is said to be unchecked.
HASHES = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
MORE = "http://www.w3.org/2001/04/xmldsig-more#"


class UncheckableError(Exception):
    """The signature says or needs something that is not known here; the reason names it."""


class WrongError(Exception):
    """The signature does not fit."""


def signature_note(path: Source, scan: Scan) -> Note:
    """Return the remark on the signature: its code and details."""
    if XMLDSIG not in scan.trailer and XMLDSIG not in scan.header:
        return "signature_absent", {}
    return checked(path, scan.number)


def checked(path: Source, records: int) -> Note:
    """Check the one signature of a file over all of it; the file is read twice."""
    document = Document(path)
    try:
        document.run()
        certificate, covers_all = _verified(document)
    except NotCanonicalError:
        return "signature_wrong", {"reason": "xml"}
    except WrongError:
        return "signature_wrong", {"reason": "digest"}
    except UncheckableError as error:
        return "signature_uncheckable", {"reason": str(error)[:120]}
    if not covers_all or document.records < records:
        return "signature_partial", {}
    return "signature_fits", {
        "name": _name(certificate.subject),
        "issuer": _name(certificate.issuer),
        "serial": f"{certificate.serial_number:X}",
        "since": certificate.not_valid_before_utc.strftime("%d/%m/%Y"),
        "until": certificate.not_valid_after_utc.strftime("%d/%m/%Y"),
    }


def _verified(document: Document) -> tuple[Certificate, bool]:
    """Return the certificate of a signature that fits, and whether it covers the whole file."""
    from lxml import etree

    if document.signatures != 1:
        raise UncheckableError(f"Signature: {document.signatures}")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        signature = etree.fromstring(document.signature, parser)
    except etree.XMLSyntaxError as error:
        raise NotCanonicalError(str(error)) from error
    info = signature.find(f"{DS}SignedInfo")
    references = signature.findall(f"{DS}SignedInfo/{DS}Reference")
    if info is None or not references:
        raise UncheckableError("SignedInfo")
    method = _algorithm(info, "CanonicalizationMethod")
    if method not in FORMS:
        raise UncheckableError(method)
    form = replace(FORMS[method], prefixes=_prefixes(info.find(f"{DS}CanonicalizationMethod")))
    data = part_of(document.signature, form, lambda name, _said: name == "SignedInfo")
    value = _decoded(signature.findtext(f"{DS}SignatureValue"))
    certificate = _signer(
        _certificates(signature), data, _algorithm(info, "SignatureMethod"), value
    )
    covers = [_covers(document, signature, _Reference.of(one)) for one in references]
    return certificate, any(covers)


@dataclass(frozen=True, slots=True)
class _Reference:
    """What one reference of a signature covers, and the digest it says."""

    uri: str
    form: Form
    is_enveloped: bool
    hash: str
    digest: bytes

    @classmethod
    def of(cls, element: Any) -> _Reference:
        steps = [
            (str(step.get("Algorithm")), step)
            for step in element.findall(f"{DS}Transforms/{DS}Transform")
        ]
        unknown = [name for name, _step in steps if name != ENVELOPED and name not in FORMS]
        method = _algorithm(element, "DigestMethod")
        if unknown or method not in HASHES:
            raise UncheckableError(unknown[0] if unknown else method)
        forms = [
            replace(FORMS[name], prefixes=_prefixes(step)) for name, step in steps if name in FORMS
        ]
        return cls(
            uri=element.get("URI") or "",
            form=forms[-1] if forms else Form(),
            is_enveloped=any(name == ENVELOPED for name, _step in steps),
            hash=HASHES[method],
            digest=_decoded(element.findtext(f"{DS}DigestValue")),
        )


def _covers(document: Document, signature: Any, said: _Reference) -> bool:
    """Check a reference; say whether it covers the whole document. Raises WrongError."""
    key = said.uri.removeprefix("#")
    if key and any(key in _ids(one.attrib) for one in signature.iter()):
        # A part of the signature itself, like the properties of XAdES
        part = part_of(document.signature, said.form, lambda _name, has: key in _ids(has))
        _require_digest(hashlib.new(said.hash, part), said)
        return False
    if said.uri and key not in _ids(document.root):
        return False  # a part of the file: whether it fits or not, the records are not covered
    if not said.is_enveloped:
        raise UncheckableError("enveloped-signature")
    running = hashlib.new(said.hash)
    # What a reference by name or by nothing means has no comments, whatever form is said.
    form = replace(said.form, has_comments=False)
    Document(
        document.path,
        lambda text: running.update(text.encode()),
        form,
        has_surroundings=not said.uri,
    ).run()
    _require_digest(running, said)
    return True


def _ids(attributes: Any) -> set[str]:
    return {str(attributes[name]) for name in ("Id", "ID", "id") if name in attributes}


def _require_digest(running: Any, said: _Reference) -> None:
    if running.digest() != said.digest:
        raise WrongError


def _prefixes(element: Any) -> frozenset[str]:
    """Return the prefixes an exclusive form is told to keep."""
    held = element.find(f"{{{EXCLUSIVE}}}InclusiveNamespaces") if element is not None else None
    names = (held.get("PrefixList") or "").split() if held is not None else []
    return frozenset("" if name == "#default" else name for name in names)


def _algorithm(element: Any, name: str) -> str:
    found = element.find(f"{DS}{name}")
    return str(found.get("Algorithm")) if found is not None else name


def _decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except binascii.Error as error:
        raise WrongError from error


def _certificates(signature: Any) -> list[Certificate]:
    from cryptography import x509

    held = [one.text or "" for one in signature.iter(f"{DS}X509Certificate")]
    try:
        found = [x509.load_der_x509_certificate(base64.b64decode(text)) for text in held]
    except (binascii.Error, ValueError) as error:
        raise UncheckableError("X509Certificate") from error
    if not found:
        raise UncheckableError("X509Certificate")
    return found


def _signer(certificates: list[Certificate], data: bytes, method: str, value: bytes) -> Certificate:
    """Return whose signature it is; those who issued the certificate may be named beside it."""
    for certificate in certificates[:-1]:
        try:
            _require_signed(certificate, data, method, value)
        except (WrongError, UncheckableError):
            continue
        return certificate
    _require_signed(certificates[-1], data, method, value)
    return certificates[-1]


def _require_signed(certificate: Certificate, data: bytes, method: str, value: bytes) -> None:
    """Check the signature over what it says itself; raises WrongError."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

    kind, _dash, name = method.removeprefix(MORE).rpartition("-")
    known = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    key, digest = certificate.public_key(), known.get(name)
    if not method.startswith(MORE) or digest is None:
        raise UncheckableError(method)
    try:
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), digest)
        elif kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            half = len(value) // 2
            parts = (int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
            key.verify(utils.encode_dss_signature(*parts), data, ec.ECDSA(digest))
        else:
            raise UncheckableError(method)
    except InvalidSignature as error:
        raise WrongError from error


def _name(name: Any) -> str:
    from cryptography.x509.oid import NameOID

    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value)[:120] if found else str(name.rfc4514_string())[:120]
