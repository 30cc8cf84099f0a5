"""What is asked when a registration ends, or its hours change?"""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.deeds import DayField
from practitioners.hours import Span, read_hours


class DepartureForm(forms.Form):
    """The last day, why, and whether the department knows already."""

    last_day = DayField(label=_("Last day of practice here"))
    because = forms.CharField(label=_("Why"), max_length=300, required=False)
    announced_on = DayField(
        label=_("Reported to the department on"),
        required=False,
        help_text=_("Leave blank and report within three working days."),
    )


class HoursField(forms.CharField):
    """A week as facilities write it, read into spans."""

    default_error_messages = {
        "unreadable": _(
            "“%(value)s” cannot be read as hours of a week. Write it like"
            " T2-T6 07:30-11:30, 13:30-17:00; T7 07:30-11:30."
        ),
    }

    @override
    def to_python(self, value: str | None) -> tuple[Span, ...]:  # type: ignore[override]
        """Read the week, or say how to write it."""
        text = super().to_python(value)
        if not text:
            return ()
        spans = read_hours(text)
        if spans is None:
            raise ValidationError(
                self.error_messages["unreadable"], code="hours_unreadable", params={"value": text}
            )
        return spans
