"""A report as a station types it: what was examined, its values, and who or what read it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.forms.around import plain
from healthrecords.forms.background import choices, pick
from healthrecords.forms.fields import MeasureField
from healthrecords.forms.rows import suggestions
from healthrecords.forms.visit import moment_box
from healthrecords.models import DiagnosticReport
from healthrecords.services.judging import known_tests
from healthrecords.services.report_entries import Reading, ReportEntry, ResultEntry
from portal.admin.forms import MomentField

ROWS = 6


def area(**attrs: Any) -> forms.Textarea:
    """Return a box for some lines."""
    box = forms.Textarea({"rows": 3, **attrs})
    box.width = "w-2"  # type: ignore[attr-defined]
    return box


class ResultRow(forms.Form):
    """One value: which test, what it was, in which unit, between which limits."""

    name = forms.CharField(
        label=_("Test"), required=False, max_length=255, widget=suggestions("lab_tests")
    )
    value = forms.CharField(label=_("Value"), required=False, max_length=255)
    unit = forms.CharField(label=_("Unit"), required=False, max_length=50)
    low = MeasureField(unit="", label=_("Lower limit"), widget=forms.TextInput)
    high = MeasureField(unit="", label=_("Upper limit"), widget=forms.TextInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    @override
    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("value") and not said.get("name"):
            self.add_error(
                "name",
                ValidationError(
                    _("Which test has the value %(value)s? Write its name."),
                    code="test_missing",
                    params={"value": said["value"]},
                ),
            )
        low, high = said.get("low"), said.get("high")
        if low is not None and high is not None and low > high:
            self.add_error(
                "low",
                ValidationError(
                    _("The lower limit lies above the upper one; check both."),
                    code="limits_reversed",
                ),
            )
        return said

    def entry(self, on: Any) -> ResultEntry | None:
        """Return the row as a value; a test of the list brings its unit along."""
        said = self.cleaned_data
        if not said.get("name"):
            return None
        known = known_tests(on).find(said["name"])
        return ResultEntry(
            name=known.title if known else said["name"],
            value=said.get("value", ""),
            unit=said.get("unit") or (known.unit if known else ""),
            low=said.get("low"),
            high=said.get("high"),
        )


ResultRows = forms.formset_factory(ResultRow, extra=0, max_num=60, absolute_max=60)


class ReportForm(forms.Form):
    """A report; a reading by AI says so with its device, version and confidence."""

    required_css_class = "required"

    kind = forms.ChoiceField(
        label=_("Kind"), choices=choices(DiagnosticReport.Kind), widget=pick("w-m")
    )
    title = forms.CharField(
        label=_("What was examined"), max_length=300, required=False, widget=plain("w-2")
    )
    performed_at = MomentField(label=_("Performed at"), widget=moment_box())
    specimen = forms.CharField(
        label=_("Specimen"), max_length=100, required=False, widget=plain("w-m")
    )
    performer = forms.CharField(
        label=_("Performed or read by"), max_length=255, required=False, widget=plain("w-l")
    )
    description = forms.CharField(label=_("Description"), required=False, widget=area())
    conclusion = forms.CharField(label=_("Conclusion"), required=False, widget=area())
    is_ai = forms.BooleanField(label=_("Read by AI"), required=False)
    device = forms.CharField(
        label=_("AI device"), max_length=120, required=False, widget=plain("w-l")
    )
    device_version = forms.CharField(
        label=_("Version"), max_length=40, required=False, widget=plain("w-s")
    )
    confidence = MeasureField(label=_("Confidence"), unit="%")
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, initial: Any = None, rows: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.rows = ResultRows(data, prefix="r", initial=rows or [{}] * ROWS)

    @override
    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("is_ai"):
            for name in ("device", "device_version", "confidence"):
                if said.get(name) in {None, ""} and name not in self.errors:
                    self.add_error(
                        name,
                        ValidationError(
                            _("A reading by AI names its device, its version and how sure it is."),
                            code="ai_unnamed",
                        ),
                    )
        sure = said.get("confidence")
        if sure is not None and not 0 <= sure <= 100:
            self.add_error(
                "confidence",
                ValidationError(_("The confidence is 0 to 100 %."), code="confidence_impossible"),
            )
        return said

    @override
    def is_valid(self) -> bool:
        valid, rows_valid = super().is_valid(), self.rows.is_valid()
        return valid and rows_valid

    @property
    def has_errors(self) -> bool:
        return bool(self.errors) or any(row.errors for row in self.rows)

    def entry(self) -> ReportEntry:
        """Return the report as an entry of the service."""
        said = self.cleaned_data
        moment: datetime = said["performed_at"]
        on = timezone.localdate(moment)
        rows = [entry for row in self.rows if (entry := row.entry(on)) is not None]
        names = ", ".join(row.name for row in rows[:3])
        ai = (
            Reading(
                said["device"], said["device_version"], Decimal(said["confidence"]) / Decimal(100)
            )
            if said["is_ai"]
            else None
        )
        return ReportEntry(
            kind=said["kind"],
            title=said["title"] or names,
            performed_at=moment,
            reported_at=moment if rows or said["conclusion"] else None,
            results=rows,
            specimen=said["specimen"],
            performer=said["performer"],
            description=said["description"],
            conclusion=said["conclusion"],
            ai=ai,
        )

    def refuse(self, refused: ValidationError) -> None:
        """Put each refusal at its box."""
        if not hasattr(refused, "error_dict"):
            self.add_error(None, refused)
            return
        for name, errors in refused.error_dict.items():
            self.add_error(name if name in self.fields else None, errors)
