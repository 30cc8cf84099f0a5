"""What is asked for each act on a licence to practise?"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.forms import DayInput
from portal.codelists.countries import COUNTRIES, HOME
from portal.codelists.lookup import choices_on
from portal.dossiers.acts import ActForm
from portal.identifiers import PracticeLicenseNumber
from portal.site.widgets import PickRadio
from practitioners.models import PracticeLanguage, Practitioner, Qualification

TITLES = "professional_titles"
# Law 15/2023/QH15, articles 21 and 27: on the licence of a foreigner, and in the register.
ASKED_OF_FOREIGNERS = {
    "passport_number": _("Write the number of the passport; a foreigner is known by it."),
    "language": _("Write the language in which patients are examined and treated."),
    "language_way": _("Choose how that language is spoken: oneself, or with an interpreter."),
}


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


class ForeignForm(NewForm):
    """A first licence of somebody who may be no Vietnamese: passport, and language of practice."""

    nationality = forms.ChoiceField(label=_("Nationality"), initial=HOME)
    passport_number = forms.CharField(
        label=_("Passport number"),
        max_length=20,
        required=False,
        help_text=_("Needed from whoever is not Vietnamese."),
        widget=forms.TextInput(attrs={"class": "w-m"}),
    )
    language = forms.CharField(
        label=_("Language of practice"),
        max_length=60,
        required=False,
        help_text=_(
            "The language patients are spoken to in; needed from whoever is not Vietnamese."
        ),
    )
    language_way = forms.ChoiceField(
        label=_("Way of speaking"),
        choices=[("", "–"), *PracticeLanguage.Way.choices],
        required=False,
    )
    interpreter = forms.CharField(label=_("Interpreter"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nationality: Any = self.fields["nationality"]
        nationality.choices = choices_on(COUNTRIES, timezone.localdate())

    def clean_passport_number(self) -> str:
        return "".join(str(self.cleaned_data["passport_number"]).split()).upper()

    @override
    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("nationality") not in {HOME, None}:
            for name, message in ASKED_OF_FOREIGNERS.items():
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, ValidationError(message, code=f"{name}_missing"))
        with_interpreter = said.get("language_way") == PracticeLanguage.Way.INTERPRETER
        if with_interpreter and not said.get("interpreter"):
            self.add_error(
                "interpreter",
                ValidationError(_("Name the interpreter."), code="interpreter_missing"),
            )
        return said


class RecogniseForm(ForeignForm):
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
    valid_until = day_field(
        _("Until"), help_text=_("Signed later, it ends later: the suspension stays as long.")
    )
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


class LiftForm(OfLicenseForm):
    """Why the suspension ends before its last day."""

    reasons = forms.CharField(
        label=_("Facts"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write why the suspension ends early; it is printed.")},
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
