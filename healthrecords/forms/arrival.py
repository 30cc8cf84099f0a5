"""The few fields of the registration desk: why somebody came, who pays, who goes first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.forms.around import plain
from healthrecords.forms.rows import suggestions
from healthrecords.forms.visit import moment_box, select
from healthrecords.services.entries import ArrivalEntry
from healthrecords.services.queue import CODED
from portal.admin.forms import MomentField
from portal.codelists.lookup import codes_on


class ArrivalForm(forms.Form):
    """What is known when a person stands at the desk; the rest is the doctor's."""

    required_css_class = "required"

    reason = forms.CharField(
        label=_("Reason for the visit"),
        required=True,
        max_length=2000,
        widget=suggestions("visit_reasons", width="w-2"),
        error_messages={"required": _("Write in a few words why the person came.")},
    )
    priority = forms.ChoiceField(
        label=_("Goes first because"), required=False, widget=select("w-2")
    )
    coverage = forms.ChoiceField(label=_("Insurance case"), required=False, widget=select("w-2"))
    kind = forms.ChoiceField(label=_("Kind of visit"), widget=select("w-2"))
    identified_by = forms.ChoiceField(
        label=_("Identified by"), required=False, widget=select("w-m")
    )
    room = forms.CharField(label=_("Room"), required=False, max_length=60, widget=plain("w-m"))
    started_at = MomentField(label=_("Arrived at"), widget=moment_box())
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    asks: frozenset[str] = frozenset()

    def __init__(
        self,
        data: Any = None,
        *,
        at: datetime,
        rooms: Sequence[str] = (),
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.rooms = rooms
        self.fields["room"].widget.attrs["list"] = "rooms"
        on = timezone.localdate(at)
        for name, key in CODED.items():
            field: Any = self.fields[name]
            here = [
                r for r in codes_on(key, on) if str(r.attributes.get("commune_station", "1")) == "1"
            ]
            field.choices = [] if field.required else [("", "")]
            numbered = name in {"kind", "coverage"}
            field.choices += [
                (r.code, f"{r.code} {r.title}" if numbered else r.title) for r in here
            ]

    def entry(self) -> ArrivalEntry:
        """Return what was typed."""
        said = self.cleaned_data
        texts = ("kind", "coverage", "identified_by", "reason", "priority", "room")
        return ArrivalEntry(
            started_at=said["started_at"], **{name: said.get(name) or "" for name in texts}
        )

    def say(self, refused: ValidationError) -> None:
        """Put what the service refused at its field."""
        if not hasattr(refused, "error_dict"):
            self.add_error(None, refused)
            return
        for name, errors in refused.error_dict.items():
            self.add_error(name if name in self.fields else NON_FIELD_ERRORS, errors)

    def asked_box(self, name: str) -> None:
        """Nothing here is asked twice."""
