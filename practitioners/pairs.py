"""Two rows of the register may be one person: an official lets both departments be heard."""

from __future__ import annotations

from typing import Any

from portal.places.models import Organisation
from practitioners.disputes import Dispute, clash_key
from practitioners.models import CaseSide, DiscrepancyCase, Practitioner, PractitionerIdentifier

Kind = DiscrepancyCase.Kind
# Which defects of two people are settled by a case, and of which kind it is.
KIND_OF = {
    "two_licenses": Kind.TWO_LICENSES,
    "same_number": Kind.IDENTIFIER_CHANGED,
    "twin": Kind.TWIN,
}
PAPERS = ("personal", "old_card", "passport")


def key_of(code: str, one: Practitioner, other: Practitioner) -> str:
    """Name the clash of two rows, in whatever order they are met."""
    first, second = sorted((one, other), key=lambda person: person.pk)
    return clash_key(f"{KIND_OF[code]}:pair", first.pk, str(second.pk))


def dispute_of(
    code: str,
    one: Practitioner,
    other: Practitioner,
    *,
    decides: Organisation,
    facts: dict[str, Any],
) -> Dispute:
    """Return the case about two people, read with their keepers, licences and identifiers.

    Who keeps the profiles is asked; where nobody keeps one, the department that decides.
    """
    case = DiscrepancyCase(
        kind=KIND_OF[code],
        key=key_of(code, one, other),
        department=decides,
        practitioner=one,
        name=one.name,
        facts={**facts, "people": [str(one.pk), str(other.pk)]},
    )
    sides = [
        CaseSide(
            case=case,
            position=place,
            organisation=person.keeper or decides,
            **_record(code, person),
        )
        for place, person in enumerate((one, other), 1)
    ]
    return Dispute(case, [*sides, CaseSide(case=case, position=3)])


def _record(code: str, person: Practitioner) -> dict[str, Any]:
    """Return what the register holds of one of them: the licence now, and the number."""
    claim = {"name": person.name, "birth_date": person.birth.iso()}
    numbers = [row for row in person.identifiers.all() if row.kind in PAPERS]
    number: PractitionerIdentifier | None = next(iter(numbers), None)
    license = next((row for row in person.licenses.all() if row.superseded_on is None), None)
    if license is not None:
        claim |= {
            "license_number": license.number_raw,
            "title": license.title,
            "license_issued_on": license.issued_on.isoformat(),
            "license_issued_by": license.issued_by,
        }
    if number is not None and code == "twin":
        claim |= {"identifier_kind": number.kind, "identifier": number.value}
    row = {"license": license} if code == "two_licenses" else {"identifier": number}
    return {"claim": {key: value for key, value in claim.items() if value}, **row}
