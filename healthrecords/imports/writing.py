"""How do staged visits become records: people, numbers, care, visits and their parts, by COPY?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from healthrecords.imports.places import Places
from healthrecords.imports.record import (
    DEFAULT_KIND,
    LENGTHS,
    VISIT_FIELDS,
    is_whole,
    measures_said,
    medicines_of,
    moment,
    nationality_of,
    next_visit,
    number_of,
    person_of,
    vitals_of,
)
from healthrecords.models import (
    CareRelation,
    Citizen,
    CitizenIdentifier,
    Diagnosis,
    Medication,
    TwinCase,
    Visit,
    VitalSigns,
)
from healthrecords.services.entries import MEASURED
from portal.codelists.icd import icd_structure
from portal.intake.codebook import ICD, CodeBook
from portal.intake.comparing import row_of
from portal.intake.copying import copy_rows
from portal.intake.handler import Row
from portal.intake.models import Batch, StagedRow
from portal.names import display_name, sort_key

GROUNDS = {"number": "number", "card": "number", "visit": "likeness", "likeness": "name_and_birth"}
CHANGED_FIELDS = (
    *VISIT_FIELDS,
    "started_at",
    "ended_at",
    "status",
    "next_visit_on",
    "practitioner_numbers",
    "sensitivity",
    "batch_id",
)


@dataclass(slots=True)
class Load:
    """The rows of one chunk on their way into the tables."""

    citizens: list[Citizen] = field(default_factory=list)
    numbers: list[CitizenIdentifier] = field(default_factory=list)
    care: list[CareRelation] = field(default_factory=list)
    twins: list[TwinCase] = field(default_factory=list)
    new: list[Visit] = field(default_factory=list)
    changed: list[Visit] = field(default_factory=list)
    parts: list[Diagnosis | Medication | VitalSigns] = field(default_factory=list)
    measured: list[tuple[Visit, StagedRow, dict[str, Any]]] = field(default_factory=list)
    replaced: dict[str, list[Visit]] = field(default_factory=lambda: defaultdict(list))


@dataclass(slots=True)
class Writer:
    """Writes the chunks of one batch; remembers whom it has made."""

    batch: Batch
    book: CodeBook
    places: Places
    made: dict[str, UUID] = field(default_factory=dict)

    def write(self, rows: Sequence[StagedRow]) -> dict[UUID, UUID]:
        """Write a chunk; return the visit of each row."""
        load = Load()
        known = Visit.objects.select_for_update().in_bulk(
            [row.target_id for row in rows if row.target_id]
        )
        targets = {row.pk: self._visit(row, load, known.get(row.target_id)) for row in rows}
        self._store(load)
        return targets

    def _visit(self, row: StagedRow, load: Load, visit: Visit | None) -> UUID:
        facility = UUID(row.values["@"]["facility"])
        if visit is None:
            citizen = self._citizen(row, load)
            visit = Visit(
                citizen_id=citizen,
                facility_id=facility,
                origin=Visit.Origin.FILE,
                episode_key=row.values["MA_LK"],
                entered_by_id=self.batch.sent_by_id,
                entered_at=self.batch.confirmed_at,
            )
            load.new.append(visit)
        else:
            load.changed.append(visit)
            for name in replaced_by(row_of(row)):
                load.replaced[name].append(visit)
        row.subject_id = visit.citizen_id
        self._fill(visit, row)
        self._care(visit, row, load)
        self._parts(visit, row, load)
        return visit.pk

    def _fill(self, visit: Visit, row: StagedRow) -> None:
        """Set what the file says; a column it does not have takes nothing away."""
        values = row.values
        for name, column in VISIT_FIELDS.items():
            if column in values:
                setattr(visit, name, (values[column] or "")[: LENGTHS.get(name, 4000)])
        visit.kind = visit.kind or DEFAULT_KIND
        visit.started_at = moment(values["NGAY_VAO"])
        if "NGAY_RA" in values:
            visit.ended_at = moment(values["NGAY_RA"]) if values["NGAY_RA"] else None
            over = visit.ended_at is not None
            visit.status = Visit.Status.FINISHED if over else Visit.Status.IN_PROGRESS
        if "NGAY_TAI_KHAM" in values:
            visit.next_visit_on = next_visit(values)
        doctors = (str(line.get("MA_BAC_SI") or "") for line in row.tables.get("XML2", []))
        named = "; ".join(dict.fromkeys(doctor for doctor in doctors if doctor))[:255]
        visit.practitioner_numbers = named or visit.practitioner_numbers
        visit.sensitivity = row.sensitivity
        visit.batch_id = self.batch.pk

    def _citizen(self, row: StagedRow, load: Load) -> UUID:
        if row.subject_id is not None:
            return row.subject_id
        if row.subject_key in self.made:
            return self.made[row.subject_key]
        citizen = self._new_citizen(row)
        load.citizens.append(citizen)
        self.made[row.subject_key] = citizen.pk
        at = self.batch.confirmed_at or timezone.now()
        for candidate in row.candidates if row.ruling == StagedRow.Ruling.OTHER else ():
            ground = GROUNDS[candidate["ground"]]
            load.twins.append(
                TwinCase(
                    older_id=UUID(candidate["id"]),
                    newer=citizen,
                    ground=ground,
                    number=(row.values.get("SO_CCCD") or "")[:20] if ground == "number" else "",
                    found_at=at,
                    # A number of two people stays an open case until one of them gives it up.
                    answer="" if ground == "number" else TwinCase.Answer.DIFFERENT,
                    answered_at=None if ground == "number" else row.ruled_at,
                    answered_by_id=None if ground == "number" else row.ruled_by_id,
                )
            )
        return citizen.pk

    def _new_citizen(self, row: StagedRow) -> Citizen:
        values, person = row.values, person_of(row.values)
        name = display_name(values["HO_TEN"])
        area = values["@"].get("area")
        return Citizen(
            name=name,
            name_sort=sort_key(name),
            birth_date=date.fromisoformat(person.birth),
            birth_precision=person.precision,
            sex=person.sex,
            ethnic_group=str(values.get("MA_DANTOC") or "")[:2],
            nationality=nationality_of(values),
            phone=str(values.get("DIEN_THOAI") or "")[:15],
            address=" ".join(str(values.get("DIA_CHI") or "").split()),
            area_id=UUID(area) if area else None,
            home_station_id=self.places.stations.get(UUID(area)) if area else None,
            origin=Citizen.Origin.FILE,
            registered_at_id=UUID(values["@"]["facility"]),
        )

    def _care(self, visit: Visit, row: StagedRow, load: Load) -> None:
        on = visit.started_at.date()
        load.care.append(
            CareRelation(
                citizen_id=visit.citizen_id,
                organisation_id=visit.facility_id,
                ground=CareRelation.Ground.VISIT,
                since=on,
            )
        )
        person = person_of(row.values)
        claimed = [(person.number_kind, person.number), ("insurance_number", person.tail)]
        claimed += [
            ("insurance_card", card)
            for card in row.values.get("MA_THE_BHYT") or []
            if len(card) == 15
        ]
        load.numbers += [
            CitizenIdentifier(
                citizen_id=visit.citizen_id, kind=kind, value=value, origin=Citizen.Origin.FILE
            )
            for kind, value in claimed
            if kind and value
        ]

    def _parts(self, visit: Visit, row: StagedRow, load: Load) -> None:
        whole = {
            "visit": visit,
            "citizen_id": visit.citizen_id,
            "facility_id": visit.facility_id,
            "sensitivity": row.sensitivity,
        }
        load.parts += self._diagnoses(row, whole)
        load.measured.append((visit, row, whole))
        for place, medicine in enumerate(medicines_of(row_of(row)), start=1):
            quantity = number_of(medicine.pop("quantity"))
            load.parts.append(Medication(**whole, position=place, quantity=quantity, **medicine))

    def _vitals(self, load: Load) -> None:
        """Put measures beside those that an older sending brought and this one does not name."""
        before = VitalSigns.objects.filter(visit__in=load.changed)
        known = {vitals.visit_id: vitals for vitals in before}
        for visit, row, whole in load.measured:
            read, older = row_of(row), known.get(visit.pk)
            measured = vitals_of(read)
            kept = {} if older is None else {field: getattr(older, field) for field in MEASURED}
            kept |= dict.fromkeys(measures_said(read)) | measured
            if any(value is not None for value in kept.values()):
                at = self._measured_at(row) or visit.started_at
                load.parts.append(VitalSigns(**whole, measured_at=at, **kept))

    @staticmethod
    def _measured_at(row: StagedRow) -> datetime | None:
        notes = [line.get("THOI_DIEM_DBLS") for line in row.tables.get("XML5", [])]
        return moment(notes[-1]) if notes and notes[-1] else None

    def _diagnoses(self, row: StagedRow, whole: dict[str, Any]) -> Iterable[Diagnosis]:
        values = row.values
        on = date.fromisoformat(str(values.get("NGAY_RA") or values["NGAY_VAO"])[:10])
        page = self.book.page(ICD, on)
        main = [code for code in [values.get("MA_BENH_CHINH")] if code]  # a check-in has none
        others = [c for c in dict.fromkeys(values.get("MA_BENH_KT") or []) if c not in main]
        for rank, codes in (("main", main), ("other", others)):
            for place, code in enumerate(codes, start=1):
                entry = page.get(code, on) if page else None
                known = icd_structure(code)
                title = entry.title if entry else (known.title_en if known else code)
                yield Diagnosis(
                    **whole,
                    rank=rank,
                    position=place,
                    code=code[:10],
                    title=title[:500],
                    list_version_id=page.version_id if entry and page else None,
                )
        for place, code in enumerate(values.get("MA_BENH_YHCT") or [], start=1):
            yield Diagnosis(
                **whole, rank="traditional", position=place, code=code[:10], title=code[:500]
            )

    def _store(self, load: Load) -> None:
        self._vitals(load)
        copy_rows(Citizen, load.citizens)
        CitizenIdentifier.objects.bulk_create(
            _once(load.numbers, "citizen_id", "kind", "value"),
            ignore_conflicts=True,
            batch_size=500,
        )
        CareRelation.objects.bulk_create(
            _once(load.care, "citizen_id", "organisation_id", "ground"),
            ignore_conflicts=True,
            batch_size=500,
        )
        TwinCase.objects.bulk_create(load.twins, ignore_conflicts=True, batch_size=500)
        copy_rows(Visit, load.new)
        if load.changed:
            Visit.objects.bulk_update(load.changed, CHANGED_FIELDS, batch_size=500)
            VitalSigns.objects.filter(visit__in=load.changed).delete()
            Medication.objects.filter(visit__in=load.replaced["medicines"]).delete()
            for rank in Diagnosis.Rank:
                Diagnosis.objects.filter(visit__in=load.replaced[rank], rank=rank).delete()
        for part in (Diagnosis, Medication, VitalSigns):
            copy_rows(part, [row for row in load.parts if isinstance(row, part)])


def replaced_by(row: Row) -> list[str]:
    """Return which parts of a known visit a row takes the place of."""
    columns = {"main": "MA_BENH_CHINH", "other": "MA_BENH_KT", "traditional": "MA_BENH_YHCT"}
    replaced = [rank for rank, name in columns.items() if name in row.values]
    return [*replaced, "medicines"] if is_whole(row) else replaced


def _once(rows: Iterable[Any], *names: str) -> list[Any]:
    """Return each claim once, the first of equal ones."""
    return list(
        {tuple(getattr(row, name) for name in names): row for row in reversed(list(rows))}.values()
    )
