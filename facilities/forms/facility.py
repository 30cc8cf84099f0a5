"""What does an official type to enter or mend a facility?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.forms_of_name import read_name
from facilities.models import Facility
from portal.admin import PortalModelForm
from portal.codelists.models import Code
from portal.database.periods import not_over
from portal.identifiers import FacilityCode
from portal.places.models import Organisation, OrganisationIdentifier

FORMS = "facility_forms"


class FacilityForm(PortalModelForm[Facility]):
    """A facility in the order of its operating licence; the name may say the kind."""

    name = forms.CharField(label=_("Name"), max_length=255)
    insurance_code = forms.CharField(
        label=_("Insurance code"), max_length=20, required=False, help_text=_("5 characters")
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        help_text=_("left open: read from the name"),
        choices=[("", "–"), *Organisation.Kind.choices],
    )
    form = forms.ChoiceField(label=_("Form"), required=False)

    class Meta:
        model = Facility
        fields = (
            "form",
            "ownership",
            "level",
            "specialty",
            "founded_in",
            "address",
            "former_district",
            "phone",
            "website",
            "has_insurance_contract",
            "trains_practitioners",
            "floor_area",
            "latitude",
            "longitude",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = Code.objects.of(FORMS, timezone.localdate()).values_list("code", "title")
        if "form" in self.fields:
            self.fields["form"].choices = [("", "–"), *codes]  # type: ignore[attr-defined]
        if self.instance._state.adding or "name" not in self.fields:
            return
        organisation = self.instance.organisation
        self.fields["name"].initial = organisation.name
        self.fields["kind"].initial = organisation.kind
        code = self._code_of(organisation)
        self.fields["insurance_code"].initial = code.value if code else ""
        self.fields["insurance_code"].disabled = code is not None
        decided = organisation.facilityclassification_rows.filter(kind="level", valid_until=None)
        if decided.exists():
            self.fields["level"].disabled = True
            self.fields["level"].help_text = _("By decision; enter the next one on its page.")

    @staticmethod
    def _code_of(organisation: Organisation) -> OrganisationIdentifier | None:
        scheme = OrganisationIdentifier.Scheme.INSURANCE
        held = not_over(timezone.localdate())
        return organisation.identifiers.filter(held, scheme=scheme).order_by("valid_from").first()

    def clean_insurance_code(self) -> str:
        """Read the code, and refuse one that another facility has."""
        text: str = self.cleaned_data["insurance_code"]
        if not text:
            return ""
        code = str(FacilityCode.parse(text))
        held = OrganisationIdentifier.objects.filter(
            not_over(timezone.localdate()),
            scheme=OrganisationIdentifier.Scheme.INSURANCE,
            value=code,
        )
        if not self.instance._state.adding:
            held = held.exclude(organisation=self.instance.organisation_id)
        holder = held.select_related("organisation").first()
        if holder is not None:
            raise ValidationError(
                _("%(name)s already has the code %(code)s; check it with the insurer."),
                code="organisation_code_taken",
                params={"name": holder.organisation.name, "code": code},
            )
        return code

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("kind") and data.get("name"):
            data["kind"] = read_name(data["name"]).kind
        return data
