"""The small forms of the identity page: each is one deed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.forms.around import DayField, choices_of, plain
from healthrecords.forms.fields import NumberField
from healthrecords.forms.visit import moment_box
from healthrecords.models import Citizen, CitizenIdentifier, HouseholdMember, RelatedPerson
from healthrecords.services.numbers import ADDED
from healthrecords.services.unknown import UNKNOWN, duties_of, read_unknown, undone
from portal.admin.forms import MomentField
from portal.identifiers import PersonalNumber, PhoneNumber


class DeedForm(forms.Form):
    """A deed on one record; its boxes have ids of their own on a page of many forms."""

    required_css_class = "required"
    deed = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{self.deed}_%s")
        super().__init__(*args, **kwargs)


class EndNumberForm(DeedForm):
    """A number was cancelled, replaced, or is another person's."""

    deed = "end-number"
    number = forms.ModelChoiceField(
        queryset=CitizenIdentifier.objects.none(), label=_("Number"), empty_label=None
    )
    ending = forms.ChoiceField(
        label=_("Why it ends"), choices=choices_of(CitizenIdentifier.Ending)[2:]
    )
    note = forms.CharField(
        label=_("Paper, authority"), required=False, max_length=500, widget=plain("w-2")
    )
    successor = forms.CharField(
        label=_("New number, if one was issued"), required=False, max_length=20, widget=plain("w-m")
    )

    def __init__(self, *args: Any, citizen: Citizen, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number: Any = self.fields["number"]
        number.queryset = citizen.identifiers.filter(ended_on=None).order_by("kind", "id")
        number.label_from_instance = lambda row: f"{row.get_kind_display()}: {row.value}"


class AddNumberForm(DeedForm):
    """A number of a paper that the form of a record has no box for."""

    deed = "add-number"
    kind = forms.ChoiceField(
        label=_("Kind of number"), choices=[(kind.value, kind.label) for kind in ADDED]
    )
    value = forms.CharField(label=_("Number on the paper"), max_length=20, widget=plain("w-m"))
    issued_on = DayField(label=_("Issued on"))


class SettleForm(DeedForm):
    """The register says otherwise: take its word, or keep ours for a reason."""

    deed = "settle"
    word = forms.UUIDField(widget=forms.HiddenInput)
    take = forms.ChoiceField(choices=[("theirs", ""), ("ours", "")], widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why ours is kept"), required=False, max_length=500, widget=plain("w-2")
    )

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("take") == "ours" and not cleaned.get("reason"):
            message = _("Write why the own entry is kept, like “birth certificate seen”.")
            self.add_error("reason", ValidationError(message, "reason_missing"))
        return cleaned


class HouseholdForm(DeedForm):
    """Begin a household as its head, or join that of somebody by their number."""

    deed = "household"
    member = NumberField(
        kind=PersonalNumber,
        label=_("Personal number of somebody in the household"),
        help_text=_("Empty: this person begins a household as its head."),
        widget=plain("w-m", inputmode="numeric"),
    )
    relation = forms.ChoiceField(
        label=_("Relation to the head"),
        required=False,
        choices=[("", "–"), *choices_of(HouseholdMember.Relation)[2:]],
    )
    number = forms.CharField(
        label=_("Household number"), required=False, max_length=20, widget=plain("w-s")
    )


class RelativeForm(DeedForm):
    """Somebody who belongs to the person."""

    deed = "relative"
    relation = forms.ChoiceField(
        label=_("Relation"), choices=choices_of(RelatedPerson.Relation)[1:]
    )
    name = forms.CharField(label=_("Full name"), max_length=255, widget=plain("w-2"))
    number = NumberField(
        kind=PersonalNumber,
        label=_("Personal number"),
        widget=plain("w-m", inputmode="numeric"),
    )
    phone = NumberField(kind=PhoneNumber, label=_("Phone"), widget=plain("w-m", inputmode="tel"))
    represents = forms.BooleanField(label=_("Speaks for the person"), required=False)


class DeathForm(DeedForm):
    """The person died."""

    deed = "death"
    died_on = DayField(label=_("Died on"))
    source = forms.ChoiceField(label=_("Who says so"), choices=choices_of(Citizen.DeathSource)[1:4])
    note = forms.CharField(
        label=_("Paper number, place"), required=False, max_length=500, widget=plain("w-2")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["died_on"].required = True


class ReasonForm(DeedForm):
    """A deed that only needs a reason."""

    deed = "death-back"
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=plain("w-2"))


class TellForm(DeedForm):
    """Somebody was told of a patient whom nobody knows."""

    deed = "tell"
    duty = forms.ChoiceField(label=_("What was done"))
    told_to = forms.CharField(label=_("Told to"), max_length=255, widget=plain("w-2"))
    told_at = MomentField(label=_("Told at"), widget=moment_box())

    def __init__(self, *args: Any, citizen: Citizen, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"told_at": timezone.localtime()})
        super().__init__(*args, **kwargs)
        duty: Any = self.fields["duty"]
        waiting = undone(duties_of(read_unknown(citizen))) if citizen.standing == UNKNOWN else []
        duty.choices = [(one.code, one.title) for one in waiting]
