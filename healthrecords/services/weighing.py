"""What speaks against a medicine for this person: allergy, the same twice, age, pregnancy, the law.

A warning asks, and the reason for giving the medicine all the same is kept; only what the law
forbids is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Allergy, Citizen, Medication, Visit
from healthrecords.services.diagnoses import ages_in_days
from healthrecords.services.entries import MedicineEntry, VisitEntry
from healthrecords.services.medicines import LONGEST_DAYS
from portal.codelists.lookup import Entry, code_on, codes_on, version_on
from portal.names import name_norm

RULES, LIMITS, ALLERGENS = "medicine_rules", "prescription_limits", "allergens"
ASK = "confirm_medicine"
SHORTEST_REASON = 3
# Who comes for more some days before the last dose is no double prescription.
EARLY = timedelta(days=3)
LOOK_BACK = timedelta(days=120)
PREGNANT = ("O", "Z33", "Z34", "Z35")
OUTPATIENT = frozenset({"AMB", "HH", "VR", "FLD", "SS"})
Found = dict[int, list[ValidationError]]


@dataclass(frozen=True, slots=True)
class Patient:
    """What is known of a person when a medicine is weighed."""

    citizen: Citizen
    on: date
    is_pregnant: bool
    allergies: Sequence[Any]
    running: Sequence[Medication]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What speaks against the medicines of a visit, by their place: what is asked, what is refused."""

    asked: Found
    refused: Found

    def unanswered(self, medicines: Sequence[MedicineEntry]) -> Found:
        """Return what is still to be answered: a reason answers what was asked, never a refusal."""
        found: Found = {}
        for place, medicine in enumerate(medicines):
            answered = len(medicine.reason.strip()) >= SHORTEST_REASON
            said = [*([] if answered else self.asked.get(place, [])), *self.refused.get(place, [])]
            if said:
                found[place] = said
        return found

    def kept(self, medicines: Sequence[MedicineEntry]) -> dict[int, dict[str, Any]]:
        """Return what was said against the medicines that are given with a reason, to be kept."""
        return {
            place: {
                "said": [" ".join(error.messages) for error in errors],
                "reason": medicines[place].reason.strip(),
            }
            for place, errors in self.asked.items()
            if errors and medicines[place].reason.strip()
        }


def weigh(
    entry: VisitEntry, *, citizen: Citizen, sees_sensitive: bool, besides: Visit | None = None
) -> Weighed:
    """Weigh each medicine against the person, the others, what is still taken and the law."""
    if not entry.medicines:
        return Weighed({}, {})
    on = timezone.localdate(entry.started_at)
    patient = Patient(
        citizen=citizen,
        on=on,
        is_pregnant=_is_pregnant(entry, citizen, besides),
        allergies=[
            *_allergies(citizen, sees_sensitive=sees_sensitive),
            *(Allergy(**told) for told in entry.allergies),
        ],
        running=_running(citizen, on, sees_sensitive=sees_sensitive, besides=besides),
    )
    limits = Limits.on(on, entry)
    asked: Found = {}
    refused: Found = {}
    for place, medicine in enumerate(entry.medicines):
        asked[place] = [
            *_allergic(medicine, patient),
            *_twice(medicine, entry.medicines[:place]),
            *_still_taken(medicine, patient),
            *_by_rule(medicine, patient),
        ]
        refused[place] = limits.refuse(medicine)
    return Weighed(asked, refused)


def _is_pregnant(entry: VisitEntry, citizen: Citizen, visit: Visit | None) -> bool:
    """Say whether this visit tells of a pregnancy: by its diagnoses, or at the desk."""
    if citizen.sex == Citizen.Sex.MALE:
        return False
    at_desk = visit is not None and visit.priority == "pregnant"
    return at_desk or any(d.code.startswith(PREGNANT) for d in entry.diagnoses)


def _allergies(citizen: Citizen, *, sees_sensitive: bool) -> list[Allergy]:
    rows = Allergy.objects.filter(citizen=citizen, status=Allergy.Status.ACTIVE, ended="")
    return list(rows.open_to(sees_sensitive=sees_sensitive))


