"""Note that the system was down, and until when; confirm what a sender noted of its own place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.places.models import Organisation
from portal.scope import Scope, scope_of
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
    """Note an outage of an organisation and all under it; one that lasts has no end yet.

    Where a sender notes it of their own place, or of a body over it, somebody else has to confirm it.
    """
    sends = scope_of(actor, "submit_reports")
    if organisation.pk not in sends and organisation.pk not in scope_of(actor, "approve_reports"):
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
        recorded_at=at,
        needs_confirmation=_reaches(organisation, sends),
    )
    outage.full_clean()
    outage.save()
    return outage


def _reaches(organisation: Organisation, sends: Scope) -> bool:
    """Say whether an organisation or one under it is among those somebody sends reports of."""
    below = Organisation.objects.filter(path__startswith=organisation.path, pk__in=sends.ids)
    return organisation.pk in sends or below.exists()


@transaction.atomic
def confirm_outage(*, actor: Any, outage: Outage, at: datetime) -> Outage:
    """Confirm an outage that a sender noted; from now on a paper of it counts as sent on its day.

    Locks the row: two officials may hold the same list.
    """
    outage = Outage.objects.select_for_update().get(pk=outage.pk)
    if outage.organisation_id not in scope_of(actor, "approve_reports"):
        raise PermissionDenied(
            _("An outage is confirmed by those who decide on the reports of the place.")
        )
    if outage.is_confirmed:
        raise ValidationError(
            _("This outage does not wait for a confirmation; it counts already."),
            code="outage_not_waiting",
        )
    if outage.recorded_by_id == actor.pk:
        raise ValidationError(
            _("You noted this outage yourself; somebody else confirms it."), code="own_outage"
        )
    outage.confirmed_by, outage.confirmed_at = actor, at
    outage.full_clean()
    outage.save(update_fields=["confirmed_by", "confirmed_at"])
    return outage
