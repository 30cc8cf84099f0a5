"""Everything the register holds of one person, read in one query whatever there is of it.

A profile has two dozen kinds of rows. They come as JSON of one UNION and become the models' own
rows again, with the relations that states and pages walk already filled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db import connection, models

from portal.places.models import Organisation
from practitioners.models import (
    BanProposal,
    ExaminationResult,
    ExtraTechnique,
    LicenseEvent,
    LicenseVersion,
    PracticalTraining,
    PracticeBan,
    PracticeLanguage,
    PracticeLicense,
    PracticePeriod,
    Practitioner,
    PractitionerIdentifier,
    ProfileSource,
    Qualification,
    Registration,
    Sanction,
    Speciality,
    TrainingActivity,
    TrainingRotation,
    WorkingSlot,
)

M = TypeVar("M", bound=models.Model)
OWN: tuple[type[models.Model], ...] = (
    PractitionerIdentifier,
    Qualification,
    Speciality,
    ExaminationResult,
    PracticeLanguage,
    PracticalTraining,
    TrainingRotation,
    TrainingActivity,
    PracticeLicense,
    Registration,
    WorkingSlot,
    PracticeBan,
    Sanction,
    PracticePeriod,
    ProfileSource,
)
# Rows that hang on a row of the person: whose, by which relation, the model, its key.
RELATIONS: tuple[tuple[type[models.Model], str, type[models.Model], str], ...] = (
    (PracticeLicense, "versions", LicenseVersion, "license"),
    (PracticeLicense, "events", LicenseEvent, "license"),
    (Registration, "techniques", ExtraTechnique, "registration"),
    (Registration, "slots", WorkingSlot, "registration"),
    (WorkingSlot, "continued_by", WorkingSlot, "continues"),
    (PracticalTraining, "rotations", TrainingRotation, "training"),
    (PracticeBan, "proposed_ends", BanProposal, "ends"),
)
PARTS = tuple(row for row in RELATIONS if row[2] not in OWN)


@dataclass
class Whole:
    """One person with every row of theirs; lists are in the order of the models."""

    practitioner: Practitioner
    rows: Mapping[type[models.Model], list[Any]] = field(default_factory=dict)

    def of(self, model: type[M]) -> list[M]:
        """Return the rows of one table."""
        return self.rows.get(model, [])

    @cached_property
    def licenses(self) -> list[PracticeLicense]:
        return self.of(PracticeLicense)

    @cached_property
    def registrations(self) -> list[Registration]:
        return self.of(Registration)

    def held_on(self, model: type[M], day: date) -> list[M]:
        """Return the rows of a table with days that hold on a day."""
        return [row for row in self.of(model) if holds(row, day)]


def holds(row: Any, day: date) -> bool:
    """Say whether a row with first and last days holds on a day; a missing first day is long ago."""
    begun = row.valid_from is None or row.valid_from <= day
    return bool(begun and (row.valid_until is None or row.valid_until >= day))


def whole_of(practitioner: Practitioner) -> Whole:
    """Read everything of a person: one query, and one for the places it names."""
    found: dict[type[models.Model], list[Any]] = defaultdict(list)
    tables: list[type[models.Model]] = [*OWN, Practitioner, *(part for _w, _r, part, _k in PARTS)]
    by_label = {str(model._meta.model_name): model for model in tables}
    with connection.cursor() as cursor:
        cursor.execute(_union(), {"person": practitioner.pk})
        for label, row in cursor.fetchall():
            model = by_label[label]
            found[model].append(made_of(model, row if isinstance(row, dict) else orjson.loads(row)))
    for rows in found.values():
        for row in rows:
            if hasattr(row, "practitioner_id"):
                row.practitioner = practitioner
    _join(found)
    _supervise(found)
    _place(found)
    return Whole(practitioner, {model: _ordered(rows) for model, rows in found.items()})


def _union() -> str:
    """Return the query: every table of the person, the label of its model beside each row as JSON.

    And who supervises the person's rotations.
    """
    parts = [
        f"SELECT '{model._meta.model_name}', to_jsonb(t) FROM {model._meta.db_table} t"  # noqa: S608
        " WHERE t.practitioner_id = %(person)s"
        for model in OWN
    ]
    parts += [
        f"SELECT '{model._meta.model_name}', to_jsonb(t) FROM {model._meta.db_table} t"  # noqa: S608
        f" JOIN {whole._meta.db_table} w ON w.id = t.{key}_id WHERE w.practitioner_id = %(person)s"
        for whole, _relation, model, key in PARTS
    ]
    parts.append(
        f"SELECT DISTINCT '{Practitioner._meta.model_name}', to_jsonb(t)"  # noqa: S608
        f" FROM {Practitioner._meta.db_table} t JOIN {TrainingRotation._meta.db_table} r"
        " ON r.supervisor_id = t.id WHERE r.practitioner_id = %(person)s"
    )
    return "\nUNION ALL\n".join(parts)


def made_of(model: type[M], values: Mapping[str, Any]) -> M:
    """Make a row of a model from its JSON, as if it had been read by itself."""
    row = model()
    for column in model._meta.concrete_fields:
        value = values.get(str(column.column))
        target = column.target_field if isinstance(column, models.ForeignKey) else column
        setattr(row, column.attname, value if isinstance(value, list) else target.to_python(value))
    row._state.adding, row._state.db = False, "default"
    return row


def _join(found: Mapping[type[models.Model], list[Any]]) -> None:
    """Hang parts on their wholes, so that ``license.events.all()`` asks nothing."""
    for whole, relation, part, key in RELATIONS:
        by_id = {row.pk: row for row in found.get(whole, ())}
        hung: dict[UUID, list[Any]] = {pk: [] for pk in by_id}
        for row in found.get(part, ()):
            owner = by_id.get(getattr(row, f"{key}_id"))
            if owner is not None:
                setattr(row, key, owner)
                hung[owner.pk].append(row)
        for pk, owner in by_id.items():
            queryset: Any = part._default_manager.all()
            queryset._result_cache, queryset._prefetch_done = _ordered(hung[pk]), True
            owner.__dict__.setdefault("_prefetched_objects_cache", {})[relation] = queryset


def _supervise(found: dict[type[models.Model], list[Any]]) -> None:
    """Let each rotation have the row of who supervises it."""
    known = {row.pk: row for row in found.pop(Practitioner, ())}
    for row in found.get(TrainingRotation, ()):
        row.supervisor = known[row.supervisor_id]


def _place(found: Mapping[type[models.Model], list[Any]]) -> None:
    rows = [row for rows in found.values() for row in rows if hasattr(row, "facility_id")]
    places = Organisation.objects.in_bulk({row.facility_id for row in rows if row.facility_id})
    for row in rows:
        if row.facility_id:
            row.facility = places[row.facility_id]


def _ordered(rows: list[Any]) -> list[Any]:
    """Put rows in a sensible order: the newest first by whichever day the table has."""

    def day(row: Any) -> tuple[date, Any]:
        for name in ("valid_from", "issued_on", "sat_on", "ended_on"):
            value = getattr(row, name, None)
            if value is not None:
                return value, row.pk
        return date.min, row.pk

    return sorted(rows, key=day, reverse=True)
