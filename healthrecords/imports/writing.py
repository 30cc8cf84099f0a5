"""How do staged visits become records: people, numbers, care, visits and their parts, by COPY?

A new visit has the id of its row, a new person that of the first row that speaks of them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from healthrecords.imports import changing, known_people, results
from healthrecords.imports.filed import Filing
from healthrecords.imports.places import Places
from healthrecords.imports.record import (
    DEFAULT_KIND,
    LENGTHS,
    SEXES,
    VISIT_FIELDS,
    blood_of,
    is_newborn,
    medicines_of,
    moment,
    nationality_of,
    next_visit,
    number_of,
    vitals_of,
)
from healthrecords.models import (
    CareRelation,
    Citizen,
    CitizenIdentifier,
    Diagnosis,
    DiagnosticReport,
    Document,
    Medication,
    Procedure,
    Referral,
    Result,
    TwinCase,
    Visit,
    VisitNote,
    VitalSigns,
)
from healthrecords.services import following
from healthrecords.services.betraying import Words, words_on
from healthrecords.services.judging import Tests, known_tests
from portal.codelists.icd import icd_structure
from portal.database.uuid7 import uuid7_hexes
from portal.intake.codebook import ICD, CodeBook
from portal.intake.comparing import Staged, row_of
from portal.intake.copied_text import cell_of
from portal.intake.copying import Load, Pipe, copied_columns
from portal.intake.models import Batch, StagedRow
from portal.names import display_name, sort_key

GROUNDS = {
    "number": "number",
    "card": "number",
    "visit": "likeness",
    "patient": "likeness",
    "likeness": "name_and_birth",
}
# In the order in which their keys allow; each row a mapping by column.
TABLES: tuple[type[models.Model], ...] = (
    Citizen,
    CitizenIdentifier,
    CareRelation,
    TwinCase,
    Visit,
    Diagnosis,
    Medication,
    VitalSigns,
    VisitNote,
    DiagnosticReport,
    Result,
    Procedure,
    Document,
    Referral,
)
RANKS = ("main", "other", "traditional")
Key = UUID | str  # COPY takes the digits of a key too, which cost less than a key to make
Whole = tuple[Key, Key, Key, str]  # what stands on each part of a visit


def blank_of(model: type[models.Model]) -> dict[str, Any]:
    """Return a row of a model's own defaults as COPY takes them, by column; the key is still to be given."""
    blank: dict[str, Any] = dict.fromkeys(copied_columns(model))
    for one in model._meta.concrete_fields:
        if one.primary_key or one.generated:
            continue
        if one.has_default():
            default = one.get_default()
            if isinstance(one, models.JSONField):
                default = json.dumps(default)
            blank[str(one.column)] = None if default is None else cell_of(default)
        elif not one.null and one.empty_strings_allowed:
            blank[str(one.column)] = ""
    return blank


@dataclass(slots=True)
class Lines:
    """Rows on their way into the tables."""

    rows: dict[type[models.Model], list[Collection[Any]]] = field(
        default_factory=lambda: {model: [] for model in TABLES}
    )

    def loads(self) -> list[Load]:
        return [
            Load(model._meta.db_table, copied_columns(model), rows)
            for model, rows in self.rows.items()
            if rows
        ]


