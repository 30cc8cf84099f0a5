"""What somebody enters of a person's history, read and checked before it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models import (
    Allergy,
    Citizen,
    FamilyIllness,
    Immunization,
    LongTermMedicine,
    Problem,
)
from healthrecords.models.facts import Fact, Source
from healthrecords.models.inquiry import Topic
from healthrecords.services.betraying import class_of_substance, words_on
from healthrecords.services.diagnoses import check_diagnoses
from healthrecords.services.entries import DiagnosisEntry
from healthrecords.services.medicines import read_medicine
from portal.codelists.lookup import Entry, codes_on, find_codes
from portal.codelists.sensitivity import sensitivity_of, strictest
from portal.dates import PartialDate
from portal.names import name_norm

ALLERGENS, VACCINES = "allergens", "vaccines"
Errors = dict[str, ValidationError]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactEntry:
    """What every row of a history says beside its own matter."""

    topic: ClassVar[str]
    model: ClassVar[type[Fact]]
    source: str = Source.TOLD
    note: str = ""

    def values(self) -> dict[str, Any]:
        """Return the columns of the row."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value.iso()
            if isinstance(value, PartialDate)
            else ("" if value is None else value)
            for name, value in said.items()
            if name in {field.name for field in self.model._meta.concrete_fields}
        }

    def check(self, citizen: Citizen, on: date) -> Errors:
        """Return what cannot be, by field."""
        errors: Errors = {}
        for name in ("since", "ended", "given"):
            day = getattr(self, name, None)
            if day is not None and (error := _impossible(day, citizen, on)):
                errors[name] = error
        return errors

    def sensitivity(self, on: date) -> str:
        """Return the class that the row carries: of its own matter, and of every word that hides it."""
        names = (field.name for field in fields(self) if field.name not in self.model.beside)
        said = [str(getattr(self, name) or "") for name in names]
        return strictest({self.own_class(on), words_on(on).of_text(*said)})

    def own_class(self, on: date) -> str:
        """Return the class of what the row is about."""
        return ""

    def sameness(self) -> Mapping[str, Any]:
        """Return what makes a second row of the same person the same."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class AllergyEntry(FactEntry):
    """An allergy; ``code`` is of the list of allergens, blank for a substance in words."""

    topic = Topic.ALLERGY
    model = Allergy
    substance: str
    category: str = Allergy.Category.OTHER
    code: str = ""
    list_version_id: Any = None
    reaction: str = ""
    severity: str = Allergy.Severity.UNKNOWN
    certainty: str = Allergy.Certainty.SUSPECTED
    since: PartialDate | None = None

    @override
    def values(self) -> dict[str, Any]:
        return {**FactEntry.values(self), "list_version_id": self.list_version_id}

    @override
    def own_class(self, on: date) -> str:
        """A medicine of a protected illness tells the illness."""
        return class_of_substance(self.substance, self.code, on)

    @override
    def sameness(self) -> Mapping[str, Any]:
        return (
            {"code": self.code} if self.code else {"code": "", "substance__iexact": self.substance}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemEntry(FactEntry):
    """A problem with its code."""

    topic = Topic.PROBLEM
    model = Problem
    diagnosis: DiagnosisEntry
    since: PartialDate | None = None
    ended: PartialDate | None = None

    @override
    def values(self) -> dict[str, Any]:
        return {**FactEntry.values(self), **_coded(self.diagnosis)}

    @override
    def check(self, citizen: Citizen, on: date) -> Errors:
        errors = FactEntry.check(self, citizen, on)
        # Neither the place among diagnoses nor today's age matters to a problem: only the sex does.
        found = check_diagnoses([self.diagnosis], citizen=citizen, on=on).get(0, [])
        wrong = [error for error in found if error.code == "diagnosis_sex"]
        return {**errors, "text": wrong[0]} if wrong else errors

    @override
    def own_class(self, on: date) -> str:
        return sensitivity_of([self.diagnosis.code], on=on)

    @override
    def sameness(self) -> Mapping[str, Any]:
        return {"code": self.diagnosis.code}


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTermMedicineEntry(FactEntry):
    """A medicine taken over time."""

    topic = Topic.MEDICINE
    model = LongTermMedicine
    name: str
    code: str = ""
    dose: str = ""
    reason: DiagnosisEntry | None = None
    since: PartialDate | None = None

    @override
    def values(self) -> dict[str, Any]:
        reason = self.reason
        said = {"reason_code": reason.code, "reason_title": reason.title} if reason else {}
        return {**FactEntry.values(self), **said}

    @override
    def own_class(self, on: date) -> str:
        of_reason = sensitivity_of([self.reason.code], on=on) if self.reason else ""
        return strictest({of_reason, class_of_substance(self.name, "", on)})

    @override
    def sameness(self) -> Mapping[str, Any]:
        return {"name__iexact": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmunizationEntry(FactEntry):
    """A dose of vaccine somebody had before."""

    topic = Topic.IMMUNIZATION
    model = Immunization
    vaccine: str
    code: str = ""
    list_version_id: Any = None
    given: PartialDate | None = None
    dose_number: int | None = None
    lot: str = ""
    place: str = ""

    @override
    def values(self) -> dict[str, Any]:
        said = FactEntry.values(self)
        return {**said, "dose_number": self.dose_number, "list_version_id": self.list_version_id}

    @override
    def sameness(self) -> Mapping[str, Any]:
        which = {"code": self.code} if self.code else {"vaccine__iexact": self.vaccine}
        when = {"given": self.given.iso() if self.given else ""}
        return {**which, **when, "dose_number": self.dose_number}


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyIllnessEntry(FactEntry):
    """An illness of a relative."""

    topic = Topic.FAMILY
    model = FamilyIllness
    relation: str
    diagnosis: DiagnosisEntry
    age: int | None = None
    died_of_it: bool = False

    @override
    def values(self) -> dict[str, Any]:
        return {**FactEntry.values(self), **_coded(self.diagnosis), "age": self.age}

    @override
    def own_class(self, on: date) -> str:
        return sensitivity_of([self.diagnosis.code], on=on)

    @override
    def sameness(self) -> Mapping[str, Any]:
        return {"relation": self.relation, "code": self.diagnosis.code}


def _coded(diagnosis: DiagnosisEntry) -> dict[str, Any]:
    return {
        "code": diagnosis.code,
        "title": diagnosis.title[:500],
        "list_version_id": diagnosis.version_id,
    }


def _impossible(day: PartialDate, citizen: Citizen, on: date) -> ValidationError | None:
    if day.is_after(on):
        return ValidationError(
            _("%(day)s is still to come; check the day."),
            code="fact_in_future",
            params={"day": str(day)},
        )
    if day.latest < citizen.birth_date:
        return ValidationError(
            _("%(day)s comes before the birth of this person (%(born)s); check the day."),
            code="fact_before_birth",
            params={"day": str(day), "born": str(citizen.birth)},
        )
    if citizen.died_on is not None and day.earliest > citizen.died_on:
        return ValidationError(
            _("This person died on %(day)s; check the day, or whether it is this person."),
            code="fact_after_death",
            params={"day": f"{citizen.died_on:%d/%m/%Y}"},
        )
    return None


def read_allergen(text: str, *, on: date) -> dict[str, Any]:
    """Return the allergen of the list that a text names, or the text itself."""
    plain = " ".join(text.split())
    row = _named(ALLERGENS, plain, on)
    if row is not None:
        category = str(row.attributes.get("category") or Allergy.Category.OTHER)
        return {
            "substance": row.title,
            "code": row.code,
            "category": category,
            "list_version_id": row.version_id,
        }
    known = read_medicine(plain, on=on)
    if known.code:
        return {"substance": known.name, "category": Allergy.Category.MEDICINE}
    return {"substance": plain}


def read_vaccine(text: str, *, on: date) -> dict[str, Any]:
    """Return the vaccine of the list that a text names, or the text itself."""
    plain = " ".join(text.split())
    row = _named(VACCINES, plain, on)
    if row is None:
        return {"vaccine": plain}
    return {"vaccine": row.title, "code": row.code, "list_version_id": row.version_id}


def _named(key: str, text: str, on: date) -> Entry | None:
    """Return the one entry a text is the name of, or the only one that holds all of its words."""
    folded = name_norm(text)
    found = find_codes(key, text, on=on, limit=10)
    exact = [row for row in found if folded in {row.title_norm, row.code, *_synonyms(row)}]
    if not exact and len(found) == 1 and set(folded.split()) <= set(found[0].words):
        exact = found
    return exact[0] if exact else None


def _synonyms(row: Entry) -> list[str]:
    said = f"{row.attributes.get('synonyms', '')};{row.attributes.get('ingredients', '')}"
    return [name_norm(word) for word in said.split(";") if word.strip()]


@dataclass(frozen=True, slots=True)
class Clash:
    """A medicine that an allergy speaks against, and through which substance."""

    allergy: Allergy
    through: str


def clashes(*, medicine: str, ingredients: str, allergies: list[Allergy], on: date) -> list[Clash]:
    """Return the allergies that speak against a medicine: by its name, or by a substance of the group."""
    words = {name_norm(word) for word in ingredients.replace("+", ";").split(";") if word.strip()}
    text = f" {name_norm(medicine)} "
    groups = {row.code: row for row in codes_on(ALLERGENS, on)}
    found = []
    for allergy in allergies:
        row = groups.get(allergy.code)
        named = {name_norm(allergy.substance), *(_synonyms(row) if row else ())}
        hit = next((w for w in sorted(named) if w in words or f" {w} " in text), "")
        if hit:
            found.append(Clash(allergy, hit))
    return found
