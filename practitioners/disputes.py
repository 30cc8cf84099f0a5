"""Which differences are settled by hearing both sides, and who are the sides?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import TYPE_CHECKING, Any
from uuid import UUID

from practitioners.findings import FAIL, PASS, Finding
from practitioners.items import BY_KEY
from practitioners.models import (
    CaseSide,
    DiscrepancyCase,
    Outcome,
    PracticeLicense,
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
    "identifier_changed": Kind.IDENTIFIER_CHANGED,
    "full_time_elsewhere": Kind.HOURS_OVERLAP,
    "hours_meet": Kind.HOURS_OVERLAP,
    "responsible_twice": Kind.RESPONSIBLE_TWICE,
}
HEARD_FOR = frozenset({Outcome.SECOND_HOLDS, Outcome.BOTH_STAND})


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
    kind, against, person = KIND_OF.get(finding.code), finding.against, submission.practitioner_id
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
    code, status = ("case_for", PASS) if about.outcome in HEARD_FOR else ("case_against", FAIL)
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
    """The departments of health, read once: who decides for a facility?"""

    def __init__(self, rows: Iterable[Organisation]) -> None:
        self.rows = sorted(rows, key=lambda row: -len(row.path))

    def of(self, facility: Organisation) -> Organisation:
        """Return the nearest department above a facility; the facility itself where there is none."""
        return next((row for row in self.rows if facility.path.startswith(row.path)), facility)


def _dispute(
    submission: ProfileSubmission, finding: Finding, key: str, departments: Departments
) -> Dispute:
    department = departments.of(submission.facility)
    against: Any = finding.against
    case = DiscrepancyCase(
        kind=KIND_OF[finding.code],
        key=key,
        department=department,
        practitioner=submission.practitioner,
        name=submission.name,
        facts=finding.params,
    )
    first = CaseSide(case=case, position=1, **_register_side(against, submission, department))
    second = CaseSide(
        case=case,
        position=2,
        organisation=submission.facility,
        submission=submission,
        claim=_claim(submission, finding.item_key),
    )
    return Dispute(case, [first, second, CaseSide(case=case, position=3)])


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
    keeper = submission.practitioner.keeper if submission.practitioner else None
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
