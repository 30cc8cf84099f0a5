"""Have the national population database compare the person a profile is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from portal.verification import services as verification
from portal.verification.models import Inquiry
from practitioners.beside import PURPOSE
from practitioners.models import PractitionerIdentifier, ProfileSubmission


def ask_about_profile(submission: ProfileSubmission, *, actor: Any, at: datetime) -> Inquiry | None:
    """Ask once a profile is sent; None where there is no register or no personal number."""
    values = submission.values
    is_personal = values.get("identifier_kind") == PractitionerIdentifier.Kind.PERSONAL
    if not is_personal or not verification.is_set_up():
        return None
    return verification.inquire(
        actor=actor,
        purpose=PURPOSE,
        subject_id=submission.pk,
        question={
            "personal_number": values["identifier"],
            "name": values["name"],
            "birth": values["birth_date"],
            "sex": values["sex"] if values["sex"] != "unknown" else "",
        },
        organisation=submission.facility,
        at=at,
    )


def take_answer(inquiry: Inquiry, at: datetime) -> None:
    """Check a waiting profile anew with what the population database answered."""
    from practitioners.services.submit import recheck

    rows = ProfileSubmission.objects.waiting().select_for_update(of=["self"])
    submission = (
        rows.select_related("facility", "practitioner").filter(pk=inquiry.subject_id).first()
    )
    if submission is not None:
        recheck(submission, on=timezone.localdate(at), at=at)
