"""Record, amend and review results; a reading by AI becomes final by a named person alone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, DiagnosticReport, Result, Visit
from healthrecords.services.access import require_access
from healthrecords.services.attaching import require_attachable
from healthrecords.services.betraying import words_on
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.judging import Limits, judge, known_tests
from healthrecords.services.later import settle_later
from healthrecords.services.machines import weigh_machine
from healthrecords.services.merged_rows import share_home
from healthrecords.services.report_entries import ReportEntry, check_entry
from healthrecords.services.standing import reread, standing
from portal.ages import months_between
from portal.codelists.lookup import lists_held
from portal.codelists.sensitivity import strictest
from portal.places.models import Organisation
from portal.scope import scope_of

SHORTEST_REASON = 5
Status, Review = DiagnosticReport.Status, DiagnosticReport.Review
NOT_CHECKED = ["citizen", "facility", "visit", "recorded_by", "client_key", "superseded_by"]


@lists_held()
@transaction.atomic
def record_report(
    *,
    actor: Any,
    citizen: Citizen,
    facility: Organisation,
    entry: ReportEntry,
    client_key: UUID,
    at: datetime,
    visit: Visit | None = None,
) -> Saved[DiagnosticReport]:
    """Record a report, unless the form that sends it was stored before.

    What a device read by itself is preliminary, whoever types it in.
    """
    require_place(actor, facility)
    citizen = standing(citizen)
    require_access(actor, citizen, at)
    stored = DiagnosticReport.objects.filter(client_key=client_key).first()
    if stored is not None:
        if (stored.citizen_id, stored.facility_id) != (citizen.pk, facility.pk):
            raise ValidationError(
                _("This form belongs to another person; open the page again."),
                code="form_of_another",
            )
        return Saved(stored, is_new=False)
    check_entry(citizen, entry, at=at)
    doubt = weigh_machine(facility, entry)
    visit = reread(visit)
    require_attachable(visit, citizen=citizen, facility=facility)
    report = _report(entry, citizen=citizen, facility=facility, actor=actor, at=at)
    report.visit, report.client_key, report.machine_doubt = visit, client_key, doubt
    report.status = _first_status(entry)
    _save(report, entry)
    return Saved(report, is_new=True)


@lists_held()
@transaction.atomic
def amend_report(
    *, actor: Any, report: DiagnosticReport, entry: ReportEntry, reason: str, at: datetime
) -> DiagnosticReport:
    """Write a corrected report in place of one; the old one stays and points at it.

    Correcting what AI read is a person's reading: it needs the right to sign, and confirms.
    """
    report = _locked(report)
    require_place(actor, report.facility)
    require_access(actor, report.citizen, at)
    _require_standing(report)
    if report.origin == DiagnosticReport.Origin.FILE:
        raise ValidationError(
            _("This report came from a file; correct it at its source and upload the file again."),
            code="report_from_file",
        )
    if report.is_ai:
        _require_signer(actor, report)
    check_entry(report.citizen, entry, at=at)
    doubt = weigh_machine(report.facility, entry, replaces=report)
    reason = _reason(reason, _("Write why the report is corrected."), "amend_without_reason")
    new = _report(entry, citizen=report.citizen, facility=report.facility, actor=actor, at=at)
    new.visit, new.amend_reason, new.machine_doubt = report.visit, reason, doubt
    was_open = report.status in {Status.REGISTERED, Status.PRELIMINARY}
    new.status = _first_status(entry) if was_open else Status.AMENDED
    if report.is_ai:
        new.is_ai, new.device, new.device_version = True, report.device, report.device_version
        new.confidence = report.confidence
        new.review, new.reviewed_by, new.reviewed_at = Review.CONFIRMED, actor, at
        new.status = Status.AMENDED
    new.sensitivity = strictest({new.sensitivity, report.sensitivity})
    _save(new, entry)
    share_home(new, of=report)
    report.superseded_by = new
    report.save(update_fields=["superseded_by"])
    return new


@transaction.atomic
def review_reading(
    *, actor: Any, report: DiagnosticReport, confirms: bool, at: datetime, reason: str = ""
) -> DiagnosticReport:
    """Confirm or reject what AI read; once, by a named person who may sign at that place."""
    report = _locked(report)
    require_access(actor, report.citizen, at)
    _require_signer(actor, report)
    _require_standing(report)
    if not report.is_ai:
        raise ValidationError(
            _("This report was read by a person; nothing is to be confirmed."),
            code="report_not_ai",
        )
    if report.review:
        raise ValidationError(
            _("%(name)s reviewed this reading on %(day)s already."),
            code="reading_reviewed",
            params={
                "name": str(report.reviewed_by),
                "day": f"{timezone.localtime(report.reviewed_at):%d/%m/%Y %H:%M}",
            },
        )
    report.reviewed_by, report.reviewed_at = actor, at
    if confirms:
        report.review, report.status = Review.CONFIRMED, Status.FINAL
    else:
        report.review = Review.REJECTED
        report.review_reason = _reason(
            reason,
            _("Rejecting a reading needs a reason; write it in a few words."),
            "rejection_without_reason",
        )
    report.full_clean(exclude=NOT_CHECKED)
    report.save(update_fields=["review", "reviewed_by", "reviewed_at", "review_reason", "status"])
    return report


@transaction.atomic
def void_report(*, actor: Any, report: Any, reason: str, at: datetime) -> Any:
    """Mark a report or a procedure as entered in error, with the reason; it stays readable."""
    report = _locked(report)
    require_place(actor, report.facility)
    require_access(actor, report.citizen, at)
    if report.status == "entered_in_error" or report.withdrawn_at is not None:
        raise ValidationError(
            _("This entry was marked as a mistake already."), code="fact_is_mistake"
        )
    if report.origin == DiagnosticReport.Origin.FILE:
        raise ValidationError(
            _("This report came from a file; correct it at its source and upload the file again."),
            code="report_from_file",
        )
    report.void_reason = _reason(
        reason,
        _("Write why this entry is a mistake; it stays readable with the reason."),
        "mistake_without_reason",
    )
    report.status, report.voided_at, report.voided_by = "entered_in_error", at, actor
    report.full_clean(exclude=NOT_CHECKED)
    report.save(update_fields=["status", "voided_at", "voided_by", "void_reason"])
    settle_later([report.visit_id])
    return report


def may_review(actor: Any, report: DiagnosticReport) -> bool:
    """Say whether somebody may confirm or reject this reading."""
    return report.facility_id in scope_of(actor, "sign_records") and bool(_name_of(actor))


def _name_of(actor: Any) -> str:
    return str(getattr(actor, "full_name", "")).strip()


def _require_signer(actor: Any, report: DiagnosticReport) -> None:
    if not may_review(actor, report):
        raise PermissionDenied(
            _("Confirming a reading needs the right to sign at %(place)s.")
            % {"place": report.facility.name}
        )


def _require_standing(report: DiagnosticReport) -> None:
    if not report.is_current:
        raise ValidationError(
            _("This report does not stand any more; open the one that replaced it."),
            code="report_replaced",
        )


def _reason(text: str, message: Any, code: str) -> str:
    plain = " ".join(text.split())
    if len(plain) < SHORTEST_REASON:
        raise ValidationError(message, code=code)
    return plain[:300]


def _locked(row: Any) -> Any:
    rows = type(row)._default_manager.select_for_update(of=("self",), no_key=True)
    return rows.select_related("citizen", "facility", "visit").get(pk=row.pk)


def _first_status(entry: ReportEntry) -> str:
    if not entry.says_something:
        return str(Status.REGISTERED)
    is_open = entry.is_preliminary or entry.ai is not None
    return str(Status.PRELIMINARY if is_open else Status.FINAL)


def _report(
    entry: ReportEntry, *, citizen: Citizen, facility: Organisation, actor: Any, at: datetime
) -> DiagnosticReport:
    names = ("kind", "code", "specimen", "collected_at", "performed_at", "reported_at", "performer")
    texts = ("description", "conclusion", "machine")
    report = DiagnosticReport(
        citizen=citizen,
        facility=facility,
        recorded_at=at,
        recorded_by=actor,
        title=" ".join(entry.title.split())[:300],
        **{name: getattr(entry, name) for name in (*names, *texts)},
    )
    if entry.ai is not None:
        report.is_ai, report.device = True, entry.ai.device.strip()
        report.device_version, report.confidence = entry.ai.version.strip(), entry.ai.confidence
    return report


def _save(report: DiagnosticReport, entry: ReportEntry) -> None:
    on = timezone.localdate(report.performed_at)
    tests, age = known_tests(on), months_between(report.citizen.birth_date, on) // 12
    rows = []
    for position, said in enumerate(entry.results, start=1):
        known = tests.find(said.name, said.code)
        sent = Limits(said.low, said.high)
        rows.append(
            Result(
                report=report,
                position=position,
                test=known.code if known else "",
                code=said.code or (known.loinc if known else ""),
                name=said.name[:255],
                value=said.value[:255],
                unit=said.unit,
                said_at=report.performed_at,
                **judge(said.value, said.unit, known, sex=report.citizen.sex, age=age, sent=sent),
            )
        )
    visit_class = report.visit.sensitivity if report.visit else ""
    words = words_on(timezone.localdate(report.recorded_at))
    own = {words.of_report(report, entry.results), words.of_place(report.facility.name)}
    report.sensitivity = strictest({report.sensitivity, visit_class, *own})
    report.full_clean(exclude=NOT_CHECKED)
    report.save(force_insert=True)
    for row in rows:
        row.citizen_id, row.facility_id = report.citizen_id, report.facility_id
        row.sensitivity = report.sensitivity
        row.full_clean(exclude=["report", "citizen", "facility"])
    Result.objects.bulk_create(rows)
