"""Confirm a change that somebody else sent, or object to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from practitioners.models import Practitioner, ProfileAnswer, ProfileSubmission

Side = ProfileAnswer.Side
Answer = ProfileAnswer.Answer


@transaction.atomic
def answer_change(
    *,
    submission: ProfileSubmission,
    side: str,
    answer: str,
    reason: str = "",
    actor: Any,
    at: datetime,
) -> ProfileAnswer:
    """Say of a waiting change that it is right, or what is not right about it.

    Whoever sent it has spoken already; after the department's decision nothing is answered.
    """
    locked = ProfileSubmission.objects.select_for_update().get(pk=submission.pk)
    if not locked.is_waiting:
        raise ValidationError(
            _("The department has decided on this change; send a new one where it is not right."),
            code="change_decided",
        )
    if locked.practitioner is None or locked.submitted_by_id == actor.pk:
        raise ValidationError(
            _("Who sent a change does not answer it; the other side does."), code="own_change"
        )
    row = ProfileAnswer(
        practitioner=locked.practitioner,
        submission=locked,
        side=side,
        answer=answer,
        reason=" ".join(reason.split()),
        answered_by=actor,
        answered_at=at,
    )
    row.full_clean()
    row.save(force_insert=True)
    return row


@transaction.atomic
def confirm_profile(*, practitioner: Practitioner, actor: Any, at: datetime) -> ProfileAnswer:
    """Let a practitioner say that the register has them right, as it stands today."""
    row = ProfileAnswer(
        practitioner=practitioner,
        side=Side.PRACTITIONER,
        answer=Answer.CONFIRMS,
        answered_by=actor,
        answered_at=at,
    )
    row.full_clean()
    row.save(force_insert=True)
    return row
