"""What is asked of an applicant, and of whoever follows a dossier?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.deeds import DayField
from portal.admin.forms import DayInput
from portal.dates import PartialDate
from portal.dossiers.acts import ActForm, Filing
from portal.dossiers.definitions import Procedure
from portal.dossiers.models import Authority, Dossier
from portal.identifiers import PersonalNumber, PhoneNumber

ACCEPTED = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"


class BirthDayField(forms.CharField):
    """A birth date typed day first, to the day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=DayInput(), max_length=20, **kwargs)

    @override
    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        if not text:
            return None
        found = PartialDate.parse(text, on=timezone.localdate())
        day = found.as_date()
        if day is None or day > timezone.localdate():
            raise ValidationError(
                _("Write day, month and year of birth, like 22/04/1996."), code="birth_not_full"
            )
        return day


class WhoForm(forms.Form):
    """Who asks, for an act about a practitioner or about a facility."""

    authority = forms.ChoiceField(label=_("Authority"))
    applicant_name = forms.CharField(
        label=_("Full name"),
        max_length=255,
        error_messages={"required": _("Write the full name as on the identity card.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    birth_date = BirthDayField(label=_("Date of birth"))
    identifier = forms.CharField(
        label=_("Personal number"),
        required=False,
        max_length=20,
        help_text=_("12 digits on the card. What the register knows of you need not be proven."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "w-m"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=20,
        error_messages={"required": _("Write the phone number the authority can reach you at.")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "class": "w-m"}),
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    address = forms.CharField(label=_("Address"), required=False, max_length=255)
    submitter_name = forms.CharField(
        label=_("Handed in by"),
        required=False,
        max_length=255,
        help_text=_("Only where somebody else hands it in."),
    )

    def __init__(
        self, *args: Any, procedure: Procedure, authorities: Sequence[Authority], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.procedure = procedure
        self.authorities = {str(row.organisation_id): row.organisation for row in authorities}
        choice: Any = self.fields["authority"]
        choice.choices = [(key, place.name) for key, place in self.authorities.items()]
        choice.error_messages["required"] = _("Choose the authority that decides.")
        if len(choice.choices) == 1:
            choice.initial = choice.choices[0][0]
        if procedure.subject == Dossier.SubjectKind.FACILITY:
            self.fields["applicant_name"].label = _("Facility, or who founds it")
            del self.fields["birth_date"], self.fields["identifier"]

    def clean_identifier(self) -> str:
        text = str(self.cleaned_data["identifier"]).strip()
        return PersonalNumber.parse(text).value if text else ""

    def clean_phone(self) -> str:
        return PhoneNumber.parse(str(self.cleaned_data["phone"])).value

    def filing(self, *, case: str, on: date, values: dict[str, str]) -> Filing:
        """Return what the applicant says."""
        said = self.cleaned_data
        return Filing(
            procedure=self.procedure.code,
            case=case,
            authority=self.authorities[said["authority"]],
            on=on,
            applicant_name=" ".join(said["applicant_name"].split()),
            birth_date=said.get("birth_date"),
            identifier=said.get("identifier", ""),
            phone=said["phone"],
            email=said["email"],
            address=said["address"].strip(),
            submitter_name=" ".join(said["submitter_name"].split()),
            values=values,
        )


class FollowForm(forms.Form):
    """The tracking code and the second secret: the birth date or the telephone number as filed."""

    code = forms.CharField(
        label=_("Tracking code"),
        max_length=30,
        help_text=_("12 letters and digits on the receipt."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "class": "w-l"}
        ),
        error_messages={"required": _("Write the tracking code that stands on the receipt.")},
    )
    secret = forms.CharField(
        label=_("Date of birth or phone number, as filed"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-m"}),
        error_messages={
            "required": _("Write the date of birth, like 22/04/1996, or the phone number.")
        },
    )

    def clean_code(self) -> str:
        return plain_code(str(self.cleaned_data["code"]))


def plain_code(text: str) -> str:
    """Return a tracking code without what people put between its letters."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())[:12]


def is_secret(dossier: Dossier, text: str) -> bool:
    """Say whether a text is the dossier's birth date or its telephone number."""
    return bool(text.strip()) and (_is_phone(dossier, text) or _is_birth(dossier, text))


def _is_phone(dossier: Dossier, text: str) -> bool:
    try:
        return bool(dossier.phone) and PhoneNumber.parse(text).value == dossier.phone
    except ValidationError:
        return False


def _is_birth(dossier: Dossier, text: str) -> bool:
    try:
        found = PartialDate.parse(text, on=timezone.localdate()).as_date()
    except ValidationError:
        return False
    return found is not None and found == dossier.birth_date


class WithdrawForm(forms.Form):
    """Why a dossier is withdrawn."""

    reason = forms.CharField(
        label=_("Why is the dossier withdrawn?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write in a few words why; it stays with the dossier.")},
    )


class FilesField(forms.FileField):
    """Some files for one document."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=_ManyFiles(attrs={"accept": ACCEPTED}), required=False, **kwargs)

    @override
    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [one for one in (data or []) if one]


class _ManyFiles(forms.FileInput):
    allow_multiple_selected = True

    @override
    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else []


__all__ = [
    "ActForm",
    "BirthDayField",
    "DayField",
    "FilesField",
    "FollowForm",
    "WhoForm",
    "WithdrawForm",
    "is_secret",
    "plain_code",
]
