"""Keys of every row: UUID version 7, made by the application."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import models
from typing_extensions import override

from portal.database.uuid7 import uuid7

__all__ = ["CurrentXid", "Keyed", "MachUuid7", "Xid8", "uuid7"]


class MachUuid7(models.Func):
    """UUIDv7 made by the database, for rows that triggers write."""

    function = "public.mach_uuid7"
    arity = 0
    output_field = models.UUIDField()


class Keyed(models.Model):
    """A row with a UUIDv7 key, so that rows of several provinces can meet in one table."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True

    @override
    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        first, last = getattr(self, "valid_from", None), getattr(self, "valid_until", None)
        if isinstance(first, date) and isinstance(last, date) and last < first:
            # PostgreSQL cannot even compare a reversed period: the simple rules speak first.
            for model, constraints in self.get_constraints():
                for constraint in constraints:
                    if isinstance(constraint, models.CheckConstraint):
                        constraint.validate(model, self, exclude=set(exclude or ()))
        super().validate_constraints(exclude=exclude)


class Xid8(models.Field[Any, Any]):
    """A full 64-bit transaction id of PostgreSQL."""

    @override
    def db_type(self, connection: Any) -> str:
        return "xid8"


class CurrentXid(models.Func):
    """The id of the transaction that writes the row."""

    function = "pg_catalog.pg_current_xact_id"
    arity = 0
    output_field = Xid8()
