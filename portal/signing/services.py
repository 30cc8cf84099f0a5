"""Set up certificates, sign with them, check signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.names import names_whole
from portal.signing import stamping
from portal.signing.documents import Content, Signed, finish, prepare
from portal.signing.keys import FileKey, Person, is_in_force, open_file
from portal.signing.models import Signature, SignatureCheck, SigningCertificate
from portal.signing.sealing import seal, unseal
from portal.signing.verifying import check_cms, check_pdf, knows_issuer


@dataclass(frozen=True, slots=True)
class Made:
    """A signature that was made and stored, and the papers that carry it."""

    signature: Signature
    papers: tuple[bytes, ...]


def certificates_of(user: Any) -> list[SigningCertificate]:
    """Return the certificates a person signs with today, the newest first."""
    return list(SigningCertificate.objects.filter(user=user, withdrawn_at=None))


@transaction.atomic
def add_file(*, actor: Any, content: bytes, password: str, at: datetime) -> SigningCertificate:
    """Set up a PKCS#12 file; the password proves that it opens, and is forgotten."""
    person = open_file(content, password).person
    return keep_certificate(
        actor=actor, person=person, at=at, sealed=seal(content, owner=str(actor.pk))
    )


def keep_certificate(
    *,
    actor: Any,
    person: Person,
    at: datetime,
    sealed: bytes | None = None,
    credential: str = "",
    is_simulated: bool = False,
) -> SigningCertificate:
    """Store a certificate of the actor's own name that is in force."""
    require_own_name(actor, person)
    require_in_force(person, at)
    row = SigningCertificate(
        user=actor,
        kind=SigningCertificate.Kind.FILE if sealed else SigningCertificate.Kind.REMOTE,
        subject=person.subject,
        issuer=person.issuer,
        serial_number=person.serial_number,
        fingerprint=person.fingerprint,
        not_before=person.not_before,
        not_after=person.not_after,
        certificate=person.certificate,
        chain=list(person.chain),
        sealed=sealed,
        credential=credential,
        is_simulated=is_simulated,
        added_at=at,
    )
    row.full_clean(exclude=["chain"])
    row.save(force_insert=True)
    return row


@transaction.atomic
def withdraw(*, actor: Any, certificate: SigningCertificate, at: datetime) -> SigningCertificate:
    """Use a certificate no more; what it signed keeps its signatures."""
    row = SigningCertificate.objects.select_for_update().get(pk=certificate.pk, user=actor)
    if row.withdrawn_at is None:
        row.withdrawn_at = at
        row.sealed = row.sealed and b""  # the key is gone, the certificate stays
        row.save(update_fields=["withdrawn_at", "sealed"])
    return row


def require_own_name(actor: Any, person: Person) -> None:
    """Refuse a certificate that was issued to somebody else."""
    if not names_whole(actor.full_name, person.subject):
        raise ValidationError(
            _(
                "This certificate was issued to “%(subject)s”, but you are %(name)s; everybody signs with their own."
            ),
            code="certificate_of_another",
            params={"subject": person.subject, "name": actor.full_name},
        )


def require_in_force(person: Person, at: datetime) -> None:
    """Refuse a certificate that is not valid at a moment."""
    if not is_in_force(person, at):
        raise ValidationError(
            _("The certificate is valid from %(first)s to %(last)s only; set up the new one."),
            code="certificate_expired",
            params={
                "first": f"{timezone.localtime(person.not_before):%d/%m/%Y}",
                "last": f"{timezone.localtime(person.not_after):%d/%m/%Y}",
            },
        )


def person_of(row: SigningCertificate) -> Person:
    """Return what a stored certificate says."""
    return Person(
        row.subject,
        row.issuer,
        row.serial_number,
        row.fingerprint,
        row.not_before,
        row.not_after,
        bytes(row.certificate),
        tuple(bytes(one) for one in row.chain),
    )


def open_key(
    *, actor: Any, certificate: SigningCertificate, password: str, at: datetime
) -> FileKey:
    """Open the actor's sealed file for one signing."""
    row = SigningCertificate.objects.get(pk=certificate.pk)
    if row.user_id != actor.pk or row.withdrawn_at is not None or not row.sealed:
        raise ValidationError(
            _("This certificate is not set up for you; choose another one."),
            code="certificate_unusable",
        )
    key = open_file(unseal(bytes(row.sealed), owner=str(actor.pk)), password)
    require_in_force(key.person, at)
    return key


