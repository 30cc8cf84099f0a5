"""Begin a report, compute it again, type what no source knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.places.models import Organisation
from portal.scope import scope_of
from reporting.computing import compute, form_for
from reporting.figures_of import Standing, period_of
from reporting.guarding import as_seen, sees_guarded
from reporting.models import ManualFigure, Report, ReportDefinition
from reporting.periods import Period, due_on
from reporting.senders import sender_class


@dataclass(frozen=True, slots=True)
class TypedFigure:
    """One figure as it was typed; empty in both takes a figure back where ``is_taken_back``."""

    row: str
    column: str
    number: Decimal | None = None
    text: str = ""
    is_taken_back: bool = False


@transaction.atomic
def begin_report(
    *,
    actor: Any,
    definition: ReportDefinition,
    organisation: Organisation,
    period: Period,
    at: datetime,
) -> Report:
    """Compute a first draft of a report, or return the version there is.

    The form must govern the period, and still be accepted on the day.
    """
    require_sender(actor, organisation)
    due = _due(definition, organisation, period)
    _require_form(definition, period, at)
    known = Report.objects.of_period(definition.code, period.first, period.last)
    known = known.filter(organisation=organisation, is_summary=False)
    latest = known.order_by("-number").first()
    if latest is not None:
        return latest
    report = Report(
        definition=definition,
        code=definition.code,
        organisation=organisation,
        period=period.kind,
        first_day=period.first,
        last_day=period.last,
        due_on=due,
        computed_at=at,
        begun_by=actor,
        figures=compute(definition, period, [organisation])[organisation.pk],
    )
    report.full_clean(exclude=["figures", "sources"])
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError:
        return known.get(number=1)  # begun twice at once
    return report


def _due(definition: ReportDefinition, organisation: Organisation, period: Period) -> Any:
    from reporting.definitions import form_of

    duty = form_of(definition).duty_of(sender_class(organisation, period.last), period.kind)
    if duty is None:
        raise ValidationError(
            _("%(place)s does not owe form %(form)s for this period."),
            code="report_not_owed",
            params={"place": organisation.name, "form": definition.form_number},
        )
    return due_on(duty, period)


def _require_form(definition: ReportDefinition, period: Period, at: datetime) -> None:
    governs = ReportDefinition.objects.holding(period.last).filter(pk=definition.pk).exists()
    if not governs:
        raise ValidationError(
            _("This version of form %(form)s does not hold for the period that ends on %(day)s."),
            code="definition_not_holding",
            params={"form": definition.form_number, "day": f"{period.last:%d/%m/%Y}"},
        )
    require_accepted(definition, timezone.localdate(at))


def require_accepted(definition: ReportDefinition, on: date) -> None:
    """Refuse a version of a form that is not taken any more on a day."""
    if not ReportDefinition.objects.accepted(on).filter(pk=definition.pk).exists():
        last = definition.accepted_until or definition.valid_until
        raise ValidationError(
            _("Reports by this version of form %(form)s were accepted until %(day)s."),
            code="definition_lapsed",
            params={"form": definition.form_number, "day": f"{last:%d/%m/%Y}" if last else ""},
        )


@transaction.atomic
def compute_again(*, actor: Any, report: Report, at: datetime) -> int:
    """Count a draft again from the records as they are now; return how many cells the actor sees change."""
    report = draft_of(actor, report)
    period = period_of(report)
    fresh = compute(report.definition, period, [report.organisation])[report.organisation_id]
    form, sees = form_for(report.definition, period), sees_guarded(actor, report.organisation_id)
    before, now = (
        as_seen(Standing(form, period, figures, {}), sees=sees).figures
        for figures in (report.figures, fresh)
    )
    changed = _differences(before, now)
    report.figures, report.computed_at = fresh, at
    report.save(update_fields=["figures", "computed_at"])
    return changed


def _differences(old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> int:
    cells = {(row, column) for side in (old, new) for row in side for column in side[row]}
    return sum(old.get(r, {}).get(c) != new.get(r, {}).get(c) for r, c in cells)


@transaction.atomic
def type_figures(
    *, actor: Any, report: Report, figures: Sequence[TypedFigure], reason: str, at: datetime
) -> int:
    """Write typed figures with one reason, or take them back; return how many cells changed."""
    report = draft_of(actor, report)
    reason = " ".join(reason.split())
    if not reason and any(not figure.is_taken_back for figure in figures):
        message = _("A typed figure needs its reason; write where it is from.")
        raise ValidationError({"reason": ValidationError(message, code="reason_missing")})
    known = {(row.row, row.column): row for row in report.typed.all()}
    changed = 0
    for figure in figures:
        present = known.get((figure.row, figure.column))
        if figure.is_taken_back:
            if present is not None:
                present.delete()
                changed += 1
            continue
        row = present or ManualFigure(report=report, row=figure.row, column=figure.column)
        same = present is not None and (row.number, row.text) == (figure.number, figure.text)
        if same and row.reason == reason:
            continue
        row.number, row.text, row.reason = figure.number, figure.text, reason
        row.entered_by, row.entered_at = actor, at
        row.full_clean()
        row.save()
        changed += 1
    return changed


def draft_of(actor: Any, report: Report) -> Report:
    """Lock a report for a change of its figures; what was sent is corrected by a new version."""
    report = (
        Report.objects.select_for_update(of=("self",))
        .select_related("definition", "organisation")
        .get(pk=report.pk)
    )
    require_sender(actor, report.organisation)
    if not report.is_open:
        raise ValidationError(
            _("This version was sent on %(day)s and is frozen; correct it by a new version."),
            code="report_frozen",
            params={"day": f"{timezone.localtime(report.submitted_at):%d/%m/%Y}"},
        )
    return report


def require_sender(actor: Any, organisation: Organisation) -> None:
    """Refuse who may not send reports for an organisation; no actor is the system."""
    if actor is not None and organisation.pk not in scope_of(actor, "submit_reports"):
        raise PermissionDenied(
            _("Reports of %(place)s are made by its head or data officer.")
            % {"place": organisation.name}
        )
