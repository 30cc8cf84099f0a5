"""What belongs to a person? Every column that names one, found in the models and in the database.

Two rows of a register that are one person are joined by what stands here: a table that comes later
is found as the first ones were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from django.db.models import Q

from portal.database.privileges import append_only

# Tables whose rows are carried along when the row they are a part of changes its person, and the
# columns by which they hang on it where a row may hang on nothing.
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
    """One column by which the rows of a table belong to a person."""

    model: type[models.Model]
    field: models.Field[Any, Any]
    is_carried: bool
    # The columns that are empty where a row of a carried table stands alone.
    links: tuple[str, ...] = ()
    # Of which rows this is said; others of the table follow a row of another one by a service.
    only: Q | None = None

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    @property
    def column(self) -> str:
        return str(self.field.attname)

    @property
    def is_movable(self) -> bool:
        """Say whether rows may be given another person; a log is only carried."""
        return not append_only(self.model)

    @property
    def rows(self) -> Any:
        every = self.model._base_manager.all()
        return every if self.only is None else every.filter(self.only)

    @property
    def alone(self) -> Any:
        """Return the rows that no other row carries along: a result that belongs to no visit."""
        if not self.is_carried:
            return self.rows
        on_nothing = Q(*[(f"{link}__isnull", True) for link in self.links])
        return self.rows.filter(on_nothing) if self.links else self.rows.none()

    def of(self, people: Sequence[UUID]) -> Any:
        """Return the rows that stand with these people."""
        return self.rows.filter(**{f"{self.column}__in": list(people)})


def columns_of(
    person: type[models.Model], *, but: Collection[type[models.Model]] = ()
) -> list[tuple[type[models.Model], Any]]:
    """Return every column that names a person of a register, history left out: it is written once."""
    return [
        (model, field)
        for model in apps.get_models(include_auto_created=True)
        if not hasattr(model, "pgh_tracked_model") and model not in but
        for field in model._meta.local_concrete_fields
        if field.is_relation and field.related_model is person
    ]


def belongings_of(
    person: type[models.Model], *, but: Collection[type[models.Model]] = ()
) -> tuple[Belonging, ...]:
    """Return the columns by which rows belong to the people of a register.

    A log that is written once stays where it was written, unless another row carries it along.
    """
    carried: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(CARRIED)
        for table, column, link in cursor.fetchall():
            carried[table, column].append(link)
    found = []
    for model, field in columns_of(person, but=but):
        links = carried.get((model._meta.db_table, field.column), [])
        # What hangs on something by a column that is never empty never stands alone.
        named = tuple(link for link in links if link is not None)
        found.append(
            Belonging(model, field, bool(links), named if len(named) == len(links) else ())
        )
    return tuple(one for one in found if one.is_carried or one.is_movable)
