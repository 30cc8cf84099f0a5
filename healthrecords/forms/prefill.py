"""What does a scan or a search already say about a person who is new?"""

from datetime import date
from typing import Any

from healthrecords.forms.around import find_facilities
from healthrecords.forms.fields import clear_commune, commune_label
from portal.identifiers import (
    Candidate,
    CardScan,
    FacilityCode,
    InsuranceCard,
    InsuranceScan,
    Kind,
    NameQuery,
    OldIdCard,
    Passport,
    PersonalNumber,
    PhoneNumber,
    identify,
)
from portal.names import display_name
from portal.places.lookup import find_communes, organisation_label

FIELDS: dict[Kind, tuple[type[Any], str]] = {
    Kind.PERSONAL_NUMBER: (PersonalNumber, "personal_number"),
    Kind.OLD_ID_CARD: (OldIdCard, "old_card"),
    Kind.PASSPORT: (Passport, "passport"),
    Kind.INSURANCE_CARD: (InsuranceCard, "insurance"),
    Kind.PHONE: (PhoneNumber, "phone"),
}


def initial_from(query: str, *, on: date, near: Any = None) -> dict[str, Any]:
    """Return the fields of a new record that a query fills."""
    for candidate in identify(query, on=on):
        initial = _from(candidate, near)
        if initial:
            return initial
    return {}


def _from(candidate: Candidate, near: Any) -> dict[str, Any]:
    value = candidate.value
    if isinstance(value, CardScan):
        return _from_card(value, near)
    if isinstance(value, InsuranceScan):
        return _known(
            name=value.name,
            birth=str(value.birth or ""),
            sex=value.sex,
            insurance=value.card.value,
            personal_number=value.card.value if value.card.is_personal_number else "",
            registered_at=_facility(value.registered_at),
            identified_by="insurance_card",
        )
    if isinstance(value, NameQuery):
        return _known(name=display_name(value.name), birth=str(value.birth or ""))
    if value is not None and candidate.kind in FIELDS:
        return {FIELDS[candidate.kind][1]: value.value}
    return {}


def _facility(code: FacilityCode | None) -> str:
    """Return the facility of a card's code as the form writes it, nothing for one that is not known."""
    found = find_facilities(code.value) if code is not None else []
    return organisation_label(found[0]) if len(found) == 1 else ""


def _known(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _from_card(scan: CardScan, near: Any) -> dict[str, Any]:
    address, commune = split_address(scan.address, near)
    return _known(
        name=scan.name,
        birth=str(scan.birth or ""),
        sex=scan.sex,
        personal_number=scan.personal_number.value,
        old_card=scan.old_id_card.value if scan.old_id_card else "",
        address=address,
        commune=commune,
        origin="card",
        identified_by="chip_card",
        issued_on=f"{scan.issued_on:%d/%m/%Y}" if scan.issued_on else "",
    )


def split_address(address: str, near: Any = None) -> tuple[str, str]:
    """Split a card's address into the part within a commune, and the commune.

    Old cards still name a district; where no commune is meant beyond doubt the rest is shown as
    it is, for the clerk to choose.
    """
    parts = [part.strip() for part in address.split(",") if part.strip()]
    for place in range(len(parts)):
        text = ", ".join(parts[place:])
        found = find_communes(text)
        if found:
            area = clear_commune(found, text, near)
            return ", ".join(parts[:place]), commune_label(area) if area else text
    return address, ""