def sign_with(
    *, actor: Any, certificate: SigningCertificate, key: FileKey, content: Content, at: datetime
) -> Made:
    """Sign a content and its papers with an opened key, and store the signature with its check."""
    prepared = prepare(content, key.person, at=at)
    signed = finish(prepared, key.sign(prepared.to_sign), key.person, stamper=stamping.stamper())
    return store(actor=actor, certificate=certificate, content=content, signed=signed, at=at)


@transaction.atomic
def store(
    *, actor: Any, certificate: SigningCertificate, content: Content, signed: Signed, at: datetime
) -> Made:
    """Store a signature that came from a key.

    One that does not fit its content or a paper is refused, and one of a certificate that its issuer
    revoked or that was not in force. An issuer that is not known here is no ground to refuse: the
    check says so, and so does the paper.
    """
    signature = Signature.objects.create(
        kind=Signature.Kind.DIGITAL,
        user=actor,
        signer_name=actor.full_name,
        certificate=certificate,
        content_hash=content.hash,
        cms=signed.cms,
        signed_at=at,
        is_timestamped=signed.is_timestamped,
        is_simulated=certificate.is_simulated,
    )
    check = check_signature(signature=signature, data=content.data, at=at)
    _require_sound(check.result)
    for paper in signed.papers:
        _require_sound(check_pdf(paper, at=at).result)
    return Made(signature, signed.papers)


def _require_sound(result: str) -> None:
    if result == SignatureCheck.Result.REVOKED:
        raise ValidationError(
            _(
                "Its issuer has revoked this certificate; nothing was signed. Set up another certificate."
            ),
            code="certificate_revoked",
        )
    if result == SignatureCheck.Result.EXPIRED:
        raise ValidationError(
            _(
                "This certificate, or that of its issuer, was not in force at the time of signing; nothing was signed. Set up another certificate."
            ),
            code="certificate_not_in_force",
        )
    if result in {SignatureCheck.Result.BROKEN, SignatureCheck.Result.NOT_DIGITAL}:
        raise ValidationError(
            _(
                "The signature that came back does not fit what was to be signed; nothing was signed."
            ),
            code="signature_broken",
        )


def is_issuer_known(certificate: SigningCertificate, at: datetime) -> bool:
    """Say whether a certificate comes from an issuer that is trusted on this server."""
    person = person_of(certificate)
    return knows_issuer(person.certificate, person.chain, at=at)


@transaction.atomic
def confirm(*, actor: Any, content: Content, at: datetime) -> Made:
    """Note that a person confirms a content without a certificate: not a digital signature."""
    signature = Signature.objects.create(
        kind=Signature.Kind.CONFIRMATION,
        user=actor,
        signer_name=actor.full_name,
        content_hash=content.hash,
        signed_at=at,
    )
    check_signature(signature=signature, data=content.data, at=at)
    return Made(signature, content.papers)


def check_signature(*, signature: Signature, data: bytes, at: datetime) -> SignatureCheck:
    """Check a signature against its content with today's anchors, and keep what was found."""
    Result = SignatureCheck.Result  # noqa: N806  (the class)
    result, detail = str(Result.NOT_DIGITAL), ""
    if Content(data).hash != signature.content_hash:
        result, detail = str(Result.BROKEN), "hash"
    elif signature.cms is not None:
        found = check_cms(data, bytes(signature.cms), at=signature.signed_at)
        result, detail = found.result, found.detail
    return SignatureCheck.objects.create(
        signature=signature, result=result, checked_at=at, detail=detail
    )


def latest_checks(signatures: Sequence[Any]) -> dict[Any, SignatureCheck]:
    """Return the latest check of each signature, in one query."""
    rows = SignatureCheck.objects.filter(signature__in=list(signatures))
    rows = rows.order_by("signature_id", "-checked_at", "-id").distinct("signature_id")
    return {row.signature_id: row for row in rows}
