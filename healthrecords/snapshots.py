"""What does a visit say, as one canonical text: what is signed, kept and compared?

The text is JSON without a choice left: keys sorted, no spaces, no floats, decimals as written in
the database, moments in UTC, nothing left out. A part of a visit that an app adds is in it by being
a ``VisitPart``. What stands with the visit (results, procedures, papers given out) is in it as it
stands; what comes later is not, until the visit is signed in addition. A signer's text holds what
the signer may see; a protected row that another one signed before stays in it as it was signed.
``format`` says how to read a text that was signed years ago.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import F, Prefetch, Q
from django.utils import timezone

from healthrecords.models import (
    CitizenIdentifier,
    DiagnosticReport,
    Document,
    Procedure,
    Referral,
    Result,
    Visit,
    VisitNote,
)
from healthrecords.models.visit import VisitPart
from portal.database.periods import holds_on
from portal.places.models import OrganisationIdentifier

FORMAT = "mach.visit/2"
# Whose visit it is may change by a merge; it is told by the snapshot's own "person".
OWNERS = frozenset({"citizen"})
# What does not count as a change of what was said. The class follows from the words.
BOOKKEEPING = frozenset({"id", "batch_id", "client_key", "entered_by", "entered_at", "sensitivity"})

MISTAKE = "entered_in_error"

Snapshot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attached:
    """A table whose rows stand with a visit: by which column, and which of them stand."""

    model: type[models.Model]
    visit: str
    stands: Q
    besides: tuple[str, ...] = ("visit",)  # columns that the visit itself tells

    @property
    def label(self) -> str:
        return str(self.model._meta.label_lower)


def _reports(prefix: str = "") -> Q:
    gone = Q(**{f"{prefix}status": MISTAKE})
    return Q(**{f"{prefix}superseded_by": None, f"{prefix}withdrawn_at": None}) & ~gone


ATTACHED = (
    Attached(DiagnosticReport, "visit", _reports()),
    Attached(Result, "report__visit", _reports("report__")),
    Attached(Procedure, "visit", Q(withdrawn_at=None) & ~Q(status=MISTAKE)),
    Attached(Document, "visit", Q(cancelled_at=None)),
    Attached(Referral, "visit", Q(document__cancelled_at=None)),
)
ATTACHED_LABELS = frozenset(one.label for one in ATTACHED)
# A part of the visit, yet with a class of its own: a hospital's words tell more than its codes.
NOTES = Attached(VisitNote, "visit", Q(), ("visit", "facility"))
CLASSED = (*ATTACHED, NOTES)
CLASSED_LABELS = ATTACHED_LABELS | {NOTES.label}


@cache
def _parts() -> tuple[Attached, ...]:
    """Return every table that a snapshot reads: the parts of the visit, and what stands with it."""
    own = [Attached(model, "visit", Q(), NOTES.besides) for model in signed_parts()]
    return (*(one for one in own if one.label != NOTES.label), *CLASSED)


@cache
def signed_parts() -> tuple[type[VisitPart], ...]:
    """Return the tables whose rows are part of what is signed, by name."""
    found = [
        model for model in apps.get_models() if issubclass(model, VisitPart) and model.is_signed
    ]
    return tuple(sorted(found, key=lambda model: model._meta.label_lower))


def snapshot_of(
    visit: Visit, *, sees_sensitive: bool = True, before: Mapping[str, Any] | None = None
) -> Snapshot:
    """Return all that a visit says in the database now, with the person and the place as they are.

    Without the right to see protected rows, those of ``before``, the version signed last, stand in
    place of the present ones.
    """
    befores = {} if before is None else {visit.pk: before}
    return snapshots_of([visit.pk], sees_sensitive=sees_sensitive, before=befores)[visit.pk]


def snapshots_of(
    visits: Collection[UUID],
    *,
    sees_sensitive: bool,
    before: Mapping[UUID, Mapping[str, Any]] | None = None,
) -> dict[UUID, Snapshot]:
    """Return what several visits say; it takes as many queries as one."""
    rows = Visit.objects.select_related("citizen__area", "facility").prefetch_related(*_numbers())
    found = {visit.pk: visit for visit in rows.filter(pk__in=visits)}
    parts: dict[UUID, dict[str, list[Snapshot]]] = {pk: {} for pk in found}
    for part in _parts():
        said = _rows_by_visit(part, found)
        for pk, visit in found.items():
            parts[pk][part.label] = said[pk]
            if part.label in CLASSED_LABELS and not (sees_sensitive or visit.sensitivity):
                parts[pk][part.label] = _open_rows(part, said[pk], (before or {}).get(pk))
    return {
        pk: {
            "format": FORMAT,
            "person": _person(visit.citizen),
            "facility": _facility(visit.facility),
            "visit": row_of(visit),
            "parts": parts[pk],
        }
        for pk, visit in found.items()
    }


def _rows_by_visit(part: Attached, visits: Collection[UUID]) -> dict[UUID, list[Snapshot]]:
    rows = part.model._default_manager.filter(part.stands, **{f"{part.visit}__in": list(visits)})
    found: dict[UUID, list[Snapshot]] = defaultdict(list)
    for row in rows.annotate(of_visit=F(part.visit)).order_by("pk"):
        found[row.of_visit].append(row_of(row, besides=part.besides))
    return found


def _open_rows(
    part: Attached, rows: list[Snapshot], before: Mapping[str, Any] | None
) -> list[Snapshot]:
    """Put in place of the protected rows those that were signed last."""
    said = (before or {"parts": {}})["parts"].get(part.label, ())
    # What was open when it was signed may be protected since: it was signed all the same.
    since = {str(row["id"]) for row in rows if _hidden(row)}
    kept = [row for row in said if _hidden(row) or str(row["id"]) in since]
    found = [*kept, *(row for row in rows if not _hidden(row))]
    return sorted(found, key=lambda row: str(row["id"]))


def _hidden(row: Mapping[str, Any]) -> bool:
    return bool(row.get("sensitivity"))


def shown_of(said: Mapping[str, Any], *, sees_sensitive: bool) -> Snapshot:
    """Return what of a snapshot may be shown: what stands with the visit, and a note, keep their class."""
    if sees_sensitive:
        return dict(said)
    parts = {
        label: [row for row in rows if label not in CLASSED_LABELS or not _hidden(row)]
        for label, rows in said["parts"].items()
    }
    return {**said, "parts": parts}


def canonical(said: Mapping[str, Any]) -> str:
    """Write a snapshot as the one text it has."""
    return json.dumps(
        said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def mark_of(text: str) -> str:
    """Return the SHA-256 of a text."""
    return sha256(text.encode()).hexdigest()


def shown_mark(said: Mapping[str, Any], *, sees_sensitive: bool) -> str:
    """Return a mark of what a reader was shown of a visit: the same words, the same mark.

    Who wrote it and with which keys does not count, as nowhere in a comparison.
    """
    shown = shown_of(said, sees_sensitive=sees_sensitive or bool(said["visit"]["sensitivity"]))
    about = {name: shown[name] for name in ("person", "facility")}
    return mark_of(canonical({**about, **_compared(shown, frozenset())}))


def shown_marks(visits: Collection[UUID], *, sees_sensitive: bool) -> dict[UUID, str]:
    """Return the mark of what a reader is shown of each visit.

    It is asked for before what is shown is read: what changes in between is refused at the
    signature, and never signed unread.
    """
    found = snapshots_of(visits, sees_sensitive=sees_sensitive)
    return {pk: shown_mark(said, sees_sensitive=sees_sensitive) for pk, said in found.items()}


def said_alike(one: Mapping[str, Any], other: Mapping[str, Any], *, itself: bool = False) -> bool:
    """Say whether two snapshots of a visit say the same, whoever wrote it and with which keys.

    ``itself`` asks of the visit alone, and not of what stands with it.
    """
    left_out = ATTACHED_LABELS if itself else frozenset()
    return canonical(_compared(one, left_out)) == canonical(_compared(other, left_out))


def _compared(said: Mapping[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
    parts = {
        label: sorted((told(row, label) for row in rows), key=canonical)
        for label, rows in said["parts"].items()
        if rows and label not in left_out
    }
    return {"visit": told(said["visit"], Visit._meta.label_lower), "parts": parts}


def told(row: Mapping[str, Any], label: str) -> dict[str, Any]:
    """Return what a row of a snapshot tells; a column it did not have yet is as good as blank."""
    blank = _blanks(label)
    return {
        name: value
        for name, value in row.items()
        if name not in BOOKKEEPING and (name not in blank or blank[name] != value)
    }


@cache
def _blanks(label: str) -> dict[str, Any]:
    model = apps.get_model(label)
    return {
        field.name: _plain(field.get_default(), field)
        for field in model._meta.concrete_fields
        if field.name not in BOOKKEEPING and not field.primary_key and not field.is_relation
    } | {field.name: None for field in model._meta.concrete_fields if field.is_relation}


def row_of(row: models.Model, besides: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a row as it stands in a snapshot."""
    left_out = {*OWNERS, *besides, *getattr(row, "unsigned", ())}
    return {
        field.name: _plain(field.value_from_object(row), field)
        for field in row._meta.concrete_fields
        if field.name not in left_out and not field.generated
    }


