"""Keys of every row: UUID version 7, made by the application."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import reduce
from operator import and_
from typing import Any

from django.core.exceptions import FieldError
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
        self._checks_hold = self._all_checks_hold(set(exclude or ()))
        try:
            super().validate_constraints(exclude=exclude)
        finally:
            self._checks_hold = False

    @override
    def get_constraints(
        self,
    ) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Return the constraints to validate; without the checks where all of them are known to hold."""
        found = super().get_constraints()
        if not self.__dict__.get("_checks_hold"):
            return found
        return [
            (model, [one for one in constraints if not isinstance(one, models.CheckConstraint)])
            for model, constraints in found
        ]

    def _all_checks_hold(self, exclude: set[str]) -> bool:
        """Ask the database once whether every check holds; one by one they speak only when not.

        A row has a dozen of them and each asked for itself is a question to the database.
        """
        for model, constraints in self.get_constraints():
            conditions = [c.condition for c in constraints if isinstance(c, models.CheckConstraint)]
            if not conditions:
                continue
            row: Any = self
            against = row._get_field_expression_map(meta=model._meta, exclude=exclude)
            try:
                if not reduce(and_, map(models.Q, conditions)).check(against):
                    return False
            except FieldError:
                # One of them names a field that is left out; each decides for itself.
                return False
        return True


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
