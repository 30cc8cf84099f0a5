"""The lines by which a person's history is entered: one line of boxes per topic."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.forms.around import plain
from healthrecords.forms.fields import BirthField, MeasureField
from healthrecords.forms.rows import suggestions
from healthrecords.models import Allergy, FamilyIllness
from healthrecords.models.facts import Source
from healthrecords.models.inquiry import Topic
from healthrecords.services.diagnoses import read_diagnosis, refuse_reading
from healthrecords.services.entries import DiagnosisEntry
from healthrecords.services.facts import (
    AllergyEntry,
    FactEntry,
    FamilyIllnessEntry,
    ImmunizationEntry,
    LongTermMedicineEntry,
    ProblemEntry,
    read_allergen,
    read_vaccine,
)
from healthrecords.services.medicines import read_medicine
from portal.site.widgets import PickRadio


def choices(of: Any, *first: str) -> list[tuple[str, Any]]:
    """Return choices for a list box, some in front."""
    rows = [(str(value), label) for value, label in of.choices]
    return sorted(rows, key=lambda row: first.index(row[0]) if row[0] in first else len(first))


def pick(width: str = "w-m") -> forms.Select:
    """Return a list box of a width."""
    box = forms.Select()
    box.width = width  # type: ignore[attr-defined]
    return box


class FactForm(forms.Form):
    """What every line has: the key that makes a second send harmless, the source, a note."""

    LINE: ClassVar[tuple[str, ...]] = ()
    MORE: ClassVar[tuple[str, ...]] = ("source", "note")
    topic: ClassVar[str] = ""
    required_css_class = "required"

    source = forms.ChoiceField(
        label=_("How it is known"),
        choices=choices(Source),
        initial=Source.TOLD,
        required=False,
        widget=PickRadio(),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300, widget=plain("w-l"))
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, prefix=self.topic, **kwargs)

    @property
    def line(self) -> list[Any]:
        """Return the boxes of the line."""
        return [self[name] for name in self.LINE]

    @property
    def more(self) -> list[Any]:
        """Return the boxes below it."""
        return [self[name] for name in self.MORE]

    @property
    def opens_more(self) -> bool:
        """Say whether the boxes below hold something, or something wrong."""
        said = self.cleaned_data if self.is_bound and hasattr(self, "cleaned_data") else {}
        named = [name for name in self.MORE if name != "source"]
        return any(said.get(name) or name in self.errors for name in named)

    def common(self) -> dict[str, Any]:
        """Return what every entry says."""
        said = self.cleaned_data
        return {"source": said.get("source") or Source.TOLD, "note": said.get("note", "")}

    def entry(self, on: date) -> FactEntry:
        """Return the line as an entry of the service."""
        raise NotImplementedError

    def refuse(self, refused: ValidationError) -> None:
        """Put each refusal at its box."""
        if not hasattr(refused, "error_dict"):
            self.add_error(None, refused)
            return
        for name, errors in refused.error_dict.items():
            self.add_error(name if name in self.fields else None, errors)


class CodedMixin(FactForm):
    """Lines whose first box names an illness."""

    reading: DiagnosisEntry | None = None

    def clean_text(self) -> str:
        text = str(self.cleaned_data.get("text") or "")
        reading = read_diagnosis(text, on=timezone.localdate())
        if text and reading.entry is None:
            raise refuse_reading(reading)
        self.reading = reading.entry
        return text

    @property
    def diagnosis(self) -> DiagnosisEntry:
        """Return the illness that was read; a valid form has one."""
        if self.reading is None:
            message = "asked of a form that is not valid"
            raise ValueError(message)
        return self.reading


class AllergyForm(FactForm):
    """An allergy in four boxes."""

    topic = Topic.ALLERGY
    LINE = ("substance", "reaction", "severity", "certainty", "since")
    substance = forms.CharField(
        label=_("Substance, medicine"), max_length=200, widget=suggestions("allergens", width="w-l")
    )
    reaction = forms.CharField(
        label=_("Reaction"),
        max_length=300,
        required=False,
        widget=suggestions("allergic_reactions", width="w-l"),
    )
    severity = forms.ChoiceField(
        label=_("Severity"), choices=choices(Allergy.Severity, "unknown"), widget=pick()
    )
    certainty = forms.ChoiceField(
        label=_("Certainty"), choices=choices(Allergy.Certainty), widget=pick("w-s")
    )
    since = BirthField(label=_("Since"), required=False, widget=plain("w-s"))

    @override
    def entry(self, on: date) -> FactEntry:
        said = self.cleaned_data
        return AllergyEntry(
            **self.common(),
            **read_allergen(said["substance"], on=on),
            reaction=said["reaction"],
            severity=said["severity"],
            certainty=said["certainty"],
            since=said["since"],
        )


class ProblemForm(CodedMixin):
    """A problem: which illness, since when."""

    topic = Topic.PROBLEM
    LINE = ("text", "since", "ended")
    text = forms.CharField(label=_("Illness"), max_length=500, widget=suggestions("icd10", "w-2"))
    since = BirthField(label=_("Since"), required=False, widget=plain("w-s"))
    ended = BirthField(label=_("Resolved"), required=False, widget=plain("w-s"))

    @override
    def entry(self, on: date) -> FactEntry:
        said = self.cleaned_data
        return ProblemEntry(
            **self.common(), diagnosis=self.diagnosis, since=said["since"], ended=said["ended"]
        )


class MedicineForm(CodedMixin):
    """A medicine taken over time, and for which illness."""

    topic = Topic.MEDICINE
    LINE = ("name", "dose", "text", "since")
    name = forms.CharField(
        label=_("Medicine"), max_length=500, widget=suggestions("station_medicines", "w-l")
    )
    dose = forms.CharField(
        label=_("How to take"), max_length=300, required=False, widget=plain("w-l")
    )
    text = forms.CharField(
        label=_("For the illness"),
        max_length=500,
        required=False,
        widget=suggestions("icd10", "w-l"),
    )
    since = BirthField(label=_("Since"), required=False, widget=plain("w-s"))

    @override
    def entry(self, on: date) -> FactEntry:
        said = self.cleaned_data
        medicine = read_medicine(said["name"], on=on)
        return LongTermMedicineEntry(
            **self.common(),
            name=medicine.name,
            code=medicine.code,
            dose=said["dose"],
            reason=self.reading,
            since=said["since"],
        )


class ImmunizationForm(FactForm):
    """A dose of vaccine somebody had."""

    topic = Topic.IMMUNIZATION
    LINE = ("vaccine", "dose_number", "given", "lot", "place")
    vaccine = forms.CharField(
        label=_("Vaccine"), max_length=200, widget=suggestions("vaccines", "w-l")
    )
    dose_number = MeasureField(
        label=_("Dose number"), unit="", is_whole=True, widget=plain("w-s", inputmode="numeric")
    )
    given = BirthField(label=_("Day"), required=False, widget=plain("w-s"))
    lot = forms.CharField(label=_("Lot"), max_length=40, required=False, widget=plain("w-s"))
    place = forms.CharField(
        label=_("Vaccinated at"), max_length=200, required=False, widget=plain("w-l")
    )

    @override
    def entry(self, on: date) -> FactEntry:
        said = self.cleaned_data
        return ImmunizationEntry(
            **self.common(),
            **read_vaccine(said["vaccine"], on=on),
            given=said["given"],
            dose_number=said["dose_number"],
            lot=said["lot"],
            place=said["place"],
        )


class FamilyForm(CodedMixin):
    """An illness of a relative."""

    topic = Topic.FAMILY
    LINE = ("relation", "text", "age", "died_of_it")
    relation = forms.ChoiceField(
        label=_("Relative"), choices=choices(FamilyIllness.Relation), widget=pick()
    )
    text = forms.CharField(label=_("Illness"), max_length=500, widget=suggestions("icd10", "w-2"))
    age = MeasureField(label=_("Age when it began"), unit=_("years"), is_whole=True)
    died_of_it = forms.BooleanField(label=_("Died of it"), required=False)

    @override
    def entry(self, on: date) -> FactEntry:
        said = self.cleaned_data
        return FamilyIllnessEntry(
            **self.common(),
            relation=said["relation"],
            diagnosis=self.diagnosis,
            age=said["age"],
            died_of_it=said["died_of_it"],
        )


FORMS: Mapping[str, type[FactForm]] = {
    str(form.topic): form
    for form in (AllergyForm, ProblemForm, MedicineForm, ImmunizationForm, FamilyForm)
}


class EndForm(forms.Form):
    """Since when something is over."""

    ended = BirthField(label=_("Over since"), widget=plain("w-s"))


class MistakeForm(forms.Form):
    """Why an entry is a mistake."""

    reason = forms.CharField(label=_("Why it is a mistake"), max_length=300, widget=plain("w-l"))
