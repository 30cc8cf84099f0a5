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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone

from healthrecords.models import (
    Citizen,
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
from portal.places.models import Organisation

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
    visit = Visit.objects.select_related("citizen__area", "facility").get(pk=visit.pk)
    parts: dict[str, list[Snapshot]] = {}
    for model in signed_parts():
        if model is NOTES.model:
            continue
        rows = model._default_manager.filter(visit=visit.pk).order_by("pk")
        parts[model._meta.label_lower] = [
            row_of(row, besides=("visit", "facility")) for row in rows
        ]
    hidden_too = sees_sensitive or bool(visit.sensitivity)
    for one in CLASSED:
        parts[one.label] = _attached(one, visit, sees_all=hidden_too, before=before)
    return {
        "format": FORMAT,
        "person": _person(visit.citizen),
        "facility": _facility(visit.facility),
        "visit": row_of(visit),
        "parts": parts,
    }


def _attached(
    one: Attached, visit: Visit, *, sees_all: bool, before: Mapping[str, Any] | None
) -> list[Snapshot]:
    rows = one.model._default_manager.filter(one.stands, **{one.visit: visit.pk})
    if sees_all:
        return [row_of(row, besides=one.besides) for row in rows.order_by("pk")]
    open_rows = rows.filter(sensitivity="").order_by("pk")
    kept = []
    if said := (before or {"parts": {}})["parts"].get(one.label, ()):
        # What was open when it was signed may be protected since: it was signed all the same.
        since = {str(pk) for pk in rows.exclude(sensitivity="").values_list("pk", flat=True)}
        kept = [row for row in said if _hidden(row) or str(row["id"]) in since]
    found = [*kept, *(row_of(row, besides=one.besides) for row in open_rows)]
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


def _person(citizen: Citizen) -> dict[str, Any]:
    numbers = citizen.identifiers.filter(ended_on=None).order_by("kind", "value", "pk")
    return {
        "id": str(citizen.pk),
        "name": citizen.name,
        "birth_date": citizen.birth_date.isoformat(),
        "birth_precision": citizen.birth_precision,
        "sex": citizen.sex,
        "address": citizen.address,
        "area": citizen.area.code if citizen.area else None,
        "identifiers": [[row.kind, row.value] for row in numbers],
    }


def _facility(facility: Organisation) -> dict[str, Any]:
    codes = facility.identifiers.filter(holds_on(timezone.localdate())).order_by("scheme", "value")
    return {
        "id": str(facility.pk),
        "name": facility.name,
        "codes": [[row.scheme, row.value] for row in codes],
    }
