"""(d) Models keep the house's rules: keys point down, choices are known to the database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db import models
from django.db.models import CheckConstraint
from django.urls import get_resolver

from portal.admin.base import PortalAdmin, PortalInline
from portal.api.views import ScopedViewSet
from tests.walking.world import _walk

pytestmark = pytest.mark.every_time
HOUSE = ("config", "reporting", "healthrecords", "practitioners", "facilities", "portal")
GROUND = (
    "intake",
    "dossiers",
    "signing",
    "verification",
    "attachments",
    "codelists",
    "accounts",
    "places",
    "audit",
    "database",
)
# What goes with its parent: parts that mean nothing alone. Everything else is protected.
CASCADES = {
    "accounts.OrganisationGrant.content_object": "written out again from assignments",
    "accounts.OrganisationGrant.permission": "written out again from assignments",
    "accounts.OrganisationGrant.user": "written out again from assignments",
    "codelists.Code.version": "codes are their version's content",
    "healthrecords.Result.report": "values are parts of their report",
    "places.AreaSuccession.former": "a step belongs to the old commune",
    "places.Catchment.organisation": "facts of the organisation",
    "places.OrganisationIdentifier.organisation": "facts of the organisation",
    "places.GoverningBody.organisation": "facts of the organisation",
    "places.OrganisationPlacement.organisation": "facts of the organisation",
}
PART_OF = models.CASCADE
# Parts of a visit, a profile or a batch live and end with it.
WHOLES = {"Visit", "ProfileSubmission", "Batch", "Citizen", "UploadBatch", "PracticeLicense"}
WHOLES |= {"DiscrepancyCase", "CaseSide"}


def house_models() -> Iterator[type[models.Model]]:
    """Yield the tables of the house, its history and third parties' left out."""
    for model in apps.get_models():
        ours = model.__module__.split(".")[0] in HOUSE
        if ours and not hasattr(model, "pgh_tracked_model"):
            yield model


def keys() -> Iterator[tuple[type[models.Model], Any]]:
    for model in house_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey | models.ManyToManyField):
                yield model, field


def storey(model: type[models.Model]) -> tuple[int, int]:
    """Return how high a model lives: its app's storey, then its own in the ground."""
    top, _dot, rest = model.__module__.partition(".")
    if top not in HOUSE:
        return (len(HOUSE), 0)  # a library is below everything
    inner = rest.split(".")[0]
    return (HOUSE.index(top), GROUND.index(inner) if inner in GROUND else len(GROUND))


def test_no_foreign_key_points_up_a_storey() -> None:
    up = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model, field in keys()
        if storey(field.related_model) < storey(model)
    ]
    assert up == []


def test_every_choices_field_is_known_to_the_database() -> None:
    missing = []
    for model in house_models():
        checks = {c.name for c in model._meta.constraints if isinstance(c, CheckConstraint)}
        for field in model._meta.local_fields:
            name = f"{model._meta.model_name}_{field.name}_known"
            if field.choices and model._meta.managed and name not in checks:
                missing.append(name)
    assert missing == []


def test_a_parent_is_protected_unless_the_row_is_its_part() -> None:
    loose = []
    for model, field in keys():
        if isinstance(field, models.ManyToManyField) or model._meta.auto_created:
            continue
        on_delete = field.remote_field.on_delete
        label = f"{model._meta.label}.{field.name}"
        part = field.related_model.__name__ in WHOLES and on_delete is PART_OF
        harmless = on_delete in (models.PROTECT, models.DO_NOTHING, models.SET_NULL)
        if not (harmless or part or label in CASCADES):
            loose.append(label)
    assert loose == []
    assert all(apps.get_model(*label.split(".")[:2]) for label in CASCADES)


@pytest.mark.parametrize(
    ("model", "model_admin"), admin.site._registry.items(), ids=lambda x: str(x)[:60]
)
def test_every_admin_stands_on_the_base_classes(model: Any, model_admin: Any) -> None:
    assert isinstance(model_admin, PortalAdmin)
    assert all(issubclass(inline, PortalInline) for inline in model_admin.inlines)
    # A deed without a capability is nobody's; a table that shows all its rows says so.
    assert model_admin.capability_to or model_admin.is_reference


def test_no_library_has_pages_of_its_own() -> None:
    strangers = [m._meta.label for m in admin.site._registry if m not in set(house_models())]
    assert strangers == []


@pytest.mark.parametrize(
    ("model", "model_admin"), admin.site._registry.items(), ids=lambda x: str(x)[:60]
)
def test_every_relation_in_a_form_is_looked_up_and_never_listed(
    model: Any, model_admin: Any
) -> None:
    listed = []
    holders = [model_admin, *[inline(model, admin.site) for inline in model_admin.inlines]]
    for holder in holders:
        own = holder.model if hasattr(holder, "model") else model
        writable = {"add", "change"} & set(holder.capability_to)
        if getattr(type(holder), "add_view", None) is not admin.ModelAdmin.add_view:
            writable -= {"add"} if holder is model_admin else set()  # a page of its own
        fixed = {*holder.readonly_fields, *holder.autocomplete_fields, *holder.raw_id_fields}
        named = holder.fields or flatten_fieldsets(holder.fieldsets or ())
        shown = _flat(named) if named else {f.name for f in own._meta.fields}
        declared = set(getattr(holder.form, "declared_fields", {}))
        for field in own._meta.fields if writable else ():
            is_key = isinstance(field, models.ForeignKey) and field.editable
            parent = getattr(holder, "fk_name", None) == field.name or field.related_model is model
            inline_parent = holder is not model_admin and parent
            if is_key and field.name in shown - fixed - declared and not inline_parent:
                listed.append(f"{own._meta.label}.{field.name}")
    assert listed == []


def _flat(names: Any) -> set[str]:
    found: set[str] = set()
    for name in names:
        found |= set(name) if isinstance(name, list | tuple) else {name}
    return found


def test_every_view_of_the_interface_stands_on_the_base() -> None:
    from rest_framework.views import APIView

    strangers = []
    for pattern in _patterns(get_resolver()):
        view = getattr(pattern.callback, "cls", None)
        ours = view is not None and view.__module__.split(".")[0] in HOUSE
        if ours and issubclass(view, APIView) and not issubclass(view, ScopedViewSet):
            strangers.append(view.__qualname__)
    assert strangers == []


def _patterns(resolver: Any) -> Iterator[Any]:
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern)
        else:
            yield pattern


def test_every_address_is_walked() -> None:
    assert len(list(_walk(get_resolver(), "", ()))) == len(list(_patterns(get_resolver())))
