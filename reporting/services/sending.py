"""Send a report, return it with a reason, approve it, correct it; on paper while the system is down."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.scope import scope_of
from reporting.checks import Others, check, refusals
from reporting.computing import compute
from reporting.figures_of import Standing, digest_of, is_as_sent, period_of, standing_of
from reporting.guarding import as_seen, findings_told, sees_guarded
from reporting.models import ManualFigure, Outage, Report
from reporting.periods import ZONE
from reporting.services.running import draft_of, require_accepted, require_sender


@transaction.atomic
def submit_report(*, actor: Any, report: Report, at: datetime) -> Report:
    """Send a draft: its period is over, nothing refuses; from now on it is frozen under its hash."""
    report = draft_of(actor, report)
    if timezone.localdate(at) <= report.last_day:
        raise ValidationError(
            _("The period ends on %(day)s; a report is sent when it is over."),
            code="period_open",
            params={"day": f"{report.last_day:%d/%m/%Y}"},
        )
    require_accepted(report.definition, report.paper_sent_on or timezone.localdate(at))
    require_agreement(actor, report, standing_of(report))
    report.digest = digest_of(report)
    report.status = Report.Status.SUBMITTED
    report.submitted_at, report.submitted_by = at, actor
    report.save(update_fields=["digest", "status", "submitted_at", "submitted_by"])
    return report


def require_agreement(
    actor: Any, report: Report, standing: Standing, others: Others | None = None
) -> None:
    """Refuse figures of which a check says that they cannot be sent."""
    seen = as_seen(standing, sees=sees_guarded(actor, report.organisation_id))
    wrong = refusals(findings_told(check(report, standing, others), seen))
    if wrong:
        raise ValidationError(
            [
                ValidationError(
                    "%(text)s. %(detail)s",
                    code="check_refuses",
                    params={"text": finding.text, "detail": finding.detail},
                )
                for finding in wrong
            ]
        )


@transaction.atomic
def return_report(*, actor: Any, report: Report, reason: str, at: datetime) -> Report:
    """Send a report back with the reason; its sender mends it in the next version."""
    report = _waiting(actor, report)
    report.return_reason = " ".join(reason.split())
    _decide(report, Report.Status.RETURNED, actor, at)
    return report


@transaction.atomic
def approve_report(*, actor: Any, report: Report, at: datetime) -> Report:
    """Approve what was sent, unchanged since; the version it corrects is superseded by it."""
    report = _waiting(actor, report)
    if not is_as_sent(report):
        raise ValidationError(
            _("The figures are not those that were sent; tell the administrator."),
            code="digest_differs",
        )
    older = Report.objects.of_period(report.code, report.first_day, report.last_day)
    older = older.filter(
        organisation=report.organisation_id,
        is_summary=report.is_summary,
        status=Report.Status.APPROVED,
    )
    for before in older.select_for_update():
        before.status = Report.Status.SUPERSEDED
        before.save(update_fields=["status"])
    _decide(report, Report.Status.APPROVED, actor, at)
    return report


def _waiting(actor: Any, report: Report) -> Report:
    report = (
        Report.objects.select_for_update(of=("self",))
        .select_related("definition", "organisation")
        .get(pk=report.pk)
    )
    if report.organisation_id not in scope_of(actor, "approve_reports"):
        raise PermissionDenied(
            _("Reports of %(place)s are decided on at the department.")
            % {"place": report.organisation.name}
        )
    if report.status != Report.Status.SUBMITTED:
        raise ValidationError(
            _("This version does not wait for a decision: %(state)s."),
            code="report_not_waiting",
            params={"state": report.get_status_display()},
        )
    if actor is not None and report.submitted_by_id == actor.pk:
        raise ValidationError(
            _("You sent this report yourself; somebody else decides on it."), code="own_report"
        )
    return report


def _decide(report: Report, status: str, actor: Any, at: datetime) -> None:
    report.status, report.decided_at, report.decided_by = status, at, actor
    report.full_clean(exclude=["figures", "sources", "definition", "organisation"])
    report.save(update_fields=["status", "decided_at", "decided_by", "return_reason"])


@transaction.atomic
def correct_report(*, actor: Any, report: Report, reason: str, at: datetime) -> Report:
    """Begin the next version of what was returned or approved: counted anew, typed figures kept.

    It takes the other's place when it is approved; until then the approved one stands.
    """
    report = (
        Report.objects.select_for_update(of=("self",))
        .select_related("definition", "organisation")
        .get(pk=report.pk)
    )
    require_sender(actor, report.organisation)
    if report.is_summary:
        raise ValidationError(
            _("A sum is not corrected by itself; close it again from the senders' reports."),
            code="sum_closed_again",
        )
    if report.status not in {Report.Status.RETURNED, Report.Status.APPROVED}:
        raise ValidationError(
            _("Only what was returned or approved is corrected: %(state)s."),
            code="report_not_correctable",
            params={"state": report.get_status_display()},
        )
    require_accepted(report.definition, timezone.localdate(at))
    period = period_of(report)
    fresh = Report(
        definition=report.definition,
        code=report.code,
        organisation=report.organisation,
        period=report.period,
        first_day=report.first_day,
        last_day=report.last_day,
        due_on=report.due_on,
        number=report.number + 1,
        supersedes=report,
        correction_reason=" ".join((reason or report.return_reason).split()),
        note=report.note,
        computed_at=at,
        begun_by=actor,
        figures=compute(report.definition, period, [report.organisation])[report.organisation_id],
    )
    fresh.full_clean(exclude=["figures", "sources"])
    fresh.save(force_insert=True)
    for typed in report.typed.all():
        ManualFigure.objects.create(
            report=fresh,
            row=typed.row,
            column=typed.column,
            number=typed.number,
            text=typed.text,
            reason=typed.reason,
            entered_by=typed.entered_by,
            entered_at=typed.entered_at,
        )
    return fresh


@transaction.atomic
def send_on_paper(
    *, actor: Any, report: Report, outage: Outage, sent_on: date, at: datetime
) -> Report:
    """Note that a draft went on paper on a day on which the system was down; it is still entered."""
    report = draft_of(actor, report)
    begin = datetime.combine(sent_on, time.min, tzinfo=ZONE)
    over = Outage.objects.over(report.organisation).on_day(begin, begin + timedelta(days=1))
    if sent_on > timezone.localdate(at):
        raise _paper(_("%(day)s is still to come; write when the paper was sent."), sent_on)
    if not over.filter(pk=outage.pk).exists():
        raise _paper(_("The outage does not touch %(day)s; check the day."), sent_on)
    report.outage, report.paper_sent_on = outage, sent_on
    report.save(update_fields=["outage", "paper_sent_on"])
    return report


def _paper(message: Any, day: date) -> ValidationError:
    params = {"day": f"{day:%d/%m/%Y}"}
    return ValidationError({"sent_on": ValidationError(message, "paper_outside_outage", params)})


@transaction.atomic
def write_note(*, actor: Any, report: Report, note: str) -> Report:
    """Write the remarks that go with a draft."""
    report = draft_of(actor, report)
    report.note = note.strip()
    report.save(update_fields=["note"])
    return report
