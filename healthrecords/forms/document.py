"""A paper's form, made from the list of its fields."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.documents import PaperField, fields_of
from healthrecords.forms.fields import MeasureField
from healthrecords.forms.visit import moment_box, select
from healthrecords.models.documents import DocumentKind
from portal.admin.forms import DayInput, MomentField
from portal.codelists.lookup import choices_on
from portal.names import name_norm
from portal.places.lookup import find_organisations, organisation_label
from portal.places.models import Organisation

MOST_NAMED = 6


class PaperForm(forms.Form):
    """The fields of one kind of paper in the order of its form."""

    required_css_class = "required"
    asks: frozenset[str] = frozenset()

    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        kind: str,
        on: date,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.kind = kind
        for field in fields_of(kind):
            self.fields[field.name] = _box(field, on)

    @property
    def lines(self) -> list[list[Any]]:
        """Return the boxes line by line: long texts alone, the others three beside each other."""
        lines: list[list[Any]] = []
        for field in fields_of(self.kind):
            box = self[field.name]
            is_long = field.type == "long"
            if is_long or not lines or len(lines[-1]) == 3 or _is_long(lines[-1][-1]):
                lines.append([box])
            else:
                lines[-1].append(box)
        return lines

    def content(self) -> dict[str, Any]:
        """Return what was typed, by the names of the paper's fields."""
        return {
            field.name: _plain(self.cleaned_data.get(field.name)) for field in fields_of(self.kind)
        }

    def say(self, refused: ValidationError) -> None:
        """Put what the service refused at its field."""
        if not hasattr(refused, "error_dict"):
            self.add_error(None, refused)
            return
        for name, errors in refused.error_dict.items():
            self.add_error(name if name in self.fields else NON_FIELD_ERRORS, errors)

    def asked_box(self, name: str) -> None:
        """Nothing here is asked twice."""


def _is_long(box: Any) -> bool:
    return isinstance(box.field.widget, forms.Textarea)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="minutes")
    return value


def _box(field: PaperField, on: date) -> Any:
    label = f"{field.label} ({field.official})"
    said: dict[str, Any] = {"label": label, "required": False}
    box: Any
    if field.type == "int":
        box = MeasureField(label=label, unit="", is_whole=True, widget=forms.TextInput())
    elif field.type == "date":
        box = forms.DateField(widget=DayInput(), **said)
    elif field.type == "moment":
        box = MomentField(widget=moment_box(), **said)
    elif field.type == "bool":
        box = forms.BooleanField(**said)
    elif field.code_list:
        choices = [("", ""), *choices_on(field.code_list, on)]
        box = forms.ChoiceField(choices=choices, widget=select("w-m"), **said)
    else:
        area = forms.Textarea({"rows": 2}) if field.type == "long" else forms.TextInput()
        box = forms.CharField(max_length=field.length, widget=area, **said)
    widths = {"int": "w-s", "date": "w-m", "moment": "w-m", "bool": "w-m", "long": "full"}
    box.widget.width = getattr(box.widget, "width", widths.get(field.type, "w-2"))
    box.is_needed = field.is_required
    return box


class ReferralForm(PaperForm):
    """The referral paper, and where the person is sent."""

    to = forms.CharField(
        label=_("Sent to"),
        required=False,
        max_length=200,
        help_text=_("The code of the facility or words of its name."),
    )
    reason = forms.ChoiceField(label=_("Reason of the referral"), required=False)
    is_urgent = forms.BooleanField(label=_("Emergency"), required=False)

    def __init__(
        self, data: Any = None, *, on: date, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, kind=DocumentKind.REFERRAL, on=on, initial=initial)
        fields: dict[str, Any] = self.fields
        fields["to"].widget.attrs["list"] = "places"
        fields["to"].is_needed = True
        fields["reason"].choices = choices_on("transfer_reasons", on)
        for name, width in (("to", "w-2"), ("reason", "w-2"), ("is_urgent", "w-m")):
            fields[name].widget.width = width

    def facility(self) -> Organisation | None:
        """Return the one facility that was meant; a name that nobody knows is kept as a name."""
        text = self.cleaned_data.get("to", "")
        if not text:
            return None
        found = find_organisations(text, receiving(), limit=MOST_NAMED + 1)
        folded = name_norm(text)
        exact = [
            place
            for place in found
            if folded in {name_norm(place.name), name_norm(organisation_label(place))}
        ]
        meant = exact or found
        if len(meant) > 1:
            names = "; ".join(organisation_label(place) for place in meant[:MOST_NAMED])
            error = ValidationError(
                _("“%(text)s” may be several: %(names)s. Type more of the right one."),
                code="code_ambiguous",
                params={"text": text, "names": names},
            )
            raise ValidationError({"to": error})
        return meant[0] if meant else None


def receiving() -> Any:
    """Return the places a person may be sent to."""
    named = Organisation.Kind
    kinds = [named.HOSPITAL, named.CENTRE, named.CLINIC, named.STATION]
    return Organisation.objects.current().filter(kind__in=kinds).select_related("parent")
