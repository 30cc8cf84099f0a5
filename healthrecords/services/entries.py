"""What somebody enters about a citizen or a visit, before it is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from portal.dates import PartialDate
from portal.places.models import Area, Organisation


@dataclass(frozen=True, slots=True)
class NumberEntry:
    """A number a citizen claims, and whether it was typed or read from a card."""

    kind: str
    value: str
    origin: str = "typed"
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class AddressEntry:
    """An address beside the present residence; empty says that there is none."""

    kind: str
    text: str = ""
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class CoverageEntry:
    """A health insurance card, for how long, registered where."""

    number: str
    registered_at: Organisation | None = None
    registered_code: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    five_years_on: date | None = None
    origin: str = "typed"


@dataclass(frozen=True, slots=True)
class RelativeEntry:
    """Somebody who belongs to the person: mother, guardian, carer."""

    relation: str
    name: str
    number: str = ""
    phone: str = ""
    represents: bool = False


@dataclass(frozen=True, slots=True)
class CitizenEntry:
    """The administrative part of a record, as the paper form asks for it.

    What is None was not asked and stays as it is. ``from_card`` names the fields that stand as a card
    said them; ``was_renamed`` says that the name before was no slip but the person's former name, and
    ``renewed`` of which kinds a new paper was issued, with another number.
    """

    name: str
    sex: str
    birth: PartialDate
    area: Area | None = None
    address: str = ""
    ethnic_group: str = ""
    occupation: str = ""
    nationality: str = "VN"
    phone: str = ""
    origin: str = "typed"
    numbers: Sequence[NumberEntry] = ()
    standing: str | None = None
    birth_time: time | None = None
    birth_is_estimated: bool = False
    blood_group: str | None = None
    rhesus: str | None = None
    was_renamed: bool = False
    renewed: frozenset[str] = frozenset()
    from_card: frozenset[str] = frozenset()
    permanent: AddressEntry | None = None
    coverage: CoverageEntry | None = None
    relative: RelativeEntry | None = None


@dataclass(frozen=True, slots=True)
class VitalEntry:
    """What was measured; None is not measured. ``confirmed`` names values measured again."""

    pulse: int | None = None
    temperature: Decimal | None = None
    systolic: int | None = None
    diastolic: int | None = None
    respiratory_rate: int | None = None
    oxygen_saturation: int | None = None
    weight: Decimal | None = None
    height: Decimal | None = None
    waist: Decimal | None = None
    glucose: Decimal | None = None
    glucose_timing: str = ""
    head_circumference: Decimal | None = None
    arm_circumference: Decimal | None = None
    peak_flow: int | None = None
    pain: int | None = None
    consciousness: str = ""
    confirmed: frozenset[str] = frozenset()

    def measured(self) -> dict[str, Decimal | int]:
        """Return the values that were measured, by field."""
        values = {name: getattr(self, name) for name in MEASURED}
        return {name: value for name, value in values.items() if value is not None}


MEASURED = (
    "pulse",
    "temperature",
    "systolic",
    "diastolic",
    "respiratory_rate",
    "oxygen_saturation",
    "weight",
    "height",
    "waist",
    "glucose",
    "head_circumference",
    "arm_circumference",
    "peak_flow",
    "pain",
)


@dataclass(frozen=True, slots=True)
class DiagnosisEntry:
    """One diagnosis with the code list's own words; no list version for a code known by structure."""

    code: str
    title: str
    version_id: UUID | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class MedicineEntry:
    """One medicine: how much at each time of the day, or each time and how often; for how many days.

    ``reason`` is why it is given although something was said against it.
    """

    name: str
    code: str = ""
    strength: str = ""
    unit: str = ""
    morning: Decimal | None = None
    noon: Decimal | None = None
    afternoon: Decimal | None = None
    evening: Decimal | None = None
    each: Decimal | None = None
    every_hours: int | None = None
    as_needed: bool = False
    at_most: Decimal | None = None
    days: int | None = None
    quantity: Decimal | None = None
    route: str = ""
    note: str = ""
    ingredients: tuple[str, ...] = ()
    atc: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ArrivalEntry:
    """What the registration desk writes about somebody who has just come."""

    started_at: datetime
    kind: str = "01"
    coverage: str = ""
    identified_by: str = ""
    reason: str = ""
    priority: str = ""
    room: str = ""


@dataclass(frozen=True, slots=True)
class VisitEntry:
    """A visit in the order of register A1; ``is_finished`` asks for what a whole visit needs."""

    started_at: datetime
    kind: str = "01"
    coverage: str = ""
    identified_by: str = ""
    reason: str = ""
    symptoms: str = ""
    vitals: VitalEntry = field(default_factory=VitalEntry)
    diagnoses: Sequence[DiagnosisEntry] = ()
    medicines: Sequence[MedicineEntry] = ()
    outcome: str = ""
    discharge: str = ""
    advice: str = ""
    next_visit_on: date | None = None
    ended_at: datetime | None = None
    died_at: datetime | None = None
    held_at: str = ""
    department: str = ""
    admitted_at: datetime | None = None
    admission_reason: str = ""
    injury_kind: str = ""
    treatment: str = ""
    care_days: int | None = None
    traditional: Sequence[DiagnosisEntry] = ()
    # What was told of allergies meanwhile, as the list of allergens reads it.
    allergies: Sequence[Mapping[str, Any]] = ()
    has_no_allergy: bool = False
    # That the person has another open visit at this place is known, and this is a second one.
    is_another: bool = False
    is_finished: bool = True
