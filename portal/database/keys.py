"""Keys of every row: UUID version 7, made by the application."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import reduce
from operator import and_
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from typing_extensions import override

from portal.database.uuid7 import uuid7

__all__ = ["CurrentXid", "Keyed", "MachUuid7", "Xid8", "uuid7"]


# How a condition of these lookups is certainly not met.
DIFFERENCES: dict[str, Callable[[Any, Any], bool]] = {
    "": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value not in tuple(wanted),
    "isnull": lambda value, wanted: (value is None) is not wanted,
}


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
    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        super().clean_fields(exclude={*(exclude or ()), *self._relations_at_hand()})

    @override
    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        # Keys are made to be unique; asking the database whether one is says nothing new.
        super().validate_unique(exclude={*(exclude or ()), "id"})

    @override
    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        exclude = {*(exclude or ()), "id"}
        first, last = getattr(self, "valid_from", None), getattr(self, "valid_until", None)
        if isinstance(first, date) and isinstance(last, date) and last < first:
            # PostgreSQL cannot even compare a reversed period: the simple rules speak first.
            for model, constraints in self.get_constraints():
                for constraint in constraints:
                    if isinstance(constraint, models.CheckConstraint):
                        constraint.validate(model, self, exclude=exclude)
        self._checks_hold = self._all_checks_hold(exclude)
        try:
            super().validate_constraints(exclude=exclude)
        finally:
            self._checks_hold = False

    def _relations_at_hand(self) -> set[str]:
        """Return the relations to rows that were read or written: those need not be looked for again."""
        found = set()
        for field in self._meta.concrete_fields:
            # What may be chosen at all is for the field to judge.
            if not isinstance(field, models.ForeignKey) or field.get_limit_choices_to():
                continue
            row = field.get_cached_value(self, default=None)
            if row is not None and not row._state.adding:
                found.add(field.name)
        return found

    @override
    def get_constraints(
        self,
    ) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Return the constraints to validate; without the checks where all of them are known to hold.

        Nor those that speak of some rows only, where this one certainly is none of them.
        """
        found = super().get_constraints()
        if not self.__dict__.get("_checks_hold"):
            return found
        return [
            (model, [one for one in constraints if not self._is_settled(one)])
            for model, constraints in found
        ]

    def _is_settled(self, constraint: models.BaseConstraint) -> bool:
        if isinstance(constraint, models.CheckConstraint):
            return True
        condition = getattr(constraint, "condition", None)
        return isinstance(condition, models.Q) and self._is_left_out(condition)

    def _is_left_out(self, condition: models.Q) -> bool:
        """Say whether a condition that can be read here leaves the row out; one that cannot, does not."""
        if condition.negated or condition.connector != models.Q.AND:
            return False
        return any(
            self._is_left_out(part) if isinstance(part, models.Q) else self._differs(*part)
            for part in condition.children
            if isinstance(part, (models.Q, tuple))
        )

    def _differs(self, said: str, wanted: Any) -> bool:
        name, _sign, lookup = said.partition("__")
        columns = {field.name: field.attname for field in self._meta.concrete_fields}
        value = getattr(self, columns[name]) if name in columns else models.F(name)
        if any(hasattr(one, "resolve_expression") for one in (value, wanted)):
            return False
        judged = DIFFERENCES.get(lookup)
        return judged is not None and judged(value, wanted)

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
