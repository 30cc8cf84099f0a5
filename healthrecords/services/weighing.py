"""What speaks against a medicine for this person: allergy, the same twice, age, pregnancy, the law.

A warning asks, and the reason for giving the medicine all the same is kept; only what the law
forbids is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import (
    Allergy,
    Citizen,
    LongTermMedicine,
    Medication,
    MedicineStop,
    Visit,
)
from healthrecords.models.stopping import MedicineKey
from healthrecords.querysets import outside_hidden_visits
from healthrecords.services.betraying import told_openly
from healthrecords.services.diagnoses import ages_in_days
from healthrecords.services.entries import MedicineEntry, VisitEntry
from healthrecords.services.hushing import Hush
from healthrecords.services.medicines import ASK, uneven
from healthrecords.services.prescribing_limits import Limits
from healthrecords.services.stopping import last_day
from healthrecords.services.substances import (
    NAMING,
    RULES,
    allergen_of,
    holds_any,
    is_in,
    made_of,
    makers_on,
    naming_columns,
    plain,
    substances_of,
    text_of,
)
from portal.codelists.lookup import codes_on

SHORTEST_REASON = 3
# Who comes for more some days before the last dose is no double prescription.
EARLY = timedelta(days=3)
LOOK_BACK = timedelta(days=120)
PREGNANT = ("O", "Z33", "Z34", "Z35")
# What is said of a medicine that is still taken; its visit and the place have eighty columns more.
TOLD = (
    *("code", "name", "ingredients", "days"),
    *("visit__started_at", "visit__facility__name"),
)
# What a medicine of a visit says in its row as in its entry.
STORED = [field.name for field in fields(MedicineEntry) if field.name != "reason"]
Found = dict[int, list[ValidationError]]


@dataclass(frozen=True, slots=True)
class Patient:
    """What is known of a person when a medicine is weighed."""

    citizen: Citizen
    on: date
    is_pregnant: bool
    allergies: Sequence[Any]
    running: Sequence[Medication]
    long_term: Sequence[Any]  # with ``noted_at``, the place as it is told


@dataclass(frozen=True, slots=True)
class Warned:
    """What was said against a stored medicine; ``own`` of it follows from the prescription alone."""

    said: Sequence[str]
    own: frozenset[str]

    def with_(self, said: Sequence[str]) -> list[str]:
        """Return what was said and what is said now; what the prescription alone says, as it is now."""
        stays = [one for one in self.said if one in said or one not in self.own]
        return stays + [one for one in said if one not in stays]


MedicineNamed = tuple[str, str, str]
WarnedBefore = Mapping[MedicineNamed, Sequence[Warned]]
NEVER_WARNED: WarnedBefore = {}


def warned_before(visit: Visit) -> WarnedBefore:
    """Return what was said against the medicines of a stored visit, by name, strength and code."""
    rows = list(visit.medication_rows.order_by("position"))
    entries = [MedicineEntry(**{name: getattr(row, name) for name in STORED}) for row in rows]
    on = timezone.localdate(visit.started_at)
    found: dict[MedicineNamed, list[Warned]] = {}
    for place, (row, entry) in enumerate(zip(rows, entries, strict=True)):
        if row.warnings:
            own = _said([*_twice(entry, entries[:place], on), *uneven(entry)])
            warned = Warned(row.warnings.get("said", ()), frozenset(own))
            found.setdefault(_key(entry), []).append(warned)
    return found


def _key(medicine: MedicineEntry) -> MedicineNamed:
    return medicine.name, medicine.strength, medicine.code


def _said(errors: Iterable[ValidationError]) -> list[str]:
    return [" ".join(error.messages) for error in errors]


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

    def kept(
        self, medicines: Sequence[MedicineEntry], before: WarnedBefore = NEVER_WARNED
    ) -> dict[int, dict[str, Any]]:
        """Return what was said against the medicines that are given with a reason, to be kept.

        What a medicine was warned of before a correction stays as long as a reason is sent: who
        corrects may see less than who prescribed, and an allergy may have ended since.
        """
        left = {key: list(rows) for key, rows in before.items()}
        found = {}
        for place, medicine in enumerate(medicines):
            rows = left.get(_key(medicine))
            known = rows.pop(0) if rows else None
            said = _said(self.asked.get(place, ()))
            reason = medicine.reason.strip()
            if reason and (said or known):
                found[place] = {"said": known.with_(said) if known else said, "reason": reason}
        return found


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
        long_term=_long_term(citizen, on, sees_sensitive=sees_sensitive),
    )
    limits = Limits.on(on, entry)
    asked: Found = {}
    refused: Found = {}
    for place, medicine in enumerate(entry.medicines):
        asked[place] = [
            *_allergic(medicine, patient),
            *_twice(medicine, entry.medicines[:place], on),
            *(_still_taken(medicine, patient) or _taken_over_time(medicine, patient)),
            *_by_rule(medicine, patient),
            *uneven(medicine),
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
    found: list[Allergy] = list(rows.open_to(sees_sensitive=sees_sensitive))
    for row in found:
        row.reaction = told_openly(row.reaction, sees_sensitive=sees_sensitive)
    return found


def _long_term(citizen: Citizen, on: date, *, sees_sensitive: bool) -> list[Any]:
    # One that was stopped later was still taken on the day; the day of the stop counts as over.
    hush = Hush(sees_sensitive=sees_sensitive)
    rows = LongTermMedicine.objects.filter(
        Q(ended="") | Q(ended__gt=on.isoformat()),
        citizen=citizen,
        status=LongTermMedicine.Status.ACTIVE,
    )
    found: list[Any] = list(
        rows.open_to(sees_sensitive=sees_sensitive)
        .select_related("facility")
        .order_by("-recorded_at", "id")
    )
    for row in found:
        row.noted_at = hush.place(row.facility.name)
    return found


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
    rows = rows if sees_sensitive else outside_hidden_visits(rows)
    told: Any = rows.only(*TOLD).annotate(key=MedicineKey("name", "strength"))
    found = [row for row in told.order_by("-visit__started_at", "id") if last_day(row) > on + EARLY]
    return found and _outside_stopped(found, on, sees_sensitive=sees_sensitive)


def _outside_stopped(rows: Sequence[Any], on: date, *, sees_sensitive: bool) -> list[Medication]:
    """Leave out what was stopped, as ``stop_of_medicine`` tells it of one row."""
    stops = MedicineStop.objects.annotate(key=MedicineKey("name", "strength")).filter(
        visit__in={row.visit_id for row in rows}, taken_back_at=None, stopped_on__lte=on
    )
    if not sees_sensitive:
        stops = stops.filter(sensitivity="")
    told = stops.order_by().values_list("visit_id", "code", "key")
    keys = {(visit, key) for visit, _code, key in told}
    codes = {(visit, code) for visit, code, _key in told if code}
    return [
        row
        for row in rows
        if (row.visit_id, row.key) not in keys and (row.visit_id, row.code) not in codes
    ]


def _ask(message: Any, **params: Any) -> ValidationError:
    return ValidationError(message, code=ASK, params=params)


def _text(medicine: MedicineEntry, on: date) -> str:
    return text_of(medicine.name, medicine.ingredients, on=on)


def _allergic(medicine: MedicineEntry, patient: Patient) -> list[ValidationError]:
    """Ask about an allergy to an ingredient, or to the group it belongs to."""
    text = _text(medicine, patient.on)
    found = []
    for allergy in patient.allergies:
        known = allergen_of(allergy.code, allergy.substance, patient.on)
        said = known.attributes if known else {}
        group = str(said.get("atc", "") or "")
        substance = plain(allergy.substance)
        borne = (substance, *made_of(f" {substance} ", makers_on(patient.on)))
        is_named = any(is_in(one, text) for one in borne) or holds_any(
            text, said, *naming_columns(said)
        )
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


def _shared(medicine: MedicineEntry, name: str, ingredients: Iterable[str], on: date) -> list[str]:
    """Return the ingredients of a medicine that another one has as well, by its list or its name.

    A medicine of a file, or one that no list has, tells its ingredients by its name alone: of two
    such, the substances that a list names count.
    """
    text, other = _text(medicine, on), text_of(name, ingredients, on=on)
    own = {plain(one): one for one in medicine.ingredients if one}
    theirs = {plain(one): one for one in ingredients if one}
    if own and theirs:
        return [one for key, one in own.items() if key in theirs]
    if own or theirs:
        return [one for key, one in (own or theirs).items() if is_in(key, other if own else text)]
    return _named_in_both(text, other, on)


def _named_in_both(text: str, other: str, on: date) -> list[str]:
    listed = (row for key in NAMING for row in codes_on(key, on))
    named = {one for row in listed for one in substances_of(row.attributes, "ingredients")}
    return sorted(one for one in named if is_in(one, text) and is_in(one, other))


def _twice(
    medicine: MedicineEntry, before: Sequence[MedicineEntry], on: date
) -> list[ValidationError]:
    """Ask about an ingredient that another row of this prescription has as well."""
    return [
        _ask(
            _(
                "%(name)s and %(other)s both hold %(ingredient)s."
                " Take one out, or write why both are given."
            ),
            name=medicine.name,
            other=other.name,
            ingredient=names,
        )
        for other in before
        if (names := ", ".join(_shared(medicine, other.name, other.ingredients, on)))
    ]


def _still_taken(medicine: MedicineEntry, patient: Patient) -> list[ValidationError]:
    """Ask about an ingredient that an earlier prescription still lasts for, the latest one alone."""
    for row in patient.running:
        is_same = row.name and plain(row.name) == plain(medicine.name)
        if not is_same and not _shared(medicine, row.name, row.ingredients, patient.on):
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
                last=f"{last_day(row):%d/%m/%Y}",
            )
        ]
    return []


def _taken_over_time(medicine: MedicineEntry, patient: Patient) -> list[ValidationError]:
    """Ask about an ingredient of another long-term medicine; the same one over again goes on."""
    if any(plain(row.name) == plain(medicine.name) for row in patient.long_term):
        return []
    return [
        _ask(
            _(
                "%(other)s is taken over time (noted at %(place)s) and holds %(ingredient)s too."
                " Leave %(name)s out, or write why it is given as well."
            ),
            name=medicine.name,
            other=row.name,
            place=row.noted_at,
            ingredient=names,
        )
        for row in patient.long_term
        if (names := ", ".join(_shared(medicine, row.name, (), patient.on)))
    ][:1]


def _by_rule(medicine: MedicineEntry, patient: Patient) -> list[ValidationError]:
    """Ask what the list of rules asks of this age, or in pregnancy."""
    text = _text(medicine, patient.on)
    youngest, _oldest = ages_in_days(patient.citizen, patient.on)
    found = []
    for rule in codes_on(RULES, patient.on):
        said = rule.attributes
        if not holds_any(text, said):
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
