"""How does a restriction of processing end? Asked for or proposed by one person, decided by another.

Nothing is deleted: the request that restricted stays, with the days between which it held. The
person is told before the restriction ends (Law 91/2025/QH15, Decree 356/2025/NĐ-CP).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, DataRequest, DataRequestStep, RestrictionLift
from portal.scope import scope_of

Deed, Ground = DataRequestStep.Deed, RestrictionLift.Ground


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided on the end of a restriction, and how the person was told."""

    is_lifted: bool
    reason: str
    decided_on: date
    told_on: date | None = None
    told_how: str = ""
    lifted_on: date | None = None


def restrictions_of(citizen: Citizen, on: date) -> Any:
    """Return the restrictions that hold for a person on a day, the latest first."""
    rows = DataRequest.objects.filter(citizen=citizen).restricting(on)
    return rows.order_by("-closed_on", "-id")


def require_restricted(citizen: Citizen, on: date) -> None:
    """Refuse to take in what would end no restriction."""
    if not restrictions_of(citizen, on).exists():
        raise ValidationError(
            {
                "kind": ValidationError(
                    _("No restriction of the processing is in force for this person."),
                    code="nothing_restricted",
                )
            }
        )


@transaction.atomic
def propose_lift(
    *, actor: Any, restriction: DataRequest, reason: str, on: date, at: datetime
) -> RestrictionLift:
    """Propose the end of a restriction because its reason is over; somebody else decides."""
    restriction = _held(actor, restriction)
    _require_day(restriction, on, at)
    lift = RestrictionLift(
        restriction=restriction,
        ground=Ground.OVER,
        reason=reason.strip(),
        proposed_on=on,
        proposed_by=actor,
    )
    lift.full_clean()
    lift.save(force_insert=True)
    _step(restriction, Deed.LIFTING, actor=actor, on=on, at=at, reason=lift.reason)
    return lift


@transaction.atomic
def decide_lift(
    *, actor: Any, restriction: DataRequest, decision: Decision, at: datetime
) -> RestrictionLift:
    """End a restriction, or keep it, on somebody else's proposal."""
    restriction = _held(actor, restriction)
    lift = RestrictionLift.objects.select_for_update().waiting().filter(restriction=restriction)
    found = lift.first()
    if found is None:
        raise ValidationError(
            _("Nobody proposed to end this restriction, or it was decided on meanwhile."),
            code="nothing_proposed",
        )
    _require_day(restriction, decision.decided_on, at, since=found.proposed_on)
    _decide(found, decision, actor=actor, at=at)
    deed = Deed.LIFTED if decision.is_lifted else Deed.KEPT
    on, reason = decision.decided_on, found.decision
    _step(restriction, deed, actor=actor, on=on, at=at, reason=reason)
    return found


def lift_as_asked(*, actor: Any, request: DataRequest, on: date, answer: str, at: datetime) -> None:
    """End every restriction of the person who asked for it; the answer is what they are told.

    Who took the request in does not decide on it: what was asked would be one person's word.
    """
    found = list(restrictions_of(request.citizen, on).select_for_update(of=("self",)))
    if not found:
        raise ValidationError(
            _("No restriction of the processing is in force for this person."),
            code="nothing_restricted",
        )
    told = str(_("by the written answer to request %(number)s")) % {"number": request.number}
    decision = Decision(
        is_lifted=True, reason=answer, decided_on=on, told_on=on, told_how=told, lifted_on=on
    )
    for restriction in found:
        lift = RestrictionLift.objects.waiting().filter(restriction=restriction).first()
        if lift is not None:
            _take_over(lift, request)
        else:
            lift = _asked(restriction, request)
        _decide(lift, decision, actor=actor, at=at)
        _step(restriction, Deed.LIFTED, actor=actor, on=on, at=at, reason=lift.decision)


def _asked(restriction: DataRequest, request: DataRequest) -> RestrictionLift:
    lift = RestrictionLift(
        restriction=restriction,
        ground=Ground.ASKED,
        asked_in=request,
        reason=request.asked,
        proposed_on=request.received_on,
        proposed_by=request.received_by,
    )
    lift.full_clean()
    lift.save(force_insert=True)
    return lift


def _take_over(lift: RestrictionLift, request: DataRequest) -> None:
    """The person asks for what was proposed: their word is the ground from now on."""
    lift.ground, lift.asked_in, lift.reason = Ground.ASKED, request, request.asked
    lift.proposed_on, lift.proposed_by = request.received_on, request.received_by


def _decide(lift: RestrictionLift, decision: Decision, *, actor: Any, at: datetime) -> None:
    lift.decided_on, lift.decided_by, lift.decided_at = decision.decided_on, actor, at
    lift.is_lifted, lift.decision = decision.is_lifted, decision.reason.strip()
    if decision.is_lifted:
        lift.told_on, lift.told_how = decision.told_on, decision.told_how.strip()
        lift.lifted_on = decision.lifted_on or decision.decided_on
    lift.full_clean()
    lift.save()


def _held(actor: Any, restriction: DataRequest) -> DataRequest:
    """Lock a restriction that holds, for somebody who may answer at its facility."""
    if restriction.facility_id not in scope_of(actor, "review_access"):
        raise PermissionDenied(_("Answering requests needs the right to do so at that place."))
    restriction = DataRequest.objects.select_for_update().get(pk=restriction.pk)
    if not restriction.restricts:
        raise ValidationError(
            _("This request restricted nothing; there is nothing to end."),
            code="nothing_restricted",
        )
    ended = restriction.lifts.filter(is_lifted=True).first()
    if ended is not None:
        raise ValidationError(
            _("This restriction ended on %(day)s already."),
            code="lifted_before",
            params={"day": f"{ended.lifted_on:%d/%m/%Y}"},
        )
    return restriction


def _require_day(
    restriction: DataRequest, on: date, at: datetime, *, since: date | None = None
) -> None:
    first = since or restriction.closed_on or restriction.received_on
    if not first <= on <= timezone.localdate(at):
        raise ValidationError(
            _("The day lies before the receipt or in the future; write the day it was done."),
            code="day_impossible",
        )


def _step(
    request: DataRequest, deed: str, *, actor: Any, on: date, at: datetime, reason: str
) -> None:
    step = DataRequestStep(request=request, deed=deed, on=on, reason=reason, actor=actor, at=at)
    step.full_clean()
    step.save(force_insert=True)
