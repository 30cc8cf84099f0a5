"""Whom does a filing mean in the register, and what does the register know of them?"""

from __future__ import annotations

from datetime import date
from typing import Any, NoReturn
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.dates import PartialDate
from portal.dossiers.acts import Filing
from portal.names import name_norm
from practitioners.approved import license_key
from practitioners.continuity import Continuity, Practice
from practitioners.models import (
    ExaminationResult,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
)
from practitioners.rules import rules_on
from practitioners.training import balance_of, plain
from practitioners.whole import whole_of

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
    if license is None or not _is_same(license.practitioner, filing):
        return None
    return license


def _is_same(person: Practitioner, filing: Filing) -> bool:
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
    """Return a verified person of the register by the personal number, name and birth date."""
    if not filing.identifier:
        return None
    rows = PractitionerIdentifier.objects.filter(
        kind=PractitionerIdentifier.Kind.PERSONAL,
        value=filing.identifier,
        is_verified=True,
        valid_until=None,
    ).select_related("practitioner")
    found = next((row.practitioner for row in rows), None)
    return found.pk if found is not None and _is_same(found, filing) else None


def current_license(person: UUID) -> PracticeLicense | None:
    """Return the licence a person has."""
    rows = PracticeLicense.objects.current().with_acts().filter(practitioner=person)
    found: PracticeLicense | None = rows.select_related("practitioner").first()
    return found


def knows(person: UUID | None, fact: str, on: date) -> str:
    """Say what the register knows of a fact about a person, in words with its source."""
    if person is None:
        return ""
    ask = FACTS.get(fact)
    return str(ask(person, on)) if ask is not None else ""


def _license(person: UUID, on: date) -> Any:
    license = current_license(person)
    if license is None:
        return ""
    return _("Licence %(number)s, issued on %(day)s") % {
        "number": license.number_raw,
        "day": f"{license.issued_on:%d/%m/%Y}",
    }


def _diploma(person: UUID, on: date) -> Any:
    who = Practitioner.objects.verified().filter(pk=person).first()
    row = who.qualifications.exclude(issued_on=None).first() if who else None
    if row is None or not row.diploma_number:
        return ""
    return _("%(diploma)s, number %(number)s, verified") % {
        "diploma": row,
        "number": row.diploma_number,
    }


def _examination(person: UUID, on: date) -> Any:
    rows = ExaminationResult.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=on), practitioner=person, result="passed"
    )
    row = rows.first()
    return _("Examination passed on %(day)s") % {"day": f"{row.sat_on:%d/%m/%Y}"} if row else ""


def _training(person: UUID, on: date) -> Any:
    license = current_license(person)
    balance = balance_of(license, on) if license is not None else None
    if balance is None or not balance.is_enough:
        return ""
    return _("%(hours)s of %(required)s credit hours confirmed") % {
        "hours": plain(balance.earned),
        "required": balance.required,
    }


def _revocation(person: UUID, on: date) -> Any:
    license = current_license(person)
    events = license.events.all() if license is not None else ()
    row = next((event for event in events if event.kind == "revoked"), None)
    if row is None:
        return ""
    return _("Decision %(number)s of %(day)s") % {
        "number": row.decision_no,
        "day": f"{row.decided_on:%d/%m/%Y}" if row.decided_on else "",
    }


def continuity(person: UUID, on: date) -> Continuity:
    """Return since when a person of the register has not practised (article 35(1))."""
    from practitioners.pages.person import continuity_of

    whole = whole_of(Practitioner.objects.get(pk=person))
    return continuity_of(whole, on, rules_on(on))


def _no_practice(person: UUID, on: date) -> Any:
    found = continuity(person, on)
    if found.state != Practice.GROUND or found.last is None or not found.is_certain:
        return ""
    return _("No practice in the register since %(day)s") % {"day": f"{found.last:%d/%m/%Y}"}


FACTS = {
    "license": _license,
    "no_practice": _no_practice,
    "diploma": _diploma,
    "exam": _examination,
    "training": _training,
    "revocation": _revocation,
}
