"""A procedure as a station types it: what was done, when, by whom, for which illness."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.forms.around import plain
from healthrecords.forms.background import choices, pick
from healthrecords.forms.results import area
from healthrecords.forms.rows import suggestions
from healthrecords.forms.visit import moment_box
from healthrecords.models import Procedure
from healthrecords.services.diagnoses import read_diagnosis, refuse_reading
from healthrecords.services.procedures import ANAESTHESIA, ProcedureEntry
from portal.admin.forms import MomentField
from portal.codelists.lookup import choices_on


class ProcedureForm(forms.Form):
    """An operation or intervention; the illness is read from a code or from words."""

    required_css_class = "required"
    LINES = ("title kind performed_at", "performer anaesthesia reason", "icd9 code", "outcome")

    title = forms.CharField(
        label=_("What was done"), max_length=500, required=False, widget=plain("w-2")
    )
    title.is_needed = True  # type: ignore[attr-defined]
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=choices(Procedure.Kind, "intervention"),
        initial=Procedure.Kind.INTERVENTION,
        widget=pick("w-m"),
    )
    performed_at = MomentField(label=_("Performed at"), widget=moment_box())
    performer = forms.CharField(
        label=_("Performed by"), max_length=255, required=False, widget=plain("w-l")
    )
    anaesthesia = forms.ChoiceField(label=_("Anaesthesia"), required=False, widget=pick("w-m"))
    reason = forms.CharField(
        label=_("For the illness"),
        max_length=500,
        required=False,
        widget=suggestions("icd10", width="w-l"),
    )
    icd9 = forms.CharField(label="ICD-9-CM", max_length=60, required=False, widget=plain("w-m"))
    code = forms.CharField(
        label=_("Service code"), max_length=50, required=False, widget=plain("w-m")
    )
    outcome = forms.CharField(label=_("Course and outcome"), required=False, widget=area())
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, on: date, listed_on: date | None = None, initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        # In a visit its end picks the list of illnesses, else the day on which it was done.
        self.listed_on = listed_on
        field: Any = self.fields["anaesthesia"]
        field.choices = [("", ""), *choices_on(ANAESTHESIA, on)]

    @property
    def lines(self) -> list[list[Any]]:
        """Return the boxes line by line."""
        return [[self[name] for name in names.split()] for names in self.LINES]

    def clean_reason(self) -> str:
        """Read the illness; what may be several is asked again."""
        text = str(self.cleaned_data.get("reason") or "")
        done_at = self.cleaned_data.get("performed_at")
        reading = read_diagnosis(text, on=self.listed_on or timezone.localdate(done_at))
        if text and reading.entry is None:
            raise refuse_reading(reading)
        return reading.entry.code if reading.entry else ""

    def entry(self) -> ProcedureEntry:
        """Return what was typed."""
        names = (
            *("title", "performed_at", "kind", "code", "icd9"),
            *("performer", "anaesthesia", "reason", "outcome"),
        )
        return ProcedureEntry(**{name: self.cleaned_data[name] for name in names})

    def refuse(self, refused: ValidationError) -> None:
        """Put each refusal at its box."""
        if not hasattr(refused, "error_dict"):
            self.add_error(None, refused)
            return
        for name, errors in refused.error_dict.items():
            self.add_error(name if name in self.fields else None, errors)
