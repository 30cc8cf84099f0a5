"""Write what was told of allergies while a visit was entered: it is known of the person, not of the visit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, Visit
from healthrecords.models.inquiry import Topic
from healthrecords.services.access import require_access
from healthrecords.services.background import answer_none, current_facts, record_fact
from healthrecords.services.entries import VisitEntry
from healthrecords.services.facts import AllergyEntry
from portal.database.uuid7 import uuid7


def check_told(
    entry: VisitEntry, *, actor: Any, citizen: Citizen, at: datetime
) -> dict[str, list[ValidationError]]:
    """Refuse "asked, none" while an allergy is listed; what the actor may not see is not told."""
    if not entry.has_no_allergy:
        return {}
    access = require_access(actor, citizen, at)
    listed = current_facts(Topic.ALLERGY, access).first()
    if listed is None:
        return {}
    error = ValidationError(
        _(
            "“%(listed)s” is listed; “asked, none” would contradict it."
            " End that row, or mark it as a mistake, first."
        ),
        code="fact_listed",
        params={"listed": str(listed)},
    )
    return {"allergy": [error]}


def write_told(visit: Visit, entry: VisitEntry, *, actor: Any, at: datetime) -> None:
    """Write the allergies and the answer "none"; what is listed already is not written twice."""
    said: dict[str, Any] = {
        "actor": actor,
        "citizen": visit.citizen,
        "facility": visit.facility,
        "at": at,
    }
    access = require_access(actor, visit.citizen, at) if entry.allergies else None
    for told in entry.allergies:
        allergy = AllergyEntry(**told)
        listed = access is not None and current_facts(Topic.ALLERGY, access).filter(
            **allergy.sameness()
        )
        if not listed:
            record_fact(entry=allergy, client_key=uuid7(), **said)
    if entry.has_no_allergy:
        answer_none(topic=Topic.ALLERGY, **said)
