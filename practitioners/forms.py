"""What does a facility type to send in a practitioner's profile?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from practitioners.items import DATE_FIELDS, FIELDS
from practitioners.models import Practitioner, PractitionerIdentifier, Qualification
from practitioners.profile import IDENTIFIERS, read

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Which items one uploaded paper shows.
PAPERS: Mapping[str, tuple[str, ...]] = {
    "paper_identity": ("person", "identifier"),
    "paper_diploma": ("qualification",),
    "paper_license": ("license", "scope"),
    "paper_training": ("training",),
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
        5,
        _("Place and hours"),
        (
            ("facility", "position", "position_text"),
            ("registered_from", "full_time", "hours"),
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
)


def _text(label: StrOrPromise, help_text: StrOrPromise = "", width: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"class": width} if width else {})
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=300, widget=widget
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
    registered_from = _day(_("Practises here from"))
    full_time = forms.BooleanField(label=_("Full time"), required=False)
    hours = _text(_("Hours"), _("like T2 to T6, 07:30 to 16:30"))
    training_title = _text(_("Training since the last profile"))
    training_hours = _text(_("Credit hours"), width="w-xs")
    training_ended_on = _day(_("Last day"))
    training_certificate = _text(_("Certificate number"), width="w-m")
    paper_training = _paper(_("Copy of the certificate"))

    def __init__(self, *args: Any, facilities: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.on = on
        self.profile: dict[str, str] = {}
        self.fields["facility"].queryset = facilities  # type: ignore[attr-defined]
        self._offer("nationality", COUNTRIES)
        self._offer("title", "professional_titles")
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
            self.profile = read({name: sent.get(name, "") for name in FIELDS}, on=self.on)
        except ValidationError as refused:
            for name, errors in refused.error_dict.items():
                if name not in self.errors:
                    self.add_error(name, errors)
        return data

    def parts(self) -> list[tuple[Part, list[list[forms.BoundField]]]]:
        """Return the parts of the paper with their fields."""
        return [(part, [[self[name] for name in row] for row in part.rows]) for part in PARTS]


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
