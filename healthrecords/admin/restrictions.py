"""What is asked when a restriction of processing is to end: a proposal, and somebody else's decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from healthrecords.models import DataRequest, RestrictionLift
from healthrecords.services.restrictions import Decision, decide_lift, propose_lift
from portal.admin.deeds import DayField, DeedForm
from portal.site.widgets import PickRadio
from portal.templatetags.portal import day

LIFTED, KEPT = "lifted", "kept"


def waiting_lift(restriction: DataRequest) -> RestrictionLift | None:
    """Return the proposal to end a restriction that nobody decided on."""
    rows = RestrictionLift.objects.waiting().filter(restriction=restriction)
    return rows.select_related("proposed_by").first()


class ProposeLiftForm(DeedForm):
    """The reason of a restriction is over."""

    on = DayField(label=gettext_lazy("Proposed on"))
    reason = forms.CharField(
        label=gettext_lazy("What has changed"),
        widget=forms.Textarea({"rows": 4}),
        max_length=4000,
        help_text=gettext_lazy("For example: the disputed entry was checked and corrected."),
    )

    @override
    def carry_out(self) -> str:
        propose_lift(
            actor=self.request.user,
            restriction=self.row,
            reason=self.cleaned_data["reason"],
            on=self.cleaned_data["on"],
            at=timezone.now(),
        )
        return _("Proposed; somebody else decides, and the person is told before it ends.")


class DecideLiftForm(DeedForm):
    """A restriction ends after the person was told, or stays."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            (LIFTED, gettext_lazy("the restriction ends")),
            (KEPT, gettext_lazy("the restriction stays")),
        ],
        widget=PickRadio(),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason, as the person reads it"),
        widget=forms.Textarea({"rows": 4}),
        max_length=4000,
    )
    decided_on = DayField(label=gettext_lazy("Decided on"))
    told_on = DayField(label=gettext_lazy("The person was told on"), required=False)
    told_how = forms.CharField(
        label=gettext_lazy("How the person was told"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("For example: the notice was handed over at the desk."),
    )
    lifted_on = DayField(
        label=gettext_lazy("The restriction ends on"),
        required=False,
        help_text=gettext_lazy("Blank: on the day of the decision."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        proposal = waiting_lift(self.row)
        if proposal is not None:
            outcome: Any = self.fields["outcome"]
            outcome.help_text = _("Proposed by %(name)s on %(day)s: %(reason)s") % {
                "name": proposal.proposed_by,
                "day": f"{proposal.proposed_on:%d/%m/%Y}",
                "reason": proposal.reason,
            }

    @override
    def carry_out(self) -> str:
        said = {**self.cleaned_data}
        is_lifted = said.pop("outcome") == LIFTED
        lift = decide_lift(
            actor=self.request.user,
            restriction=self.row,
            decision=Decision(is_lifted=is_lifted, **said),
            at=timezone.now(),
        )
        if not is_lifted:
            return _("The restriction stays; print the notice for the person.")
        return _("The restriction ends on %(day)s.") % {"day": day(lift.lifted_on)}
