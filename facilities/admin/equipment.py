"""Devices in the portal: a list with what is due, a card, acts."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db.models import IntegerField, Q, QuerySet, Value
from django.http import Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from typing_extensions import override

from facilities import services
from facilities.admin.days import DueFilter, drawn, nearness
from facilities.forms import equipment as forms
from facilities.models import (
    Department,
    DueWarning,
    Equipment,
    EquipmentState,
    Inspection,
    RadiationLicense,
)
from facilities.querysets import with_first_due
from facilities.rules import INSPECTIONS, inspected_kinds, supply_rules
from portal.admin import PortalAdmin, PortalTabularInline, register
from portal.admin.deeds import Deed, DeedsMixin
from portal.attachments.serving import answer
from portal.codelists.lookup import titles_on

VIEW, KEEP = "view_supplies", "keep_supplies"
SEE: dict[str, str] = {"view": VIEW}
DAYS: Any = ArrayField(IntegerField())
CHIPS = {
    "in_use": ("ok", "ok"),
    "maintenance": ("warn", "clock"),
    "broken": ("bad", "bad"),
    "waiting_disposal": ("", "off"),
    "disposed": ("", "trash"),
}


class StateInline(PortalTabularInline[EquipmentState, Equipment]):
    model = EquipmentState
    capability_to: ClassVar[dict[str, str]] = SEE
    fields = ("state", "reason", "valid_from", "valid_until")


class InspectionInline(PortalTabularInline[Inspection, Equipment]):
    model = Inspection
    capability_to: ClassVar[dict[str, str]] = SEE
    fields = (
        "kind",
        "done_on",
        "result",
        "done_by",
        "certificate_no",
        "next_due_on",
        "note",
        "paper",
    )
    readonly_fields = ("paper",)

    @admin.display(description=gettext_lazy("evidence"))
    def paper(self, row: Inspection) -> str:
        """Return the way to the file that proves the inspection."""
        if row.evidence_id is None:
            return ""
        url = reverse("admin:facilities_equipment_evidence", args=[row.equipment_id, row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Open the evidence"))


class RadiationInline(PortalTabularInline[RadiationLicense, Equipment]):
    model = RadiationLicense
    capability_to: ClassVar[dict[str, str]] = SEE
    fields = (
        "number",
        "issued_by",
        "safety_officer",
        "officer_certificate",
        "valid_from",
        "valid_until",
    )


@register(Equipment)
class EquipmentAdmin(DeedsMixin, PortalAdmin[Equipment]):
    capability_to: ClassVar[dict[str, str]] = {"view": VIEW, "add": KEEP, "change": KEEP}
    form = forms.EquipmentForm
    change_form_template: ClassVar[Any] = "facilities/device_page.html"
    deeds = (
        Deed(
            "inspection", gettext_lazy("Note an inspection"), forms.InspectionForm, "change", "ok"
        ),
        Deed("state", gettext_lazy("Another state"), forms.StateForm, "change", "swap"),
        Deed(
            "radiation", gettext_lazy("Radiation licence"), forms.RadiationForm, "change", "shield"
        ),
    )
    inlines: ClassVar[tuple[Any, ...]] = (InspectionInline, RadiationInline, StateInline)
    list_display = (
        "device",
        "asset_code",
        "risk_class",
        "state_chip",
        "due_chip",
        "circulation_number",
        "serial",
        "department",
        "facility",
    )
    list_display_links = ("device",)
    list_select_related = ("facility", "department")
    list_filter = ("state", DueFilter, "risk_class", "is_radiating")
    search_fields = ("name_norm", "asset_code", "serial", "circulation_number")
    search_help_text = gettext_lazy(
        "Name without marks, asset code, serial, circulation number or place"
    )
    search_folded = ""
    ordering = ("name_norm", "asset_code", "id")
    autocomplete_fields = ("facility", "department")
    fieldsets = (
        (
            gettext_lazy("Device"),
            {
                "fields": (
                    ("facility", "department"),
                    ("asset_code", "name"),
                    ("risk_class", "circulation_number"),
                    ("model", "serial"),
                )
            },
        ),
        (
            gettext_lazy("Origin"),
            {
                "fields": (
                    ("maker", "country"),
                    ("made_in_year", "used_since"),
                    ("supplier", "contract_no"),
                    ("price", "funding"),
                )
            },
        ),
        (gettext_lazy("Inspection"), {"fields": (("inspection_kind", "is_radiating"),)}),
    )

    @override
    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<path:object_id>/minh-chung/<uuid:inspection_id>/",
            self.admin_site.admin_view(self.evidence_view),
            name="facilities_equipment_evidence",
        )
        return [own, *super().get_urls()]

    @method_decorator(require_safe)
    def evidence_view(self, request: HttpRequest, object_id: str, inspection_id: UUID) -> Any:
        """Send the file that proves an inspection of the device."""
        device = self.row_to_show(request, object_id)
        done = device.inspections.filter(pk=inspection_id).select_related("evidence").first()
        if done is None or done.evidence is None:
            raise Http404(_("There is no such file."))
        return answer(done.evidence)

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Equipment]:
        today = timezone.localdate()
        steps = list(supply_rules(today).equipment_steps)
        rows = with_first_due(super().get_queryset(request), inspected_kinds(today))
        kept: QuerySet[Equipment] = rows.annotate(steps=Value(steps, DAYS))
        return kept

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        from portal.names import name_norm

        plain = search_term.strip()
        if not plain:
            return queryset, False
        named, placed = Q(), Q()
        for word in name_norm(plain).split()[:8]:
            named &= Q(name_norm__contains=word)
            placed &= Q(facility__name_norm__contains=word)
        numbers = Q(asset_code__iexact=plain) | Q(serial__iexact=plain)
        return queryset.filter(
            named | placed | numbers | Q(circulation_number__iexact=plain)
        ), False

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        place = getattr(request.user, "place_of_work", None)
        return {"facility": place.pk} if place is not None else {}

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("facility",) if obj is not None else ()

    @override
    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Say above everything why a device should not be used today."""
        device = context.get("original")
        if device is not None:
            context["why_not"] = services.why_not_usable(device, timezone.localdate())
        return super().render_change_form(request, context, *args, **kwargs)

    @override
    def save_model(self, request: HttpRequest, obj: Equipment, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        services.enter_equipment(equipment=obj, on=timezone.localdate())

    @admin.display(description=gettext_lazy("device"), ordering="name_norm")
    def device(self, row: Equipment) -> str:
        return row.name

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_chip(self, row: Equipment) -> str:
        kind, icon = CHIPS[row.state]
        return drawn(kind, icon, row.get_state_display().capitalize())

    @admin.display(description=gettext_lazy("due"), ordering="due")
    def due_chip(self, row: Equipment) -> str:
        due = getattr(row, "due", None)
        if due is None or row.state == Equipment.State.DISPOSED:
            return ""
        today = timezone.localdate()
        days, kind = (due - today).days, nearness(due, today, getattr(row, "steps", ()))
        if days < 0:
            return drawn("bad", "warn", _("Overdue by %(n)d days") % {"n": -days})
        said = _("%(day)s, %(n)d days left") % {"day": f"{due:%d/%m/%Y}", "n": days}
        return drawn(kind, "clock", said) if kind else f"{due:%d/%m/%Y}"

    def kind_of_inspection(self, row: Equipment) -> str:
        return titles_on(INSPECTIONS, timezone.localdate()).get(row.inspection_kind, "")


@register(Department)
class DepartmentAdmin(PortalAdmin[Department]):
    """Departments, opened and ended on the facility's page."""

    capability_to: ClassVar[dict[str, str]] = {"view": "view_facilities"}
    list_display = ("name", "code", "head", "facility", "valid_from", "valid_until")
    list_select_related = ("facility",)
    search_fields = ("name", "code")
    ordering = ("facility__path", "code", "name", "id")
    fields = (
        ("facility", "code", "name"),
        ("head", "valid_from", "valid_until"),
        ("decision_no", "decided_on", "decided_by"),
    )


@register(DueWarning)
class DueWarningAdmin(PortalAdmin[DueWarning]):
    """What the night job warned of."""

    capability_to: ClassVar[dict[str, str]] = SEE
    list_display = ("equipment", "subject", "due_on", "step", "warned_on", "met_on", "facility")
    list_select_related = ("equipment", "facility")
    list_filter = ("subject", "step")
    search_fields = ("equipment__name_norm", "equipment__asset_code")
    ordering = ("due_on", "id")
    fields = (("equipment", "subject"), ("due_on", "step"), ("warned_on", "met_on"))
