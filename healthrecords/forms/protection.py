"""Forms about a person's rights: an answer to a purpose, a withdrawal, a request, a hold."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, Consent, DataRequest
from healthrecords.services.consents import ConsentEntry, givers_of, purposes_on
from healthrecords.services.requests import RequestEntry
from portal.admin.deeds import DayField
from portal.site.widgets import PickRadio

Choices = list[tuple[str, Any]]


class KeyedForm(forms.Form):
    """A form that is stored once however often it is sent."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)


class ConsentForm(KeyedForm):
    """One answer to one purpose; nothing is ticked beforehand."""

    answer = forms.ChoiceField(
        label=_("Answer"), choices=Consent.Answer.choices, widget=PickRadio()
    )
    giver = forms.ChoiceField(label=_("Given by"), widget=PickRadio())
    representative_name = forms.CharField(
        label=_("Name of the representative"), max_length=255, required=False
    )
    representative_relation = forms.CharField(label=_("Relation"), max_length=100, required=False)
    channel = forms.ChoiceField(
        label=_("How it was given"), choices=Consent.Channel.choices, widget=PickRadio()
    )
    proof = forms.CharField(
        label=_("Where the proof is"),
        max_length=255,
        help_text=_("Number of the signed paper, name of the file or of the recording."),
    )
    given_on = DayField(label=_("Given on"))

    def __init__(self, *args: Any, citizen: Citizen, purpose: str, **kwargs: Any) -> None:
        self.purpose = purpose
        super().__init__(*args, **kwargs)
        allowed, self.giver_source = givers_of(citizen, timezone.localdate())
        labels = dict(Consent.Giver.choices)
        giver: Any = self.fields["giver"]
        giver.choices = [(value, labels[value]) for value in allowed]
        giver.help_text = self.giver_source
        self.fields["given_on"].initial = timezone.localdate

    def entry(self) -> ConsentEntry:
        """Return what was answered."""
        said = {k: v for k, v in self.cleaned_data.items() if k != "client_key"}
        return ConsentEntry(purpose=self.purpose, **said)


class WithdrawalForm(forms.Form):
    """A consent is taken back."""

    withdrawn_on = DayField(label=_("Withdrawn on"))
    proof = forms.CharField(label=_("Where the proof is"), max_length=255, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["withdrawn_on"].initial = timezone.localdate


class RequestForm(KeyedForm):
    """A request is taken in at the desk."""

    kind = forms.ChoiceField(
        label=_("Asks to"), choices=DataRequest.Kind.choices, widget=PickRadio()
    )
    purpose = forms.ChoiceField(
        label=_("Which consent is withdrawn"),
        required=False,
        help_text=_("Only for the withdrawal of a consent."),
    )
    asked = forms.CharField(
        label=_("What is asked, in the person's words"), widget=forms.Textarea({"rows": 3})
    )
    asker = forms.ChoiceField(
        label=_("Asked by"), choices=DataRequest.Asker.choices, widget=PickRadio()
    )
    asker_name = forms.CharField(
        label=_("Name of the representative"), max_length=255, required=False
    )
    asker_relation = forms.CharField(
        label=_("Relation and paper that proves it"), max_length=255, required=False
    )
    identity_proof = forms.CharField(label=_("How identity was checked"), max_length=255)
    channel = forms.ChoiceField(
        label=_("How the request came"), choices=DataRequest.Channel.choices, widget=PickRadio()
    )
    through_processor = forms.BooleanField(
        label=_("Somebody else processes these data for this facility"), required=False
    )
    received_on = DayField(label=_("Received on"))

    def __init__(self, *args: Any, restricted: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        # Nothing is lifted where nothing is restricted.
        kind.choices = [
            (value, label)
            for value, label in DataRequest.Kind.choices
            if restricted or value != DataRequest.Kind.LIFT
        ]
        purposes = [(entry.code, entry.title) for entry in purposes_on(timezone.localdate())]
        purpose: Any = self.fields["purpose"]
        purpose.choices = [("", _("none")), *purposes]
        self.fields["received_on"].initial = timezone.localdate

    def entry(self) -> RequestEntry:
        """Return what was asked."""
        said = {k: v for k, v in self.cleaned_data.items() if k != "client_key"}
        return RequestEntry(**said)


class HoldForm(forms.Form):
    """A record is held."""

    basis = forms.CharField(label=_("Paper that asks for it"), max_length=255)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea({"rows": 3}))
    placed_on = DayField(label=_("Placed on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["placed_on"].initial = timezone.localdate
