"""What does the register say of a person now, in the words of a profile?"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from portal.identifiers import PracticeLicenseNumber
from portal.names import name_norm
from practitioners.assigned import Assigned, Paper, assigned_of, values_of
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
DEPARTMENT = ("department_code", "department")
ONE_DAY = timedelta(days=1)
# What is asked of a person below; read along by whoever asks it of many.
RELATED = (
    "identifiers",
    "qualifications",
    "licenses",
    "trainings",
    "registrations__techniques",
)


def license_key(number: str) -> tuple[int, str, str] | None:
    """Read what compares of a licence number; None when it cannot be read."""
    try:
        return PracticeLicenseNumber.parse(number).key
    except ValidationError:
        return None


def approved_values(
    practitioner: Practitioner | None, facility: Organisation, on: date, *, begins: str = ""
) -> dict[str, dict[str, str]]:
    """Return each item as the register has it; what it does not know is empty.

    Where posts followed each other at the facility, lists go on naming the first day of the stay or
    that of the last post: ``begins`` is the one said, and stands where it is one of them.
    """
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
        **_registration(practitioner, facility, on, begins),
    }
    items = cut(values)
    hours = [training.hours for training in practitioner.trainings.all() if training.counts]
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
        row.counts
        and row.title == submitted.get("training_title")
        and row.ended_on.isoformat() == submitted.get("training_ended_on")
        and plain(row.hours) == submitted.get("training_hours")
        for row in practitioner.trainings.all()
    )


def names_other_department(known: Values, said: Values) -> bool:
    """Say whether a profile names another department than the one known; a first word is no other.

    Of one code it is the same department whatever it is called; without codes the names tell.
    """
    if known.get("department_code") and said.get("department_code"):
        return known["department_code"] != said["department_code"]
    name, other = known.get("department", ""), said.get("department", "")
    return bool(name and other) and name_norm(name) != name_norm(other)


def department_after(known: Values, said: Values) -> dict[str, str]:
    """Return code and name of the department once a profile holds.

    What a profile leaves unsaid goes on; of another department the former's code or name is no word.
    """
    before = {} if names_other_department(known, said) else known
    return {name: said.get(name) or before.get(name, "") for name in DEPARTMENT}


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


def _registration(
    practitioner: Practitioner, facility: Organisation, on: date, begins: str
) -> dict[str, str]:
    row = current_registration(practitioner, facility, on)
    if row is None:
        return {}
    days = {_iso(one.valid_from) for one in stay_of(practitioner, row)}
    return {
        "position": row.position,
        "position_text": row.position_text,
        "department": row.department,
        "department_code": row.department_code,
        "full_time": "1" if row.is_full_time else "",
        "hours": row.hours,
        "registered_from": begins if begins in days else _iso(row.valid_from),
        "registered_until": _iso(row.valid_until),
        "other_facilities": row.other_facilities,
        **values_of(assigned_at(row, on)),
    }


def assigned_at(row: Registration, on: date) -> list[Assigned]:
    """Return the techniques assigned in writing at a registration that are not over on a day."""
    return [
        Assigned(
            extra.code,
            Paper(extra.decision_no, extra.decided_on),
            extra.transferred_by,
            str(Paper(extra.transfer_no, extra.transferred_on)) if extra.transferred_on else "",
        )
        for extra in row.techniques.all()
        if extra.valid_until is None or extra.valid_until >= on
    ]


def names_known(said: Values, approved: Values) -> bool:
    """Say whether every technique said is one the register has with the same paper.

    What a profile does not name stays assigned: a list names what it has at hand.
    """
    known = assigned_of(approved)
    return all(any(held.is_told_by(one) for held in known) for one in assigned_of(said))


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


def stay_of(practitioner: Practitioner, row: Registration) -> list[Registration]:
    """Return the registrations at a facility that led to this one without a day between, in order."""
    before = {
        one.valid_until: one
        for one in practitioner.registrations.all()
        if one.facility_id == row.facility_id and one.valid_until is not None
    }
    stay = [row]
    while (one := before.get(stay[0].valid_from - ONE_DAY)) is not None:
        stay.insert(0, one)
    return stay


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
