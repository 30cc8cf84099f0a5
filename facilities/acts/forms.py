"""What is asked for each act on an operating licence?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.admin.forms import DayInput
from portal.codelists.lookup import choices_on
from portal.dossiers.acts import ActForm
from portal.identifiers import FacilityCode, OperatingLicenseNumber

FORMS = "facility_forms"


def _text(label: Any, missing: Any, *, rows: int = 3, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing},
        **more,
    )


class NewForm(ActForm):
    """A new facility, or one whose form, place or legal entity changed."""

    form = forms.ChoiceField(label=_("Form of organisation"))
    code = forms.CharField(
        label=_("Insurance facility code"),
        required=False,
        max_length=10,
        help_text=_("5 characters, where the facility has one already."),
        widget=forms.TextInput(attrs={"class": "w-s"}),
    )
    place = forms.CharField(
        label=_("Address of the facility"),
        max_length=500,
        error_messages={"required": _("Write where the facility works.")},
    )
    hours = forms.CharField(label=_("Opening hours"), max_length=500, required=False)
    responsible = forms.CharField(
        label=_("Person in charge of professional matters"),
        max_length=200,
        error_messages={"required": _("Write who is in charge, with the licence number.")},
        help_text=_("Full name and licence number."),
    )
    beds = forms.IntegerField(label=_("Beds"), required=False, min_value=0, max_value=20_000)
    scope = _text(_("Scope of activity asked for"), _("Write the scope of activity asked for."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form: Any = self.fields["form"]
        form.choices = choices_on(FORMS, timezone.localdate())

    def clean_code(self) -> str:
        text = str(self.cleaned_data["code"]).strip()
        return str(FacilityCode.parse(text)) if text else ""


class OfLicenseForm(ActForm):
    """An act on the licence a facility has: its number."""

    license_number = forms.CharField(
        label=_("Operating licence number"),
        max_length=60,
        help_text=_("like 1976/HNO-GPHĐ"),
        widget=forms.TextInput(attrs={"class": "w-m"}),
        error_messages={"required": _("Write the number as it is printed on the licence.")},
    )

    def clean_license_number(self) -> str:
        return OperatingLicenseNumber.parse(str(self.cleaned_data["license_number"])).value


class ReissueForm(OfLicenseForm):
    """What is wrong on the paper, if anything."""

    correction = _text(
        _("What is to be put right"), "", rows=2, required=False,
        help_text=_("Only where the licence is wrong."),
    )  # fmt: skip


class AdjustForm(OfLicenseForm):
    """What changes; what is left empty stays as it is."""

    name = forms.CharField(label=_("New name"), max_length=255, required=False)
    hours = forms.CharField(label=_("New opening hours"), max_length=500, required=False)
    beds = forms.IntegerField(label=_("Beds from now on"), required=False, min_value=0)
    scope = _text(
        _("New scope of activity"), "", required=False,
        help_text=_("What is left empty stays as it is."),
    )  # fmt: skip


class SuspendForm(OfLicenseForm):
    """From when until when, wholly or in part, and why."""

    valid_from = forms.DateField(label=_("From"), widget=DayInput())
    valid_until = forms.DateField(label=_("Until"), widget=DayInput(), required=False)
    part = forms.CharField(
        label=_("Part of the scope"),
        max_length=500,
        required=False,
        help_text=_("Empty: the whole facility."),
    )
    reasons = _text(_("Facts"), _("Write what happened, when and where; it is printed."), rows=4)


class RevokeForm(OfLicenseForm):
    """What happened."""

    reasons = _text(_("Facts"), _("Write what happened, when and where; it is printed."), rows=4)
