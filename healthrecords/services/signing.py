"""Sign a visit: ask whether the signer may, freeze what it says, keep its papers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import (
    Procedure,
    SignedPaper,
    Visit,
    VisitAmendment,
    VisitSeal,
    VisitVersion,
)
from healthrecords.papers.current import kinds_to_add
from healthrecords.papers.making import Printing, kinds_of, papers_of
from healthrecords.services.access import open_access, sees_sensitive
from healthrecords.services.amending import close_amendment
from healthrecords.services.later import (
    NAMED_AT_MOST,
    is_later,
    is_protected_unsigned,
    titles_of_later,
)
from healthrecords.services.seals import open_amendment_of, seal_of
from healthrecords.snapshots import (
    FORMAT,
    Snapshot,
    canonical,
    mark_of,
    said_alike,
    shown_mark,
    snapshot_of,
)
from portal.names import names_whole
from portal.papers import storage
from portal.scope import scope_of
from portal.signing import services as signing
from portal.signing.documents import Content
from portal.signing.keys import FileKey
from portal.signing.models import SigningCertificate
from portal.signing.stamping import StampAwayError
from portal.signing.tasks import said_of
from practitioners.practising import Answer, Done, Verdict, may_practise, practitioner_of
from practitioners.services import Emergency, emergency_of, practise_by_emergency

PURPOSE = "visit"
CHANGED = _(
    "This visit was changed after it was shown to you. Read it as it stands now, then sign it."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A visit as it is about to be signed: its next version, its papers, the signer's right."""

    visit: Visit
    number: int
    reason: str
    answer: Answer
    said: Snapshot
    text: str
    kinds: tuple[str, ...]
    content: Content
    amendment: VisitAmendment | None
    is_addendum: bool
    sees_sensitive: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one visit: its new version, or why it was not signed."""

    visit: Visit
    version: VisitVersion | None = None
    refusal: str = ""


def techniques_of(visit: Visit, signer: Any, *, sees_sensitive: bool) -> list[Done]:
    """Return the techniques with a code that a visit's signer answers for, as of their days.

    What names another performer was done by somebody else: the signer's scope says nothing of it.
    """
    stands = Q(withdrawn_at=None, status=Procedure.Status.ACTIVE)
    rows = Procedure.objects.filter(stands, visit=visit.pk).exclude(code="")
    rows = rows.open_to(sees_sensitive=sees_sensitive or bool(visit.sensitivity))
    return [
        Done(code, timezone.localdate(done_at))
        for code, done_at, performer in rows.order_by("performed_at", "id").values_list(
            "code", "performed_at", "performer"
        )
        if not performer or names_whole(signer.full_name, performer)
    ]


def right_to_sign(*, actor: Any, visit: Visit, at: datetime, sees_sensitive: bool = True) -> Answer:
    """Ask the register of practitioners whether the actor may practise there, then and now.

    Each technique of the visit is asked about with it.
    """
    practitioner = practitioner_of(actor, timezone.localdate(at))
    return may_practise(
        practitioner=practitioner,
        facility=visit.facility,
        moments=[visit.started_at, at],
        at_work=[visit.started_at],  # signed later than work, seen within it
        techniques=techniques_of(visit, actor, sees_sensitive=sees_sensitive),
        emergency=emergency_of(practitioner, PURPOSE, visit.pk),
    )


@transaction.atomic
def sign_by_emergency(
    *, actor: Any, visit: Visit, because: str, at: datetime, sees_sensitive: bool = True
) -> None:
    """Keep the emergency a visit was seen in; who may then sign it is asked again."""
    if visit.facility_id not in scope_of(actor, "sign_records"):
        raise PermissionDenied(
            _("Signing at %(place)s needs the role of a clinician there.")
            % {"place": visit.facility.name}
        )
    practise_by_emergency(
        actor=actor,
        practitioner=practitioner_of(actor, timezone.localdate(at)),
        facility=visit.facility,
        moments=[visit.started_at, at],
        at_work=[visit.started_at],
        emergency=Emergency(
            because,
            PURPOSE,
            visit.pk,
            techniques=techniques_of(visit, actor, sees_sensitive=sees_sensitive),
        ),
        at=at,
    )


def require_signable(*, actor: Any, visit: Visit, at: datetime) -> Answer:
    """Refuse what cannot be signed, or not by this person; return the register's answer."""
    if visit.facility_id not in scope_of(actor, "sign_records"):
        raise PermissionDenied(
            _("Signing at %(place)s needs the role of a clinician there.")
            % {"place": visit.facility.name}
        )
    access = open_access(user=actor, citizen=visit.citizen, at=at)
    if access is None:
        raise PermissionDenied(_("This record is not open to you; open it first."))
    sees = sees_sensitive(access)
    _require_state(visit, sees_sensitive=sees)
    answer = right_to_sign(actor=actor, visit=visit, at=at, sees_sensitive=sees)
    if answer.verdict == Verdict.NO:
        raise ValidationError(
            _("The register says that you may not practise at %(place)s: %(reasons)s"),
            code="may_not_practise",
            params={
                "place": visit.facility.name,
                "reasons": " ".join(str(sentence) for sentence in answer.sentences),
            },
        )
    return answer


