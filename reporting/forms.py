"""What people type into reports: figures, reasons, days of an outage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from portal.admin.deeds import DayField
from portal.admin.forms import MomentField
from reporting.definitions import Column, Form
from reporting.models import CaseNotification, Outage, Outbreak
from reporting.services.running import TypedFigure

PREFIX, MARK = "c-", "~"
LARGEST = Decimal(10) ** 15


class ReasonForm(forms.Form):
    """A deed that needs its reason."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), widget=forms.Textarea({"rows": 3}), max_length=1000
    )


class PaperForm(forms.Form):
    """The report went on paper while the system was down."""

    sent_on = DayField(label=gettext_lazy("Sent on paper on"))
    outage = forms.ModelChoiceField(
        label=gettext_lazy("Outage"), queryset=Outage.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, outages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["outage"]
        field.queryset = outages


class OutageForm(forms.ModelForm):  # type: ignore[type-arg]
    """When the system did not answer, and why."""

    class Meta:
        model = Outage
        fields = ("began_at", "ended_at", "reason")
        widgets = {
            "began_at": forms.DateTimeInput({"placeholder": "05/11/2026 08:30"}),
            "ended_at": forms.DateTimeInput({"placeholder": "05/11/2026 16:00"}),
        }

    def clean_began_at(self) -> Any:
        began = self.cleaned_data["began_at"]
        if began > timezone.now():
            raise forms.ValidationError(
                _("This is still to come; write when the outage began."), code="outage_in_future"
            )
        return began


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A cell whose text is no figure."""

    name: str
    text: str
    message: str


@dataclass(frozen=True, slots=True)
class TypedCells:
    """What was typed into the cells of a report, as figures and as mistakes."""

    figures: list[TypedFigure]
    mistakes: list[Mistyped]


def read_cells(form: Form, posted: Mapping[str, Any], present: Mapping[Any, Any]) -> TypedCells:
    """Read every posted cell; an emptied one is taken back, an untouched blank one is nothing."""
    figures: list[TypedFigure] = []
    mistakes: list[Mistyped] = []
    for name in posted:
        if not name.startswith(PREFIX):
            continue
        row, _mark, key = name.removeprefix(PREFIX).partition(MARK)
        column = form.by_key.get(key)
        text = " ".join(str(posted[name]).split())
        if column is None or not row:
            continue
        if not text:
            if (row, key) in present:
                figures.append(TypedFigure(row, key, is_taken_back=True))
            continue
        flag = form.row(row)
        if column.kind == "text" or (flag is not None and flag.role == "flag"):
            figures.append(TypedFigure(row, key, text=text[:500]))
            continue
        number = number_of(text)
        if number is None:
            mistakes.append(Mistyped(name, text, _mistake(form, row, column, text)))
        else:
            figures.append(TypedFigure(row, key, number=number))
    return TypedCells(figures, mistakes)


def _mistake(form: Form, row: str, column: Column, text: str) -> str:
    place = form.row(row)
    where = ", ".join(filter(None, (place.label if place else "", column.label)))
    return _("%(where)s: “%(text)s” is not a number; write digits only, a comma for decimals.") % {
        "where": where,
        "text": text,
    }


def number_of(text: str) -> Decimal | None:
    """Read a number as people write it here: 1.240 is one thousand two hundred and forty, 60,5 has a half."""
    plain = text.replace(" ", "").replace("\u00a0", "")
    whole, comma, part = plain.partition(",")
    groups = whole.split(".")
    if len(groups) > 1 and (not groups[0] or any(len(group) != 3 for group in groups[1:])):
        return None
    digits = "".join(groups)
    if not digits.isascii() or not digits.isdigit() or (comma and not part.isdigit()):
        return None
    try:
        number = Decimal(f"{digits}.{part or 0}")
    except InvalidOperation:
        return None
    return number if number < LARGEST and len(part) <= 2 else None


CASE_FIELDS = (
    "subject",
    "onset_on",
    "certainty",
    "vaccinated",
    "doses",
    "workplace",
    "is_sampled",
    "test",
    "finding",
    "treatment",
    "admitted_on",
    "left_on",
    "outcome",
    "exposure",
)


class CaseChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Another case, named by its person and day."""

    @override
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.citizen.name}, {timezone.localdate(obj.noticed_at):%d/%m/%Y}"


