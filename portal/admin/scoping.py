"""What is shown of other tables in a form or a filter, and to whom."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.sites import AdminSite
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest
from typing_extensions import override


def choices_of(site: AdminSite, request: HttpRequest, model: type[Model]) -> QuerySet[Any]:
    """Return the rows of ``model`` this user may choose: what its own admin would list.

    A table without an admin of its own offers nothing.
    """
    admin: ModelAdmin[Any] | None = site._registry.get(model)
    if admin is None or not admin.has_view_permission(request):
        return model._default_manager.none()
    return admin.get_queryset(request)


class ScopedRelatedFilter(RelatedFieldListFilter):
    """A filter on a relation offers the rows its user may see."""

    @override
    def field_choices(
        self, field: Field[Any, Any], request: HttpRequest, model_admin: ModelAdmin[Any]
    ) -> Any:
        related: type[Model] = field.related_model  # type: ignore[assignment]
        rows = choices_of(model_admin.admin_site, request, related)
        return [(str(row.pk), str(row)) for row in rows[:200]]
