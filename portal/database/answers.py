"""What two rows say of one person, question by question, so that somebody can choose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One question about a person that two rows may answer differently."""

    name: str
    fields: tuple[models.Field[Any, Any], ...]

    def of(self, row: models.Model) -> Values:
        """Return what a row answers, as JSON holds it."""
        return {str(f.attname): _plain(getattr(row, f.attname)) for f in self.fields}

    def put(self, row: models.Model, values: Values) -> None:
        """Let a row answer so."""
        for field in self.fields:
            put(row, field, values[str(field.attname)])


def put(row: models.Model, field: models.Field[Any, Any], value: Any) -> None:
    """Write a value of JSON into a field of a row."""
    target: Any = field.target_field if isinstance(field, models.ForeignKey) else field
    setattr(row, field.attname, None if value is None else target.to_python(value))


def _plain(value: Any) -> Any:
    return (
        value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)
    )


def choices_of(
    model: type[models.Model], *, own: Collection[str], together: Mapping[str, tuple[str, ...]]
) -> dict[str, Choice]:
    """Return the questions a model answers, in the order of its fields.

    ``own`` is decided by no choice; ``together`` names fields that are one answer to one question.
    """
    followers = {name for names in together.values() for name in names[1:]}
    fields = {f.name: f for f in model._meta.concrete_fields if not f.generated}
    return {
        name: Choice(
            name, tuple(fields[part] for part in together.get(name, (name,)) if part in fields)
        )
        for name in fields
        if name not in followers and name not in own
    }


def answers_of(row: models.Model, choices: Mapping[str, Choice]) -> Values:
    """Return all that a row answers, by attribute."""
    found: Values = {}
    for choice in choices.values():
        found |= choice.of(row)
    return found
