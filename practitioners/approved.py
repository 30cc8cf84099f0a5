"""What does the register say of a person now, in the words of a profile?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from portal.identifiers import PracticeLicenseNumber
from practitioners.items import Values, cut
from practitioners.models import (
    Practitioner,
    PractitionerIdentifier,
    Qualification,
    Registration,
)

if TYPE_CHECKING:
    from portal.places.models import Organisation

TRAINING_TOTAL = "training_total"
# What is asked of a person below; read along by whoever asks it of many.
RELATED = ("identifiers", "qualifications", "licenses", "trainings", "registrations")


def license_key(number: str) -> tuple[int, str, str] | None:
    """Read what compares of a licence number; None when it cannot be read."""
    try:
        return PracticeLicenseNumber.parse(number).key
    except ValidationError:
        return None


def approved_values(
    practitioner: Practitioner | None, facility: Organisation, on: date
) -> dict[str, dict[str, str]]:
    """Return each item as the register has it; what it does not know is empty."""
    if practitioner is None:
        return cut({})
    values = {
        "name": practitioner.name,
        "birth_date": practitioner.birth.iso(),
        "sex": practitioner.sex,
        "nationality": practitioner.nationality,
        "phone": practitioner.phone,
        "email": practitioner.email,
        **_identifier(practitioner),
        **_qualification(practitioner),
        **_license(practitioner),
        **_registration(practitioner, facility, on),
    }
    items = cut(values)
    hours = [training.hours for training in practitioner.trainings.all()]
    if hours:
        items["training"] = {TRAINING_TOTAL: plain(sum(hours, Decimal(0)))}
    return items


def plain(number: Decimal) -> str:
    """Write a number without zeros that say nothing."""
    return format(number.normalize(), "f")


def is_known(practitioner: Practitioner | None, key: str, submitted: Values) -> bool:
    """Say whether an item that only ever grows (a diploma, a training) is in the register."""
    if practitioner is None or not submitted:
        return False
    if key == "qualification":
        return any(
            _qualification_values(row) == dict(submitted)
            for row in practitioner.qualifications.all()
        )
    return key == "training" and any(
        row.title == submitted.get("training_title")
        and row.ended_on.isoformat() == submitted.get("training_ended_on")
        and plain(row.hours) == submitted.get("training_hours")
        for row in practitioner.trainings.all()
    )


def _identifier(practitioner: Practitioner) -> dict[str, str]:
    rows = [row for row in practitioner.identifiers.all() if row.valid_until is None]
    order = [str(kind) for kind in PractitionerIdentifier.Kind.values]
    rows.sort(key=lambda row: order.index(row.kind))
    return {"identifier_kind": rows[0].kind, "identifier": rows[0].value} if rows else {}


def _qualification_values(row: Qualification) -> dict[str, str]:
    found = {
        "qualification_level": row.level,
        "qualification_field": row.field,
        "school": row.school,
        "diploma_number": row.diploma_number,
        "qualification_issued_on": _iso(row.issued_on),
    }
    return {name: value for name, value in found.items() if value}


def _qualification(practitioner: Practitioner) -> dict[str, str]:
    row = next(iter(practitioner.qualifications.all()), None)
    return _qualification_values(row) if row else {}


def _license(practitioner: Practitioner) -> dict[str, str]:
    row = next((row for row in practitioner.licenses.all() if row.superseded_on is None), None)
    if row is None:
        return {}
    return {
        "license_number": row.number_raw,
        "title": row.title,
        "license_issued_on": _iso(row.issued_on),
        "license_issued_by": row.issued_by,
        "license_valid_until": _iso(row.valid_until),
        "scope": row.scope,
    }


def _registration(practitioner: Practitioner, facility: Organisation, on: date) -> dict[str, str]:
    row = current_registration(practitioner, facility, on)
    if row is None:
        return {}
    return {
        "position": row.position,
        "position_text": row.position_text,
        "full_time": "1" if row.is_full_time else "",
        "hours": row.hours,
        "registered_from": _iso(row.valid_from),
    }


def current_registration(
    practitioner: Practitioner, facility: Organisation, on: date
) -> Registration | None:
    """Return the registration a new one at the same facility would follow or mend."""
    still = (
        row
        for row in practitioner.registrations.all()
        if row.facility_id == facility.pk and (row.valid_until is None or row.valid_until >= on)
    )
    return max(still, key=lambda row: (row.valid_from, row.pk), default=None)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
