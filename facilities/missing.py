"""What must a place of care tell of itself and has not, and where is it told?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from facilities.conditions import Bed, Facts
from facilities.models import Facility, OperatingLicense

FORM, AREA = "form", "area"  # where something is told that no deed asks for


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a facility must tell and has not, and where it is told: a deed, or its form."""

    name: StrOrPromise
    where: str


def missing_fields(
    facility: Facility, facts: Facts, codes: Mapping[str, Any], governing: Any = None
) -> list[Missing]:
    """Return what a facility must tell and has not (Circular 38/2024/TT-BYT, article 10)."""
    if facts.closed_on is not None:
        return []
    license, staffing = facts.license, facts.staffing
    asked: list[tuple[StrOrPromise, str, Any]] = [
        (_("insurance code"), FORM, codes.get("insurance")),
        (_("form"), FORM, facility.form),
        (_("ownership"), FORM, facility.ownership),
        (_("governing body"), "governing", governing),
        (_("level of expertise"), FORM, facility.level),
        (_("operating licence"), "licence", license),
        (
            _("scope of activity"),
            "licence-adjust",
            license is None or _has_scope(license, facts.on),
        ),
        (_("person in charge"), "", staffing is None or staffing.responsible),
        (_("opening hours"), "hours", facts.has_hours),
        (_("commune"), AREA, facility.organisation.area_id),
        (_("address"), FORM, facility.address),
        (_("phone"), FORM, facility.phone),
        (_("year of founding"), FORM, facility.founded_in),
        (_("contract with health insurance"), FORM, facility.has_insurance_contract is not None),
        (_("place of practical training"), FORM, facility.trains_practitioners is not None),
        (_("planned beds"), "beds", Bed.PLANNED in facts.beds),
        (_("registered beds"), "beds", Bed.REGISTERED in facts.beds),
        (_("actual beds"), "beds", Bed.ACTUAL in facts.beds),
        (_("departments"), "department", facts.departments),
    ]
    return [Missing(name, where) for name, where, value in asked if not value]


def _has_scope(license: OperatingLicense, on: date) -> bool:
    """Say whether the licence as it reads on a day names what it allows."""
    return any(
        version.scope or version.activities.all()
        for version in license.versions.all()
        if version.holds_on(on)
    )