def _running(
    citizen: Citizen, on: date, *, sees_sensitive: bool, besides: Visit | None
) -> list[Medication]:
    rows = Medication.objects.filter(
        citizen=citizen,
        days__isnull=False,
        visit__started_at__date__gte=on - LOOK_BACK,
        visit__started_at__date__lte=on,
    ).exclude(visit__status__in=[Visit.Status.WITHDRAWN, Visit.Status.CANCELLED])
    if besides is not None:
        rows = rows.exclude(visit=besides)
    rows = rows.open_to(sees_sensitive=sees_sensitive).select_related("visit__facility")
    return [row for row in rows.order_by("-visit__started_at", "id") if _last_day(row) > on + EARLY]


def _last_day(row: Medication) -> date:
    return timezone.localdate(row.visit.started_at) + timedelta(days=row.days or 0)


def _ask(message: Any, **params: Any) -> ValidationError:
    return ValidationError(message, code=ASK, params=params)


def _plain(names: Iterable[str]) -> set[str]:
    return {name_norm(name) for name in names if name}


@lru_cache(maxsize=1024)
def _listed(names: str) -> frozenset[str]:
    """Return the names of one cell of a list; every medicine is held against every rule."""
    return frozenset(_plain(names.split(";")))


def _allergic(medicine: MedicineEntry, patient: Patient) -> list[ValidationError]:
    """Ask about an allergy to an ingredient, or to the group it belongs to."""
    own = _plain((*medicine.ingredients, medicine.name))
    found = []
    for allergy in patient.allergies:
        known = code_on(ALLERGENS, allergy.code, patient.on) if allergy.code else None
        said: Mapping[str, Any] = known.attributes if known else {}
        meant = _plain([allergy.substance, *str(said.get("ingredients", "")).split(";")])
        group = str(said.get("atc", "") or "")
        is_named = any(_names(word, own) for word in meant)
        if is_named or (group and medicine.atc.startswith(group)):
            detail = f" ({allergy.reaction})" if allergy.reaction else ""
            found.append(
                _ask(
                    _(
                        "%(name)s: this person is allergic to %(substance)s%(detail)s."
                        " Choose another one, or write why it is given."
                    ),
                    name=medicine.name,
                    substance=allergy.substance,
                    detail=detail,
                )
            )
    return found


def _names(word: str, own: set[str]) -> bool:
    """Say whether a substance is one of the ingredients, or stands in the name as a whole word."""
    return any(word == name or f" {word} " in f" {name} " for name in own)


def _twice(medicine: MedicineEntry, before: Sequence[MedicineEntry]) -> list[ValidationError]:
    """Ask about an ingredient that another row of this prescription has as well."""
    own = _plain(medicine.ingredients)
    found = []
    for other in before:
        shared = own & _plain(other.ingredients)
        if shared:
            names = ", ".join(n for n in medicine.ingredients if name_norm(n) in shared)
            found.append(
                _ask(
                    _(
                        "%(name)s and %(other)s both hold %(ingredient)s."
                        " Take one out, or write why both are given."
                    ),
                    name=medicine.name,
                    other=other.name,
                    ingredient=names,
                )
            )
    return found


def _still_taken(medicine: MedicineEntry, patient: Patient) -> list[ValidationError]:
    """Ask about an ingredient that an earlier prescription still lasts for, the latest one alone."""
    own = _plain(medicine.ingredients)
    for row in patient.running:
        shared = own & _plain(row.ingredients)
        is_same = row.name and name_norm(row.name) == name_norm(medicine.name)
        if not shared and not is_same:
            continue
        return [
            _ask(
                _(
                    "%(other)s of %(day)s (%(place)s) lasts until %(last)s and is still taken."
                    " Leave %(name)s out, or write why it is given as well."
                ),
                name=medicine.name,
                other=row.name,
                day=f"{timezone.localdate(row.visit.started_at):%d/%m/%Y}",
                place=row.visit.facility.name,
                last=f"{_last_day(row):%d/%m/%Y}",
            )
        ]
    return []


