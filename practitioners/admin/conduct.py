"""The page that records a sanction."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.deeds import DayField, Deed
from practitioners import services
from practitioners.admin.decided import DecidedForm
from practitioners.models import Sanction


class SanctionForm(DecidedForm):
    """The measure, and what the public reads of it."""

    kind = forms.ChoiceField(label=_("Measure"), choices=Sanction.Kind.choices)
    ground = forms.CharField(label=_("Ground"), max_length=1000)
    amount = forms.DecimalField(
        label=_("Amount (đồng)"), required=False, max_digits=14, decimal_places=0, min_value=1
    )
    published_text = forms.CharField(
        label=_("What the public reads"),
        required=False,
        max_length=1000,
        help_text=_("Leave blank where nothing is published."),
    )
    published_until = DayField(label=_("Published until"), required=False)

    @override
    def carry_out(self) -> str:
        said = self.cleaned_data
        row = services.record_sanction(
            actor=self.request.user,
            practitioner=self.row,
            decision=self.decision(),
            penalty=services.Penalty(
                kind=said["kind"],
                ground=said["ground"],
                amount=said["amount"],
                valid_until=said["valid_until"],
                published_text=said["published_text"],
                published_until=said["published_until"],
            ),
            at=self.at,
        )
        return self.done(row)


SANCTIONS = (
    Deed(
        "xu-ly-vi-pham",
        _("Record a sanction"),
        SanctionForm,
        needs="decide",
        icon="warn",
        button=_("Record"),
    ),
)
