"""Does the facility's signature on an envelope fit what it covers? Runs in the reading child.

Nothing is fetched and nobody's issuer is judged: the answer is that the signature fits the file and
which certificate says so, that it does not fit, or that there is none.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from healthrecords.imports.envelope_scan import Scan

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
CHECKED_AT_MOST = 48 * 1024 * 1024  # bytes; the whole file must be in memory to be checked
Note = tuple[str, dict[str, Any]]


def signature_note(path: Path, scan: Scan) -> Note:
    """Return the remark on the signature: its code and details."""
    if XMLDSIG not in scan.trailer and XMLDSIG not in scan.header:
        return "signature_absent", {}
    if path.stat().st_size > CHECKED_AT_MOST:
        return "signature_too_large", {"megabytes": CHECKED_AT_MOST // 1024 // 1024}
    return checked(path.read_bytes(), scan.number)


def checked(content: bytes, records: int) -> Note:
    """Check the one signature of a file over all of it."""
    from lxml import etree

    # With a document type the file would have been refused; entities stay unresolved all the same.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return "signature_wrong", {"reason": "xml"}
    signatures = root.findall(f".//{{{XMLDSIG}}}Signature")
    if len(signatures) != 1:
        return "signature_uncheckable", {"reason": f"Signature: {len(signatures)}"}
    return _verified(root, signatures[0], records)


def _verified(root: Any, signature: Any, records: int) -> Note:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from signxml.exceptions import InvalidDigest, InvalidInput, InvalidSignature
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    held = signature.findtext(f".//{{{XMLDSIG}}}X509Certificate")
    if not held:
        return "signature_uncheckable", {"reason": "X509Certificate"}
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(held.split())))
        covered: Any = XMLVerifier().verify(
            root,
            x509_cert=certificate,
            expect_config=SignatureConfiguration(
                location=".//", verification_time=certificate.not_valid_before_utc
            ),
        )
    except (InvalidDigest, InvalidSignature):
        return "signature_wrong", {"reason": "digest"}
    except (InvalidInput, UnsupportedAlgorithm, binascii.Error, ValueError) as error:
        return "signature_uncheckable", {"reason": str(error)[:120]}
    if _records_in(covered.signed_xml) < records:
        return "signature_partial", {}
    return "signature_fits", {
        "name": _name(certificate.subject),
        "issuer": _name(certificate.issuer),
        "serial": f"{certificate.serial_number:X}",
        "since": certificate.not_valid_before_utc.strftime("%d/%m/%Y"),
        "until": certificate.not_valid_after_utc.strftime("%d/%m/%Y"),
    }


def _records_in(signed: Any) -> int:
    if signed is None:
        return 0
    return sum(
        isinstance(element.tag, str) and element.tag.rpartition("}")[2].upper() == "HOSO"
        for element in signed.iter()
    )


def _name(name: Any) -> str:
    from cryptography.x509.oid import NameOID

    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value)[:120] if found else str(name.rfc4514_string())[:120]