def _require_state(visit: Visit, *, sees_sensitive: bool) -> None:
    if visit.status == Visit.Status.WITHDRAWN:
        raise ValidationError(_("This visit was withdrawn."), code="visit_withdrawn")
    if visit.status != Visit.Status.FINISHED:
        raise ValidationError(
            _("The visit is not finished; finish it before it is signed."), code="visit_unfinished"
        )
    seal = VisitSeal.objects.filter(visit=visit.pk).first()
    if seal is None or seal.amendment_id is not None:
        return
    if not is_later(seal, sees_sensitive=sees_sensitive):
        raise ValidationError(
            _("This visit is signed already (version %(number)s)."),
            code="already_signed",
            params={"number": seal.number},
        )


def lay_out(
    *,
    actor: Any,
    visit: Visit,
    at: datetime,
    certificate: SigningCertificate | None = None,
    with_papers: bool = True,
    shown: str | None = None,
) -> Draft:
    """Prepare the next version of a visit: its canonical text and its papers.

    ``shown`` is the mark of what its signer was shown; what says anything else by now is refused.
    """
    answer = require_signable(actor=actor, visit=visit, at=at)
    access = open_access(user=actor, citizen=visit.citizen, at=at)
    sees = access is not None and sees_sensitive(access)
    seal, amendment = seal_of(visit), open_amendment_of(visit)
    before = json.loads(seal.version.content) if seal else None
    said = snapshot_of(visit, sees_sensitive=sees, before=before)
    if shown is not None and shown != shown_mark(said, sees_sensitive=sees):
        raise changed_while_signing()
    is_addendum = seal is not None and amendment is None
    if seal is not None and before is not None and said_alike(before, said):
        raise _nothing_new(seal.number, is_addendum=is_addendum)
    number = seal.number + 1 if seal else 1
    reason = amendment.reason if amendment else ""
    if is_addendum and before is not None:
        reason = _added(titles_of_later(before, said))
    signer = {
        "user": str(actor.pk),
        "name": actor.full_name,
        "practitioner": str(answer.practitioner.pk) if answer.practitioner else None,
        "license": answer.license.number_raw if answer.license else None,
        "right": str(answer.verdict),
        "right_reasons": list(answer.reasons),
        "right_techniques": [row.stored() for row in answer.techniques],
    }
    version = {
        "number": number,
        "reason": reason,
        "addendum": is_addendum,
        "signer": signer,
        "at": at.isoformat(),
    }
    text = canonical({**said, "version": version})
    printing = Printing(
        number=number,
        signer=actor.full_name,
        at=at,
        is_digital=certificate is not None,
        issuer=certificate.issuer if certificate else "",
        is_issuer_known=certificate is None or signing.is_issuer_known(certificate, at),
    )
    papers_for = kinds_to_add if is_addendum else kinds_of
    kinds = papers_for(visit, sees_sensitive=sees or bool(visit.sensitivity))
    papers = papers_of(visit, printing, kinds) if with_papers else dict.fromkeys(kinds, b"")
    content = Content(
        text.encode(),
        tuple(papers.values()),
        reason=str(_("Version %(number)s") % {"number": number}),
        place=visit.facility.name,
    )
    return Draft(
        visit, number, reason, answer, said, text, tuple(papers), content, amendment,
        is_addendum, sees,
    )  # fmt: skip


def changed_while_signing() -> ValidationError:
    """Return the refusal to sign what its signer has not read."""
    return ValidationError(CHANGED, code="changed_while_signing")


def _nothing_new(number: int, *, is_addendum: bool) -> ValidationError:
    if is_addendum:
        message = _("Nothing was added since version %(number)s; it stands as it was signed.")
    else:
        message = _("Nothing was changed since version %(number)s; close the amendment instead.")
    return ValidationError(message, code="nothing_amended", params={"number": number})


