"""What is asked for each act on a licence to practise?"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.admin.forms import DayInput
from portal.codelists.lookup import choices_on
from portal.dossiers.acts import ActForm
from portal.identifiers import PracticeLicenseNumber
from portal.site.widgets import PickRadio
from practitioners.models import Practitioner, Qualification

TITLES = "professional_titles"


def _scope(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the scope of practice that is asked for.")},
    )


def day_field(label: Any, **more: Any) -> forms.DateField:
    """Return a field for a day typed day first."""
    return forms.DateField(label=label, widget=DayInput(), **more)


class NewForm(ActForm):
    """A first licence: title, scope, diploma."""

    sex = forms.ChoiceField(
        label=_("Sex"), choices=Practitioner.Sex.choices[:2], widget=PickRadio()
    )
    title = forms.ChoiceField(label=_("Professional title"))
    scope = _scope(_("Scope of practice asked for"))
    diploma_level = forms.ChoiceField(label=_("Level"), choices=Qualification.Level.choices)
    diploma_field = forms.CharField(label=_("Field"), max_length=200)
    school = forms.CharField(label=_("School"), max_length=200, required=False)
    diploma_number = forms.CharField(label=_("Diploma number"), max_length=60, required=False)
    diploma_on = day_field(_("Diploma issued on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        title: Any = self.fields["title"]
        title.choices = choices_on(TITLES, timezone.localdate())


class RecogniseForm(NewForm):
    """A foreign licence: what it says, who issued it."""

    foreign_number = forms.CharField(label=_("Number of the foreign licence"), max_length=60)
    foreign_country = forms.CharField(label=_("Country that issued it"), max_length=100)


class OfLicenseForm(ActForm):
    """An act on a licence the person has: its number."""

    license_number = forms.CharField(
        label=_("Licence number"),
        max_length=60,
        help_text=_("like 004929/HNO-GPHN"),
        widget=forms.TextInput(attrs={"class": "w-m"}),
        error_messages={"required": _("Write the number as it is printed on the licence.")},
    )

    def clean_license_number(self) -> str:
        return PracticeLicenseNumber.parse(str(self.cleaned_data["license_number"])).value


class ReissueForm(OfLicenseForm):
    """What has to be put right on the licence, if anything."""

    correction = forms.CharField(
        label=_("What is to be put right"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only where the licence is wrong or something has changed."),
    )


class RenewForm(OfLicenseForm):
    """Why a renewal comes late, if it does."""

    excuse = forms.CharField(
        label=_("Why it could not be filed in time"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only illness, accident or force majeure count."),
    )


class AdjustForm(OfLicenseForm):
    """The scope asked for."""

    scope = _scope(_("Scope of practice asked for"))


class SuspendForm(OfLicenseForm):
    """From when until when, with which duty."""

    valid_from = day_field(
        _("From"), help_text=_("The day the decision is signed, if it is signed later.")
    )
    valid_until = day_field(_("Until"))
    duty = forms.CharField(
        label=_("Duty before practising again"),
        required=False,
        max_length=300,
        help_text=_("Like: 24 hours of training in infection control."),
    )
    reasons = forms.CharField(
        label=_("Facts"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what happened, when and where; it is printed.")},
    )


class RevokeForm(OfLicenseForm):
    """What happened."""

    reasons = forms.CharField(
        label=_("Facts"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what happened, when and where; it is printed.")},
    )


def stored_day(values: Any, name: str) -> date | None:
    """Read a day as a dossier keeps it."""
    text = str(values.get(name, "") or "")
    return date.fromisoformat(text) if text else None
