"""Propose and confirm a ban from practising, and its end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.attachments.models import StoredFile
from practitioners.models import BanProposal, PracticeBan, Practitioner, ProfileSource
from practitioners.services.license_events import Decision
from practitioners.services.measures import Measure
from practitioners.services.own import is_own
from practitioners.services.proposals import answer, require_open
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
    if proposal.ends is not None:
        return _end(proposal, proposal.ends, actor, at)
    answer(proposal, BanProposal.State.CONFIRMED, actor, at)
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
    dropped: BanProposal = answer(proposal, BanProposal.State.DROPPED, actor, at)
    return dropped


def _open_proposal(proposal_id: UUID) -> BanProposal:
    """Lock a proposal nobody has answered, or say who did."""
    rows = BanProposal.objects.select_for_update(of=["self"])
    row = rows.select_related("practitioner", "proposed_by", "answered_by", "paper", "ends").get(
        pk=proposal_id
    )
    require_open(row, "ban_answered")
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
def propose_end(
    *,
    actor: Any,
    ban: PracticeBan,
    decision: Decision,
    because: str,
    at: datetime,
    paper: StoredFile | None = None,
) -> BanProposal:
    """Propose on which day a ban holds for the last time, by a decision of its own; another confirms.

    ``decision.valid_from`` is that last day. The end comes earlier, never later: a longer ban is
    decided, and proposed with its decision.
    """
    last_day = decision.valid_from
    _require_other(ban.practitioner, actor, at)
    _require_no_longer(ban, last_day)
    _require_decision_of_its_own(ban, decision, at)
    row = BanProposal(
        practitioner=ban.practitioner,
        ends=ban,
        ground_code=ban.ground_code,
        ground=because.strip(),
        decision_no=decision.number,
        decided_on=decision.decided_on or last_day,
        authority=decision.authority,
        valid_from=ban.valid_from,
        valid_until=last_day,
        was_until=ban.valid_until,
        proposed_by=actor,
        proposed_at=at,
        paper=paper,
    )
    row.full_clean()
    row.save(force_insert=True)
    return row


def _require_decision_of_its_own(ban: PracticeBan, decision: Decision, at: datetime) -> None:
    """Refuse to end a ban by the decision it was made by, or by one of a day that cannot be."""
    said = {"number": ban.decision_no, "day": f"{ban.decided_on:%d/%m/%Y}"}
    day = decision.decided_on or decision.valid_from
    if decision.number.casefold() == ban.decision_no.casefold():
        field, code = "decision_no", "end_by_the_ban_itself"
        text = _("%(number)s barred this person; write the decision by which the ban ends.")
    elif day < ban.decided_on:
        field, code = "decided_on", "decided_before_the_ban"
        text = _("The ban was decided on %(day)s; its end is decided no earlier.")
    elif day > timezone.localdate(at):
        field, code = "decided_on", "decided_in_the_future"
        text = _("A decision of a day to come is none yet.")
    else:
        return
    raise ValidationError({field: ValidationError(text, code=code, params=said)})


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
    proposal.was_until = row.valid_until
    answer(proposal, BanProposal.State.CONFIRMED, actor, at)
    row.valid_until = proposal.valid_until
    row.full_clean()
    row.save(update_fields=["valid_until"])
    note_row(row, source=DECISION, by=actor, at=at, only=("valid_until",))
    if proposal.paper is not None:
        attach_paper(row=row, paper=proposal.paper, at=at)
    return row
