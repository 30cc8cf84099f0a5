"""What is read of a whole record for its page: many facts, one query.

A fact registers a subquery that answers a JSON array; the page's queries stay the same in number
whatever is registered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from healthrecords.models import CareAccess, Citizen
from healthrecords.querysets import outside_hidden_visits


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for which record, and on which day."""

    access: CareAccess
    sees_sensitive: bool
    on: date

    def rows(self, model: Any) -> Any:
        """Return a table's rows of the record that may be shown to those who ask."""
        rows = model.objects.of(self.access).open_to(sees_sensitive=self.sees_sensitive)
        return rows if self.sees_sensitive else outside_hidden_visits(rows)


Fact = Callable[[Asking], Any]
_facts: dict[str, Fact] = {}


def fact(name: str) -> Callable[[Fact], Fact]:
    """Register a fact: an ``ArraySubquery`` of JSON objects over ``asking.rows(...)``."""

    def keep(build: Fact) -> Fact:
        _facts[name] = build
        return build

    return keep


def read_facts(asking: Asking, more: Mapping[str, Any] | None = None) -> dict[str, list[Any]]:
    """Return every fact of a record by its name; ``more`` are expressions of this page alone."""
    asked = {name: build(asking) for name, build in _facts.items()} | dict(more or {})
    named = {f"fact_{name}": expression for name, expression in asked.items()}
    rows = Citizen.objects.filter(pk=asking.access.citizen_id).order_by().annotate(**named)
    found = rows.values(*named).get()
    return {name.removeprefix("fact_"): list(value or ()) for name, value in found.items()}
