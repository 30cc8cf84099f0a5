"""Write what a visit says: vital signs, diagnoses, medicines with what was said against them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from healthrecords.models import Diagnosis, Medication, Visit, VitalSigns
from healthrecords.services.entries import VisitEntry
from healthrecords.services.medicines import completed, sentence
from healthrecords.services.weighing import WarnedBefore, Weighed, warned_before

# Rows of the visit and of the list that were just read; a key made here is nobody else's.
GIVEN = ("id", "citizen", "facility", "visit", "list_version", "confirmed_by")


@dataclass(frozen=True, slots=True)
class Sure:
    """Who confirmed what of a visit before it is corrected: another hand does not take it over.

    What was said against its medicines neither goes with another hand, which may see less.
    """

    vitals: VitalSigns | None = None
    diagnoses: Mapping[str, UUID | None] = field(default_factory=dict)
    warned: WarnedBefore = field(default_factory=dict)

    @classmethod
    def of(cls, visit: Visit) -> "Sure":
        confirmed = visit.diagnosis_rows.filter(is_confirmed=True)
        return cls(
            visit.vitalsigns_rows.first(),
            dict(confirmed.values_list("code", "confirmed_by")),
            warned_before(visit),
        )

    def of_values(self, sure: Sequence[str], measured: Mapping[str, Any]) -> UUID | None:
        """Return who measured these values again, when the visit said just this before."""
        row = self.vitals
        if row is None or not set(sure) <= set(row.confirmed):
            return None
        is_same = all(getattr(row, name) == measured[name] for name in sure)
        return row.confirmed_by_id if is_same else None


NOTHING_BEFORE = Sure()


def write_parts(
    visit: Visit,
    entry: VisitEntry,
    *,
    actor: Any,
    weighed: Weighed,
    before: Sure = NOTHING_BEFORE,
) -> None:
    """Write the parts; each inherits the visit's class, for a medicine tells as much as a code."""
    _write(
        visit,
        _vitals(visit, entry, actor, before),
        _diagnoses(visit, entry, actor, before),
        _medicines(visit, entry, weighed.kept(entry.medicines, before.warned)),
    )


def _vitals(visit: Visit, entry: VisitEntry, actor: Any, before: Sure) -> list[VitalSigns]:
    measured = entry.vitals.measured()
    if not measured and not entry.vitals.consciousness:
        return []
    sure = sorted(entry.vitals.confirmed & measured.keys())
    return [
        VitalSigns(
            visit=visit,
            measured_at=visit.started_at,
            glucose_timing=entry.vitals.glucose_timing if "glucose" in measured else "",
            consciousness=entry.vitals.consciousness,
            confirmed=sure,
            confirmed_by_id=(before.of_values(sure, measured) or actor.pk) if sure else None,
            **measured,
        )
    ]


def _diagnoses(visit: Visit, entry: VisitEntry, actor: Any, before: Sure) -> list[Diagnosis]:
    ranks = [
        *((row, Diagnosis.Rank.MAIN, 1) for row in entry.diagnoses[:1]),
        *((row, Diagnosis.Rank.OTHER, n) for n, row in enumerate(entry.diagnoses[1:], start=1)),
        *((row, Diagnosis.Rank.TRADITIONAL, n) for n, row in enumerate(entry.traditional, start=1)),
    ]
    return [
        Diagnosis(
            visit=visit,
            rank=rank,
            position=position,
            code=row.code,
            title=row.title,
            list_version_id=row.version_id,
            is_confirmed=row.is_confirmed,
            confirmed_by_id=before.diagnoses.get(row.code, actor.pk) if row.is_confirmed else None,
        )
        for row, rank, position in ranks
    ]


def _medicines(visit: Visit, entry: VisitEntry, kept: Mapping[int, Any]) -> list[Medication]:
    return [
        Medication(
            visit=visit,
            position=place,
            code=medicine.code,
            name=medicine.name,
            strength=medicine.strength,
            unit=medicine.unit,
            quantity=medicine.quantity,
            days=medicine.days,
            note=medicine.note,
            morning=medicine.morning,
            noon=medicine.noon,
            afternoon=medicine.afternoon,
            evening=medicine.evening,
            each=medicine.each,
            every_hours=medicine.every_hours,
            as_needed=medicine.as_needed,
            at_most=medicine.at_most,
            route=medicine.route,
            ingredients=list(medicine.ingredients),
            atc=medicine.atc,
            warnings=kept.get(place - 1),
            instruction=sentence(medicine),
        )
        for place, medicine in enumerate(map(completed, entry.medicines), start=1)
    ]


def _write(visit: Visit, *kinds: Sequence[Any]) -> None:
    """Write the parts of each kind at once; where the database refuses, its rule's own words are said."""
    parts = [part for kind in kinds for part in kind]
    for part in parts:
        part.citizen_id, part.facility_id = visit.citizen_id, visit.facility_id
        part.sensitivity = visit.sensitivity
        part.clean_fields(exclude=GIVEN)
    try:
        with transaction.atomic():
            for kind in filter(None, kinds):
                type(kind[0]).objects.bulk_create(kind)
    except IntegrityError:
        for part in parts:
            part.full_clean(exclude=GIVEN)
        raise
