"""The history of a row as its page shows it: keys become names where the reader may know them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.db.models import ForeignKey, Model
from django.http import HttpRequest

from portal.admin.scoping import choices_of
from portal.audit.changes import Change, FieldChange, changes_of


def named_changes(site: AdminSite, request: HttpRequest, row: Model) -> list[dict[str, Any]]:
    """Return the changes of a row with people and related rows named."""
    changes = changes_of(row)
    who = _people(changes)
    relations = {f.verbose_name: f for f in row._meta.concrete_fields if isinstance(f, ForeignKey)}
    names = {label: _names(site, request, field, changes) for label, field in relations.items()}
    return [
        {
            "change": change,
            "who": who.get(change.user_id) or change.username or change.via,
            "fields": [_named(item, names.get(item.label)) for item in change.fields],
        }
        for change in changes
    ]


def _people(changes: list[Change]) -> dict[str, str]:
    ids = {change.user_id for change in changes if change.user_id}
    users = get_user_model()._default_manager.filter(pk__in=ids)
    return {str(user.pk): user.get_full_name() or user.get_username() for user in users}


def _names(
    site: AdminSite, request: HttpRequest, field: Any, changes: list[Change]
) -> Mapping[str, str]:
    values = {
        value
        for change in changes
        for item in change.fields
        if item.label == field.verbose_name
        for value in (item.before, item.after)
        if value
    }
    if not values:
        return {}
    rows = choices_of(site, request, field.related_model)
    return {str(row.pk): str(row) for row in rows.filter(pk__in=[UUID(v) for v in values])}


def _named(item: FieldChange, names: Mapping[str, str] | None) -> FieldChange:
    if names is None:
        return item
    return FieldChange(
        item.label, names.get(item.before, item.before), names.get(item.after, item.after)
    )
