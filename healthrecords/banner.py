"""Who is it: what stands on top of every page about a person."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.background import AllergyState, allergy_state
from healthrecords.models import CareAccess, Citizen, CitizenIdentifier
from healthrecords.services import sees_sensitive
from portal.ages import age_text
from portal.codelists.countries import HOME, country_on
from portal.codelists.lookup import code_on
from portal.identifiers import PhoneNumber
from portal.provenance import Provenance, Sureness

SHOWN_FIRST = ("personal", "insurance_card", "insurance_number", "old_card", "passport")
KINDS = dict(CitizenIdentifier.Kind.choices)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in the banner, with where it comes from."""

    label: str
    value: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Banner:
    """The person at a glance."""

    citizen: Any
    age: str
    birth: str
    sex: str
    ethnic_group: str
    country: str
    numbers: tuple[Number, ...]
    address: str
    phone: str
    has_twin: bool
    allergies: AllergyState | None
    glass: CareAccess | None = None


def banner_of(citizen: Any, access: CareAccess | None = None) -> Banner:
    """Return the banner of a citizen that was found with numbers."""
    on = timezone.localdate()
    group = code_on("ethnic_groups", citizen.ethnic_group, on) if citizen.ethnic_group else None
    glass = access if access is not None and access.ground == CareAccess.Ground.GLASS else None
    return Banner(
        citizen=citizen,
        age=age_of(citizen, on),
        birth=str(citizen.birth),
        sex=str(citizen.get_sex_display()),
        ethnic_group=group.title if group else "",
        country=_foreign(citizen, on),
        numbers=_numbers(citizen),
        address=_address(citizen),
        phone=grouped_phone(citizen.phone),
        has_twin=getattr(citizen, "has_twin", False),
        allergies=_allergies(citizen, access),
        glass=glass,
    )


def _allergies(citizen: Any, access: CareAccess | None) -> AllergyState | None:
    """Return what is known of allergies; who somebody is tells nothing of them."""
    if access is None:
        return None
    return allergy_state(citizen, sees_sensitive=sees_sensitive(access))


def _foreign(citizen: Citizen, on: date) -> str:
    """Return the country of a citizen of another one, the raw code where no list has it."""
    if citizen.nationality in {"", HOME}:
        return ""
    found = country_on(citizen.nationality, on)
    return found.title if found else citizen.nationality


def age_of(citizen: Citizen, on: date) -> str:
    """Say the age as exactly as the date of birth allows."""
    born = citizen.birth_date
    is_year = citizen.birth_precision == Citizen.Precision.YEAR
    return age_text(born.year if is_year else born, on)


def _numbers(citizen: Any) -> tuple[Number, ...]:
    held: dict[str, Any] = {}
    for row in _rows(citizen):
        held.setdefault(row["kind"], row)
    if "insurance_card" in held:
        held.pop("insurance_number", None)
    return tuple(
        Number(str(KINDS[kind]).split(" (")[0], held[kind]["value"], _provenance(held[kind]))
        for kind in SHOWN_FIRST
        if kind in held
    )


def grouped_phone(text: str) -> str:
    """Write a phone as it is read aloud: 0912 000 417."""
    try:
        return PhoneNumber.parse(text).grouped() if text else ""
    except ValidationError:
        return text


def _rows(citizen: Any) -> list[dict[str, Any]]:
    """Return the numbers that came with the citizen, or read them."""
    if hasattr(citizen, "numbers"):
        return list(citizen.numbers)
    held = citizen.identifiers.filter(ended_on=None).order_by("kind", "id")
    return list(held.values("kind", "value", "origin", "is_verified"))


def _provenance(row: dict[str, Any]) -> Provenance:
    if row["is_verified"]:
        return Provenance(Sureness.VERIFIED, _("verified"))
    if row["origin"] == Citizen.Origin.CARD:
        return Provenance(Sureness.VALID, _("read from the card"))
    if row["origin"] == Citizen.Origin.FILE:
        return Provenance(Sureness.RECEIVED, _("from a file"))
    return Provenance(Sureness.DECLARED, _("declared"))


def _address(citizen: Any) -> str:
    parts = [citizen.address]
    if citizen.area is not None:
        parts.append(citizen.area.name)
        if citizen.area.parent is not None:
            parts.append(citizen.area.parent.name)
    return ", ".join(part for part in parts if part)
