"""How are rows and what hangs on them kept as a file met them, and given back when it is undone?

For kinds whose rows change a handful of tables. Before and after a row is written the records it is
about are looked at whole; what differs is kept with the staged row, and so is the mark of what the
file left, by which a later change is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.db import models

Values = dict[str, Any]
# Table -> key of a row -> its values, all as JSON has them.
Tables = dict[str, dict[str, Values]]
Kept = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One table a record consists of: the column that names the record, and what is kept of a row.

    Without ``fields`` rows are kept whole and made again where they are gone. What others write by
    themselves, as a night job does, does ``not count`` as a later change.
    """

    model: type[models.Model]
    by: str = "id"
    fields: tuple[str, ...] = ()
    counts: bool = True

    @property
    def name(self) -> str:
        return self.model._meta.model_name or ""

    @property
    def kept(self) -> tuple[str, ...]:
        return self.fields or tuple(one.attname for one in _columns(self.model))


class Keeper:
    """Keeps records of a few tables; the record itself is the first part."""

    def __init__(self, *parts: Part) -> None:
        self.parts = parts

    def nothing(self) -> Tables:
        """Return what there was of a record that a file made."""
        return {part.name: {} for part in self.parts}

    def look(self, records: Collection[UUID]) -> dict[UUID, Tables]:
        """Return these records as they are; one query for each part."""
        found: dict[UUID, Tables] = {key: self.nothing() for key in records}
        for part in self.parts:
            rows = part.model._base_manager.filter(**{f"{part.by}__in": list(records)})
            for row in rows.order_by("id").values(*{"id", part.by, *part.kept}):
                said = {name: row[name] for name in part.kept}
                found[row[part.by]][part.name][str(row["id"])] = orjson.loads(
                    orjson.dumps(said, default=str)
                )
        return found

    def change(self, before: Tables, after: Tables) -> Kept:
        """Return what a row of a file changed of its record; None stands for what it made."""
        was: dict[str, dict[str, Values | None]] = {}
        for part in self.parts:
            old, new = before[part.name], after[part.name]
            differs = {key for key in {*old, *new} if old.get(key) != new.get(key)}
            was[part.name] = {key: old.get(key) for key in sorted(differs)}
        return {"was": was, "left": self._mark(after)}

    def is_as_left(self, kept: Kept, now: Tables) -> bool:
        """Say whether a record still is as the file left it."""
        return bool(kept["left"] == self._mark(now))

    def _mark(self, tables: Tables) -> str:
        counting = {part.name: tables[part.name] for part in self.parts if part.counts}
        return sha256(orjson.dumps(counting, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def give_back(self, every: Iterable[Kept]) -> None:
        """Give back what rows changed, and take away what they made; few queries for all of them."""
        was = [kept["was"] for kept in every]
        for part in reversed(self.parts):
            made = [key for one in was for key, row in one[part.name].items() if row is None]
            part.model._base_manager.filter(pk__in=made).delete()
        for part in self.parts:
            rows = [(k, v) for one in was for k, v in one[part.name].items() if v is not None]
            _restore(part, dict(rows))


def restored(part: Part, rows: Mapping[str, Values]) -> list[models.Model]:
    """Return rows as they were kept, unsaved."""
    columns = {one.attname: one for one in _columns(part.model)}
    return [
        part.model(
            id=UUID(key), **{n: columns[n].to_python(v) for n, v in row.items() if n != "id"}
        )
        for key, row in rows.items()
    ]


def _restore(part: Part, rows: Mapping[str, Values]) -> None:
    manager = part.model._base_manager
    held = {str(key) for key in manager.filter(pk__in=list(rows)).values_list("pk", flat=True)}
    changed = restored(part, {key: row for key, row in rows.items() if key in held})
    fields = [
        one.name for one in _columns(part.model) if one.attname in part.kept and not one.primary_key
    ]
    if changed:
        manager.bulk_update(changed, fields)
    if not part.fields:
        manager.bulk_create(restored(part, {k: row for k, row in rows.items() if k not in held}))


def _columns(model: type[models.Model]) -> Sequence[models.Field[Any, Any]]:
    """Return the columns that are written; what the database computes follows by itself."""
    return [one for one in model._meta.concrete_fields if not one.generated]
