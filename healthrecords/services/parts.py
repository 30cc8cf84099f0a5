"""Write what a visit says: vital signs, diagnoses, medicines with what was said against them."""

from collections.abc import Mapping
from typing import Any

from healthrecords.models import Diagnosis, Medication, Visit, VitalSigns
from healthrecords.services.entries import VisitEntry
from healthrecords.services.medicines import completed, sentence
from healthrecords.services.weighing import warnings_of


def write_parts(visit: Visit, entry: VisitEntry, *, actor: Any, sees_sensitive: bool) -> None:
    """Write the parts; each inherits the visit's class, for a medicine tells as much as a code."""
    _write_vitals(visit, entry, actor)
    _write_diagnoses(visit, entry, actor)
    kept = warnings_of(entry, citizen=visit.citizen, sees_sensitive=sees_sensitive, besides=visit)
    _write_medicines(visit, entry, kept)


def _write_vitals(visit: Visit, entry: VisitEntry, actor: Any) -> None:
    measured = entry.vitals.measured()
    if measured or entry.vitals.consciousness:
        sure = sorted(entry.vitals.confirmed & measured.keys())
        _save(
            VitalSigns(
                visit=visit,
                measured_at=visit.started_at,
                glucose_timing=entry.vitals.glucose_timing if "glucose" in measured else "",
                consciousness=entry.vitals.consciousness,
                confirmed=sure,
                confirmed_by=actor if sure else None,
                **measured,
            )
        )


def _write_diagnoses(visit: Visit, entry: VisitEntry, actor: Any) -> None:
    ranks = [
        *((row, Diagnosis.Rank.MAIN, 1) for row in entry.diagnoses[:1]),
        *((row, Diagnosis.Rank.OTHER, n) for n, row in enumerate(entry.diagnoses[1:], start=1)),
        *((row, Diagnosis.Rank.TRADITIONAL, n) for n, row in enumerate(entry.traditional, start=1)),
    ]
    for row, rank, position in ranks:
        _save(
            Diagnosis(
                visit=visit,
                rank=rank,
                position=position,
                code=row.code,
                title=row.title,
                list_version_id=row.version_id,
                is_confirmed=row.is_confirmed,
                confirmed_by=actor if row.is_confirmed else None,
            )
        )


def _write_medicines(visit: Visit, entry: VisitEntry, kept: Mapping[int, Any]) -> None:
    for place, medicine in enumerate(map(completed, entry.medicines), start=1):
        _save(
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
        )


def _save(part: Any) -> None:
    part.sensitivity = part.visit.sensitivity
    part.citizen_id, part.facility_id = part.visit.citizen_id, part.visit.facility_id
    part.full_clean(exclude=["citizen", "facility", "visit"])
    part.save(force_insert=True)
