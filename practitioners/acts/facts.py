"""What does the register know of an applicant, so that no paper is needed?"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from portal.codelists.lookup import Entry, code_on, codes_on
from portal.dates import PartialDate, months_later
from portal.dossiers.acts import Filing
from portal.names import name_norm
from practitioners.acts.forms import TITLES, stored_day
from practitioners.acts.known import current_license
from practitioners.comparing import parts_of, scope_of_another
from practitioners.continuity import Continuity, Practice
from practitioners.models import (
    ExaminationResult,
    PracticalTraining,
    Practitioner,
    Qualification,
)
from practitioners.rules import rules_on
from practitioners.scopes import SCOPES, owners_of
from practitioners.training import balance_of, plain
from practitioners.whole import whole_of

SPECIALIST = (
    Qualification.Level.RESIDENT,
    Qualification.Level.SPECIALIST_1,
    Qualification.Level.SPECIALIST_2,
)


def knows(filing: Filing, person: UUID | None, fact: str) -> str:
    """Say what the register knows of a fact a filing must prove, in words with its source."""
    spared = SPARED.get(fact)
    because = str(spared(filing, person)) if spared is not None else ""
    if because or person is None:
        return because
    ask = FACTS.get(fact)
    return str(ask(filing, person)) if ask is not None else ""


def _title(code: str, on: date) -> Entry | None:
    return code_on(TITLES, code, on) if code else None


def _held(person: UUID | None) -> str:
    license = current_license(person) if person is not None else None
    return license.title if license is not None else ""


def _spared_training(filing: Filing, person: UUID | None) -> Any:
    """Say that the title of the licence renews without training hours."""
    title = _title(_held(person), filing.on)
    if title is None or str(title.attributes.get("renewal_needs_training_hours", "")) != "0":
        return ""
    return _not_asked_of(title)


def _spared_practice(filing: Filing, person: UUID | None) -> Any:
    """Say that the title has no practical training, or a specialist's diploma is young enough."""
    title = _title(filing.values.get("title", "") or _held(person), filing.on)
    if title is not None and str(title.attributes.get("training_months", "")) == "0":
        return _not_asked_of(title)
    rule = rules_on(filing.on).get("specialist_without_practice")
    issued = stored_day(filing.values, "diploma_on")
    if rule is None or issued is None or filing.values.get("diploma_level", "") not in SPECIALIST:
        return ""
    if not issued <= filing.on <= months_later(issued, rule.number):
        return ""
    return _("A specialist within %(months)d months of the diploma of %(day)s (%(article)s)") % {
        "months": rule.number,
        "day": f"{issued:%d/%m/%Y}",
        "article": rule.article,
    }


def _not_asked_of(title: Entry) -> Any:
    return _("Not asked of this professional title: %(title)s") % {"title": title.title}


def _license(filing: Filing, person: UUID) -> Any:
    license = current_license(person)
    if license is None:
        return ""
    return _("Licence %(number)s, issued on %(day)s") % {
        "number": license.number_raw,
        "day": f"{license.issued_on:%d/%m/%Y}",
    }


def _diploma(filing: Filing, person: UUID) -> Any:
    """Take the diploma of a verified profile instead of a copy, if it is the one the filing names."""
    wanted = _plain(filing.values.get("diploma_number", ""))
    rows = (row for row in _diplomas(person) if wanted and _plain(row.diploma_number) == wanted)
    return _said(next(rows, None))


def _speciality(filing: Filing, person: UUID) -> Any:
    """Take a specialist's diploma in a field that the scope asked for names."""
    scope = name_norm(filing.values.get("scope", ""))
    rows = (
        row
        for row in _diplomas(person).filter(level__in=SPECIALIST).exclude(field="")
        if row.diploma_number and name_norm(row.field) in scope
    )
    return _said(next(rows, None))


def scope_notices(filing: Filing, title: str) -> list[str]:
    """Say when a scope that is asked for belongs to another title by the list of scopes."""
    owners = owners_of(codes_on(SCOPES, filing.on))
    strange = scope_of_another(parts_of(filing.values.get("scope", "")), title, owners)
    if not strange:
        return []
    text = _("“%(scope)s” is by the list of scopes a scope of another professional title.")
    return [str(text) % {"scope": strange}]


def _diplomas(person: UUID) -> QuerySet[Qualification]:
    verified = Practitioner.objects.verified().filter(pk=person)
    return Qualification.objects.filter(practitioner__in=verified).exclude(issued_on=None)


def _plain(number: str) -> str:
    return "".join(number.split()).casefold()


def _said(row: Qualification | None) -> Any:
    if row is None:
        return ""
    return _("%(diploma)s, number %(number)s, verified") % {
        "diploma": row,
        "number": row.diploma_number,
    }


def _examination(filing: Filing, person: UUID) -> Any:
    """Take a passed examination for the title asked for; another title's proves nothing."""
    row = ExaminationResult.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=filing.on),
        practitioner=person,
        result=ExaminationResult.Result.PASSED,
        title=filing.values.get("title", ""),
        sat_on__lte=filing.on,
    ).first()
    return _("Examination passed on %(day)s") % {"day": f"{row.sat_on:%d/%m/%Y}"} if row else ""


def _practice(filing: Filing, person: UUID) -> Any:
    """Take a practical training for the title that its facility completed with a certificate."""
    rows = PracticalTraining.objects.filter(
        practitioner=person,
        title=filing.values.get("title", ""),
        completed_on__lte=filing.on,
    )
    row = rows.exclude(certificate_no="").select_related("facility").first()
    if row is None or row.completed_on is None:
        return ""
    said = _("Practical training at %(facility)s, certificate %(number)s of %(day)s") % {
        "facility": row.facility.name,
        "number": row.certificate_no,
        "day": f"{row.completed_on:%d/%m/%Y}",
    }
    if row.short_because:
        said += "; " + _("completed though months lack, because: %(why)s") % {
            "why": row.short_because
        }
    return said


def _identity(filing: Filing, person: UUID) -> Any:
    """Say that the verified profile has the name, birth and personal number as they are to be."""
    who = Practitioner.objects.verified().filter(pk=person).first()
    if who is None or not (filing.birth_date and filing.identifier):
        return ""
    is_same = who.name == filing.applicant_name and who.birth == PartialDate.of(filing.birth_date)
    number = who.identifiers.filter(value=filing.identifier, valid_until=None, is_verified=True)
    if not (is_same and number.exists()):
        return ""
    return _("Name, birth date and personal number as verified in the register")


def _training(filing: Filing, person: UUID) -> Any:
    license = current_license(person)
    balance = balance_of(license, filing.on) if license is not None else None
    if balance is None or not balance.is_enough:
        return ""
    return _("%(hours)s of %(required)s credit hours confirmed") % {
        "hours": plain(balance.earned),
        "required": balance.required,
    }


def _revocation(filing: Filing, person: UUID) -> Any:
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


def _no_practice(filing: Filing, person: UUID) -> Any:
    found = continuity(person, filing.on)
    if found.state != Practice.GROUND or found.last is None or not found.is_certain:
        return ""
    return _("No practice in the register since %(day)s") % {"day": f"{found.last:%d/%m/%Y}"}


# What a title or a diploma makes unnecessary, though the register knows nobody yet.
SPARED = {"practice": _spared_practice, "training": _spared_training}
FACTS = {
    "license": _license,
    "no_practice": _no_practice,
    "diploma": _diploma,
    "speciality": _speciality,
    "practice": _practice,
    "identity": _identity,
    "exam": _examination,
    "training": _training,
    "revocation": _revocation,
}
