"""What does the register say of a person now, in the words of a profile?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from portal.dates import PartialDate
from portal.identifiers import PracticeLicenseNumber
from portal.names import name_norm
from practitioners.items import Values, cut
from practitioners.models import (
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    Qualification,
    Registration,
)

if TYPE_CHECKING:
    from uuid import UUID

    from portal.places.models import Organisation

TRAINING_TOTAL = "training_total"


def license_key(number: str) -> tuple[int, str, str] | None:
    """Read what compares of a licence number; None when it cannot be read."""
    try:
        return PracticeLicenseNumber.parse(number).key
    except ValidationError:
        return None


def find_person(values: Values) -> Practitioner | None:
    """Return the person in the register whose number, name and birth date are all those sent.

    A number alone never decides: it may be mistyped, reissued or lent.
    """
    held: set[UUID] = set()
    if values.get("identifier"):
        held |= set(
            PractitionerIdentifier.objects.filter(
                kind=values["identifier_kind"], value=values["identifier"], valid_until=None
            ).values_list("practitioner", flat=True)
        )
    key = license_key(values["license_number"])
    if key is not None:
        licenses = PracticeLicense.objects.current().numbered(key)
        held |= set(licenses.values_list("practitioner", flat=True))
    people = Practitioner.objects.filter(pk__in=held, name_norm=name_norm(values["name"]))
    born = PartialDate.parse(values["birth_date"])
    return next((p for p in people if p.birth.may_be(born)), None)


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
    rows = practitioner.registrations.filter(facility=facility)
    still = rows.filter(valid_until=None) | rows.filter(valid_until__gte=on)
    return still.order_by("-valid_from", "-id").first()


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
