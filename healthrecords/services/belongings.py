"""What belongs to a citizen? Every table that names one, found in the models and in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models

from healthrecords.models import (
    CareRelation,
    Citizen,
    CitizenIdentifier,
    CitizenMerge,
    FieldSource,
    MergedRow,
)
from portal.database.privileges import append_only

# What says who was joined with whom belongs to neither.
SPEAK_OF_MERGES: tuple[type[models.Model], ...] = (Citizen, CitizenMerge, MergedRow)
# Tables whose rows are carried along when the row they are a part of changes its citizen, and the
# column by which they hang on it where a row may hang on nothing.
CARRIED = """
SELECT class.relname, attribute.attname, (
  SELECT link.attname FROM pg_catalog.pg_attribute link
  WHERE link.attrelid = held.conrelid AND link.attnum = ANY (held.conkey) AND NOT link.attnotnull
  LIMIT 1
)
FROM pg_catalog.pg_constraint held
JOIN pg_catalog.pg_class class ON class.oid = held.conrelid
JOIN pg_catalog.pg_attribute attribute
  ON attribute.attrelid = held.conrelid AND attribute.attnum = ANY (held.conkey)
WHERE held.contype = 'f' AND held.confupdtype = 'c'
  AND class.relnamespace = 'public'::pg_catalog.regnamespace
"""


@dataclass(frozen=True, slots=True)
class Belonging:
    """One column by which the rows of a table belong to a citizen."""

    model: type[models.Model]
    field: models.Field[Any, Any]
    is_carried: bool
    link: str = ""  # the column that is empty where a row of a carried table stands alone

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    @property
    def column(self) -> str:
        return str(self.field.attname)

    @property
    def is_movable(self) -> bool:
        """Say whether rows may be given another citizen; a log is only carried."""
        return not append_only(self.model)

    @property
    def rows(self) -> Any:
        return self.model._base_manager.all()

    @property
    def alone(self) -> Any:
        """Return the rows that no other row carries along: a result that belongs to no visit.

        The word of a row follows its row (:func:`row_sources.follow_rows`).
        """
        if self.model is FieldSource:
            return self.rows.filter(row_id=None)
        if not self.is_carried:
            return self.rows
        return self.rows.filter(**{f"{self.link}__isnull": True}) if self.link else self.rows.none()

    def of(self, people: Sequence[UUID]) -> Any:
        """Return the rows that stand with these records."""
        rows = self.alone if self.model is FieldSource else self.rows
        return rows.filter(**{f"{self.column}__in": list(people)})


def columns_of_citizens() -> list[tuple[type[models.Model], Any]]:
    """Return every column that names a citizen, history left out: it is written once.

    A log that is written once stays where it was written, too, unless a visit carries it along.
    """
    return [
        (model, field)
        for model in apps.get_models(include_auto_created=True)
        if not hasattr(model, "pgh_tracked_model") and model not in SPEAK_OF_MERGES
        for field in model._meta.local_concrete_fields
        if field.is_relation and field.related_model is Citizen
    ]


@cache
def belongings() -> tuple[Belonging, ...]:
    """Return the columns by which rows belong to citizens."""
    with connection.cursor() as cursor:
        cursor.execute(CARRIED)
        carried = {(table, column): link or "" for table, column, link in cursor.fetchall()}
    found = [
        Belonging(model, field, key in carried, carried.get(key, ""))
        for model, field in columns_of_citizens()
        for key in [(model._meta.db_table, field.column)]
    ]
    return tuple(one for one in found if one.is_carried or not append_only(one.model))


@dataclass(frozen=True, slots=True)
class Rivals:
    """Rows of which a citizen has one of a kind, and which of two is to stand in front."""

    same: tuple[str, ...]
    rank: Callable[[Any], Any]


# Of other tables the row of the record that stays is in front, and the other one waits behind.
RIVALS: Mapping[type[models.Model], Rivals] = {
    CitizenIdentifier: Rivals(("kind", "value", "ended_on"), lambda row: row.is_verified),
    CareRelation: Rivals(("organisation_id", "ground"), lambda row: row.until or date.max),
}
