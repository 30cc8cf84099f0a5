"""Note that the system was down, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.places.models import Organisation
from portal.scope import scope_of
from reporting.models import Outage


@transaction.atomic
def note_outage(
    *,
    actor: Any,
    organisation: Organisation,
    began_at: datetime,
    ended_at: datetime | None,
    reason: str,
    at: datetime,
) -> Outage:
    """Note an outage of an organisation and all under it; one that lasts has no end yet."""
    allowed = any(
        organisation.pk in scope_of(actor, capability)
        for capability in ("submit_reports", "approve_reports")
    )
    if not allowed:
        raise PermissionDenied(_("Outages are noted by those who send or approve reports."))
    if began_at > at or (ended_at is not None and ended_at > at):
        message = _("This is still to come; write when the outage began.")
        raise ValidationError({"began_at": ValidationError(message, code="outage_in_future")})
    outage = Outage(
        organisation=organisation,
        began_at=began_at,
        ended_at=ended_at,
        reason=" ".join(reason.split()),
        recorded_by=actor,
    )
    outage.full_clean()
    outage.save()
    return outage
