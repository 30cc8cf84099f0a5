"""The base classes: each admin declares; rights, scope and the read log are here."""

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn, TypeVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from typing_extensions import override

from portal.admin.exports import Exporting
from portal.admin.forms import DayInput, MomentField, PortalModelForm
from portal.admin.history import named_changes
from portal.admin.imports import Importing
from portal.admin.paginator import CappedPaginator
from portal.admin.related import RelatedField, RelatedInput
from portal.admin.scoping import ScopedRelatedFilter, choices_of
from portal.audit.reads import note
from portal.names import name_norm
from portal.scope import ScopedQuerySet, scope_of

M = TypeVar("M", bound=models.Model)
P = TypeVar("P", bound=models.Model)

NEVER_ASKED = frozenset({"password", "regex", "iregex"})


class Capable:
    """Says which capability each deed needs; a deed without one is nobody's.

    ``is_reference`` marks tables that belong to no organisation (code lists, areas): whoever may
    see one row may see all.
    """

    capability_to: ClassVar[Mapping[str, str]] = {}
    is_reference: ClassVar[bool] = False

    def may(self, request: HttpRequest, deed: str, row: models.Model | None = None) -> bool:
        """Say whether the user may do the deed, to this row when one is given."""
        capability = self.capability_to.get(deed)
        if capability is None or not request.user.is_authenticated:
            return False
        if not request.user.has_capability(capability):
            return False
        return row is None or self.is_reference or self.reaches(request, capability, row)

    def reaches(self, request: HttpRequest, capability: str, row: models.Model) -> bool:
        """Say whether a row lies where the user holds the capability (remembered per request)."""
        known: dict[tuple[str, Any], bool] = request.__dict__.setdefault("_rows_reached", {})
        key = (capability, row.pk)
        if key not in known:
            rows = type(row)._default_manager.filter(pk=row.pk)
            known[key] = self.scoped(request, rows, capability).exists()
        return known[key]

    def scoped(self, request: HttpRequest, rows: Any, capability: str | None) -> Any:
        """Return the rows where the user holds the capability."""
        if self.is_reference:
            return rows
        if capability is None or not isinstance(rows, ScopedQuerySet):
            return rows.none()
        return rows.within(scope_of(request.user, capability))


class Choosing:
    """Relations in a form offer only rows the user may see."""

    admin_site: admin.AdminSite

    formfield_overrides: Mapping[type[models.Field[Any, Any]], Mapping[str, Any]] = {
        models.DateField: {"widget": DayInput},
        models.DateTimeField: {"form_class": MomentField},
    }

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if "queryset" not in kwargs:
            kwargs["queryset"] = choices_of(self.admin_site, request, db_field.related_model)
        if db_field.name in getattr(self, "autocomplete_fields", ()) and "widget" not in kwargs:
            return self._sought(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def _sought(self, db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> Any:
        """Offer a row by typing instead of Django's own box, which needs scripts and jQuery."""
        sought = self.admin_site._registry.get(db_field.related_model)

        def search(rows: Any, words: str) -> Any:
            return sought.get_search_results(request, rows, words)[0] if sought else rows.none()

        where = {
            "app_label": db_field.model._meta.app_label,
            "model_name": db_field.model._meta.model_name,
            "field_name": db_field.name,
        }
        url = f"{reverse('admin:autocomplete')}?{urlencode(where)}"
        return db_field.formfield(
            **kwargs, form_class=RelatedField, search=search, widget=RelatedInput(url)
        )

    formfield_for_manytomany = formfield_for_foreignkey


class PortalAdmin(Capable, Choosing, Exporting, Importing, admin.ModelAdmin[M]):
    """One table's pages. Nothing is deleted; what has a consequence is a named action."""

    form: Any = PortalModelForm
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    actions_on_top = True
    save_on_top = False
    view_on_site = False
    search_folded: ClassVar[str] = ""  # the folded column that a typed name is looked up in

    @override
    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.may(request, "view", obj)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    @override
    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.may(request, "change", obj)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    @override
    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "view")

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[M]:
        rows = super().get_queryset(request)
        scoped: models.QuerySet[M] = self.scoped(request, rows, self.capability_to.get("view"))
        return scoped

    @override
    def get_list_filter(self, request: HttpRequest) -> Any:
        return [self._scoped_filter(f) for f in super().get_list_filter(request)]

    def _scoped_filter(self, item: Any) -> Any:
        if not isinstance(item, str) or "__" in item:
            return item
        field = self.model._meta.get_field(item)
        return (item, ScopedRelatedFilter) if field.is_relation else item

    @override
    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        # Django lets an address ask for any column, a password's by its first letters too.
        if not NEVER_ASKED.isdisjoint(lookup.split("__")):
            return False
        return super().lookup_allowed(lookup, value, request)

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not self.search_folded or not search_term.strip():
            return super().get_search_results(request, queryset, search_term)
        term = name_norm(search_term)
        return queryset.filter(**{f"{self.search_folded}__startswith": term}), False

    @override
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        context = {
            "export_address": self.export_address(request),
            "import_address": self.import_address(request),
            **(extra_context or {}),
        }
        response = super().changelist_view(request, context)
        listed = getattr(response, "context_data", None) or {}
        if self.shows_people and "cl" in listed:
            self.note_people(request, listed["cl"].result_list, action="listed")
        return response

    @override
    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> M | None:
        row = super().get_object(request, object_id, from_field)
        if row is not None and self.shows_people:
            self.note_people(request, [row], action="opened")
        return row

    def row_to_show(self, request: HttpRequest, object_id: str) -> M:
        """Return the row that a page of its own shows: 403 without the right, 404 out of sight."""
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404(_("There is no such record."))
        return row

    def note_people(self, request: HttpRequest, rows: Any, *, action: str) -> None:
        """Write into the read log whom this page shows."""
        people: list[UUID] = [getattr(row, self.shows_people) for row in rows]
        note(request, people, action=action, ground="scope")

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> NoReturn:
        # Django answers with a redirect to the index: a row out of scope must not exist at all.
        raise Http404(_("There is no such record."))

    @override
    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what the database's own history says: field by field, by whom, when."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404(_("There is no such record."))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "opts": self.opts,
            "object": row,
            "changes": named_changes(self.admin_site, request, row),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "portal/history.html", context)

    # pghistory keeps what happened; Django's LogEntry would keep names beside it, unscoped.
    @override
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        return None

    @override
    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        return None

    @override
    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        return None

    @property
    @override
    def media(self) -> forms.Media:
        """Load none of Django's scripts: the portal's own lists and forms bring theirs."""
        return forms.Media()

    @override
    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        raise Http404(_("There is no such page: records are closed, never deleted."))


class PortalInline(Capable, Choosing, admin.options.InlineModelAdmin[M, P]):
    """Rows under a parent; their rights are the parent's capability and their own scope."""

    form: Any = PortalModelForm
    extra = 0
    can_delete = False
    show_change_link = False

    @override
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "view")

    @override
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "add")

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change")

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[M]:
        rows = super().get_queryset(request)
        scoped: models.QuerySet[M] = self.scoped(request, rows, self.capability_to.get("view"))
        return scoped

    @property
    @override
    def media(self) -> forms.Media:
        return forms.Media()


class PortalTabularInline(PortalInline[M, P]):
    """The same, as a table."""

    template = "admin/edit_inline/tabular.html"
