"""What is asked for each act on an operating licence?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.hours import always_open, read_hours
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


class HoursField(forms.CharField):
    """Opening hours as on the sign; what hours of the week cannot be read from is refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=500, **options)
        self.help_text = _(
            "As on the sign: Thứ 2 đến thứ 6: 7 giờ - 11 giờ 30, 13 giờ 30 - 17 giờ; thứ 7: 7 giờ - 11"
            " giờ. Or 24/24."
        )

    @override
    def clean(self, value: Any) -> str:
        text = " ".join(str(super().clean(value)).split())
        if text and not always_open(text):
            try:
                read_hours(text)
            except ValidationError as refused:
                raise ValidationError(refused.error_dict["text"]) from refused
        return text


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
    hours = HoursField(label=_("Opening hours"), required=False)
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


class ChangedForm(OfLicenseForm, NewForm):
    """A facility that has a licence and takes another form, place or legal entity: all of it anew."""

    code = None  # type: ignore[assignment]  # the licence says which facility it is


class CorrectionForm(OfLicenseForm):
    """What the licence has wrong, as it should read."""

    name = forms.CharField(
        label=_("Name as it should read"),
        max_length=255,
        required=False,
        help_text=_("Fill in only what is wrong on the licence."),
    )
    address = forms.CharField(label=_("Address as it should read"), max_length=500, required=False)
    responsible = forms.CharField(
        label=_("Person in charge as it should read"), max_length=200, required=False
    )
    scope = _text(_("Scope as it should read"), "", required=False)


class NameForm(OfLicenseForm):
    """Another name or other hours: nobody has to come and look."""

    name = forms.CharField(label=_("New name"), max_length=255, required=False)
    hours = HoursField(label=_("New opening hours"), required=False)


class BedsForm(OfLicenseForm):
    """Another number of beds."""

    beds = forms.IntegerField(
        label=_("Beds from now on"),
        min_value=0,
        max_value=20_000,
        error_messages={"required": _("Write how many beds there are to be.")},
    )


class ScopeForm(OfLicenseForm):
    """Another scope."""

    scope = _text(_("New scope of activity"), _("Write the whole scope as it is to be."), rows=4)


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
