"""Decide a discrepancy case after both sides were heard, and carry the decision out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from practitioners.disputes import outcomes_of
from practitioners.models import (
    CaseSide,
    CaseStep,
    DiscrepancyCase,
    Outcome,
    ProfileSource,
    ProfileSubmission,
    ReturnReason,
)
from practitioners.services.cases import locked_case, note_step, require_other
from practitioners.services.changing import leave_responsibility
from practitioners.services.judging import recheck
from practitioners.services.leaving import end_registration
from practitioners.services.review import return_profile

Kind = DiscrepancyCase.Kind
DECISION = ProfileSource.Source.DECISION
REASONS = {
    Kind.TWO_LICENSES: ReturnReason.LICENSE_WRONG,
    Kind.IDENTIFIER_CHANGED: ReturnReason.IDENTITY_DIFFERS,
    Kind.HOURS_OVERLAP: ReturnReason.HOURS_OVERLAP,
    Kind.RESPONSIBLE_TWICE: ReturnReason.HOURS_OVERLAP,
    Kind.TWIN: ReturnReason.IDENTITY_DIFFERS,
}


@transaction.atomic
def decide_case(
    *, case_id: UUID, outcome: str, reason: str, actor: Any, at: datetime
) -> DiscrepancyCase:
    """Decide for a written reason; what follows from it is carried out in the same moment.

    Each side was heard, or let its time pass. What the decision means for a profile that waits is
    done through the review, for a registration through its own service.
    """
    case = locked_case(case_id)
    require_other(case, actor, timezone.localdate(at))
    sides = list(case.sides.select_related("organisation", "registration", "submission"))
    _require_heard(sides, timezone.localdate(at))
    if outcome and outcome not in dict(case.outcomes):
        raise ValidationError(
            gettext_lazy("A case of this kind cannot end so; choose one of the answers offered."),
            code="outcome_of_another_kind",
        )
    if outcome in Outcome.values and outcome not in outcomes_of(case, sides):
        raise ValidationError(
            gettext_lazy(
                "Both cannot stand: hours that meet, or two posts of responsibility, are never"
                " registered. Say which one holds."
            ),
            code="both_cannot_stand",
        )
    case.outcome, case.reason = outcome, reason.strip()
    case.state = DiscrepancyCase.State.DECIDED
    case.decided_by, case.decided_at = actor, at
    case.full_clean(exclude=["facts"])
    case.save(update_fields=["outcome", "reason", "state", "decided_by", "decided_at"])
    text = f"{case.get_outcome_display()}. {case.reason}"
    note_step(case, CaseStep.Kind.DECIDED, actor, at, text=text)
    for done in _carry_out(case, sides, actor, at):
        note_step(case, CaseStep.Kind.EFFECT, actor, at, text=done)
    return case


def _require_heard(sides: Sequence[CaseSide], on: date) -> None:
    for side in sides:
        waits = side.stated_at is None and not side.is_late(on)
        if waits and not side.is_of_person:
            day = f"{side.due_on:%d/%m/%Y}" if side.due_on else "–"
            raise ValidationError(
                gettext_lazy(
                    "%(side)s has until %(day)s to state. Decide once it has, or after that day."
                ),
                code="side_not_heard",
                params={"side": side.organisation, "day": day},
            )


def _carry_out(
    case: DiscrepancyCase, sides: Sequence[CaseSide], actor: Any, at: datetime
) -> list[str]:
    if case.outcome == Outcome.FIRST_HOLDS or (
        case.outcome == Outcome.OTHER_PERSON and not _is_about_a_new_person(sides)
    ):
        return [_send_back(case, side, actor, at) for side in sides if _waits(side)]
    done = []
    if case.outcome == Outcome.SECOND_HOLDS:
        done += [
            ENDINGS[case.kind](case, side, sides, actor, at)
            for side in sides
            if side.registration_id and case.kind in ENDINGS
        ]
    return done + [_go_on(case, side, at) for side in sides if _waits(side)]


def _is_about_a_new_person(sides: Sequence[CaseSide]) -> bool:
    sent = [side.submission for side in sides if side.submission is not None]
    return bool(sent) and all(row.practitioner_id is None for row in sent)


def _waits(side: CaseSide) -> bool:
    return side.submission is not None and side.submission.is_waiting


def _fresh(side: CaseSide) -> ProfileSubmission:
    rows = ProfileSubmission.objects.select_related("facility", "practitioner")
    assert side.submission_id is not None  # noqa: S101  (asked for by the caller)
    return rows.get(pk=side.submission_id)


def _send_back(case: DiscrepancyCase, side: CaseSide, actor: Any, at: datetime) -> str:
    submission = _fresh(side)
    if submission.holder_at(at) not in {None, actor}:
        # The decision is the department's: who has the profile open reads it at once.
        submission.assignee = submission.assigned_by = None
        submission.assigned_at = submission.held_until = None
        submission.save(update_fields=["assignee", "assigned_by", "assigned_at", "held_until"])
    return_profile(
        submission_id=submission.pk,
        version=submission.version,
        reason_code=REASONS[Kind(case.kind)],
        reason=case.reason,
        actor=actor,
        at=at,
    )
    return _("The profile of %(name)s went back to %(facility)s.") % {
        "name": submission.name,
        "facility": submission.facility.name,
    }


def _go_on(case: DiscrepancyCase, side: CaseSide, at: datetime) -> str:
    """Let a profile go on; one that proved to be of a person of the register is theirs from now on."""
    submission = _fresh(side)
    knows = case.practitioner_id is not None
    if submission.practitioner is None and knows and case.outcome != Outcome.OTHER_PERSON:
        waiting = ProfileSubmission.objects.waiting().filter(facility=submission.facility)
        if waiting.filter(practitioner=case.practitioner).exists():
            raise ValidationError(
                gettext_lazy(
                    "Another profile of %(name)s from %(facility)s waits; decide on that one first."
                ),
                code="profile_waiting",
                params={"name": case.name, "facility": submission.facility.name},
            )
        submission.practitioner = case.practitioner
    recheck(submission, on=timezone.localdate(at), at=at)
    return _("The profile of %(name)s goes on in the review.") % {"name": submission.name}


def _begins(sides: Sequence[CaseSide], on: date) -> date:
    """Return the day on which the second side's practice begins; no later than it can be known."""
    said = next((s.claim.get("registered_from") for s in sides if s.submission_id), None)
    return date.fromisoformat(said) if said else on


