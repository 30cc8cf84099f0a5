"""By which decision something happens to a licence, and the dated event it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from practitioners.models import (
    LicenseEvent,
    PracticeLicense,
)
from practitioners.states import State

Kind = LicenseEvent.Kind


@dataclass(frozen=True, slots=True)
class Decision:
    """By which decision something happens, of whom, from which day, in which dossier."""

    valid_from: date
    number: str = ""
    decided_on: date | None = None
    authority: str = ""
    case_id: UUID | None = None


def note_event(
    license: PracticeLicense,
    kind: LicenseEvent.Kind,
    decision: Decision,
    *,
    actor: Any,
    at: datetime,
    **more: Any,
) -> LicenseEvent:
    """Write what happens to a licence from a day on."""
    row = LicenseEvent(
        license=license,
        kind=kind,
        decision_no=decision.number,
        decided_on=decision.decided_on,
        authority=decision.authority,
        valid_from=decision.valid_from,
        case_id=decision.case_id,
        recorded_by=actor,
        recorded_at=at,
        **more,
    )
    row.full_clean()
    row.save(force_insert=True)
    return row


def require_standing(license: PracticeLicense, day: date, states: set[State], code: str) -> None:
    """Refuse an act on a licence that is in none of these states on a day, and say in which it is."""
    fresh = PracticeLicense.objects.with_acts().get(pk=license.pk)
    standing = fresh.standing_on(day)
    if standing.state in states:
        return
    raise ValidationError(
        _(
            "On %(day)s the licence %(number)s is “%(state)s” since %(since)s; this act is not possible."
        ),
        code=code,
        params={
            "day": f"{day:%d/%m/%Y}",
            "number": license.number_raw,
            "state": standing.state.label,
            "since": f"{standing.since:%d/%m/%Y}",
        },
    )
