"""Write sanctions against a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal as Amount
from typing import Any

from django.db import transaction

from practitioners.models import Practitioner, ProfileSource, Sanction
from practitioners.services.license_events import Decision
from practitioners.services.registrations import lock
from practitioners.services.sources import note_row


@dataclass(frozen=True, slots=True)
class Penalty:
    """What a sanction is, and what the public reads of it until when."""

    kind: str
    ground: str = ""
    amount: Amount | None = None
    valid_until: date | None = None
    published_text: str = ""
    published_until: date | None = None


@transaction.atomic
def record_sanction(
    *,
    actor: Any,
    practitioner: Practitioner,
    decision: Decision,
    penalty: Penalty,
    at: datetime,
) -> Sanction:
    """Note a penalty or a disciplinary measure; what the public reads of it is said by hand."""
    lock(practitioner)
    row = Sanction(
        practitioner=practitioner,
        kind=penalty.kind,
        decision_no=decision.number,
        decided_on=decision.decided_on or decision.valid_from,
        authority=decision.authority,
        ground=penalty.ground,
        amount=penalty.amount,
        valid_from=decision.valid_from,
        valid_until=penalty.valid_until,
        published_text=penalty.published_text,
        published_until=penalty.published_until,
        recorded_by=actor,
        recorded_at=at,
    )
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, source=ProfileSource.Source.DECISION, by=actor, at=at)
    return row
