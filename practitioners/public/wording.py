"""How are the facts of a practitioner written for machines: our own JSON, and schema.org?"""

from __future__ import annotations

from datetime import date
from typing import Any

from practitioners.public.facts import Facts, Place

DAYS_OF_WEEK = {
    2: "Monday",
    3: "Tuesday",
    4: "Wednesday",
    5: "Thursday",
    6: "Friday",
    7: "Saturday",
    8: "Sunday",
}


def public_of(facts: Facts) -> dict[str, Any]:
    """Write the facts as they are published: days as ISO, hours as a clock shows them."""
    standing = facts.standing
    return {
        "id": str(facts.id),
        "name": facts.name,
        "title": facts.title,
        "title_code": facts.title_code,
        "license_number": facts.number,
        "license_kind": facts.key[2].lower(),
        "scope": facts.scope,
        "issued_on": facts.issued_on.isoformat(),
        "issued_by": facts.issued_by,
        "valid_until": iso(standing.expires_on),
        "valid_until_by_roadmap": standing.is_by_roadmap,
        "state": str(standing.state),
        "state_since": standing.since.isoformat(),
        "may_practise": facts.may_practise,
        "acts": [
            {
                "kind": act.kind,
                "from": act.valid_from.isoformat(),
                "until": iso(act.valid_until),
                "decision": act.decision_no,
            }
            for act in facts.acts
        ],
        "sanctions": [
            {
                "text": row.text,
                "decision": row.decision_no,
                "decided_on": row.decided_on.isoformat(),
                "published_until": row.published_until.isoformat(),
            }
            for row in facts.penalties
        ],
        "facilities": [_place(place) for place in facts.places],
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "id": str(place.facility_id),
        "name": place.name,
        "commune": place.commune,
        "position": place.position,
        "full_time": place.is_full_time,
        "from": place.valid_from.isoformat(),
        "until": iso(place.valid_until),
        "hours_text": place.hours_text,
        "hours": [
            {"weekday": hours.weekday, "opens": opens, "closes": closes}
            for hours in place.week
            for opens, closes in hours.spans
        ],
    }


def linked_data(facts: Facts, url: str) -> dict[str, Any]:
    """Write the facts as schema.org says a person and what entitles them to practise."""
    standing = facts.standing
    credential: dict[str, Any] = {
        "@type": "EducationalOccupationalCredential",
        "credentialCategory": "license",
        "name": facts.title,
        "identifier": facts.number,
        "description": facts.scope,
        "dateCreated": facts.issued_on.isoformat(),
        "creativeWorkStatus": _status(facts),
        "validIn": {"@type": "Country", "name": "VN"},
        "recognizedBy": {"@type": "GovernmentOrganization", "name": facts.issued_by},
    }
    if standing.expires_on is not None:
        credential["expires"] = standing.expires_on.isoformat()
    return {
        "@context": "https://schema.org",
        "@type": "Person",
        "@id": url,
        "url": url,
        "name": facts.name,
        "jobTitle": facts.title,
        "hasCredential": credential,
        "worksFor": [
            {
                "@type": "MedicalOrganization",
                "name": place.name,
                "address": place.commune,
                "openingHoursSpecification": [
                    {
                        "@type": "OpeningHoursSpecification",
                        "dayOfWeek": f"https://schema.org/{DAYS_OF_WEEK[hours.weekday]}",
                        "opens": opens,
                        "closes": closes,
                    }
                    for hours in place.week
                    for opens, closes in hours.spans
                ],
            }
            for place in facts.places
        ],
    }


def _status(facts: Facts) -> str:
    """Return what the licence is worth to its holder: a ban stands above a licence in force."""
    if facts.has_died:
        return "ceased"
    return "barred" if facts.is_barred else str(facts.state)


def iso(day: date | None) -> str | None:
    """Write a day as YYYY-MM-DD."""
    return day.isoformat() if day is not None else None