def _plain(value: Any, field: Any = None) -> Any:
    """Return a value as JSON has it; each kind has one way to be written."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        places = getattr(field, "decimal_places", None)
        return f"{value:.{places}f}" if places is not None else format(value.normalize(), "f")
    if isinstance(value, list | tuple):
        base = getattr(field, "base_field", None)
        return [_plain(one, base) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return _written(value)


WRITERS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (datetime, lambda value: value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
    (date | time, lambda value: value.isoformat()),
    (UUID, str),
    (float, repr),
    (bytes | memoryview, lambda value: base64.b64encode(bytes(value)).decode()),
    (models.fields.files.FieldFile, lambda value: str(value.name or "")),
)


def _written(value: Any) -> str:
    for kind, write in WRITERS:
        if isinstance(value, kind):
            return write(value)
    message = f"A snapshot does not know how to write {type(value).__name__}."
    raise TypeError(message)


def read_back(said: Mapping[str, Any]) -> Iterator[models.Model]:
    """Return the visit of a snapshot and its parts as they were, without touching the database."""
    yield restored(Visit, said["visit"])
    for model in (*signed_parts(), *(one.model for one in ATTACHED)):
        for row in said["parts"].get(model._meta.label_lower, ()):
            yield restored(model, row)


def restored(model: type[models.Model], row: Mapping[str, Any]) -> models.Model:
    """Return an unsaved row that says what a row of a snapshot said."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.name in row:
            values[field.attname] = _read(field, row[field.name])
    return model(**values)