@dataclass
class Writer:
    """Writes the chunks of one batch; remembers whom it has made."""

    batch: Batch
    book: CodeBook
    places: Places
    made: dict[str, UUID] = field(default_factory=dict)
    cared: set[tuple[UUID, str]] = field(default_factory=set)
    claimed: set[tuple[UUID, str, str]] = field(default_factory=set)
    # The number of a row and of a person who was offered for it.
    shared: Mapping[tuple[UUID, str], str] = field(default_factory=dict)
    lines: Lines = field(default_factory=Lines)
    keys: Iterator[str] = field(default_factory=uuid7_hexes)
    # Visits whose diagnoses have a consequence outside the record.
    followed: set[UUID] = field(default_factory=set)

    @cached_property
    def waited_for(self) -> frozenset[str]:
        return following.waited_for()

    @cached_property
    def blanks(self) -> Mapping[type[models.Model], dict[str, Any]]:
        return {model: blank_of(model) for model in TABLES}

    @cached_property
    def batch_key(self) -> str:
        return self.batch.pk.hex

    def write(self, rows: Sequence[Staged], pipe: Pipe) -> None:
        """Write a chunk; what is new goes through the pipe, what changed is written at once."""
        self.lines = Lines()
        self.shared = known_people.shared_numbers(rows, known_people.claims)
        for row in rows:
            if row.target_id is None:
                self._new(row)
        changed = [row for row in rows if row.target_id is not None]
        if changed:
            changing.change(self, changed)
        pipe.send(self.lines.loads())

    def add(self, model: type[models.Model], **said: Any) -> None:
        """Add one row of a table; it gets a key where none is said."""
        row = self.blanks[model] | said
        if row["id"] is None:
            row["id"] = next(self.keys)
        self.lines.rows[model].append(row.values())

    def _new(self, row: Staged) -> None:
        values, at = row.values, row.values["@"]
        facility, visit = at["facility"], row.pk.hex
        citizen = self._citizen(row, facility).hex
        said = self.said(row)
        self.add(
            Visit,
            **said,
            id=visit,
            citizen_id=citizen,
            facility_id=facility,
            origin="file",
            episode_key=values["MA_LK"],
            entered_by_id=self.batch.sent_by_id,
            entered_at=self.batch.confirmed_at,
        )
        whole = (visit, citizen, facility, row.sensitivity)
        self.diagnoses(row, whole, RANKS)
        self.medicines(row, whole)
        if measured := vitals_of(row_of(row)):
            when = self.measured_at(row, said["started_at"])
            self.part(VitalSigns, whole, measured_at=when, **measured)
        results.add(self, row, whole, said["started_at"])
        self.filing.add(row, whole, said)

    @cached_property
    def filing(self) -> Filing:
        return Filing(self)

    @cached_property
    def words(self) -> Words:
        return words_on(timezone.localdate(self.batch.received_at))

    @cached_property
    def tests(self) -> Tests:
        return known_tests(timezone.localdate(self.batch.received_at))

    def part(self, model: type[models.Model], whole: Whole, **said: Any) -> None:
        """Add one part of a visit."""
        visit, citizen, facility, sensitivity = whole
        self.add(
            model,
            visit_id=visit,
            citizen_id=citizen,
            facility_id=facility,
            sensitivity=sensitivity,
            **said,
        )

    def said(self, row: Staged) -> dict[str, Any]:
        """Return what the file says of the visit; a column it does not have takes nothing away."""
        values = row.values
        said: dict[str, Any] = {
            name: (values[column] or "")[: LENGTHS.get(name, 4000)]
            for name, column in VISIT_FIELDS.items()
            if column in values
        }
        said["kind"] = said.get("kind") or DEFAULT_KIND
        said["started_at"] = moment(values["NGAY_VAO"])
        if "NGAY_RA" in values:
            ended = values["NGAY_RA"]
            said["ended_at"] = moment(ended) if ended else None
            said["status"] = "finished" if ended else "in_progress"
        if "NGAY_TAI_KHAM" in values:
            said["next_visit_on"] = next_visit(values)
        doctors = (str(line.get("MA_BAC_SI") or "") for line in row.tables.get("XML2", ()))
        if named := "; ".join(dict.fromkeys(doctor for doctor in doctors if doctor))[:255]:
            said["practitioner_numbers"] = named
        said["sensitivity"] = row.sensitivity
        said["batch_id"] = self.batch_key
        return said

    def _citizen(self, row: Staged, facility: str) -> UUID:
        if row.subject_id is not None:
            return row.subject_id
        citizen = row.subject_id = self.made.get(row.subject_key)
        if citizen is None:
            citizen = self.made[row.subject_key] = row.pk
            self._make_citizen(row, facility)
        key = citizen.hex
        if (citizen, facility) not in self.cared:
            self.cared.add((citizen, facility))
            self.add(
                CareRelation,
                citizen_id=key,
                organisation_id=facility,
                ground="visit",
                since=row.values["NGAY_VAO"][:10],
            )
        for kind, value in known_people.claims(row.values):
            if (citizen, kind, value) not in self.claimed:
                self.claimed.add((citizen, kind, value))
                self.add(
                    CitizenIdentifier,
                    citizen_id=key,
                    kind=kind,
                    value=value,
                    origin="file",
                    batch_id=self.batch_key,
                )
        return citizen

    def _make_citizen(self, row: Staged, facility: str) -> None:
        values, at = row.values, row.values["@"]
        name = display_name(values["HO_TEN"])
        area = UUID(at["area"]) if at.get("area") else None
        blood_group, rhesus = blood_of(str(values.get("NHOM_MAU") or ""))
        self.add(
            Citizen,
            id=row.pk,
            name=name,
            name_sort=sort_key(name),
            birth_date=at["birth"],
            birth_precision=at["precision"],
            birth_time=at.get("clock") or None,
            standing="newborn" if is_newborn(at, self._arrived(row)) else "known",
            occupation=str(values.get("MA_NGHE_NGHIEP") or "")[:5],
            sex=SEXES.get(str(values.get("GIOI_TINH")), ""),
            blood_group=blood_group,
            rhesus=rhesus,
            ethnic_group=str(values.get("MA_DANTOC") or "")[:2],
            nationality=nationality_of(values),
            phone=str(values.get("DIEN_THOAI") or "")[:15],
            address=" ".join(str(values.get("DIA_CHI") or "").split()),
            area_id=area,
            home_station_id=self.places.stations.get(area) if area else None,
            origin="file",
            registered_at_id=facility,
        )
        if row.ruling == StagedRow.Ruling.OTHER:
            self._twins(row)

    @staticmethod
    def _arrived(row: Staged) -> date:
        return date.fromisoformat(row.values["NGAY_VAO"][:10])

    def _twins(self, row: Staged) -> None:
        for candidate in row.candidates:
            ground = GROUNDS[candidate["ground"]]
            # A number of two people stays an open case until one of them gives it up.
            is_open = ground == "number"
            self.add(
                TwinCase,
                older_id=UUID(candidate["id"]),
                newer_id=row.pk,
                ground=ground,
                number=self.shared.get((row.pk, candidate["id"]), "") if is_open else "",
                found_at=self.batch.confirmed_at or timezone.now(),
                answer="" if is_open else "different",
                answered_at=None if is_open else row.ruled_at,
                answered_by_id=None if is_open else row.ruled_by_id,
            )

    @staticmethod
    def measured_at(row: Staged, otherwise: datetime) -> datetime:
        """Return when the last progress note was written, else the beginning of the visit."""
        notes = [line.get("THOI_DIEM_DBLS") for line in row.tables.get("XML5", ())]
        return moment(notes[-1]) if notes and notes[-1] else otherwise

    def medicines(self, row: Staged, whole: Whole) -> None:
        """Add the medicines of an envelope."""
        if "XML2" not in row.tables:
            return
        for place, medicine in enumerate(medicines_of(row_of(row)), start=1):
            quantity = number_of(medicine.pop("quantity"))
            self.part(Medication, whole, position=place, quantity=quantity, **medicine)

    def diagnoses(self, row: Staged, whole: Whole, ranks: Iterable[str]) -> None:
        """Add the diagnoses of these ranks."""
        values = row.values
        on = str(values.get("NGAY_RA") or values["NGAY_VAO"])[:10]
        main = values.get("MA_BENH_CHINH")  # a check-in has none
        others = [code for code in dict.fromkeys(values.get("MA_BENH_KT") or ()) if code != main]
        for rank, codes in (("main", [main] if main else []), ("other", others)):
            for place, code in enumerate(codes if rank in ranks else (), start=1):
                title, version = self._titled(code, on)
                if code[:3] in self.waited_for:
                    self.followed.add(row.target_id or row.pk)
                self.part(
                    Diagnosis,
                    whole,
                    rank=rank,
                    position=place,
                    code=code[:10],
                    title=title,
                    list_version_id=version,
                )
        old = values.get("MA_BENH_YHCT") or () if "traditional" in ranks else ()
        for place, code in enumerate(old, start=1):
            words = {"rank": "traditional", "position": place, "title": code[:500]}
            self.part(Diagnosis, whole, code=code[:10], **words)

    @cached_property
    def _titles(self) -> dict[tuple[str, str], tuple[str, UUID | None]]:
        return {}

    def _titled(self, code: str, day: str) -> tuple[str, UUID | None]:
        found = self._titles.get((code, day))
        if found is None:
            on = date.fromisoformat(day)
            page = self.book.page(ICD, on)
            entry = page.get(code, on) if page else None
            known = None if entry else icd_structure(code)
            title = entry.title if entry else (known.title_en if known else code)
            found = title[:500], page.version_id if entry and page else None
            self._titles[code, day] = found
        return found
