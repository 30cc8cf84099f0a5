"""Write bans and sanctions against a person, and end a ban."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal as Amount
from typing import Any

from django.db import transaction

from practitioners.models import PracticeBan, Practitioner, ProfileSource, Sanction
from practitioners.services.license_events import Decision
from practitioners.services.measures import Measure
from practitioners.services.sources import note_row

DECISION = ProfileSource.Source.DECISION


@transaction.atomic
def ban_person(
    *, actor: Any, practitioner: Practitioner, decision: Decision, measure: Measure, at: datetime
) -> PracticeBan:
    """Bar a person from practising for a ground of the law (Law 15/2023/QH15, article 20)."""
    row = PracticeBan(
        practitioner=practitioner,
        ground_code=measure.ground_code,
        ground=measure.ground,
        decision_no=decision.number,
        decided_on=decision.decided_on or decision.valid_from,
        authority=decision.authority,
        valid_from=decision.valid_from,
        valid_until=measure.valid_until,
        recorded_by=actor,
        recorded_at=at,
    )
    row.full_clean()
    row.save(force_insert=True)
    note_row(row, source=DECISION, by=actor, at=at)
    return row


@transaction.atomic
def end_ban(*, actor: Any, ban: PracticeBan, last_day: date, at: datetime) -> PracticeBan:
    """Say on which day a ban holds for the last time."""
    row = PracticeBan.objects.select_for_update().get(pk=ban.pk)
    row.valid_until = last_day
    row.full_clean()
    row.save(update_fields=["valid_until"])
    note_row(row, source=DECISION, by=actor, at=at, only=("valid_until",))
    return row


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
    note_row(row, source=DECISION, by=actor, at=at)
    return row
