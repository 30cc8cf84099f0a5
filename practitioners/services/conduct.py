"""Propose and confirm a ban or its end, and write sanctions against a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal as Amount
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.attachments.models import StoredFile
from practitioners.models import BanProposal, PracticeBan, Practitioner, ProfileSource, Sanction
from practitioners.services.license_events import Decision
from practitioners.services.measures import Measure
from practitioners.services.own import is_own
from practitioners.services.registrations import lock
from practitioners.services.sources import attach_paper, note_row

DECISION = ProfileSource.Source.DECISION


OF_THE_DECISION = (
    "ground_code", "ground", "decision_no", "decided_on", "authority", "valid_from", "valid_until",
)  # fmt: skip


@transaction.atomic
def propose_ban(
    *,
    actor: Any,
    practitioner: Practitioner,
    decision: Decision,
    measure: Measure,
    at: datetime,
    paper: StoredFile | None = None,
) -> BanProposal:
    """Propose to bar a person for a ground of the law (Law 15/2023/QH15, article 20); another confirms."""
    lock(practitioner)
    _require_other(practitioner, actor, at)
    _require_not_barred(practitioner, decision)
    row = BanProposal(
        practitioner=practitioner,
        ground_code=measure.ground_code,
        ground=measure.ground,
        decision_no=decision.number,
        decided_on=decision.decided_on or decision.valid_from,
        authority=decision.authority,
        valid_from=decision.valid_from,
        valid_until=measure.valid_until,
        proposed_by=actor,
        proposed_at=at,
        paper=paper,
    )
    row.full_clean()
    row.save(force_insert=True)
    return row


@transaction.atomic
def confirm_ban(*, actor: Any, proposal_id: UUID, at: datetime) -> PracticeBan:
    """Bar a person, or end a ban, as a colleague proposed."""
    proposal = _open_proposal(proposal_id)
    _require_other(proposal.practitioner, actor, at)
    if proposal.proposed_by_id == actor.pk:
        raise ValidationError(
            _("You proposed this ban yourself; a colleague confirms it."), code="ban_of_one"
        )
    _answer(proposal, BanProposal.State.CONFIRMED, actor, at)
    if proposal.ends is not None:
        return _end(proposal, proposal.ends, actor, at)
    row = PracticeBan(
        practitioner=proposal.practitioner,
        proposed_by=proposal.proposed_by,
        recorded_by=actor,
        recorded_at=at,
        **{name: getattr(proposal, name) for name in OF_THE_DECISION},
    )
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, source=DECISION, by=actor, at=at)
    if proposal.paper is not None:
        attach_paper(row=row, paper=proposal.paper, at=at)
    return row


@transaction.atomic
def drop_ban(*, actor: Any, proposal_id: UUID, reason: str, at: datetime) -> BanProposal:
    """Leave a proposed ban unconfirmed, for a reason; who proposed it may take it back as well."""
    proposal = _open_proposal(proposal_id)
    _require_other(proposal.practitioner, actor, at)
    proposal.reason = reason.strip()
    return _answer(proposal, BanProposal.State.DROPPED, actor, at)


def _answer(proposal: BanProposal, state: str, actor: Any, at: datetime) -> BanProposal:
    proposal.state, proposal.answered_by, proposal.answered_at = state, actor, at
    proposal.full_clean()
    proposal.save(update_fields=["state", "answered_by", "answered_at", "reason"])
    return proposal


def _open_proposal(proposal_id: UUID) -> BanProposal:
    """Lock a proposal nobody has answered, or say who did."""
    rows = BanProposal.objects.select_for_update(of=["self"])
    row = rows.select_related("practitioner", "proposed_by", "answered_by", "paper", "ends").get(
        pk=proposal_id
    )
    if row.state != BanProposal.State.OPEN:
        raise ValidationError(
            _("%(name)s answered this proposal before: %(state)s. Nothing of yours was kept."),
            code="ban_answered",
            params={"name": row.answered_by, "state": row.get_state_display()},
        )
    return row


def _require_not_barred(practitioner: Practitioner, decision: Decision) -> None:
    """Refuse a ban by a decision that bars the person already."""
    lasts = Q(valid_until=None) | Q(valid_until__gte=decision.valid_from)
    bans = PracticeBan.objects.filter(lasts, practitioner=practitioner, decision_no=decision.number)
    if bans.exists():
        raise ValidationError(
            {
                "decision_no": ValidationError(
                    _(
                        "Decision %(number)s bars this person already. Nothing is to be proposed anew;"
                        " where its days change, end the former ban first."
                    ),
                    code="ban_recorded_already",
                    params={"number": decision.number},
                )
            }
        )


def _require_other(practitioner: Practitioner, actor: Any, at: datetime) -> None:
    if is_own(actor, people=[practitioner.pk], senders=(), on=timezone.localdate(at)):
        raise ValidationError(
            _("This is about you; nobody decides on their own. Give it to a colleague."),
            code="ban_own",
        )


@transaction.atomic
def propose_end(*, actor: Any, ban: PracticeBan, last_day: date, at: datetime) -> BanProposal:
    """Propose on which day a ban holds for the last time; it holds on until another confirms it.

    Its end comes earlier, never later: a longer ban is decided, and proposed with its decision.
    """
    _require_other(ban.practitioner, actor, at)
    _require_no_longer(ban, last_day)
    row = BanProposal(
        practitioner=ban.practitioner,
        ends=ban,
        valid_until=last_day,
        proposed_by=actor,
        proposed_at=at,
        **{name: getattr(ban, name) for name in OF_THE_DECISION if name != "valid_until"},
    )
    row.full_clean()
    row.save(force_insert=True)
    return row


def _require_no_longer(ban: PracticeBan, last_day: date) -> None:
    if ban.valid_until is not None and last_day > ban.valid_until:
        raise ValidationError(
            {
                "last_day": ValidationError(
                    _(
                        "The ban by %(number)s ends on %(day)s already. Whoever is to be barred longer"
                        " is barred by a decision: propose a ban from practising with it."
                    ),
                    code="ban_grows_longer",
                    params={"number": ban.decision_no, "day": f"{ban.valid_until:%d/%m/%Y}"},
                )
            }
        )


def _end(proposal: BanProposal, ban: PracticeBan, actor: Any, at: datetime) -> PracticeBan:
    """Let a ban hold for the last time on the day a colleague proposed."""
    row = PracticeBan.objects.select_for_update().get(pk=ban.pk)
    row.valid_until = proposal.valid_until
    row.full_clean()
    row.save(update_fields=["valid_until"])
    note_row(row, source=DECISION, by=actor, at=at, only=("valid_until",))
    return row


@dataclass(frozen=True, slots=True)
class Penalty:
    """What a sanction is, and what the public reads of it until when."""

    kind: str
    ground: str = ""
    amount: Amount | None = None
    valid_until: date | None = None
    published_text: str = ""
    published_until: date | None = None


@transaction.atomic
def record_sanction(
    *,
    actor: Any,
    practitioner: Practitioner,
    decision: Decision,
    penalty: Penalty,
    at: datetime,
) -> Sanction:
    """Note a penalty or a disciplinary measure; what the public reads of it is said by hand."""
    lock(practitioner)
    row = Sanction(
        practitioner=practitioner,
        kind=penalty.kind,
        decision_no=decision.number,
        decided_on=decision.decided_on or decision.valid_from,
        authority=decision.authority,
        ground=penalty.ground,
        amount=penalty.amount,
        valid_from=decision.valid_from,
        valid_until=penalty.valid_until,
        published_text=penalty.published_text,
        published_until=penalty.published_until,
        recorded_by=actor,
        recorded_at=at,
    )
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, source=DECISION, by=actor, at=at)
    return row
