"""Whom does a filing mean in the register, and what does the register know of them?"""

from __future__ import annotations

from typing import Any, NoReturn
from uuid import UUID

from django.core.exceptions import ValidationError

from portal.dates import PartialDate
from portal.dossiers.acts import Filing
from portal.names import name_norm
from practitioners.approved import license_key
from practitioners.models import (
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
)

# Cases of a re-issue in which the register itself may be wrong about the person.
PUT_RIGHT = frozenset({"wrong", "changed"})


def refuse(code: str, message: Any, **params: Any) -> NoReturn:
    """Refuse a filing."""
    raise ValidationError(message, code=code, params=params)


def license_of(filing: Filing) -> PracticeLicense | None:
    """Return the current licence of the number a filing names, if it is the applicant's own.

    Name and birth date must be those of the register. Who has something put right may differ in one
    of name, birth date and personal number. An official who opens a procedure names the person alone.
    """
    key = license_key(filing.values.get("license_number", ""))
    if key is None:
        return None
    rows = PracticeLicense.objects.current().numbered(key).with_acts()
    license: PracticeLicense | None = rows.select_related("practitioner").first()
    if license is None or not is_same(license.practitioner, filing):
        return None
    return license


def is_same(person: Practitioner, filing: Filing) -> bool:
    """Say whether name and birth date of a filing are a person's."""
    has_name = name_norm(person.name) == name_norm(filing.applicant_name)
    if filing.birth_date is None:
        return has_name
    has_birth = person.birth.may_be(PartialDate.of(filing.birth_date))
    if filing.case not in PUT_RIGHT:
        return has_name and has_birth
    has_number = bool(filing.identifier) and _has_number(person, filing.identifier)
    return has_name + has_birth + has_number >= 2


def _has_number(person: Practitioner, number: str) -> bool:
    rows = person.identifiers.filter(kind=PractitionerIdentifier.Kind.PERSONAL, is_verified=True)
    return bool(rows.filter(value=number).exists())


def person_of(filing: Filing) -> UUID | None:
    """Return a person of the register by a current number, the name and the birth date.

    A trainee's number is not verified yet and is theirs all the same; name and birth tell.
    """
    numbers = {filing.identifier, filing.values.get("passport_number", "")} - {""}
    if not numbers:
        return None
    rows = PractitionerIdentifier.objects.filter(value__in=numbers, valid_until=None)
    rows = rows.select_related("practitioner").order_by("-is_verified", "id")
    return next((row.practitioner.pk for row in rows if is_same(row.practitioner, filing)), None)


def current_license(person: UUID) -> PracticeLicense | None:
    """Return the licence a person has."""
    rows = PracticeLicense.objects.current().with_acts().filter(practitioner=person)
    found: PracticeLicense | None = rows.select_related("practitioner").first()
    return found
