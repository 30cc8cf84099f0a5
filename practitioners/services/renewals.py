"""A renewal is asked for, and perhaps refused; between the two, silence keeps the licence valid."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from practitioners.models import (
    LicenseEvent,
    PracticeLicense,
)
from practitioners.services.license_events import Decision, note_event, require_standing
from practitioners.states import State

Kind = LicenseEvent.Kind


@transaction.atomic
def file_renewal(
    *,
    actor: Any,
    license: PracticeLicense,
    on: date,
    at: datetime,
    is_excused: bool = False,
    case_id: UUID | None = None,
) -> LicenseEvent:
    """Note that a renewal was asked for; filed in time, silence keeps the licence in force (article 32)."""
    require_standing(license, on, {State.ACTIVE, State.SUSPENDED}, "renewal_not_possible")
    return note_event(
        license,
        Kind.RENEWAL_FILED,
        Decision(on, case_id=case_id),
        actor=actor,
        at=at,
        is_excused=is_excused,
    )


@transaction.atomic
def refuse_renewal(
    *, actor: Any, license: PracticeLicense, decision: Decision, ground: str, at: datetime
) -> LicenseEvent:
    """Note that a renewal was refused: from that day the term counts as printed."""
    return note_event(license, Kind.RENEWAL_REFUSED, decision, actor=actor, at=at, ground=ground)
