"""Sign what was proposed: number it, print it, sign it, write its effect, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from portal.dossiers import acts
from portal.dossiers.acts import Granting, Plan
from portal.dossiers.models import Decision, Dossier
from portal.dossiers.numbering import DECISION, take_number
from portal.dossiers.papers.making import Signing, decision_paper, titles_of
from portal.dossiers.services import ticking
from portal.dossiers.services.filing import require_act
from portal.dossiers.services.moving import locked, require_deed, require_other, save
from portal.dossiers.states import Deed
from portal.papers import storage
from portal.scope import scope_of
from portal.signing import services as signing
from portal.signing.documents import Content, Signed
from portal.signing.keys import FileKey
from portal.signing.models import SigningCertificate
from portal.signing.purposes import Asked

PURPOSE = "dossier"
DECIDES = "decide_licenses"


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision as it is about to be signed."""

    dossier: Dossier
    number: str
    granting: Granting
    text: str
    content: Content

    @property
    def is_grant(self) -> bool:
        return self.dossier.proposal == Dossier.Proposal.GRANT


def require_signer(actor: Any, dossier: Dossier) -> None:
    """Refuse whoever may not sign for the authority, or proposed what two people must do."""
    if dossier.authority_id not in scope_of(actor, DECIDES):
        raise PermissionDenied(
            _("Signing for %(place)s needs the right to decide on licences there.")
            % {"place": dossier.authority.name}
        )
    require_other(actor, dossier)
    if dossier.needs_four_eyes and dossier.proposed_by_id == actor.pk:
        raise ValidationError(
            _(
                "You proposed this act yourself; “%(act)s” is signed by a second person. Hand it to"
                " somebody else who may sign."
            ),
            code="four_eyes",
            params={"act": titles_of(dossier)[0]},
        )


def lay_out(
    *, actor: Any, dossier: Dossier, at: datetime, certificate: SigningCertificate | None = None
) -> Draft:
    """Prepare the decision on a locked dossier: its number, what it says, its paper."""
    require_signer(actor, dossier)
    is_grant = dossier.proposal == Dossier.Proposal.GRANT
    require_deed(dossier, Deed.GRANT if is_grant else Deed.REFUSE)
    on = timezone.localdate(at)
    number = take_number(dossier, DECISION, on=on, at=at)

    def number_of(series: str, floor: Callable[[], int] | None = None) -> str:
        return take_number(dossier, series, on=on, at=at, floor=floor)

    granting = Granting(dossier, number, on, actor, at, number_of)
    with translation.override(settings.LANGUAGE_CODE):
        plan = require_act(dossier.procedure).plan(granting) if is_grant else Plan()
        said = _said(dossier, granting, plan)
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    paper = decision_paper(
        said,
        dossier=dossier,
        signing=Signing(
            actor.full_name,
            at,
            is_digital=certificate is not None,
            issuer=certificate.issuer if certificate else "",
            is_issuer_known=certificate is None or signing.is_issuer_known(certificate, at),
        ),
    )
    content = Content(text.encode(), (paper,), reason=number, place=dossier.authority.name)
    return Draft(dossier, number, granting, text, content)


def _said(dossier: Dossier, granting: Granting, plan: Plan) -> dict[str, Any]:
    procedure, case = titles_of(dossier)
    is_grant = dossier.proposal == Dossier.Proposal.GRANT
    return {
        "format": "mach-decision-1",
        "dossier": str(dossier.pk),
        "receipt": dossier.receipt_number,
        "filed": f"{dossier.filed_on:%d/%m/%Y}",
        "number": granting.number,
        "decided_on": granting.on.isoformat(),
        "outcome": "granted" if is_grant else "refused",
        "procedure": procedure,
        "case": case,
        "applicant": dossier.applicant_name,
        "bases": [part.strip() for part in dossier.legal_basis.split(";") if part.strip()],
        "reason": dossier.proposal_reason if not is_grant else "",
        "lines": [[str(label), str(value)] for label, value in plan.lines],
        "articles": [str(article) for article in plan.articles],
        "shown_at": settings.PUBLIC_ADDRESS + plan.shown_at if plan.shown_at else "",
    }


@transaction.atomic
def decide(
    *,
    actor: Any,
    dossier: Dossier,
    at: datetime,
    certificate: SigningCertificate | None = None,
    password: str = "",
    key: FileKey | None = None,
) -> Decision:
    """Sign the decision with a certificate's file; without one it is an electronic confirmation.

    What granting it means is written in the same transaction: if the act refuses, nothing is signed.
    """
    if certificate is not None and key is None:
        key = signing.open_key(actor=actor, certificate=certificate, password=password, at=at)
    row = locked(dossier.pk)
    draft = lay_out(actor=actor, dossier=row, at=at, certificate=certificate)
    if certificate is not None and key is not None:
        made = signing.sign_with(
            actor=actor, certificate=certificate, key=key, content=draft.content, at=at
        )
    else:
        made = signing.confirm(actor=actor, content=draft.content, at=at)
    return conclude(actor=actor, draft=draft, made=made, at=at)


@transaction.atomic
def conclude(*, actor: Any, draft: Draft, made: signing.Made, at: datetime) -> Decision:
    """Store a signed decision, end the dossier, write the effect."""
    row, on = draft.dossier, draft.granting.on
    kept = storage.keep(made.papers[0])
    decision = Decision(
        dossier=row,
        outcome="granted" if draft.is_grant else "refused",
        authority=row.authority,
        number=draft.number,
        decided_on=on,
        reason="" if draft.is_grant else row.proposal_reason,
        content=draft.text,
        content_hash=sha256(draft.text.encode()).hexdigest(),
        signature=made.signature,
        signed_by=actor,
        signed_at=at,
        paper_path=kept["path"],
        paper_sha256=kept["sha256"],
    )
    decision.full_clean()
    decision.save(force_insert=True)
    deed = Deed.GRANT if draft.is_grant else Deed.REFUSE
    before = (row.state, row.due_on)
    row.state, row.decided_by = ticking.goes_to(row, deed), actor
    ticking.end(row, on)
    save(row)
    note = row.proposal_reason or draft.number
    ticking.step(row, deed, actor=actor, at=at, note=note, before=before)
    act = acts.act_of(row.procedure)
    if act is not None and draft.is_grant:
        act.carry_out(draft.granting)
    elif act is not None:
        act.closed(row, actor=actor, at=at)
    return decision


@transaction.atomic
def lay_out_for_service(asked: Asked) -> Content:
    """Lay a decision out for a remote signing service."""
    row = locked(asked.subject)
    return lay_out(
        actor=asked.actor, dossier=row, at=asked.at, certificate=asked.certificate
    ).content


@transaction.atomic
def take_from_service(asked: Asked, content: Content, signed: Signed) -> None:
    """Store what came back from the service; a dossier that moved in the meantime refuses it."""
    row = locked(asked.subject)
    draft = lay_out(actor=asked.actor, dossier=row, at=asked.at, certificate=asked.certificate)
    if draft.text.encode() != content.data:
        raise ValidationError(
            _("The dossier changed while it was being signed; sign it again."),
            code="dossier_changed",
        )
    made = signing.store(
        actor=asked.actor,
        certificate=asked.certificate,
        content=content,
        signed=signed,
        at=asked.at,
    )
    conclude(actor=asked.actor, draft=draft, made=made, at=asked.at)


def paper_of(decision: Decision) -> bytes:
    """Return the paper of a decision, byte for byte what was signed."""
    return storage.read(decision.paper_path, decision.paper_sha256)
