"""Pages of areas and of the organisation tree."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.forms import CharField
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from portal.admin import PortalAdmin, PortalModelForm, PortalTabularInline, register
from portal.admin.deeds import DayField, Deed, DeedForm, DeedsMixin
from portal.admin.rows import RowField, suggestions
from portal.database.periods import not_over
from portal.places import services
from portal.places.lookup import find_communes, find_organisations, organisation_label
from portal.places.models import (
    Area,
    AreaSuccession,
    Catchment,
    GoverningBody,
    Organisation,
    OrganisationIdentifier,
    OrganisationPlacement,
)
from portal.scope import scope_of

SEARCHED = 200
SUGGEST = reverse_lazy("admin:places_organisation_suggest")


@register(Area)
class AreaAdmin(PortalAdmin[Area]):
    """Provinces and communes: everyone reads them, the loader writes them."""

    is_reference = True
    list_display = ("code", "name", "unit", "parent", "old_names", "valid_from")
    list_display_links = ("code", "name")
    list_select_related = ("parent",)
    list_filter = ("kind", ("parent", admin.RelatedOnlyFieldListFilter))
    search_fields = ("code", "name_norm")
    search_help_text = _("Code, or name with or without marks; old codes and names too")
    ordering = ("code", "id")
    fields = ("kind", "code", "name", "unit", "parent", "old_names", "valid_from", "legal_basis")
    readonly_fields = fields

    @override
    def may(self, request: HttpRequest, deed: str, row: Any = None) -> bool:
        # Where places lie is no secret: whoever may log in may look.
        return deed == "view" and request.user.is_authenticated

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Area]:
        successions = AreaSuccession.objects.select_related("former").order_by("former__code")
        return super().get_queryset(request).prefetch_related(Prefetch("successions", successions))

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        known = [found.area.pk for found in find_communes(search_term, limit=SEARCHED)]
        provinces, _many = super().get_search_results(
            request, Area.objects.provinces(), search_term
        )
        return queryset.filter(pk__in=[*known, *provinces.values_list("pk", flat=True)]), False

    @admin.display(description=_("old names"))
    def old_names(self, area: Area) -> str:
        return ", ".join(f"{s.former.name} ({s.former.code})" for s in area.successions.all())


class IdentifierInline(PortalTabularInline[OrganisationIdentifier, Organisation]):
    model = OrganisationIdentifier
    is_reference = True  # the organisation above is in scope, so are its codes
    capability_to: ClassVar[dict[str, str]] = {
        "view": "view_facilities",
        "add": "edit_facilities",
        "change": "edit_facilities",
    }
    fields = ("scheme", "value", "valid_from", "valid_until", "source")


class CatchmentInline(PortalTabularInline[Catchment, Organisation]):
    model = Catchment
    is_reference = True
    capability_to: ClassVar[dict[str, str]] = {
        "view": "view_facilities",
        "add": "manage_lists",
        "change": "manage_lists",
    }
    fields = ("area", "valid_from", "valid_until")
    autocomplete_fields = ("area",)


class PlacementInline(PortalTabularInline[OrganisationPlacement, Organisation]):
    """Where the organisation stood; it moves by its own page."""

    model = OrganisationPlacement
    fk_name = "organisation"
    is_reference = True
    capability_to: ClassVar[dict[str, str]] = {"view": "view_facilities"}
    fields = ("parent", "valid_from", "valid_until", "decision")
    readonly_fields = fields


class GoverningInline(PortalTabularInline[GoverningBody, Organisation]):
    """Whose it was; another governing body is entered on the facility's page."""

    model = GoverningBody
    is_reference = True
    capability_to: ClassVar[dict[str, str]] = {"view": "view_facilities"}
    fields = ("name", "kind", "valid_from", "valid_until", "decision")
    readonly_fields = fields


class OrganisationForm(PortalModelForm[Organisation]):
    """A new organisation takes its place in the tree before its rules are checked."""

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.instance._state.adding and "parent" in self.fields:
            parent = cleaned.get("parent")
            if parent is None and "parent" not in self.errors:
                message = _("Say under which organisation it stands.")
                self.add_error("parent", ValidationError(message, code="parent_missing"))
            elif parent is not None:
                self.instance.path = parent.path + self.instance.step
        return cleaned


