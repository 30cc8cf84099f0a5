"""Which referrals wait for a person here, and what happens to one when they come?"""

from datetime import datetime
from typing import Any

from healthrecords.models import Citizen, Referral, Visit
from portal.places.models import Organisation


def open_referrals(citizen: Citizen, facility: Organisation) -> Any:
    """Return the referrals of a person to a facility that still wait for them, the latest first."""
    return (
        Referral.objects.filter(
            citizen=citizen, to_facility=facility, arrived_at=None, document__cancelled_at=None
        )
        .select_related("document", "facility")
        .order_by("-sent_at", "-id")
    )


def note_arrival(*, actor: Any, visit: Visit, at: datetime) -> Referral | None:
    """Let the visit of somebody who was sent here tell the sender that they arrived."""
    referral: Referral | None = (
        open_referrals(visit.citizen, visit.facility).select_for_update(of=["self"]).first()
    )
    if referral is None:
        return None
    referral.arrived_at, referral.arrived_by, referral.arrived_visit = at, actor, visit
    referral.save(update_fields=["arrived_at", "arrived_by", "arrived_visit"])
    return referral
