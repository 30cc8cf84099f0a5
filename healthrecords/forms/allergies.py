"""Allergies asked within a visit: written, or "asked, none"; left blank nobody has asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from healthrecords.forms.rows import suggestions
from healthrecords.services.facts import read_allergen
from portal.names import name_norm

# What people type for "none", folded.
NONE = frozenset({"khong", "ko", "k", "0", "khong co", "khong di ung", "khong biet di ung gi"})


class AllergyFields(forms.Form):
    """One box beside the way from field to field: whoever asked writes, or ticks "none"."""

    allergy = forms.CharField(
        label=_("Allergic to"),
        required=False,
        max_length=400,
        widget=suggestions("allergens", width="w-2"),
    )
    no_allergy = forms.BooleanField(label=_("asked, none"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("allergy", "no_allergy"):
            self.fields[name].widget.attrs["data-beside"] = ""
        self.fields["allergy"].widget.attrs["accesskey"] = "y"

    def told(self, on: date) -> tuple[tuple[Mapping[str, Any], ...], bool]:
        """Return the allergies that were told, and whether there are none."""
        text = str(self.cleaned_data.get("allergy") or "").strip()
        is_none = bool(self.cleaned_data.get("no_allergy"))
        if name_norm(text) in NONE:
            return (), True
        said = tuple(read_allergen(one, on=on) for one in text.split(";") if one.strip())
        if said and is_none:
            self.add_error(
                "allergy",
                ValidationError(
                    _("“%(text)s” is written, and “asked, none” is ticked: only one is right."),
                    code="allergy_and_none",
                    params={"text": text},
                ),
            )
        return said, is_none and not said