class MoveForm(DeedForm):
    """Under whom, from which day, by which decision."""

    parent = RowField(label=_("Under"), url=SUGGEST)
    on = DayField(label=_("From"))
    decision = CharField(label=_("Decision"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = scope_of(self.request.user, "manage_lists")
        among = Organisation.objects.current().within(scope).exclude(pk=self.row.pk)
        field: Any = self.fields["parent"]
        field.find = lambda text: find_organisations(text, among)
        field.label_of = organisation_label

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        services.place_under(
            organisation=self.row,
            parent=said["parent"],
            on=said["on"],
            today=timezone.localdate(),
            decision=said["decision"],
        )
        return _("%(organisation)s stands under %(parent)s from %(day)s.") % {
            "organisation": self.row.name,
            "parent": said["parent"].name,
            "day": said["on"].strftime("%d/%m/%Y"),
        }


class CloseForm(DeedForm):
    """The last day of an organisation."""

    on = DayField(label=_("Last day"))

    @override
    def carry_out(self) -> StrOrPromise:
        services.close_organisation(organisation=self.row, on=self.cleaned_data["on"])
        return _("%(organisation)s is closed.") % {"organisation": self.row.name}


@register(Organisation)
class OrganisationAdmin(DeedsMixin, PortalAdmin[Organisation]):
    """Who is under whom; each row is set in by its depth in the tree."""

    form = OrganisationForm
    capability_to: ClassVar[dict[str, str]] = {
        "view": "view_facilities",
        "add": "manage_lists",
        "change": "edit_facilities",
        "move": "manage_lists",
    }
    list_display = ("in_tree", "kind", "parent", "area", "codes", "valid_from", "valid_until")
    list_display_links = ("in_tree",)
    list_select_related = ("parent", "area")
    list_filter = ("kind",)
    search_fields = ("name_norm", "identifiers__value")
    search_help_text = _("Name with or without marks, or facility code")
    ordering = ("path",)
    fields = ("name", "kind", "parent", "area", "valid_from", "valid_until")
    autocomplete_fields = ("parent", "area")
    inlines = (IdentifierInline, CatchmentInline, PlacementInline, GoverningInline)
    deeds = (
        Deed("move", _("Move under another parent"), MoveForm, "move", "swap"),
        Deed("close", _("Close this organisation"), CloseForm, "move", "off"),
    )

    @override
    def get_urls(self) -> list[URLPattern]:
        suggest = self.admin_site.admin_view(self.suggest)
        own = path("suggest/", suggest, name="places_organisation_suggest")
        return [own, *super().get_urls()]

    def suggest(self, request: HttpRequest) -> JsonResponse:
        """Answer the organisations a typed text may mean, of those the user may see."""
        among = self.get_queryset(request).filter(not_over(timezone.localdate()))
        return suggestions(
            request, lambda text: find_organisations(text, among), organisation_label
        )

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        return super().get_queryset(request).prefetch_related("identifiers")

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        found = find_organisations(search_term, queryset, limit=SEARCHED)
        return queryset.filter(pk__in=[row.pk for row in found]), False

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("valid_until",)
        # A facility is renamed on its own page, where the name it had keeps its days.
        own = ("name", "kind") if hasattr(obj, "facility") else ()
        return (*own, "parent", "valid_until")

    @override
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "parent":
            scope = scope_of(request.user, "manage_lists")
            kwargs["queryset"] = Organisation.objects.current().within(scope)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @override
    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: Any) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            services.add_organisation(obj)

    @admin.display(description=_("name"), ordering="path")
    def in_tree(self, organisation: Organisation) -> str:
        depth = organisation.path.count(".") - 1
        return f"{'– ' * depth}{organisation.name}"

    @admin.display(description=_("codes"))
    def codes(self, organisation: Organisation) -> str:
        return ", ".join(i.value for i in organisation.identifiers.all() if i.valid_until is None)
