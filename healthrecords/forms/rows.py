"""The rows of the visit form: diagnoses and medicines."""

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from healthrecords.forms.fields import DoseField, MeasureField
from healthrecords.services import MedicineEntry
from healthrecords.services.diagnoses import Reading, read_diagnosis, refuse_reading
from healthrecords.services.medicines import read_medicine
from portal.site.widgets import SuggestInput


def suggestions(key: str, width: str = "w-3") -> SuggestInput:
    """Return a box with suggestions of a list."""
    return SuggestInput(reverse_lazy("admin:healthrecords_suggest", args=[key]), width=width)


class DiagnosisRow(forms.Form):
    """One diagnosis: a code, or words without marks."""

    text = forms.CharField(required=False, max_length=500, widget=suggestions("icd10"))
    required_css_class = "required"
    sure = forms.BooleanField(required=False, label=_("this is right"))
    pick = forms.CharField(required=False, max_length=10)
    reading: Reading | None = None

    @property
    def asks(self) -> bool:
        """Say whether the row is possible and unlikely: a box beside it confirms it."""
        return any(
            str(error.code).startswith("confirm")
            for errors in self.errors.as_data().values()
            for error in errors
        )

    def read(self, on: date) -> Reading | None:
        """Read the row on the day of the visit; a text that names nothing is refused here.

        ``pick`` is the choice among several that the text was found to name before.
        """
        text, pick = self.cleaned_data.get("text", ""), self.cleaned_data.get("pick", "")
        self.reading = read_diagnosis(text, on=on) if text else None
        if pick and self.reading is not None and self.reading.entry is None:
            self.reading = read_diagnosis(pick, on=on)
        if self.reading is not None and self.reading.entry is None:
            self.add_error("text", refuse_reading(self.reading))
        return self.reading


class MedicineRow(forms.Form):
    """One medicine: what, how much at each time, for how many days."""

    name = forms.CharField(
        label=_("Medicine"), required=False, max_length=500, widget=suggestions("station_medicines")
    )
    morning = DoseField(label=_("Morning"), required=False)
    noon = DoseField(label=_("Noon"), required=False)
    afternoon = DoseField(label=_("Afternoon"), required=False)
    evening = DoseField(label=_("Evening"), required=False)
    days = MeasureField(unit="", is_whole=True, label=_("Days"), widget=forms.TextInput)
    quantity = DoseField(label=_("Quantity"), required=False)
    note = forms.CharField(label=_("Note on use"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["autocomplete"] = "off"
            if name not in {"name", "note"}:
                field.widget.attrs["inputmode"] = "decimal"

    def entry(self, on: date) -> MedicineEntry | None:
        """Return the row as a medicine; a row without a name but with doses is refused."""
        said = self.cleaned_data
        if not said.get("name"):
            if any(value for name, value in said.items() if name != "name"):
                self.add_error(
                    "name",
                    ValidationError(
                        _("The medicine of this row is missing; write it, or empty the row."),
                        "medicine_missing",
                    ),
                )
            return None
        return replace(
            read_medicine(said["name"], on=on),
            morning=said.get("morning"),
            noon=said.get("noon"),
            afternoon=said.get("afternoon"),
            evening=said.get("evening"),
            days=said.get("days"),
            quantity=said.get("quantity"),
            note=said.get("note", ""),
        )


DiagnosisRows = forms.formset_factory(DiagnosisRow, extra=0, max_num=13, absolute_max=40)
MedicineRows = forms.formset_factory(MedicineRow, extra=0, max_num=30, absolute_max=60)
