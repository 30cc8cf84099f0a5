"""Which differences are settled by hearing both sides, and who are the sides?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from hashlib import blake2s
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone

from portal.dossiers.models import Authority
from portal.names import name_norm
from practitioners import outside
from practitioners.approved import license_key
from practitioners.clashes import clashes_among, holds_between
from practitioners.findings import FAIL, PASS, Finding
from practitioners.hours import read_hours
from practitioners.items import BY_KEY
from practitioners.models import (
    CaseSide,
    DiscrepancyCase,
    Outcome,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSubmission,
    Registration,
)

if TYPE_CHECKING:
    from portal.places.models import Organisation
    from practitioners.beside import Beside

Kind = DiscrepancyCase.Kind
# Checks whose finding is a case: the same clash, whichever of them meets it.
KIND_OF = {
    "second_license": Kind.TWO_LICENSES,
    "twin_license": Kind.TWO_LICENSES,
    "identifier_changed": Kind.IDENTIFIER_CHANGED,
    "full_time_elsewhere": Kind.HOURS_OVERLAP,
    "hours_meet": Kind.HOURS_OVERLAP,
    "works_in_other_deployment": Kind.HOURS_OVERLAP,
    "responsible_twice": Kind.RESPONSIBLE_TWICE,
    "responsible_elsewhere": Kind.RESPONSIBLE_TWICE,
}
# What the department that issued a licence is asked about.
ISSUED = ("license_number", "title", "license_issued_on", "license_issued_by")
HEARD_FOR = frozenset({Outcome.SECOND_HOLDS, Outcome.BOTH_STAND})
# Somebody new who is another person than the one of the register may enter it.
HEARD_FOR_A_NEW_PERSON = HEARD_FOR | {Outcome.OTHER_PERSON}


@dataclass(frozen=True, slots=True)
class Dispute:
    """A case that is to be opened, with its sides: the register's first, the sender's second."""

    case: DiscrepancyCase
    sides: Sequence[CaseSide]


def clash_key(kind: str, person: UUID, *sides: str) -> str:
    """Name a clash by its kind, the person, and both sides in whatever order they are met."""
    said = "\n".join(sorted(sides)).encode()
    return f"{kind}:{person}:{blake2s(said, digest_size=12).hexdigest()}"


def key_of(finding: Finding, submission: ProfileSubmission) -> str:
    """Name the clash a finding is about; nothing where it is no case."""
    kind, against = KIND_OF.get(finding.code), finding.against
    if kind is not None and isinstance(against, outside.Outside):
        return outside.key_of(kind, submission.values, submission.facility_id, against.code)
    person = submission.practitioner_id or getattr(against, "practitioner_id", None)
    if kind is None or against is None or person is None:
        return ""
    sent = {
        Kind.TWO_LICENSES: submission.license_number,
        Kind.IDENTIFIER_CHANGED: submission.values.get("identifier", ""),
    }.get(kind, str(submission.facility_id))
    return clash_key(kind, person, str(against.pk), sent)


def settled(finding: Finding, submission: ProfileSubmission, beside: Beside) -> Finding:
    """Let the case about a clash speak: while it is open, and once it is decided."""
    about = beside.cases.get(key_of(finding, submission))
    if about is None or about.state == DiscrepancyCase.State.DROPPED:
        return finding
    params = {**finding.params, "case": str(about.pk)}
    if about.is_open:
        return replace(finding, params=params)
    is_new = submission.practitioner_id is None
    heard_for = HEARD_FOR_A_NEW_PERSON if is_new else HEARD_FOR
    code, status = ("case_for", PASS) if about.outcome in heard_for else ("case_against", FAIL)
    return Finding(code, finding.item_key, status, {**params, "reason": about.reason})


def disputes_of(
    submission: ProfileSubmission, findings: Iterable[Finding], departments: Departments
) -> list[Dispute]:
    """Return the cases the findings of a profile open, each clash once."""
    found: dict[str, Dispute] = {}
    for finding in findings:
        key = "" if "case" in finding.params else key_of(finding, submission)
        if key and key not in found:
            found[key] = _dispute(submission, finding, key, departments)
    return list(found.values())


class Departments:
    """The departments of health, read once: who decides for a facility, who issued a licence?"""

    def __init__(self, rows: Iterable[Organisation]) -> None:
        self.rows = sorted(rows, key=lambda row: -len(row.path))

    def of(self, facility: Organisation) -> Organisation:
        """Return the nearest department above a facility; the facility itself where there is none."""
        return next((row for row in self.rows if facility.path.startswith(row.path)), facility)

    @cached_property
    def _by_letters(self) -> dict[str, Organisation]:
        rows = Authority.objects.holding(timezone.localdate()).select_related("organisation")
        return {row.letters: row.organisation for row in rows.order_by("-valid_from", "-id")}

    @cached_property
    def _by_name(self) -> dict[str, Organisation]:
        return {name_norm(row.name): row for row in self.rows}

    def issuer(self, number: str, issued_by: str) -> Organisation | None:
        """Return who issued a licence by the letters in its number, else by the name on the paper."""
        key = license_key(number)
        by_letters = self._by_letters.get(key[1]) if key is not None else None
        return by_letters or self._by_name.get(name_norm(issued_by))


def _dispute(
    submission: ProfileSubmission, finding: Finding, key: str, departments: Departments
) -> Dispute:
    department = departments.of(submission.facility)
    against: Any = finding.against
    case = DiscrepancyCase(
        kind=KIND_OF[finding.code],
        key=key,
        department=department,
        practitioner=_about(submission, against),
        name=submission.name,
        facts=dict(finding.params),
    )
    first = CaseSide(case=case, position=1, **_register_side(against, submission, department))
    second = CaseSide(
        case=case,
        position=2,
        organisation=submission.facility,
        submission=submission,
        claim=_claim(submission, finding.item_key),
    )
    sides = [first, second, CaseSide(case=case, position=3)]
    if case.kind == Kind.TWO_LICENSES:
        _ask_issuers(case, sides, (first.claim, submission.values), departments)
    return Dispute(case, sides)


def _ask_issuers(
    case: DiscrepancyCase,
    sides: list[CaseSide],
    licenses: Iterable[Mapping[str, str]],
    departments: Departments,
) -> None:
    """Ask the departments that issued the two licences; one that is not here is asked by letter."""
    asked = {case.department_id, *(side.organisation_id for side in sides)}
    letters = []
    for claim in licenses:
        number, issued_by = claim["license_number"], claim.get("license_issued_by", "")
        issuer = departments.issuer(number, issued_by)
        if issuer is None:
            letters.append({"number": number, "issuer": issued_by})
        elif issuer.pk not in asked:
            asked.add(issuer.pk)
            said = {key: claim[key] for key in ISSUED if claim.get(key)}
            place = len(sides) + 1
            sides.append(CaseSide(case=case, position=place, organisation=issuer, claim=said))
    if letters:
        case.facts["by_letter"] = letters


def _about(submission: ProfileSubmission, against: Any) -> Practitioner | None:
    """Return the person of the register a case is about, whom the sender may not have meant."""
    person: Practitioner | None = submission.practitioner or getattr(against, "practitioner", None)
    return person


def _register_side(
    against: Any, submission: ProfileSubmission, department: Organisation
) -> dict[str, Any]:
    """Return who answers for what the register holds, and what that is."""
    if isinstance(against, Registration):
        claim = {
            "position": against.position,
            "position_text": against.position_text,
            "full_time": "1" if against.is_full_time else "",
            "hours": against.hours,
            "registered_from": against.valid_from.isoformat(),
        }
        return {
            "organisation": against.facility,
            "registration": against,
            "claim": _filled(claim),
        }
    if isinstance(against, outside.Outside):
        # Nobody of the other deployment logs in here: the department asks there by letter.
        return {"organisation": department, "claim": {"other_facilities": against.code}}
    about = _about(submission, against)
    keeper = about.keeper if about is not None else None
    place = {"organisation": keeper or department}
    if isinstance(against, PracticeLicense):
        claim = {
            "license_number": against.number_raw,
            "title": against.title,
            "license_issued_on": against.issued_on.isoformat(),
            "license_issued_by": against.issued_by,
            "scope": against.scope,
        }
        return {**place, "license": against, "claim": _filled(claim)}
    number: PractitionerIdentifier = against
    claim = {"identifier_kind": number.kind, "identifier": number.value}
    return {**place, "identifier": number, "claim": claim}


def _claim(submission: ProfileSubmission, item: str) -> dict[str, str]:
    names = (*BY_KEY[item].fields, *(("scope",) if item == "license" else ()))
    return {name: value for name in names if (value := submission.values.get(name))}


def _filled(claim: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in claim.items() if value}


def outcomes_of(case: DiscrepancyCase, sides: Iterable[CaseSide]) -> list[Outcome]:
    """Return how a case can be decided: both never stand where the register itself lets one only.

    Two posts of responsibility, or hours that meet, of this deployment are refused by the database
    whatever is decided; with another deployment it is for the department to say.
    """
    rows = list(sides)
    held = [row.registration for row in rows if row.registration is not None]
    sent = next((row.submission for row in rows if row.submission is not None), None)
    is_refused = any(_is_refused(case, one, sent) for one in held)
    offered = [Outcome(value) for value, _label in case.outcomes]
    return [one for one in offered if not (is_refused and one == Outcome.BOTH_STAND)]


def _is_refused(case: DiscrepancyCase, held: Registration, sent: ProfileSubmission | None) -> bool:
    """Say whether the database lets a registration and what a profile asks for not stand together."""
    if sent is None:
        return case.kind == Kind.RESPONSIBLE_TWICE
    begins = date.fromisoformat(sent.values["registered_from"])
    said = sent.values.get("registered_until")
    last = date.fromisoformat(said) if said else None
    if case.kind == Kind.HOURS_OVERLAP:
        wanted = read_hours(sent.values.get("hours", "")) or ()
        return bool(
            clashes_among(wanted, list(held.slots.select_related("facility")), begins, last)
        )
    return case.kind == Kind.RESPONSIBLE_TWICE and holds_between(held, begins, last)
