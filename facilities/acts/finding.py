"""Which licence does a filing name?"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from facilities.models import OperatingLicense
from portal.dossiers.acts import Filing
from portal.identifiers import OperatingLicenseNumber


def license_of(number: str, authority_path: str) -> OperatingLicense | None:
    """Return the current licence of a number, of a facility under the authority."""
    try:
        serial, issuer = OperatingLicenseNumber.parse(number).key
    except ValidationError:
        return None
    rows = OperatingLicense.objects.filter(serial=serial, issuer_code=issuer, superseded_on=None)
    rows = rows.filter(facility__path__startswith=authority_path)
    found: OperatingLicense | None = rows.select_related("facility").first()
    return found


def standing_license(place: UUID | None, on: date) -> OperatingLicense | None:
    """Return the licence a facility holds; a revoked one is no licence to adjust any more."""
    rows = OperatingLicense.objects.filter(facility=place, superseded_on=None)
    found = rows.prefetch_related("events").first() if place is not None else None
    gone = OperatingLicense.State.REVOKED
    return None if found is None or found.state_on(on) == gone else found


def not_found(filing: Filing) -> ValidationError:
    """Say at its field that no facility of the authority has the licence."""
    message = _(
        "No facility of %(place)s has operating licence %(number)s. Compare it"
        " with the licence, or choose another authority."
    )
    said = {"place": filing.authority.name, "number": filing.values.get("license_number", "")}
    return ValidationError(
        {"license_number": ValidationError(message, code="license_not_found", params=said)}
    )
