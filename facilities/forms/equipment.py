"""What is typed of a device: its card, its state, its inspections."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from facilities import services
from facilities.forms.facts import OPEN_CHOICE, EvidenceForm
from facilities.models import Equipment, Inspection, RadiationLicense
from facilities.rules import INSPECTIONS, rules_of
from portal.admin import PortalModelForm
from portal.admin.deeds import DayField, DeedForm


class EquipmentForm(PortalModelForm[Equipment]):
    """The card of a device in the order of the inventory form."""

    inspection_kind = forms.ChoiceField(label=gettext_lazy("Kind of inspection"), required=False)

    class Meta:
        model = Equipment
        fields = (
            "facility",
            "department",
            "asset_code",
            "name",
            "risk_class",
            "circulation_number",
            "model",
            "serial",
            "maker",
            "country",
            "made_in_year",
            "used_since",
            "supplier",
            "contract_no",
            "price",
            "funding",
            "inspection_kind",
            "is_radiating",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "inspection_kind" in self.fields:
            rules = rules_of(INSPECTIONS, timezone.localdate())
            named = [(rule.code, rule.title) for rule in rules]
            self.fields["inspection_kind"].choices = [OPEN_CHOICE, *named]  # type: ignore[attr-defined]

    @override
    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        department, facility = said.get("department"), said.get("facility")
        place = facility or getattr(self.instance, "facility", None)
        if department is not None and place is not None and department.facility_id != place.pk:
            self.add_error("department", _("This department belongs to another facility."))
        return said


class StateForm(DeedForm):
    """Another state of a device, from a day on."""

    state = forms.ChoiceField(label=gettext_lazy("State"), choices=Equipment.State.choices)
    on = DayField(label=gettext_lazy("From"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        row = services.change_state(
            equipment=self.row, state=said["state"], on=said["on"], reason=said["reason"]
        )
        return _("%(device)s: %(state)s.") % {
            "device": row.name,
            "state": row.get_state_display(),
        }


class InspectionForm(EvidenceForm):
    """An inspection, calibration or maintenance that was done."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Inspection.Kind.choices)
    done_on = DayField(label=gettext_lazy("Done on"))
    result = forms.ChoiceField(label=gettext_lazy("Result"), choices=Inspection.Result.choices)
    done_by = forms.CharField(
        label=gettext_lazy("By which organisation"), max_length=200, required=False
    )
    certificate_no = forms.CharField(
        label=gettext_lazy("Certificate number"), max_length=80, required=False
    )
    next_due_on = DayField(
        label=gettext_lazy("Next due on"),
        required=False,
        help_text=gettext_lazy("left open: as the list of inspections says"),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    field_order = (
        "kind",
        "done_on",
        "result",
        "done_by",
        "certificate_no",
        "next_due_on",
        "note",
    )

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        names = ("kind", "done_on", "result", "done_by", "certificate_no", "next_due_on", "note")
        inspection = Inspection(
            equipment=self.row, evidence=self.stored, **{name: said[name] for name in names}
        )
        services.note_inspection(inspection=inspection, today=timezone.localdate())
        if inspection.result == Inspection.Result.FAIL:
            return _("It is noted: not to be used until it passes.")
        if inspection.next_due_on is None:
            return _("It is noted.")
        return _("It is noted; the next one is due on %(day)s.") % {
            "day": f"{inspection.next_due_on:%d/%m/%Y}"
        }


class RadiationForm(DeedForm):
    """The licence to work with radiation."""

    number = forms.CharField(label=gettext_lazy("Licence number"), max_length=80)
    issued_by = forms.CharField(label=gettext_lazy("Issued by"), max_length=200)
    valid_from = DayField(label=gettext_lazy("From"))
    valid_until = DayField(label=gettext_lazy("Until"), required=False)
    safety_officer = forms.CharField(label=gettext_lazy("Radiation-safety officer"), max_length=120)
    officer_certificate = forms.CharField(
        label=gettext_lazy("Officer's certificate"), max_length=80, required=False
    )

    @override
    def carry_out(self) -> StrOrPromise:
        license = RadiationLicense(equipment=self.row, **self.cleaned_data)
        services.license_radiation(license=license)
        return _("The radiation licence is noted.")
