"""Write what was told of allergies while a visit was entered: it is known of the person, not of the visit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from healthrecords.models import CareAccess, Inquiry, Visit
from healthrecords.models.inquiry import Topic
from healthrecords.services.background import current_facts, inquire, record_fact
from healthrecords.services.entries import VisitEntry
from healthrecords.services.facts import AllergyEntry
from portal.database.uuid7 import uuid7


def check_told(entry: VisitEntry, *, access: CareAccess) -> dict[str, list[ValidationError]]:
    """Refuse "asked, none" while an allergy is listed; what the actor may not see is not told."""
    if not entry.has_no_allergy:
        return {}
    told = next((told["substance"] for told in entry.allergies), None)
    listed = told or current_facts(Topic.ALLERGY, access).first()
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


def write_told(visit: Visit, entry: VisitEntry, *, access: CareAccess, at: datetime) -> None:
    """Write the allergies and the answer "none"; what is listed already is not written twice."""
    said: dict[str, Any] = {"actor": access.user, "facility": visit.facility, "at": at}
    for told in entry.allergies:
        allergy = AllergyEntry(**told)
        if not current_facts(Topic.ALLERGY, access).filter(**allergy.sameness()).exists():
            record_fact(entry=allergy, citizen=visit.citizen, client_key=uuid7(), **said)
    if entry.has_no_allergy:
        inquire(visit.citizen, Topic.ALLERGY, Inquiry.Answer.NONE, **said)
