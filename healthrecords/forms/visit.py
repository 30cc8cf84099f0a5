"""The visit form in the order of register A1; one check says everything at its field."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.forms.around import plain
from healthrecords.forms.fields import (
    MeasureField,
    NextVisitField,
    PressureField,
)
from healthrecords.forms.listed import ListedFields
from healthrecords.forms.rows import DiagnosisRows, MedicineRows, TraditionalRows, suggestions
from healthrecords.models import Citizen, Visit, VitalSigns
from healthrecords.services import MedicineEntry, VisitEntry, VitalEntry
from healthrecords.services.diagnoses import LIST, Reading, ages_in_days, confirmed
from healthrecords.services.visits import check_visit
from healthrecords.services.weighing import weigh
from portal.admin.forms import MomentField, MomentInput
from portal.codelists.lookup import lists_held, outdated_on
from portal.site.widgets import PickRadio, UnitInput

AWAKE = [("", "")] + [(str(value), label) for value, label in VitalSigns.Consciousness.choices]
TIMINGS = [(str(value), label) for value, label in VitalSigns.GlucoseTiming.choices]
# Who decides what to do with a value that is unlikely: these fields have a box beside them.
ASKED = (
    "pulse",
    "temperature",
    "blood_pressure",
    "respiratory_rate",
    "oxygen_saturation",
    "weight",
    "height",
    "waist",
    "glucose",
    "head_circumference",
    "arm_circumference",
    "peak_flow",
    "pain",
)
# Measured of small children as a matter of course, of others when it is needed.
CHILD_YEARS = 6


def moment_box() -> MomentInput:
    """Return the box of a day and an hour."""
    box = MomentInput({"autocomplete": "off", "class": ""})
    box.width = "w-m"  # type: ignore[attr-defined]
    return box


def select(width: str) -> forms.Select:
    """Return a list box of a width."""
    box = forms.Select()
    box.width = width  # type: ignore[attr-defined]
    return box


class VisitForm(ListedFields):
    """A visit's own fields; its rows stand in two formsets beside it."""

    required_css_class = "required"

    started_at = MomentField(label=_("Arrived at"), widget=moment_box())
    kind = forms.ChoiceField(label=_("Kind of visit"), widget=select("w-2"))
    coverage = forms.ChoiceField(label=_("Insurance case"), required=False, widget=select("w-2"))
    identified_by = forms.ChoiceField(
        label=_("Identified by"), required=False, widget=select("w-m")
    )
    reason = forms.CharField(
        label=_("Reason for the visit"),
        required=False,
        max_length=2000,
        widget=suggestions("visit_reasons", width="w-2"),
    )
    is_another = forms.BooleanField(label=_("This is another visit; keep both"), required=False)
    # Needed to finish the visit, and not to put it off.
    reason.is_needed = True  # type: ignore[attr-defined]
    symptoms = forms.CharField(
        label=_("Symptoms, history"), required=False, max_length=4000, widget=plain("w-2")
    )
    pulse = MeasureField(label=_("Pulse"), unit=_("/min"), is_whole=True)
    temperature = MeasureField(label=_("Temperature"), unit="°C")
    blood_pressure = PressureField(
        label=_("Blood pressure"), required=False, widget=UnitInput("mmHg", width="w-m")
    )
    respiratory_rate = MeasureField(label=_("Breaths"), unit=_("/min"), is_whole=True)
    oxygen_saturation = MeasureField(label=_("SpO₂"), unit="%", is_whole=True)
    weight = MeasureField(label=_("Weight"), unit="kg")
    height = MeasureField(label=_("Height"), unit="cm")
    bmi = forms.CharField(
        label=_("BMI"),
        required=False,
        widget=UnitInput("kg/m²", attrs={"readonly": True, "tabindex": "-1"}),
    )
    waist = MeasureField(label=_("Waist"), unit="cm")
    glucose = MeasureField(
        label=_("Capillary glucose"), unit="mmol/L", widget=UnitInput("mmol/L", width="w-m")
    )
    glucose_timing = forms.ChoiceField(
        label=_("Glucose measured"), choices=TIMINGS, required=False, widget=PickRadio()
    )
    head_circumference = MeasureField(label=_("Head circumference"), unit="cm")
    arm_circumference = MeasureField(label=_("Arm circumference"), unit="cm")
    peak_flow = MeasureField(label=_("Peak flow"), unit=_("l/min"), is_whole=True)
    pain = MeasureField(label=_("Pain, 0 to 10"), unit="/10", is_whole=True)
    consciousness = forms.ChoiceField(
        label=_("Consciousness"), choices=AWAKE, required=False, widget=select("w-m")
    )
    held_at = forms.CharField(
        label=_("Visit held at"), required=False, max_length=200, widget=plain("w-2")
    )
    department = forms.ChoiceField(label=_("Department"), required=False, widget=select("w-2"))
    admitted_at = MomentField(label=_("Admitted at"), required=False, widget=moment_box())
    ended_at = MomentField(label=_("Stay ended at"), required=False, widget=moment_box())
    admission_reason = forms.CharField(
        label=_("Reason for admission"), required=False, max_length=2000, widget=plain("w-2")
    )
    injury_kind = forms.ChoiceField(label=_("Kind of injury"), required=False, widget=select("w-m"))
    treatment = forms.CharField(
        label=_("Treatment"), required=False, max_length=2000, widget=plain("w-2")
    )
    care_days = MeasureField(label=_("Days of treatment"), unit=_("days"), is_whole=True)
    outcome = forms.ChoiceField(label=_("Result"), required=False, widget=select("w-m"))
    discharge = forms.ChoiceField(label=_("Way of leaving"), required=False, widget=select("w-l"))
    died_at = MomentField(
        label=_("Died at"),
        required=False,
        help_text=_("Day and hour; the main diagnosis stands as the cause."),
        widget=moment_box(),
    )
    next_visit_on = NextVisitField(
        label=_("Next visit"),
        required=False,
        help_text=_("A day, or in how many days: 28"),
        widget=plain("w-m"),
    )
    advice = forms.CharField(
        label=_("Advice"), required=False, max_length=2000, widget=plain("w-2")
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    STAY = (
        *("held_at", "department", "admitted_at", "ended_at", "admission_reason"),
        *("injury_kind", "treatment", "care_days"),
    )
    TEXTS = (
        *("kind", "coverage", "identified_by", "reason", "symptoms", "outcome", "discharge"),
        *("held_at", "department", "admission_reason", "injury_kind", "treatment"),
    )
    MEASURED_MORE = ("peak_flow", "pain", "consciousness")
    CHILD = ("head_circumference", "arm_circumference")

    def __init__(
        self,
        data: Any = None,
        *,
        citizen: Citizen,
        at: datetime,
        visit: Visit | None = None,
        initial: Mapping[str, Any] | None = None,
        rows: Mapping[str, list[dict[str, Any]]] | None = None,
        sees_sensitive: bool = False,
    ) -> None:
        self.citizen, self.at, self.visit = citizen, at, visit
        self.sees_sensitive = sees_sensitive
        super().__init__(data, initial=dict(initial or {}))
        rows = rows or {}
        self.diagnoses = DiagnosisRows(data, prefix="d", initial=rows.get("d") or [{}, {}])
        self.medicines = MedicineRows(data, prefix="m", initial=rows.get("m") or [{}, {}])
        self.traditional = TraditionalRows(data, prefix="t", initial=rows.get("t") or [{}])
        for place, row in enumerate(self.diagnoses):
            label = _("Other diagnosis %(number)d") % {"number": place}
            row.fields["text"].label = label if place else _("Main diagnosis")
        self.is_finished = True
        on = self._list_day(self._typed(data))
        self._offer_lists(on)
        self.outdated = outdated_on(LIST, on)
        for name in ASKED:
            self.fields[f"sure_{name}"] = forms.BooleanField(
                required=False, label=_("measured again, this number is right")
            )
        self.asks: set[str] = set()
        self.checked: VisitEntry | None = None

    @property
    def arrived_at(self) -> datetime:
        """Return the moment of arrival that stands in its box; now while it cannot be read."""
        try:
            said: datetime | None = self.fields["started_at"].clean(self["started_at"].value())
        except forms.ValidationError:
            return self.at
        return said or self.at

    @property
    def is_child(self) -> bool:
        """Say whether the measurements of small children belong to this person."""
        _youngest, oldest = ages_in_days(self.citizen, timezone.localdate(self.at))
        return oldest < CHILD_YEARS * 366

    @property
    def asks_of_death(self) -> bool:
        """Say whether the moment of death is asked for: by the result, a value or something wrong."""
        return str(self["outcome"].value() or "") in self.deaths.split() or self._is_used(
            ["died_at"]
        )

    @property
    def is_stay(self) -> bool:
        """Say whether the fields of a stay are open: by the kind, a value or something wrong."""
        kind = str(self["kind"].value() or "")
        return kind in self.kinds.split() or self._is_used(self.STAY)

    @property
    def measures_more(self) -> bool:
        """Say whether the measurements that are folded away hold something."""
        names = self.MEASURED_MORE if self.is_child else (*self.CHILD, *self.MEASURED_MORE)
        return self._is_used(names)

    @property
    def is_traditional(self) -> bool:
        """Say whether a diagnosis of traditional medicine is written."""
        return any(row["text"].value() or row.errors for row in self.traditional)

    def _is_used(self, names: Iterable[str]) -> bool:
        return any(self[name].value() or self[name].errors for name in names)

    @override
    @lists_held()
    def is_valid(self) -> bool:
        """Read every row; rows get their own errors.

        What speaks against the visit as a whole the service says when it stores it. Where something
        cannot even be read nothing is stored, so it is asked for here: all is told at once.
        """
        valid = super().is_valid()
        rows_valid = [
            self.diagnoses.is_valid(),
            self.medicines.is_valid(),
            self.traditional.is_valid(),
        ]
        moment = self.cleaned_data.get("started_at") or self.at
        on = self._list_day(self.cleaned_data)
        self._read_next_visit(timezone.localdate(moment))
        readings = [row.read(on) for row in self._filled(self.diagnoses)]
        medicines = [row.entry(on) for row in self._filled(self.medicines)]
        traditional = [row.read(on) for row in self._filled(self.traditional)]
        rows_valid += [not row.errors for row in self._rows]
        if "started_at" in self.cleaned_data:
            entry = self._entry(moment, readings, medicines)
            allergies, none = self.told(on)
            entry = replace(
                entry,
                traditional=[row for row in traditional if row],
                allergies=allergies,
                has_no_allergy=none,
            )
            self.checked = entry
        if valid and all(rows_valid) and not self.errors:
            return True
        if self.checked is not None:
            self._say(self._found(self.checked))
        return False

    def _found(self, entry: VisitEntry) -> Mapping[str, list[ValidationError]]:
        weighed = weigh(
            entry, citizen=self.citizen, sees_sensitive=self.sees_sensitive, besides=self.visit
        )
        return check_visit(
            citizen=self.citizen, entry=entry, at=self.at, besides=self.visit, weighed=weighed
        )

    @property
    def _rows(self) -> list[Any]:
        return [*self.diagnoses, *self.medicines, *self.traditional]

    @property
    def has_errors(self) -> bool:
        """Say whether anything is wrong, in the form or in a row."""
        return bool(self.errors) or any(row.errors for row in self._rows)

    def _filled(self, rows: Any) -> Iterator[Any]:
        for row in rows:
            if hasattr(row, "cleaned_data"):
                yield row

    def _read_next_visit(self, on: date) -> None:
        field: Any = self.fields["next_visit_on"]
        try:
            self.cleaned_data["next_visit_on"] = field.read(
                self.cleaned_data.get("next_visit_on", ""), on
            )
        except ValidationError as refused:
            self.add_error("next_visit_on", refused)

    def _entry(
        self,
        moment: datetime,
        readings: list[Reading | None],
        medicines: list[MedicineEntry | None],
    ) -> VisitEntry:
        said = self.cleaned_data
        texts: dict[str, Any] = {name: said.get(name) or "" for name in self.TEXTS}
        self._places = {
            "diagnoses": [p for p, reading in enumerate(readings) if reading and reading.entry],
            "medicines": [p for p, entry in enumerate(medicines) if entry],
        }
        entries = []
        for place in self._places["diagnoses"]:
            reading = readings[place]
            if reading is None or reading.entry is None:
                continue
            sure = self.diagnoses.forms[place].cleaned_data.get("sure")
            entries.append(confirmed(reading.entry) if sure else reading.entry)
        return VisitEntry(
            started_at=moment,
            **texts,
            advice=said.get("advice", ""),
            next_visit_on=said.get("next_visit_on") or None,
            ended_at=said.get("ended_at") or None,
            died_at=said.get("died_at") or None,
            admitted_at=said.get("admitted_at") or None,
            care_days=said.get("care_days"),
            vitals=self._vitals(),
            diagnoses=entries,
            medicines=[entry for entry in medicines if entry],
            is_another=bool(said.get("is_another")),
            is_finished=self.is_finished,
        )

    def _vitals(self) -> VitalEntry:
        said = self.cleaned_data
        upper, lower = said.get("blood_pressure") or (None, None)
        sure = {name for name in ASKED if said.get(f"sure_{name}")}
        if "blood_pressure" in sure:
            sure |= {"systolic", "diastolic"}
        single = {name: said.get(name) for name in ASKED if name != "blood_pressure"}
        return VitalEntry(
            **single,
            systolic=upper,
            diastolic=lower,
            glucose_timing=said.get("glucose_timing") or "",
            consciousness=said.get("consciousness") or "",
            confirmed=frozenset(sure),
        )

    def say(self, refused: ValidationError) -> None:
        """Put what the service refused where it was typed."""
        if hasattr(refused, "error_dict"):
            self._say(refused.error_dict)
        else:
            self.add_error(None, refused)

    def _say(self, errors: Mapping[str, list[ValidationError]]) -> None:
        """Put each error where its value was typed."""
        for field, found in errors.items():
            kind, _dash, rest = field.partition("-")
            if kind in {"diagnoses", "medicines"}:
                self._say_row(kind, rest, found)
                continue
            name = "blood_pressure" if field in {"systolic", "diastolic"} else field
            # What could not even be read has said so already.
            if name not in self.errors or name in self.asks:
                self.add_error(name if name in self.fields else NON_FIELD_ERRORS, found)
            if all(str(error.code).startswith("confirm") for error in found):
                self.asks.add(name)

    def _say_row(self, kind: str, rest: str, found: list[ValidationError]) -> None:
        place, _dash, name = rest.partition("-")
        rows = self.diagnoses if kind == "diagnoses" else self.medicines
        places = self._places[kind]
        if not rows.forms:  # the form came without its rows
            self.add_error(NON_FIELD_ERRORS, found)
            return
        row = rows.forms[places[int(place)] if int(place) < len(places) else 0]
        if not row.errors or kind == "medicines":
            row.add_error(name or "text", found)

    def asked_box(self, name: str) -> Any:
        """Return the box that confirms an unlikely value, when the value was asked about."""
        box = self[f"sure_{name}"] if name in ASKED else None
        return box if box is not None and (name in self.asks or box.value()) else None
