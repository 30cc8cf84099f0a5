"""Have the national population database compare the person a profile is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from portal.verification.models import Inquiry
from practitioners.beside import PURPOSE
from practitioners.models import PractitionerIdentifier, ProfileSubmission


def question_about(submission: ProfileSubmission, *, actor: Any, at: datetime) -> Inquiry | None:
    """Return what is asked about the person of a profile; None without a personal number."""
    values = submission.values
    if values.get("identifier_kind") != PractitionerIdentifier.Kind.PERSONAL:
        return None
    if not values.get("identifier"):
        return None
    return Inquiry(
        purpose=PURPOSE,
        subject_id=submission.pk,
        organisation=submission.facility,
        asked_by=actor,
        asked_at=at,
        personal_number=values["identifier"],
        name=values["name"],
        birth=values["birth_date"],
        sex=values["sex"] if values["sex"] != "unknown" else "",
    )


def take_answer(inquiry: Inquiry, at: datetime) -> None:
    """Check a waiting profile anew with what the population database answered."""
    from practitioners.services.judging import recheck

    rows = ProfileSubmission.objects.waiting().select_for_update(of=["self"])
    submission = (
        rows.select_related("facility", "practitioner").filter(pk=inquiry.subject_id).first()
    )
    if submission is not None:
        recheck(submission, on=timezone.localdate(at), at=at)
