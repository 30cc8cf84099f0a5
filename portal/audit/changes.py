"""What changed in a row, field by field, who changed it, and when?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

SHOWN = 200
DEEDS: dict[str, StrOrPromise] = {
    "insert": _("created"),
    "update": _("changed"),
    "delete": _("removed"),
}


@dataclass(frozen=True)
class FieldChange:
    """One field: what it said before, what it says after."""

    label: StrOrPromise
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One change of one row."""

    at: datetime
    deed: StrOrPromise
    what: str
    user_id: str
    username: str
    via: str
    fields: Sequence[FieldChange] = field(default_factory=tuple)


def history_of(model: type[models.Model]) -> type[models.Model] | None:
    """Return the table that keeps the history of a model, if it has one."""
    for candidate in apps.get_models():
        if getattr(candidate, "pgh_tracked_model", None) is model:
            return candidate
    return None


def changes_of(row: models.Model, shown: Sequence[str] | None = None) -> list[Change]:
    """Return the changes of a row, the latest first; ``shown`` limits the fields."""
    history = history_of(type(row))
    if history is None:
        return []
    manager: Any = history._default_manager
    events = manager.filter(pgh_obj_id=row.pk).select_related("pgh_context").order_by("pgh_id")
    found = list(_changes(type(row), list(events), shown))
    return found[::-1][:SHOWN]


def changed_by_people(model: type[models.Model]) -> dict[Any, frozenset[str]]:
    """Return for each row which of its fields some user ever changed.

    For small tables that are shipped and kept by hand: the whole history is read.
    """
    history = history_of(model)
    if history is None:
        return {}
    manager: Any = history._default_manager
    before: dict[Any, Any] = {}
    found: dict[Any, frozenset[str]] = {}
    for event in manager.select_related("pgh_context").order_by("pgh_id"):
        row, facts = event.pgh_obj_id, event.pgh_context.metadata if event.pgh_context else {}
        if row in before and facts.get("user"):
            changed = {
                each.name
                for each in model._meta.concrete_fields
                if hasattr(event, each.attname)
                and getattr(event, each.attname) != getattr(before[row], each.attname)
            }
            found[row] = found.get(row, frozenset()) | changed
        before[row] = event
    return found


def _changes(
    model: type[models.Model], events: Sequence[Any], shown: Sequence[str] | None
) -> Iterator[Change]:
    before: Any = None
    for event in events:
        facts = event.pgh_context.metadata if event.pgh_context else {}
        yield Change(
            at=event.pgh_created_at,
            deed=DEEDS.get(event.pgh_label, event.pgh_label),
            what=str(model._meta.verbose_name),
            user_id=str(facts.get("user") or ""),
            username=str(facts.get("username") or ""),
            via=str(facts.get("url") or facts.get("job") or facts.get("command") or ""),
            fields=tuple(_fields(model, before, event, shown)),
        )
        before = event


def _fields(
    model: type[models.Model], before: Any, event: Any, shown: Sequence[str] | None
) -> Iterator[FieldChange]:
    kept = {f.attname for f in type(event)._meta.concrete_fields}
    for each in model._meta.concrete_fields:
        if each.primary_key or each.attname not in kept:
            continue
        if shown is not None and each.name not in shown:
            continue
        old = "" if before is None else _written(each, before)
        new = _written(each, event)
        if old != new:
            yield FieldChange(each.verbose_name, old, new)


def _written(each: models.Field[Any, Any], event: Any) -> str:
    """Write a value as a person reads it; a key to another row stays a key: rights are its own."""
    value = getattr(event, each.attname)
    if value is None or value == "":
        return ""
    if each.choices:
        return str(dict(each.flatchoices).get(value, value))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if hasattr(value, "strftime"):
        return str(value.strftime("%d/%m/%Y %H:%M" if hasattr(value, "hour") else "%d/%m/%Y"))
    return str(value)
