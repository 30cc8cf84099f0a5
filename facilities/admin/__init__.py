"""Facilities in the portal: a list with filters, a form, every name a code was given."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from facilities import services
from facilities.forms import FacilityForm
from facilities.models import Facility, FacilityName
from facilities.services import Received
from portal.admin import PortalAdmin, PortalTabularInline
from portal.places.models import Organisation
from portal.scope import scope_of


class NamesFilter(admin.SimpleListFilter):
    title = gettext_lazy("names")
    parameter_name = "names"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("two", gettext_lazy("code with several names"))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "two":
            return queryset
        received = FacilityName.objects.filter(kind="received", valid_until=None)
        return queryset.filter(pk__in=received.values("facility"))


class CommuneFilter(admin.SimpleListFilter):
    title = gettext_lazy("commune")
    parameter_name = "commune"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", gettext_lazy("not told yet"))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(organisation__area=None) if self.value() == "none" else queryset


class NameInline(PortalTabularInline[FacilityName, Facility]):
    model = FacilityName
    capability_to: ClassVar[dict[str, str]] = {"view": "view_facilities"}
    fields = ("name", "kind", "address", "former_district", "valid_from", "valid_until")


@admin.register(Facility)
class FacilityAdmin(PortalAdmin[Facility]):
    capability_to: ClassVar[dict[str, str]] = {
        "view": "view_facilities",
        "add": "edit_facilities",
        "change": "edit_facilities",
    }
    form = FacilityForm
    inlines: ClassVar[tuple[Any, ...]] = (NameInline,)
    list_display = ("name", "code", "kind", "form", "commune", "former_district", "ownership")
    list_select_related = ("organisation__area",)
    list_filter = ("organisation__kind", NamesFilter, CommuneFilter, "ownership", "level")
    search_fields = ("organisation__name_norm",)
    search_help_text = gettext_lazy("Name without marks or insurance code")
    ordering = ("organisation__name_norm", "id")
    fieldsets = (
        (gettext_lazy("Facility"), {"fields": (("name", "insurance_code"), ("kind", "form"))}),
        (
            gettext_lazy("Details"),
            {
                "fields": (
                    ("ownership", "level", "phone"),
                    ("address", "former_district"),
                )
            },
        ),
    )

    @admin.display(description=gettext_lazy("name"), ordering="organisation__name_norm")
    def name(self, row: Facility) -> str:
        return row.organisation.name

    @admin.display(description=gettext_lazy("code"))
    def code(self, row: Facility) -> str:
        codes = row.organisation.identifiers.all()
        return next((c.value for c in codes if c.scheme == "insurance" and not c.valid_until), "")

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, row: Facility) -> str:
        return row.organisation.get_kind_display()

    @admin.display(description=gettext_lazy("commune"))
    def commune(self, row: Facility) -> str:
        return row.organisation.area.name if row.organisation.area else ""

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Facility]:
        return super().get_queryset(request).prefetch_related("organisation__identifiers")

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        return queryset.found_by(search_term), False

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Facility | None = None) -> Any:
        if self.has_change_permission(request, obj) or obj is None:
            return ()
        return ("name", "code", "kind", *self.form.Meta.fields)

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Facility | None = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return [(None, {"fields": ("name", "code", "kind", *self.form.Meta.fields)})]

    @override
    def save_model(self, request: HttpRequest, obj: Facility, form: Any, change: bool) -> None:
        data, on = form.cleaned_data, timezone.localdate()
        if change:
            super().save_model(request, obj, form, change)
            services.rename_facility(facility=obj, name=data["name"], on=on)
            services.describe_organisation(
                facility=obj, kind=data["kind"], insurance_code=data["insurance_code"], on=on
            )
            return
        department = self._department(request)
        if department is None:
            raise PermissionDenied(
                _("A facility is registered by its department; ask the department of health.")
            )
        received = Received(
            name=data["name"],
            address=data["address"],
            former_district=data["former_district"],
            phone=data["phone"],
            ownership=data["ownership"],
            level=data["level"],
        )
        made = services.register_facility(
            department=department,
            received=received,
            on=on,
            insurance_code=data["insurance_code"],
            kind=data["kind"],
            form=data["form"],
        )
        obj.__dict__.update(made.__dict__)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        """A facility mends its own facts; its department alone registers one."""
        return super().has_add_permission(request) and self._department(request) is not None

    def _department(self, request: HttpRequest) -> Organisation | None:
        """Return the department this official registers facilities for."""
        scope = scope_of(request.user, "edit_facilities")
        place: Organisation | None = getattr(request.user, "place_of_work", None)
        if place is not None and place.kind == "department" and place.pk in scope:
            return place
        departments = Organisation.objects.within(scope).filter(kind="department")
        return departments.order_by("path").first()
