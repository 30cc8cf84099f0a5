"""What does somebody type to declare a training?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.admin.forms import DayInput
from portal.codelists.lookup import codes_on
from practitioners.forms import ACCEPTED
from practitioners.services import TrainingEntry
from practitioners.training import FORMS


@dataclass(frozen=True, slots=True)
class Rate:
    """What a form of training is worth, as it is told beside the form."""

    title: str
    unit: str
    hours: str
    source: str
    is_checked: bool


class TrainingForm(forms.Form):
    """A training in the order of its certificate."""

    title = forms.CharField(label=_("Name of the training"), max_length=300)
    form = forms.ChoiceField(label=_("Form"), required=False)
    role = forms.CharField(
        label=_("Part taken"),
        max_length=200,
        required=False,
        help_text=_("attended, spoke, taught"),
    )
    organiser = forms.CharField(label=_("Organiser"), max_length=200, required=False)
    started_on = forms.DateField(label=_("First day"), required=False, widget=DayInput())
    ended_on = forms.DateField(label=_("Last day"), widget=DayInput())
    amount = forms.DecimalField(
        label=_("Lessons or sessions"),
        required=False,
        min_value=0,
        max_digits=6,
        decimal_places=1,
        help_text=_("as the list beside counts"),
        localize=True,
    )
    hours = forms.DecimalField(
        label=_("Credit hours"),
        required=False,
        min_value=0,
        max_digits=6,
        decimal_places=1,
        help_text=_("as on the certificate; blank: converted"),
        localize=True,
    )
    certificate_number = forms.CharField(
        label=_("Certificate number"), max_length=60, required=False
    )
    evidence = forms.FileField(
        label=_("Copy of the certificate"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 10 MB"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        entries = codes_on(FORMS, on)
        offered = [(entry.code, entry.title) for entry in entries]
        self.fields["form"].choices = [("", _("as the certificate says")), *offered]  # type: ignore[attr-defined]
        self.rates: Sequence[Rate] = [
            Rate(
                entry.title,
                str(entry.attributes.get("unit", "")),
                str(entry.attributes.get("hours_per_unit", "")).replace(".", ","),
                str(entry.attributes.get("citation", "")),
                str(entry.attributes.get("row_verified", "")) == "1",
            )
            for entry in entries
        ]

    def entry(self) -> TrainingEntry:
        """Return what was typed."""
        names = (
            "title",
            "form",
            "role",
            "organiser",
            "started_on",
            "ended_on",
            "amount",
            "hours",
            "certificate_number",
        )
        return TrainingEntry(**{name: self.cleaned_data[name] for name in names})
