"""Confirm a change that somebody else sent, or object to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.codelists.lookup import codes_on
from practitioners.models import (
    Practitioner,
    ProfileAnswer,
    ProfileSource,
    ProfileSubmission,
    WorkingSlot,
)
from practitioners.provenances import LIST as FRESHNESS
from practitioners.provenances import Sources
from practitioners.words import columns_of, word_of

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
    """Let a practitioner say that the register has them right, as it stands today.

    What goes stale with time is fresh again from now on; who verified it before stays beside it.
    """
    row = ProfileAnswer(
        practitioner=practitioner,
        side=Side.PRACTITIONER,
        answer=Answer.CONFIRMS,
        answered_by=actor,
        answered_at=at,
    )
    row.full_clean()
    row.save(force_insert=True)
    ProfileSource.objects.bulk_create(_said_again(practitioner, actor, at))
    return row


def _said_again(person: Practitioner, actor: Any, at: datetime) -> Iterator[ProfileSource]:
    """Yield a new word on each value that goes stale: the person's own, their posts' and duty's."""
    today = timezone.localdate(at)
    ageing = {entry.code for entry in codes_on(FRESHNESS, today)}
    said = Sources(
        ProfileSource.objects.filter(practitioner=person, field__in=ageing), today, {}, ()
    )
    duty = person.slots.holding(today).filter(kind=WorkingSlot.Kind.DUTY, continues=None)
    rows = (*person.registrations.holding(today), *duty.prefetch_related("continued_by"))
    for row in (person, *rows):
        row_id = None if isinstance(row, Practitioner) else row.pk
        for column, field in columns_of(row).items():
            value = word_of(row, column)
            if field not in ageing or not value:
                continue
            former = said.said(field, value, row_id)
            yield ProfileSource(
                practitioner=person,
                field=field,
                row_id=row_id,
                value=value,
                source=ProfileSource.Source.PRACTITIONER,
                said_at=at,
                said_by=actor,
                verified_by_id=former.verified_by_id if former else None,
                verified_at=former.verified_at if former else None,
                paper_id=former.paper_id if former else None,
            )