def _read(field: Any, value: Any) -> Any:
    if value is None:
        return None
    base = getattr(field, "base_field", None)
    if base is not None:
        return [_read(base, one) for one in value]
    if isinstance(field, models.ForeignKey):
        return field.target_field.to_python(value)
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    return field.to_python(value)


def _numbers() -> tuple[Prefetch[Any, Any, Any], Prefetch[Any, Any, Any]]:
    """Return how the numbers in force of persons and places are read with many visits."""
    numbers = CitizenIdentifier.objects.filter(ended_on=None).order_by("kind", "value", "pk")
    codes = OrganisationIdentifier.objects.filter(holds_on(timezone.localdate()))
    return (
        Prefetch("citizen__identifiers", numbers, to_attr="in_force"),
        Prefetch("facility__identifiers", codes.order_by("scheme", "value"), to_attr="in_force"),
    )


def _person(citizen: Any) -> dict[str, Any]:
    return {
        "id": str(citizen.pk),
        "name": citizen.name,
        "birth_date": citizen.birth_date.isoformat(),
        "birth_precision": citizen.birth_precision,
        "sex": citizen.sex,
        "address": citizen.address,
        "area": citizen.area.code if citizen.area else None,
        "identifiers": [[row.kind, row.value] for row in citizen.in_force],
    }


def _facility(facility: Any) -> dict[str, Any]:
    return {
        "id": str(facility.pk),
        "name": facility.name,
        "codes": [[row.scheme, row.value] for row in facility.in_force],
    }