def _last_day(side: CaseSide, sides: Sequence[CaseSide], on: date) -> date:
    """Return the last day of what ends: the eve of what holds, never before it began nor prolonged."""
    registration = side.registration
    assert registration is not None  # noqa: S101  (asked for by the caller)
    last = max(registration.valid_from, _begins(sides, on) - timedelta(days=1))
    return min(last, registration.valid_until or last)


def _end(
    case: DiscrepancyCase, side: CaseSide, sides: Sequence[CaseSide], actor: Any, at: datetime
) -> str:
    last = _last_day(side, sides, timezone.localdate(at))
    registration = side.registration
    assert registration is not None  # noqa: S101  (asked for by the caller)
    end_registration(
        actor=actor,
        registration=registration,
        last_day=last,
        because=case.reason[:300],
        at=at,
        source=DECISION,
    )
    return _("The registration at %(facility)s ended on %(day)s.") % {
        "facility": side.organisation,
        "day": f"{last:%d/%m/%Y}",
    }


def _leave_post(
    case: DiscrepancyCase, side: CaseSide, sides: Sequence[CaseSide], actor: Any, at: datetime
) -> str:
    """End the post of responsibility; the person goes on practising there without it."""
    held = side.registration
    assert held is not None  # noqa: S101  (asked for by the caller)
    last = _last_day(side, sides, timezone.localdate(at))
    leave_responsibility(
        actor=actor, registration=held, last_day=last, because=case.reason[:300], at=at
    )
    return _("The post of responsibility at %(facility)s ended on %(day)s.") % {
        "facility": side.organisation,
        "day": f"{last:%d/%m/%Y}",
    }


ENDINGS: dict[str, Callable[..., str]] = {
    Kind.HOURS_OVERLAP: _end,
    Kind.RESPONSIBLE_TWICE: _leave_post,
}
