"""A report as a station types it: what was examined, its values, and who or what read it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
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
from healthrecords.services.machines import IN_DOUBT
from healthrecords.services.report_entries import VALUE_OF, Reading, ReportEntry, ResultEntry
from healthrecords.services.vitals import ASK
from portal.admin.forms import MomentField
from portal.names import name_norm

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
    is_sure = forms.BooleanField(label=_("checked again"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks = False  # its value is unlikely: the box to tick is shown
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

    def entry(self, on: date, kept: Mapping[str, str]) -> ResultEntry | None:
        """Return the row as a value; a test of the list brings its unit along.

        ``kept`` are the codes, by their folded names, of the rows that this report has already: such
        a row stays as the laboratory called it.
        """
        said = self.cleaned_data
        if not said.get("name"):
            return None
        low, high = said.get("low"), said.get("high")
        name, unit, value = said["name"], said.get("unit", ""), said.get("value", "")
        code, sure = kept.get(name_norm(name)), said.get("is_sure", False)
        if code is not None:
            return ResultEntry(name, value, unit, code, low, high, sure)
        known = known_tests(on).find(name)
        return ResultEntry(
            name=known.title if known else name,
            value=value,
            unit=unit or (known.unit if known else ""),
            low=low,
            high=high,
            is_confirmed=sure,
        )

    def refuse(self, errors: list[ValidationError]) -> None:
        """Put at the value what the service says of it."""
        self.add_error("value", errors)
        self.asks = all(error.code == ASK for error in errors)


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
    machine = forms.CharField(
        label=_("Machine"),
        max_length=255,
        required=False,
        widget=plain("w-l", list="machines"),
    )
    machine_reason = forms.CharField(
        label=_("Why it was used all the same"),
        max_length=300,
        required=False,
        widget=plain("w-l"),
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

    def __init__(
        self,
        data: Any = None,
        *,
        initial: Any = None,
        rows: Any = None,
        replaces: DiagnosticReport | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.replaces = replaces
        self.told: list[ResultRow] = []
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
    def asks_machine(self) -> bool:
        """Say whether the machine is in doubt: the box for the reason is shown."""
        errors = self.errors.as_data().get("machine", ())
        return bool(self["machine_reason"].value()) or any(e.code == IN_DOUBT for e in errors)

    @property
    def has_errors(self) -> bool:
        return bool(self.errors) or any(row.errors for row in self.rows)

    def entry(self) -> ReportEntry:
        """Return the report as an entry of the service."""
        said = self.cleaned_data
        moment: datetime = said["performed_at"]
        on = timezone.localdate(moment)
        had = [] if self.replaces is None else self.replaces.results.all()
        kept = {name_norm(row.name): row.code for row in had}
        self.told = [row for row in self.rows if row.cleaned_data.get("name")]
        rows = [told for row in self.told if (told := row.entry(on, kept)) is not None]
        names = ", ".join(row.name for row in rows[:3])
        ai = (
            Reading(
                said["device"], said["device_version"], Decimal(said["confidence"]) / Decimal(100)
            )
            if said["is_ai"]
            else None
        )
        entry = ReportEntry(
            kind=said["kind"],
            title=said["title"] or names,
            performed_at=moment,
            reported_at=moment if rows or said["conclusion"] else None,
            results=rows,
            specimen=said["specimen"],
            performer=said["performer"],
            description=said["description"],
            conclusion=said["conclusion"],
            machine=said["machine"],
            machine_reason=said["machine_reason"],
            ai=ai,
        )
        return entry if self.replaces is None else _with_unasked(entry, self.replaces)

    def refuse(self, refused: ValidationError) -> None:
        """Put each refusal at its box."""
        if not hasattr(refused, "error_dict"):
            self.add_error(None, refused)
            return
        for name, errors in refused.error_dict.items():
            if name.startswith(VALUE_OF):
                self.told[int(name.removeprefix(VALUE_OF))].refuse(errors)
                continue
            self.add_error(name if name in self.fields else None, errors)


def _with_unasked(entry: ReportEntry, report: DiagnosticReport) -> ReportEntry:
    """Take what the form does not ask, seconds included, from the report that is replaced.

    A result that was out keeps the moment at which it came, unless it was not done by then.
    """
    done, came = entry.performed_at, report.reported_at
    if done == report.performed_at.replace(second=0, microsecond=0):
        done = report.performed_at
    return replace(
        entry,
        code=report.code,
        collected_at=report.collected_at,
        performed_at=done,
        reported_at=max(came, done) if came else entry.reported_at,
    )
