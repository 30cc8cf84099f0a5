"""Take back what a licence would say from a day to come: the day was a slip, or the decision fell."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from facilities.models import (
    LicensedActivity,
    OperatingLicense,
    OperatingLicenseEvent,
    OperatingLicenseVersion,
)
from facilities.services.licensing import ONE_DAY, version_to_come


@transaction.atomic
def take_version_back(
    *, actor: Any, version: OperatingLicenseVersion, reason: str, today: date
) -> OperatingLicenseEvent:
    """Take the last version of a licence back before its day; the one before it goes on as it was.

    What it would have said stays in the history of the tables, and the act on the licence says who
    took back what, and why.
    """
    license = OperatingLicense.objects.select_for_update().get(pk=version.license_id)
    last = _last_to_come(license, version, today)
    before = license.versions.filter(number__lt=last.number).order_by("-number").first()
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write why."), code="reason_missing")})
    events = OperatingLicenseEvent.objects.filter(version=last)
    paper = events.order_by("id").first() or OperatingLicenseEvent()
    event = OperatingLicenseEvent(
        license=license,
        kind=OperatingLicenseEvent.Kind.WITHDRAWN,
        valid_from=today,
        ground=f"{last.change or last.number} ({last.valid_from:%d/%m/%Y}): {reason.strip()}",
        decision_no=paper.decision_no,
        decided_on=paper.decided_on,
        decided_by=paper.decided_by,
        dossier_id=paper.dossier_id,
        recorded_by=actor,
    )
    events.delete()
    LicensedActivity.objects.filter(version=last).delete()
    last.delete()
    if before is not None and before.valid_until == last.valid_from - ONE_DAY:
        before.valid_until = None
        before.save(update_fields=["valid_until"])
    event.full_clean()
    event.save(force_insert=True)
    return event


def _last_to_come(
    license: OperatingLicense, version: OperatingLicenseVersion, today: date
) -> OperatingLicenseVersion:
    """Return the version, locked, where it is the last one and its day has not come."""
    found = license.versions.select_for_update().filter(pk=version.pk).first()
    if found is None:
        raise ValidationError(_("This version was taken back already."), code="version_gone")
    if license.superseded_on is not None:
        message = _("The licence %(number)s was replaced on %(day)s; what it said holds no more.")
        said: dict[str, Any] = {
            "number": license.number_raw,
            "day": f"{license.superseded_on:%d/%m/%Y}",
        }
        raise ValidationError(message, code="license_replaced", params=said)
    if found.valid_from <= today or found.number == 1:
        message = _("Version %(number)d holds since %(day)s; adjust the licence instead.")
        said = {"number": found.number, "day": f"{found.valid_from:%d/%m/%Y}"}
        raise ValidationError(message, code="version_holds", params=said)
    last = version_to_come(license, today)
    if last is not None and last.pk != found.pk:
        message = _("Version %(number)d follows from %(day)s; take that one back first.")
        said = {"number": last.number, "day": f"{last.valid_from:%d/%m/%Y}"}
        raise ValidationError(message, code="version_followed", params=said)
    return found