class CaseForm(forms.ModelForm):  # type: ignore[type-arg]
    """What form 01 asks that the record does not say; the service refuses, the form only reads."""

    disease = forms.ChoiceField(label=gettext_lazy("Disease"))
    onset_on = DayField(label=gettext_lazy("Onset"), required=False)
    admitted_on = DayField(label=gettext_lazy("Admitted on"), required=False)
    left_on = DayField(label=gettext_lazy("Left, transferred or died on"), required=False)
    diagnosed_at = MomentField(
        label=gettext_lazy("Diagnosed at"),
        required=False,
        help_text=gettext_lazy("The clock starts here; left empty it starts with the visit."),
    )
    paper_sent_at = MomentField(
        label=gettext_lazy("Sent on paper at"),
        required=False,
        help_text=gettext_lazy("Only if it went on paper while the system was down."),
    )
    is_sampled = forms.NullBooleanField(label=gettext_lazy("Sample taken"), required=False)

    class Meta:
        model = CaseNotification
        fields = CASE_FIELDS
        widgets = {"exposure": forms.Textarea({"rows": 3})}

    def __init__(
        self, *args: Any, choices: Any, linkable: Any, outbreaks: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        said: Any = self.fields["disease"]
        said.choices, said.initial = choices, self.instance.disease
        if self.instance.status != CaseNotification.Status.OPEN:
            del self.fields["diagnosed_at"], self.fields["paper_sent_at"]
        elif self.instance.noticed_at is not None:
            self.initial["diagnosed_at"] = self.instance.noticed_at
        self.order_fields(["disease", "diagnosed_at", *CASE_FIELDS, "paper_sent_at"])
        self.fields["linked_to"] = CaseChoice(
            label=gettext_lazy("Caught from or with"),
            queryset=linkable,
            required=False,
            initial=self.instance.linked_to_id,
        )
        self.fields["outbreak"] = forms.ModelChoiceField(
            label=gettext_lazy("Outbreak"),
            queryset=outbreaks,
            required=False,
            initial=self.instance.outbreak_id,
        )

    def _post_clean(self) -> None:
        """Leave the rules to the service: it locks the row and says what it refuses by field."""


class OpenCaseForm(CaseForm):
    """A case that no code says, with how the facility learnt of it and all that form 01 asks."""

    ORIGINS = (
        CaseNotification.Origin.HAND,
        CaseNotification.Origin.PHONE,
        CaseNotification.Origin.PAPER,
    )

    origin = forms.ChoiceField(
        label=gettext_lazy("How it became known"),
        choices=[
            (ORIGINS[0].value, gettext_lazy("seen at the visit")),
            (ORIGINS[1].value, ORIGINS[1].label),
            (ORIGINS[2].value, ORIGINS[2].label),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        nobody = CaseNotification.objects.none()
        super().__init__(*args, linkable=nobody, outbreaks=Outbreak.objects.none(), **kwargs)
        # Which case and which outbreak it belongs to is asked once its disease is known.
        del self.fields["linked_to"], self.fields["outbreak"]
        self.fields["diagnosed_at"].required = True
        self.fields["diagnosed_at"].help_text = gettext_lazy(
            "When the illness was diagnosed or first suspected, not when it is typed here."
        )
        self.fields["paper_sent_at"].help_text = gettext_lazy(
            "For a paper form: when it went to the surveillance system."
        )
        self.order_fields(["disease", "origin", "diagnosed_at", "paper_sent_at", *CASE_FIELDS])

    @override
    def clean(self) -> dict[str, Any] | None:
        said = super().clean() or self.cleaned_data
        is_paper = said.get("origin") == CaseNotification.Origin.PAPER
        if is_paper and "paper_sent_at" not in self.errors and not said.get("paper_sent_at"):
            self.add_error(
                "paper_sent_at",
                forms.ValidationError(
                    gettext_lazy("Write day and hour at which the paper form was sent."),
                    code="paper_without_moment",
                ),
            )
        return said


class OutbreakForm(forms.ModelForm):  # type: ignore[type-arg]
    """An outbreak as it is determined."""

    disease = forms.ChoiceField(label=gettext_lazy("Disease"))
    first_onset_on = DayField(label=gettext_lazy("Onset of the first case"))
    entered_country_on = DayField(
        label=gettext_lazy("Entered the country on"),
        required=False,
        help_text=gettext_lazy("Only if the illness began abroad."),
    )
    arrived_on = DayField(
        label=gettext_lazy("Arrived in the area on"),
        required=False,
        help_text=gettext_lazy("Only if the illness began abroad."),
    )
    first_told_on = DayField(label=gettext_lazy("First report received on"), required=False)
    determined_at = MomentField(
        label=gettext_lazy("Determined at"),
        required=False,
        help_text=gettext_lazy("The time to declare it counts from here; empty means now."),
    )

    class Meta:
        model = Outbreak
        fields = (
            "disease",
            "name",
            "place",
            "first_onset_on",
            "entered_country_on",
            "arrived_on",
            "first_told_on",
            "determined_at",
            "risk_factors",
            "advice",
        )
        widgets = {
            "risk_factors": forms.Textarea({"rows": 2}),
            "advice": forms.Textarea({"rows": 2}),
        }

    def __init__(self, *args: Any, diseases: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said: Any = self.fields["disease"]
        said.choices = [(disease.code, disease.title) for disease in diseases]

    def _post_clean(self) -> None:
        """Leave the rules to the service."""


class OutbreakDayForm(forms.Form):
    """The figures of a day and hamlet."""

    day = DayField(label=gettext_lazy("Day"))
    hamlet = forms.CharField(label=gettext_lazy("Hamlet"), max_length=200, required=False)
    cases = forms.IntegerField(label=gettext_lazy("New cases"), min_value=0, initial=0)
    deaths = forms.IntegerField(label=gettext_lazy("Deaths"), min_value=0, initial=0)
    samples = forms.IntegerField(label=gettext_lazy("Samples"), min_value=0, initial=0)
    positives = forms.IntegerField(label=gettext_lazy("Positive samples"), min_value=0, initial=0)


class DeclareForm(forms.Form):
    """The document that tells of the outbreak."""

    paper = forms.CharField(
        label=gettext_lazy("Number, day and signer of the document"), max_length=200
    )


class EndForm(forms.Form):
    """The end of an outbreak."""

    last_onset_on = DayField(label=gettext_lazy("Onset of the last case"))
    ended_on = DayField(label=gettext_lazy("Ended on"))
    determined_at = MomentField(
        label=gettext_lazy("End determined at"),
        required=False,
        help_text=gettext_lazy("The time to tell it counts from here; empty means now."),
    )
    paper = forms.CharField(
        label=gettext_lazy("Number, day and signer of the document"), max_length=200
    )