def _added(titles: Sequence[str]) -> str:
    """Return why there is an addendum: what was not signed yet."""
    if not titles:
        return str(_("Changed after the signature."))
    named = "; ".join(titles[:NAMED_AT_MOST])
    more = len(titles) - NAMED_AT_MOST
    if more > 0:
        named = str(_("%(titles)s; and %(count)d more")) % {"titles": named, "count": more}
    return str(_("Added after the signature: %(titles)s.")) % {"titles": named}


@transaction.atomic
def freeze(*, actor: Any, draft: Draft, made: signing.Made, at: datetime) -> VisitVersion:
    """Store a signed version and put the seal on the visit."""
    visit, text = draft.visit, draft.text
    version = VisitVersion(
        visit=visit,
        number=draft.number,
        format=FORMAT,
        content=text,
        content_hash=mark_of(text),
        is_addendum=draft.is_addendum,
        reason=draft.reason,
        sensitivity=visit.sensitivity,
        signature=made.signature,
        signed_by=actor,
        signed_at=at,
        practitioner=draft.answer.practitioner,
        right=draft.answer.verdict,
        right_reasons=list(draft.answer.reasons),
        right_techniques=[row.stored() for row in draft.answer.techniques],
    )
    version.save(force_insert=True)
    for kind, pdf in zip(draft.kinds, made.papers, strict=True):
        kept = storage.keep(pdf)
        SignedPaper.objects.create(version=version, kind=kind, **kept)
    if draft.amendment is not None:
        close_amendment(draft.amendment, actor=actor, at=at, outcome=VisitAmendment.Outcome.SIGNED)
    _seal(visit, version, sees_sensitive=draft.sees_sensitive)
    return version


def _seal(visit: Visit, version: VisitVersion, *, sees_sensitive: bool) -> None:
    """Move the seal on; what the signer could not see stays noted as not signed."""
    unsigned = not sees_sensitive and is_protected_unsigned(visit, version)
    VisitSeal.objects.update_or_create(
        visit=visit,
        defaults={
            "version": version,
            "number": version.number,
            "amendment": None,
            "has_later": False,
            "has_protected_later": unsigned,
        },
    )


@transaction.atomic
def sign_visit(
    *,
    actor: Any,
    visit: Visit,
    at: datetime,
    certificate: SigningCertificate | None = None,
    key: FileKey | None = None,
    shown: str | None = None,
) -> VisitVersion:
    """Sign a visit with an opened key; without one it is an electronic confirmation.

    Locks the visit: what is signed is what stands when the lock is held, and what a page showed
    (``shown`` is its mark) before that.
    """
    visit = locked(visit.pk)
    draft = lay_out(actor=actor, visit=visit, at=at, certificate=certificate, shown=shown)
    if certificate is not None and key is not None:
        made = signing.sign_with(
            actor=actor, certificate=certificate, key=key, content=draft.content, at=at
        )
    else:
        made = signing.confirm(actor=actor, content=draft.content, at=at)
    return freeze(actor=actor, draft=draft, made=made, at=at)


def locked(pk: UUID) -> Visit:
    """Return a visit that nobody changes until the transaction ends."""
    rows = Visit.objects.select_for_update(of=("self",))
    return rows.select_related("citizen", "facility__area", "facility__parent").get(pk=pk)


def sign_visits(
    *,
    actor: Any,
    visits: Sequence[Visit],
    at: datetime,
    certificate: SigningCertificate | None = None,
    password: str = "",
    shown: Mapping[UUID, str] | None = None,
) -> list[Outcome]:
    """Sign several visits with one opening of the key; each stands or falls alone.

    ``shown`` holds the mark of what the signer was shown of each.
    """
    key = None
    if certificate is not None:
        key = signing.open_key(actor=actor, certificate=certificate, password=password, at=at)
    outcomes: list[Outcome] = []
    away = ""
    for visit in visits:
        if away:  # a service that does not answer is waited for once
            outcomes.append(Outcome(visit, refusal=away))
            continue
        try:
            version = sign_visit(
                actor=actor,
                visit=visit,
                at=at,
                certificate=certificate,
                key=key,
                shown=None if shown is None else shown.get(visit.pk, ""),
            )
        except (ValidationError, PermissionDenied) as refused:
            outcomes.append(Outcome(visit, refusal=said_of(refused)))
            away = said_of(refused) if isinstance(refused, StampAwayError) else ""
        else:
            outcomes.append(Outcome(visit, version))
    return outcomes
