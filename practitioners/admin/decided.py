"""What every measure against a person names."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.admin.deeds import DayField
from practitioners import services
from practitioners.admin.papers import PaperForm


class DecidedForm(PaperForm):
    """What every measure names: its decision, from when until when."""

    decision_no = forms.CharField(label=_("Decision number"), max_length=60)
    decided_on = DayField(label=_("Decided on"))
    authority = forms.CharField(label=_("Decided by"), max_length=200)
    valid_from = DayField(label=_("In force from"))
    valid_until = DayField(label=_("In force until"), required=False)

    def decision(self) -> services.Decision:
        """Return the decision as typed."""
        said = self.cleaned_data
        return services.Decision(
            valid_from=said["valid_from"],
            number=said["decision_no"],
            decided_on=said["decided_on"],
            authority=said["authority"],
        )
