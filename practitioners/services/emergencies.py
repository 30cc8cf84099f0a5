"""Practise by emergency: the answer is kept with its reason, and looked at afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.places.models import Organisation
from practitioners.models import EmergencyOverride, Practitioner
from practitioners.practising import Answer, Done, may_practise
from practitioners.reasons import Verdict
from practitioners.services.own import is_own


@dataclass(frozen=True, slots=True)
class Emergency:
    """What the emergency was, and for which record somebody practised: a visit, say."""

    because: str
    subject_kind: str = ""
    subject_id: UUID | None = None
    technique: str = ""
    techniques: Sequence[Done] = ()


@transaction.atomic
def practise_by_emergency(
    *,
    actor: Any,
    practitioner: Practitioner | None,
    facility: Organisation,
    moments: Sequence[datetime],
    at_work: Sequence[datetime] | None = None,
    emergency: Emergency,
    at: datetime,
) -> EmergencyOverride:
    """Keep that a person practised outside what is registered, because it was an emergency.

    Refused where the emergency changes nothing: nothing stands against it, or what does cannot be
    passed over (a ban, a licence that does not hold).
    """
    because = " ".join(emergency.because.split())
    answer = may_practise(
        practitioner=practitioner,
        facility=facility,
        moments=moments,
        at_work=at_work,
        technique=emergency.technique,
        techniques=emergency.techniques,
        emergency=because or "?",
    )
    if answer.verdict != Verdict.EMERGENCY or practitioner is None:
        raise ValidationError(
            _("An emergency changes nothing here: %(verdict)s. %(reasons)s"),
            code="emergency_changes_nothing",
            params={
                "verdict": answer.verdict.label,
                "reasons": " ".join(str(sentence) for sentence in answer.sentences),
            },
        )
    row = EmergencyOverride(
        practitioner=practitioner,
        facility=facility,
        at=moments[0],
        technique=emergency.technique or _against(answer),
        reasons=list(answer.reasons),
        because=because,
        subject_kind=emergency.subject_kind,
        subject_id=emergency.subject_id,
        recorded_by=actor,
        recorded_at=at,
    )
    row.full_clean()
    row.save(force_insert=True)
    return row


def _against(answer: Answer) -> str:
    """Name the techniques that something stands against."""
    codes = dict.fromkeys(row.done.code for row in answer.techniques if row.reason)
    return ", ".join(codes)[:200]


def emergency_of(practitioner: Practitioner | None, subject_kind: str, subject_id: UUID) -> str:
    """Return what the emergency was that a person practised by for a record; "" where none is kept."""
    if practitioner is None:
        return ""
    rows = practitioner.overrides.filter(subject_kind=subject_kind, subject_id=subject_id)
    found = rows.order_by("-recorded_at", "-id").values_list("because", flat=True).first()
    return str(found or "")


@transaction.atomic
def review_emergency(
    *, actor: Any, override: EmergencyOverride, note: str, at: datetime
) -> EmergencyOverride:
    """Say what was found when somebody in charge looked at a practice by emergency."""
    own = {"people": [override.practitioner_id], "senders": [override.recorded_by_id]}
    if is_own(actor, **own, on=timezone.localdate(at)):
        raise ValidationError(
            _("Somebody else than who practised by the emergency, or recorded it, looks at it."),
            code="own_review",
        )
    override.reviewed_by, override.reviewed_at, override.review_note = actor, at, note
    override.full_clean()
    override.save(update_fields=["reviewed_by", "reviewed_at", "review_note"])
    return override
