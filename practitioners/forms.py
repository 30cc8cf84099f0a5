"""What does a facility type to send in a practitioner's profile?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.codelists.countries import COUNTRIES, HOME
from portal.codelists.models import Code
from portal.dates import PartialDate
from portal.identifiers import PracticeLicenseNumber
from portal.places.models import Organisation
from practitioners.items import BY_KEY, DATE_FIELDS, FIELDS, ITEMS
from practitioners.models import (
    ExaminationResult,
    PracticeLanguage,
    PracticePeriod,
    Practitioner,
    PractitionerIdentifier,
    Qualification,
)
from practitioners.profile import IDENTIFIERS, read

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Which items one uploaded paper shows.
PAPERS: Mapping[str, tuple[str, ...]] = {
    "paper_identity": ("person", "identifier"),
    "paper_diploma": ("qualification",),
    "paper_license": ("license", "scope"),
    "paper_assignment": ("techniques",),
    "paper_training": ("training",),
    "paper_examination": ("examination",),
    "paper_language": ("language",),
    "paper_practice": ("practice",),
}
# Kinds of numbers a profile may be known by; other registers' codes come with them.
KINDS_OF_PAPER = [
    choice for choice in PractitionerIdentifier.Kind.choices if choice[0] in IDENTIFIERS
]
ACCEPTED = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"


@dataclass(frozen=True, slots=True)
class Part:
    """One numbered part of the paper form."""

    number: int
    title: StrOrPromise
    rows: Sequence[Sequence[str]]


PLACE = 5
PARTS = (
    Part(
        1,
        _("Identity"),
        (
            ("name", "birth_date", "sex", "nationality"),
            ("identifier_kind", "identifier", "phone", "email"),
            ("paper_identity",),
        ),
    ),
    Part(
        2,
        _("Diploma"),
        (
            ("qualification_level", "qualification_field", "school"),
            ("diploma_number", "qualification_issued_on", "paper_diploma"),
        ),
    ),
    Part(
        3,
        _("Licence"),
        (
            ("license_number", "title", "license_issued_by"),
            ("license_issued_on", "license_valid_until", "paper_license"),
        ),
    ),
    Part(4, _("Scope of practice"), (("scope",),)),
    Part(
        PLACE,
        _("Place and hours"),
        (
            ("facility", "position", "position_text"),
            ("registered_from", "registered_until", "full_time"),
            ("department", "department_code"),
            ("hours", "other_facilities"),
            ("techniques", "assignment", "paper_assignment"),
            ("transferred_by", "transfer"),
        ),
    ),
    Part(
        6,
        _("Continuing training"),
        (
            ("training_title", "training_hours", "training_ended_on"),
            ("training_certificate", "paper_training"),
        ),
    ),
    Part(
        7,
        _("Examination, language, practice elsewhere"),
        (
            ("exam_title", "exam_sat_on", "exam_result", "exam_number"),
            ("exam_group", "exam_council", "paper_examination"),
            ("language", "language_way", "interpreter"),
            ("language_from", "language_until", "language_certificate", "paper_language"),
            ("practice_kind", "practice_place", "practice_work"),
            ("practice_from", "practice_until", "practice_certificate", "paper_practice"),
        ),
    ),
)
# What is asked of a facility, and not of a person registered at none.
OF_A_PLACE = frozenset(
    {
        *(name for item in ITEMS if item.of_a_place for name in item.fields),
        *(name for name, keys in PAPERS.items() if all(BY_KEY[key].of_a_place for key in keys)),
    }
)


def _text(
    label: StrOrPromise, help_text: StrOrPromise = "", width: str = "", most: int = 300
) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": width} if width else {})
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=most, widget=widget
    )


def _day(label: StrOrPromise, help_text: StrOrPromise = "") -> forms.CharField:
    attrs = {"inputmode": "numeric", "placeholder": _("dd/mm/yyyy"), "class": "w-s"}
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs=attrs),
    )


def _paper(label: StrOrPromise) -> forms.FileField:
    return forms.FileField(
        label=label,
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 10 MB"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )


def _choice(label: StrOrPromise, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", "–"), *choices])


class ProfileForm(forms.Form):
    """A practitioner's profile in the order of the paper; every refusal stands at its field."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    facility = forms.ModelChoiceField(
        label=_("Facility"), queryset=Organisation.objects.none(), empty_label=None
    )
    name = _text(_("Full name"))
    birth_date = _day(_("Date of birth"), _("or the year alone"))
    sex = _choice(_("Sex"), Practitioner.Sex.choices[:2])
    nationality = forms.ChoiceField(label=_("Nationality"), required=False)
    identifier_kind = forms.ChoiceField(
        label=_("Kind of number"), required=False, choices=KINDS_OF_PAPER
    )
    identifier = _text(_("Identity number"), _("12 digits on the card"))
    phone = _text(_("Phone"), _("not shown to the public"))
    email = _text(_("E-mail"), _("not shown to the public"))
    paper_identity = _paper(_("Copy of the identity card"))
    qualification_level = _choice(_("Level"), Qualification.Level.choices)
    qualification_field = _text(_("Field"))
    school = _text(_("School"))
    diploma_number = _text(_("Diploma number"), width="w-m")
    qualification_issued_on = _day(_("Issued on"))
    paper_diploma = _paper(_("Copy of the diploma"))
    license_number = _text(_("Licence number"), _("like 004929/HNO-GPHN"), width="w-m")
    title = forms.ChoiceField(label=_("Professional title"), required=False)
    license_issued_by = _text(_("Issued by"))
    license_issued_on = _day(_("Issued on"))
    license_valid_until = _day(_("Valid until"), _("blank for a certificate (CCHN)"))
    paper_license = _paper(_("Copy of the licence"))
    scope = forms.CharField(
        label=_("Scope as printed on the licence"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    position = forms.ChoiceField(label=_("Position"), required=False)
    position_text = _text(_("Position in words"), _("as on Form 01"))
    department = _text(_("Department of the facility"), _("like Khoa Nội tổng hợp"), most=200)
    department_code = _text(_("Department code"), _("like K03"), width="w-s", most=50)
    registered_from = _day(_("Practises here from"))
    registered_until = _day(_("Until"), _("blank where no last day is set"))
    other_facilities = _text(_("Other facilities (codes)"), _("like 11001; 11047"))
    techniques = _text(_("Techniques assigned beyond the scope"), _("codes, like 18.0001; 02.0085"))
    assignment = _text(_("Written assignment"), _("like 20260901_07/QĐ-BV"))
    paper_assignment = _paper(_("Copy of the assignment"))
    transferred_by = _text(_("Techniques handed over by (facility codes)"), _("like 11001"))
    transfer = _text(_("Decision that hands them over"), _("like 20260115_12/QĐ-BV"))
    full_time = forms.BooleanField(label=_("Full time"), required=False)
    hours = _text(_("Hours"), _("like T2 to T6, 07:30 to 16:30"))
    training_title = _text(_("Training since the last profile"))
    training_hours = _text(_("Credit hours"), width="w-xs")
    training_ended_on = _day(_("Last day"))
    training_certificate = _text(_("Certificate number"), width="w-m")
    paper_training = _paper(_("Copy of the certificate"))
    exam_title = forms.ChoiceField(label=_("Examined for the title"), required=False)
    exam_sat_on = _day(_("Examined on"))
    exam_result = _choice(_("Result"), ExaminationResult.Result.choices)
    exam_number = _text(_("Number of the result"), width="w-m")
    exam_group = _text(_("Group of the examination"))
    exam_council = _text(_("Council"))
    paper_examination = _paper(_("Copy of the result"))
    language = _text(_("Language"))
    language_way = _choice(_("Way of speaking"), PracticeLanguage.Way.choices)
    interpreter = _text(_("Interpreter"))
    language_certificate = _text(_("Number of the certificate"), width="w-m")
    language_from = _day(_("From"))
    language_until = _day(_("Until"))
    paper_language = _paper(_("Copy of the certificate"))
    practice_kind = _choice(_("Time of practice elsewhere"), PracticePeriod.Kind.choices)
    practice_place = _text(_("Place"))
    practice_work = _text(_("Work"))
    practice_from = _day(_("From"))
    practice_until = _day(_("Until"))
    practice_certificate = _text(_("Number of the certificate"), width="w-m")
    paper_practice = _paper(_("Copy of the certificate"))

    def __init__(
        self, *args: Any, facilities: Any, on: date, has_place: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.on = on
        # Who is registered nowhere says nothing of a place: the department is asked for the rest.
        self.lacking = () if has_place else ("registered_from",)
        for name in () if has_place else OF_A_PLACE:
            del self.fields[name]
        self.profile: dict[str, str] = {}
        self.fields["facility"].queryset = facilities  # type: ignore[attr-defined]
        self._offer("nationality", COUNTRIES)
        self._offer("title", "professional_titles")
        self.fields["exam_title"].choices = self.fields["title"].choices  # type: ignore[attr-defined]
        if has_place:
            self._offer("position", "staff_positions", nothing=str(_("staff, none of these")))

    def _offer(self, name: str, key: str, nothing: str = "–") -> None:
        codes = Code.objects.of(key, self.on).values_list("code", "title")
        self.fields[name].choices = [("", nothing), *codes]  # type: ignore[attr-defined]

    def clean_license_number(self) -> str:
        """Refuse here what can never be a licence to practise, while the paper is at hand."""
        text: str = self.cleaned_data["license_number"]
        if text.strip():
            PracticeLicenseNumber.parse(text)
        return text

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        sent = {name: "1" if value is True else str(value or "") for name, value in data.items()}
        try:
            values = {name: sent.get(name, "") for name in FIELDS}
            self.profile = read(values, on=self.on, lacking=self.lacking)
        except ValidationError as refused:
            for name, errors in refused.error_dict.items():
                if name not in self.errors:
                    self.add_error(name, errors)
        return data

    def parts(self) -> list[tuple[Part, list[list[forms.BoundField]]]]:
        """Return the parts of the paper with their fields."""
        found = []
        for part in PARTS:
            rows = [[self[name] for name in row if name in self.fields] for row in part.rows]
            is_address = bool(self.lacking) and part.number == PLACE
            shown = replace(part, title=_("Sent to")) if is_address else part
            found.append((shown, [row for row in rows if row]))
        return found


def initial_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Turn a profile's stored values into what the form shows: days as people write them."""
    shown: dict[str, Any] = dict(values)
    for name in DATE_FIELDS & values.keys():
        shown[name] = str(PartialDate.parse(values[name]))
    shown["full_time"] = bool(values.get("full_time"))
    return shown


def empty_profile() -> dict[str, Any]:
    """Return what a new form begins with."""
    return {"nationality": HOME, "full_time": True, "registered_from": _today()}


def _today() -> str:
    return timezone.localdate().strftime("%d/%m/%Y")