def _by_rule(medicine: MedicineEntry, patient: Patient) -> list[ValidationError]:
    """Ask what the list of rules asks of this age, or in pregnancy."""
    own = _plain(medicine.ingredients)
    youngest, _oldest = ages_in_days(patient.citizen, patient.on)
    found = []
    for rule in codes_on(RULES, patient.on) if own else ():
        said = rule.attributes
        if not own & _listed(str(said.get("ingredients", ""))):
            continue
        below = str(said.get("below_days", "") or "")
        is_young = bool(below) and youngest < int(below)
        in_pregnancy = str(said.get("pregnant", "")) == "1" and patient.is_pregnant
        if is_young or in_pregnancy:
            found.append(
                _ask(
                    _(
                        "%(name)s: %(rule)s (%(basis)s)."
                        " Choose another one, or write why it is given."
                    ),
                    name=medicine.name,
                    rule=rule.title,
                    basis=said.get("basis", ""),
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class Limits:
    """For how many days the law lets a medicine be prescribed to somebody who is not an inpatient."""

    most: int | None
    article: str
    controlled: Sequence[Entry]
    codes: Sequence[str]

    @classmethod
    def on(cls, on: date, entry: VisitEntry) -> "Limits":
        """Read the limits of a day for the diagnoses of a visit; inpatients have none."""
        kind = code_on("visit_kinds", entry.kind, on)
        version = version_on(LIMITS, on)
        if version is None or (kind and kind.attributes.get("fhir_class") not in OUTPATIENT):
            return cls(None, "", (), ())
        codes = [d.code for d in entry.diagnoses]
        rows = codes_on(LIMITS, on)
        open_rows = [row for row in rows if not row.attributes.get("ingredients")]
        fitting = [
            row
            for row in open_rows
            if not row.attributes.get("icd") or _any_of(codes, str(row.attributes["icd"]))
        ]
        most = max(fitting, key=lambda row: int(row.attributes["max_days"]), default=None)
        basis = version.legal_basis
        if most is None:
            return cls(None, basis, [r for r in rows if r not in open_rows], codes)
        article = f"{basis}, {most.attributes.get('article', '')}"
        controlled = [row for row in rows if row.attributes.get("ingredients")]
        return cls(int(most.attributes["max_days"]), article, controlled, codes)

    def refuse(self, medicine: MedicineEntry) -> list[ValidationError]:
        """Return the refusal of a medicine that is prescribed for longer than the law allows."""
        if self.most is None or not medicine.days or medicine.days > LONGEST_DAYS:
            return []
        most, article = self.most, self.article
        own = _plain(medicine.ingredients)
        for row in self.controlled:
            said = row.attributes
            holds = own & _listed(str(said["ingredients"]))
            if holds and not _any_of(self.codes, str(said.get("unless_icd", ""))):
                most = min(most, int(said["max_days"]))
                article = f"{self.article.rsplit(', ', 1)[0]}, {said.get('article', '')}"
        if medicine.days <= most:
            return []
        return [
            ValidationError(
                _(
                    "%(name)s for %(days)d days: at most %(most)d days may be prescribed for these"
                    " diagnoses (%(article)s). Shorten it, and let the person come again."
                ),
                code="days_over_law",
                params={
                    "name": medicine.name,
                    "days": medicine.days,
                    "most": most,
                    "article": article,
                },
            )
        ]


def _any_of(codes: Iterable[str], ranges: str) -> bool:
    """Say whether a code lies in ranges such as ``I10-I15;E11;B18.1``."""
    wanted = [part.strip() for part in ranges.split(";") if part.strip()]
    return any(_within(code, part) for code in codes for part in wanted)


def _within(code: str, part: str) -> bool:
    first, dash, last = part.partition("-")
    return first <= code[:3] <= last if dash else code.startswith(first)
