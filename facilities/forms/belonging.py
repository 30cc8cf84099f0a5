"""Acts on whose a facility is and by which codes it is known."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from portal.admin.deeds import DayField, DeedForm
from portal.identifiers import FacilityCode, GlobalLocationNumber
from portal.places import services as places
from portal.places.models import GoverningBody, OrganisationIdentifier

Scheme = OrganisationIdentifier.Scheme


class GoverningForm(DeedForm):
    """Whose the facility is from a day on: its governing body, which is not its place in the tree."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of body"), choices=GoverningBody.Kind.choices)
    name = forms.CharField(
        label=gettext_lazy("Governing body"),
        max_length=255,
        help_text=gettext_lazy("As in the head of its papers: Ủy ban nhân dân xã Mường Chà"),
    )
    valid_from = DayField(label=gettext_lazy("From"))
    decision = forms.CharField(label=gettext_lazy("Decision"), max_length=200, required=False)
    field_order = ("kind", "name", "valid_from", "decision")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.row.organisation
        if place.kind in {"station", "point"} and place.area is not None:
            commune = place.area.name[:1].lower() + place.area.name[1:]
            self.fields["kind"].initial = GoverningBody.Kind.COMMUNE
            self.fields["name"].initial = f"Ủy ban nhân dân {commune}"

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        body = places.belong_to(
            organisation=self.row.organisation,
            kind=said["kind"],
            name=said["name"],
            valid_from=said["valid_from"],
            decision=said["decision"],
        )
        return _("It belongs to %(name)s from %(day)s.") % {
            "name": body.name,
            "day": f"{body.valid_from:%d/%m/%Y}",
        }


class CodeForm(DeedForm):
    """Another code; the one of the same kind ends the day before."""

    scheme = forms.ChoiceField(label=gettext_lazy("Kind of code"), choices=Scheme.choices)
    value = forms.CharField(label=gettext_lazy("Code"), max_length=40)
    source = forms.CharField(label=gettext_lazy("Source"), max_length=120, required=False)
    valid_from = DayField(label=gettext_lazy("From"))
    is_sure = forms.BooleanField(
        label=gettext_lazy("It is written so on the certificate"), required=False
    )

    @override
    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        reader = {Scheme.INSURANCE: FacilityCode, Scheme.GLN: GlobalLocationNumber}.get(
            said.get("scheme", "")
        )
        if reader is None or not said.get("value"):
            return said
        try:
            code = reader.parse(said["value"])
        except ValidationError as error:
            self.add_error("value", error)
            return said
        said["value"] = str(code)
        if not said["is_sure"]:
            for doubt in code.doubts():
                params = dict(doubt.params)
                self.add_error(
                    "value", ValidationError(doubt.message, code=doubt.code, params=params)
                )
        return said

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        places.change_code(
            organisation=self.row.organisation,
            scheme=said["scheme"],
            value=said["value"],
            valid_from=said["valid_from"],
            source=said["source"],
            is_sure=said["is_sure"],
        )
        return _("The code %(code)s is noted.") % {"code": said["value"]}
