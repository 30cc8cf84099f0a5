"""The rows of the visit form: diagnoses and medicines."""

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from healthrecords.forms.fields import DoseField, MeasureField
from healthrecords.services import DiagnosisEntry, MedicineEntry
from healthrecords.services.diagnoses import (
    Reading,
    read_diagnosis,
    read_traditional,
    refuse_reading,
    unlimited,
)
from healthrecords.services.medicines import read_medicine
from healthrecords.services.substances import unchecked
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
    is_unlimited = False

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
        if self.reading is not None and self.reading.entry is not None:
            self.is_unlimited = bool(unlimited([self.reading.entry], on))
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
    each = DoseField(label=_("Dose each time"), required=False)
    every_hours = MeasureField(
        unit="", is_whole=True, label=_("Every how many hours"), widget=forms.TextInput
    )
    as_needed = forms.BooleanField(label=_("Only when needed"), required=False)
    at_most = DoseField(label=_("At most a day"), required=False)
    route = forms.CharField(label=_("Route, when not as usual"), required=False, max_length=40)
    reason = forms.CharField(
        label=_("Why it is given all the same"), required=False, max_length=200
    )

    COLUMNS = ("name", "morning", "noon", "afternoon", "evening", "days", "quantity", "note")
    OTHER_WAYS = ("each", "every_hours", "as_needed", "at_most", "route")
    AMOUNTS = (
        "morning",
        "noon",
        "afternoon",
        "evening",
        "each",
        "every_hours",
        "at_most",
        "days",
        "quantity",
    )
    TEXTS = ("name", "note", "route", "reason", "as_needed")
    is_unchecked = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["autocomplete"] = "off"
            if name not in self.TEXTS:
                field.widget.attrs["inputmode"] = "decimal"

    @property
    def columns(self) -> list[Any]:
        """Return the boxes that stand in the table."""
        return [self[name] for name in self.COLUMNS]

    @property
    def other_ways(self) -> list[Any]:
        """Return the boxes of another way of taking, folded away until one is used."""
        return [self[name] for name in self.OTHER_WAYS]

    @property
    def is_other_way(self) -> bool:
        """Say whether one of them holds something, or something is wrong there."""
        return any(field.value() or field.errors for field in self.other_ways)

    @property
    def asks(self) -> bool:
        """Say whether something speaks against this medicine: a reason lets it stand."""
        return any(
            str(error.code).startswith("confirm")
            for errors in self.errors.as_data().values()
            for error in errors
        )

    @property
    def is_refused(self) -> bool:
        """Say whether anything is wrong that no reason mends."""
        return any(
            not str(error.code).startswith("confirm")
            for errors in self.errors.as_data().values()
            for error in errors
        )

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
        known = read_medicine(said["name"], on=on)
        self.is_unchecked = bool(unchecked([known], on))
        amounts: dict[str, Any] = {name: said.get(name) for name in self.AMOUNTS}
        return replace(
            known,
            **amounts,
            as_needed=bool(said.get("as_needed")),
            route=said.get("route") or known.route,
            note=said.get("note", ""),
            reason=" ".join(said.get("reason", "").split()),
        )


class TraditionalRow(forms.Form):
    """One diagnosis of traditional medicine: its code, then its name."""

    text = forms.CharField(
        required=False, max_length=500, label=_("Traditional-medicine diagnosis")
    )

    def read(self, on: date) -> DiagnosisEntry | None:
        """Read the row; a text without a code is refused here."""
        text = self.cleaned_data.get("text", "")
        try:
            return read_traditional(text, on=on) if text else None
        except ValidationError as refused:
            self.add_error("text", refused)
            return None


TraditionalRows = forms.formset_factory(TraditionalRow, extra=0, max_num=5, absolute_max=10)
DiagnosisRows = forms.formset_factory(DiagnosisRow, extra=0, max_num=13, absolute_max=40)
MedicineRows = forms.formset_factory(MedicineRow, extra=0, max_num=30, absolute_max=60)
