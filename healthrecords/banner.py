"""Who is it: what stands on top of every page about a person."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.background import AllergyState, allergy_state
from healthrecords.models import CareAccess, Citizen, CitizenIdentifier
from healthrecords.provenances import Provenances, words_of
from healthrecords.row_provenances import of_number
from healthrecords.services import sees_sensitive
from portal.ages import age_text
from portal.codelists.countries import HOME, country_on
from portal.codelists.lookup import code_on
from portal.identifiers import PhoneNumber
from portal.provenance import Provenance, Sureness

SHOWN_FIRST = (
    "personal",
    "temporary",
    "insurance_card",
    "insurance_number",
    "old_card",
    "passport",
    "foreign_account",
)
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
    has_merges: bool = False
    allergies: AllergyState | None = None
    glass: CareAccess | None = None
    sources: Provenances | None = None
    is_unknown: bool = False
    has_differences: bool = False
    representative: str = ""
    blood: str = ""
    is_restricted: bool = False
    file_differs: bool = False


def banner_of(citizen: Any, access: CareAccess | None = None) -> Banner:
    """Return the banner of a citizen that was found with numbers."""
    on = timezone.localdate()
    group = code_on("ethnic_groups", citizen.ethnic_group, on) if citizen.ethnic_group else None
    glass = access if access is not None and access.ground == CareAccess.Ground.GLASS else None
    numbers = _rows(citizen)
    personal = next((row["value"] for row in numbers if row["kind"] == "personal"), "")
    sources = Provenances(citizen, words_of(citizen), number=personal, on=on)
    return Banner(
        citizen=citizen,
        age=age_of(citizen, on),
        birth=birth_of(citizen),
        sex=str(citizen.get_sex_display()),
        ethnic_group=group.title if group else "",
        country=_foreign(citizen, on),
        numbers=_numbers(numbers, sources),
        address=_address(citizen),
        phone=grouped_phone(citizen.phone),
        has_twin=getattr(citizen, "has_twin", False),
        has_merges=getattr(citizen, "has_merges", False),
        allergies=_allergies(citizen, access),
        glass=glass,
        sources=sources,
        is_unknown=citizen.standing == Citizen.Standing.UNKNOWN,
        has_differences=getattr(citizen, "open_differences", False),
        representative=getattr(citizen, "representative", None) or "",
        blood=blood_of(citizen),
        file_differs=access is not None and sources.file_differs,
        # Who somebody is tells nothing of what they asked for.
        is_restricted=access is not None and getattr(citizen, "is_restricted", False),
    )


def birth_of(citizen: Citizen) -> str:
    """Say a birth as it is known: about 1980, 1962, 12/11/2026 at 05:30."""
    said = str(citizen.birth)
    if citizen.birth_time is not None:
        said = _("%(day)s at %(hour)s") % {"day": said, "hour": f"{citizen.birth_time:%H:%M}"}
    return _("about %(birth)s") % {"birth": said} if citizen.birth_is_estimated else said


def blood_of(citizen: Citizen) -> str:
    """Say the blood group as it is written on papers: O Rh+."""
    sign = {"positive": "Rh+", "negative": "Rh−"}.get(citizen.rhesus, "")
    return f"{citizen.blood_group} {sign}".strip()


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


def _numbers(rows: list[dict[str, Any]], sources: Provenances) -> tuple[Number, ...]:
    held: dict[str, Any] = {}
    for row in rows:
        held.setdefault(row["kind"], row)
    if "insurance_card" in held:
        held.pop("insurance_number", None)
    return tuple(
        Number(
            str(KINDS[kind]).split(" (")[0],
            held[kind]["value"],
            (kind == "personal" and sources.register_on("personal_number"))
            or provenance_of(held[kind], sources),
        )
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
    """Return the numbers that came with the citizen, or read them; the one gone by comes first."""
    if hasattr(citizen, "numbers"):
        return list(citizen.numbers)
    held = citizen.identifiers.filter(ended_on=None).order_by("kind", "-is_verified", "-id")
    return list(held.values("id", "kind", "value", "origin", "is_verified"))


def provenance_of(row: dict[str, Any], sources: Provenances | None = None) -> Provenance:
    """Say where a number comes from; who wrote it down is known by its row."""
    if row["kind"] == "temporary":
        return Provenance(Sureness.DECLARED, _("given here until there is another"))
    if row["is_verified"]:
        return Provenance(Sureness.VERIFIED, _("verified"))
    return of_number(row, sources) or _from_origin(row)


def _from_origin(row: dict[str, Any]) -> Provenance:
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
