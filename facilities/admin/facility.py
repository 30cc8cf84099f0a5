"""Facilities in the portal: a list with filters, a page at a glance, acts, a form."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from typing_extensions import override

from facilities import services
from facilities.admin import facility_pages
from facilities.forms import FacilityForm, belonging
from facilities.forms import facts as fact_forms
from facilities.forms import licensing as license_forms
from facilities.forms.taking_back import TakeBackForm
from facilities.models import Facility, FacilityName
from facilities.services import Received
from portal.admin import PortalAdmin, PortalTabularInline
from portal.admin.deeds import Deed, DeedsMixin
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


EDIT, DECIDE, PLACE = "change", "decide", "place"
DEEDS = (
    Deed(
        "licence",
        gettext_lazy("Enter an operating licence"),
        license_forms.LicenseForm,
        DECIDE,
        "shield",
        gettext_lazy("A licence that stands is replaced from the day the new one was issued."),
    ),
    Deed(
        "licence-adjust",
        gettext_lazy("Adjust or re-issue the licence"),
        license_forms.AdjustForm,
        DECIDE,
        "pen",
        gettext_lazy("The version before keeps its days and stays readable."),
    ),
    Deed(
        "licence-back",
        gettext_lazy("Take back a version to come"),
        TakeBackForm,
        DECIDE,
        "prev",
        gettext_lazy("It never holds; the version before it goes on, and the reason stays."),
    ),
    Deed(
        "licence-act",
        gettext_lazy("Suspend, lift, close, revoke"),
        license_forms.LicenseActForm,
        DECIDE,
        "lock",
    ),
    Deed("level", gettext_lazy("Level or rank"), fact_forms.LevelForm, DECIDE, "flag"),
    Deed("hours", gettext_lazy("Opening hours"), fact_forms.HoursForm, EDIT, "clock"),
    Deed("beds", gettext_lazy("Beds"), fact_forms.BedsForm, EDIT, "hosp"),
    Deed("department", gettext_lazy("Enter a department"), fact_forms.DepartmentForm, EDIT, "plus"),
    Deed(
        "department-beds",
        gettext_lazy("Beds of a department"),
        fact_forms.DepartmentBedsForm,
        EDIT,
        "hosp",
        gettext_lazy("An empty box changes nothing. The facility's own number stays as it is."),
    ),
    Deed(
        "department-over",
        gettext_lazy("End a department"),
        fact_forms.DepartmentOverForm,
        EDIT,
        "off",
    ),
    Deed("code", gettext_lazy("Another code"), belonging.CodeForm, PLACE, "key"),
    Deed(
        "governing",
        gettext_lazy("Another governing body"),
        belonging.GoverningForm,
        PLACE,
        "hosp",
        gettext_lazy(
            "Whose the facility is. Who sees and manages it does not change: that is its place in"
            " the tree."
        ),
    ),
    Deed("publish", gettext_lazy("Note a publication"), fact_forms.PublishForm, EDIT, "sun"),
    Deed(
        "readiness",
        gettext_lazy("Connection and software"),
        fact_forms.ReadinessForm,
        EDIT,
        "swap",
        gettext_lazy("What nobody answered stays open; “no” is an answer."),
    ),
    Deed(
        "confirm",
        gettext_lazy("Everything is as it stands here"),
        fact_forms.ConfirmForm,
        EDIT,
        "ok",
        gettext_lazy(
            "Look at the page once more before you confirm: the day is shown to everybody."
        ),
    ),
    Deed(
        "succession",
        gettext_lazy("Merge, split, make a point"),
        license_forms.SuccessionForm,
        PLACE,
        "swap",
        gettext_lazy(
            "The facility is closed, or becomes a point; its points and communes go to who"
            " continues. Visits stay where they were, reports follow."
        ),
    ),
    Deed(
        "succession-back",
        gettext_lazy("Withdraw a step of succession"),
        license_forms.WithdrawStepForm,
        PLACE,
        "prev",
    ),
)


class NameInline(PortalTabularInline[FacilityName, Facility]):
    model = FacilityName
    capability_to: ClassVar[dict[str, str]] = {"view": "view_facilities"}
    fields = ("name", "kind", "address", "former_district", "valid_from", "valid_until")


@admin.register(Facility)
class FacilityAdmin(DeedsMixin, PortalAdmin[Facility]):
    capability_to: ClassVar[dict[str, str]] = {
        "view": "view_facilities",
        "add": "edit_facilities",
        "change": "edit_facilities",
        "decide": "decide_licenses",
        "place": "manage_lists",
    }
    form = FacilityForm
    deeds = DEEDS
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
                    ("ownership", "level", "specialty"),
                    ("address", "former_district"),
                    ("phone", "website", "founded_in"),
                )
            },
        ),
        (
            gettext_lazy("Further facts"),
            {
                "fields": (
                    ("has_insurance_contract", "trains_practitioners", "floor_area"),
                    ("latitude", "longitude"),
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
        return next((c.value for c in codes if c.scheme == "insurance" and c.holds), "")

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
    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "facilities_facility"
        own = [
            path("xa/", view(facility_pages.communes_page), name=f"{name}_communes"),
            path("<path:object_id>/sua/", view(self.mend_view), name=f"{name}_mend"),
            path("<path:object_id>/qua-trinh/", view(self.past_view), name=f"{name}_past"),
            path("<path:object_id>/giuong-khoa/", view(self.rooms_view), name=f"{name}_rooms"),
            path(
                "<path:object_id>/minh-chung/<uuid:file_id>/",
                view(self.evidence_view),
                name=f"{name}_evidence",
            ),
        ]
        return [*own, *super().get_urls()]

    @override
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show the facility at a glance; the form that mends it has an address of its own."""
        if request.method == "POST":
            return super().change_view(request, object_id, form_url, extra_context)
        row = self.row_to_show(request, object_id)
        deeds = [deed for deed in self.deeds if self.allows_deed(request, deed, row)]
        return facility_pages.glance_page(
            request, row, deeds=deeds, may_mend=self.has_change_permission(request, row)
        )

    def mend_view(self, request: HttpRequest, object_id: str) -> Any:
        """Show the form that mends what is told of a facility."""
        return super().change_view(request, object_id, extra_context={"deeds": ()})

    @method_decorator(require_safe)
    def past_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show every dated fact of the facility."""
        return facility_pages.past_page(request, self.row_to_show(request, object_id))

    @method_decorator(require_safe)
    def rooms_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the beds of each department of the facility."""
        row = self.row_to_show(request, object_id)
        deeds = [deed for deed in self.deeds if self.allows_deed(request, deed, row)]
        return facility_pages.rooms_page(request, row, deeds=deeds)

    @method_decorator(require_safe)
    def evidence_view(self, request: HttpRequest, object_id: str, file_id: UUID) -> Any:
        """Send a file that proves what is told of the facility."""
        return facility_pages.evidence_file(self.row_to_show(request, object_id), file_id)

    @override
    def allows_deed(self, request: HttpRequest, deed: Deed, row: Any) -> bool:
        """Offer an act where the right and the facility's state let it."""
        if not super().allows_deed(request, deed, row):
            return False
        return facility_pages.fits(deed.slug, row)

    @override
    def response_change(self, request: HttpRequest, obj: Facility) -> HttpResponse:
        answer = super().response_change(request, obj)
        if "_continue" in request.POST:
            return answer
        return HttpResponseRedirect(reverse("admin:facilities_facility_change", args=[obj.pk]))

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
