"""A report of one organisation for one period, and the figures somebody typed into it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from reporting.models.definition import PeriodKind, ReportDefinition
from reporting.models.outage import Outage
from reporting.querysets import StatutoryReportQuerySet

# What may change of a report once it was sent: what somebody decided about it, and that alone.
DECIDED = ("status", "decided_at", "decided_by_id", "return_reason")
# Compared as text: to jsonb 1 and 1.0 are equal, to the hash they are not.
FROZEN = f"""
IF TG_OP = 'DELETE' THEN
  RAISE EXCEPTION 'report_kept: a report is superseded, never deleted' USING ERRCODE = 'restrict_violation';
END IF;
IF OLD.status <> 'draft' AND (
  NEW.status = 'draft'
  OR (to_jsonb(NEW) - ARRAY[{", ".join(f"'{name}'" for name in DECIDED)}])::text
    IS DISTINCT FROM (to_jsonb(OLD) - ARRAY[{", ".join(f"'{name}'" for name in DECIDED)}])::text
) THEN
  RAISE EXCEPTION 'report_frozen: what was sent is corrected by a new version' USING ERRCODE = 'restrict_violation';
END IF;
IF OLD.status NOT IN ('draft', 'submitted') AND (
  (NEW.status <> OLD.status AND (OLD.status, NEW.status) <> ('approved', 'superseded'))
  OR NEW.decided_at IS DISTINCT FROM OLD.decided_at
  OR NEW.decided_by_id IS DISTINCT FROM OLD.decided_by_id
  OR NEW.return_reason IS DISTINCT FROM OLD.return_reason
) THEN
  RAISE EXCEPTION 'report_decided: what was decided on a report stands' USING ERRCODE = 'restrict_violation';
END IF;
RETURN NEW;
"""
# What was typed belongs to what was sent: it changes in a draft alone. Who types waits for who sends.
TYPED_INTO_DRAFT = """
PERFORM 1 FROM reporting_report report
WHERE report.id IN ({reports}) FOR SHARE OF report;
IF EXISTS (SELECT FROM reporting_report report
  WHERE report.id IN ({reports}) AND report.status <> 'draft') THEN
  RAISE EXCEPTION 'report_frozen: what was sent is corrected by a new version' USING ERRCODE = 'restrict_violation';
END IF;
RETURN NULL;
"""


def _by(name: StrOrPromise) -> "models.ForeignKey[settings.AUTH_USER_MODEL]":  # type: ignore[name-defined]
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=name,
    )


@tracked(exclude=["figures"])
class Report(Keyed):
    """One version of an organisation's report for a period, by the form that holds on its last day.

    ``figures`` holds row, then column: a number, [numerator, denominator], a text; what is not
    there is not known, which is not 0. What was sent is frozen under its hash: a correction is the
    next version, which supersedes this one once it is approved. ``paper_sent_on`` is the day on
    which it went on paper because the system was down: its day of sending once it is entered.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Sent, waits for approval")
        RETURNED = "returned", _("Returned")
        APPROVED = "approved", _("Approved")
        SUPERSEDED = "superseded", _("Superseded")

    definition = models.ForeignKey(
        ReportDefinition, models.PROTECT, related_name="reports", verbose_name=_("form")
    )
    code = models.CharField(_("code"), max_length=10, editable=False)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("organisation"),
    )
    period = models.CharField(_("period"), max_length=10, choices=PeriodKind.choices)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    is_summary = models.BooleanField(_("sums up the reports of others"), default=False)
    due_on = models.DateField(_("due on"))
    figures = models.JSONField(_("figures"), default=dict)
    sources = models.JSONField(_("reports summed up"), default=list, blank=True)
    note = models.TextField(_("remarks"), blank=True)
    computed_at = models.DateTimeField(_("computed at"))
    digest = models.CharField(_("SHA-256 of what was sent"), max_length=64, blank=True)
    begun_by = _by(_("begun by"))
    submitted_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    submitted_by = _by(_("sent by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = _by(_("decided by"))
    return_reason = models.CharField(_("why it was returned"), max_length=1000, blank=True)
    supersedes = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="corrected_by",
        verbose_name=_("corrects"),
    )
    correction_reason = models.CharField(_("why it is corrected"), max_length=1000, blank=True)
    outage = models.ForeignKey(
        Outage,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("outage"),
    )
    paper_sent_on = models.DateField(_("sent on paper on"), null=True, blank=True)

    objects = StatutoryReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-last_day", "code", "organisation", "-number", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=["draft", "submitted", "returned", "approved", "superseded"]
                ),
                name="report_status_known",
            ),
            models.CheckConstraint(
                condition=Q(period__in=PeriodKind.values), name="report_period_known"
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="report_days_in_order"
            ),
            # What a place sends of itself and its sum of the reports under it are two reports.
            models.UniqueConstraint(
                fields=["organisation", "code", "first_day", "last_day", "is_summary", "number"],
                name="report_number_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "code", "first_day", "last_day", "is_summary"],
                condition=Q(status__in=["draft", "submitted"]),
                name="report_one_open",
                violation_error_message=_("A version of this report is being worked on already."),
                violation_error_code="report_open",
            ),
            models.UniqueConstraint(
                fields=["organisation", "code", "first_day", "last_day", "is_summary"],
                condition=Q(status="approved"),
                name="report_one_approved",
                violation_error_message=_("This report is approved already; correct that one."),
                violation_error_code="report_approved_before",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", submitted_at=None, digest="")
                | Q(submitted_at__isnull=False) & ~Q(status="draft") & ~Q(digest=""),
                name="report_sent_whole",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "submitted"], decided_at=None, decided_by=None)
                | Q(decided_at__isnull=False) & ~Q(status__in=["draft", "submitted"]),
                name="report_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(status="returned") | ~Q(return_reason=""),
                name="report_return_has_reason",
                violation_error_message=_(
                    "Write why the report is returned; the sender mends it by these words."
                ),
                violation_error_code="reason_missing",
            ),
            # The sums that whoever closed them approved in the same moment are of an earlier edition.
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | ~Q(decided_by=F("submitted_by"))
                | Q(is_summary=True, decided_at=F("submitted_at")),
                name="report_four_eyes",
                violation_error_message=_("Who sent a report does not decide on it."),
                violation_error_code="own_report",
            ),
            models.CheckConstraint(
                condition=Q(number=1, supersedes=None, correction_reason="")
                | Q(number__gt=1, supersedes__isnull=False) & ~Q(correction_reason=""),
                name="report_correction_has_reason",
                violation_error_message=_("Write why the report is corrected."),
                violation_error_code="reason_missing",
            ),
            models.CheckConstraint(
                condition=Q(paper_sent_on=None, outage=None)
                | Q(paper_sent_on__isnull=False, outage__isnull=False),
                name="report_paper_needs_outage",
                violation_error_message=_(
                    "A report goes on paper only while the system is down; name the outage."
                ),
                violation_error_code="paper_without_outage",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-last_day"], name="report_of_organisation"),
            models.Index(fields=["code", "last_day", "status"], name="report_of_period"),
            models.Index(
                fields=["due_on", "id"], condition=Q(status="submitted"), name="report_waits"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=FROZEN,
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.first_day:%d/%m/%Y}"

    @property
    def is_open(self) -> bool:
        """Say whether figures may still change."""
        return self.status == self.Status.DRAFT

    @property
    def sent_on_paper(self) -> bool:
        """Say whether it went on paper and must still be entered."""
        return self.paper_sent_on is not None and self.is_open


def _typed(name: str, operation: pgtrigger.Operation, *sides: str) -> pgtrigger.Trigger:
    """Return the trigger that looks at the reports of what a statement found (old) and left (new)."""
    reports = " UNION ALL ".join(f"SELECT report_id FROM {side}_rows" for side in sides)  # noqa: S608
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**{side: f"{side}_rows" for side in sides}),
        func=TYPED_INTO_DRAFT.format(reports=reports),
    )


@tracked()
class ManualFigure(Keyed):
    """A figure somebody typed, with the reason: no source yet, or the records are known to be short.

    ``number`` and ``text`` are both empty where somebody says that the computed figure is not to be
    relied on.
    """

    report = models.ForeignKey(
        Report, models.PROTECT, related_name="typed", verbose_name=_("report")
    )
    row = models.CharField(_("row"), max_length=60)
    column = models.CharField(_("column"), max_length=40)
    number = models.DecimalField(
        _("number"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    text = models.CharField(_("text"), max_length=500, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    entered_by = _by(_("entered by"))
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("typed figure")
        verbose_name_plural = _("typed figures")
        ordering = ["report", "row", "column", "id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "row", "column"], name="manualfigure_once"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="manualfigure_has_reason",
                violation_error_message=_(
                    "A typed figure needs its reason; write where it is from."
                ),
                violation_error_code="reason_missing",
            ),
            models.CheckConstraint(
                condition=Q(number=None) | Q(text=""), name="manualfigure_number_or_text"
            ),
        ]
        triggers = [
            _typed("typed_insert", pgtrigger.Insert, "new"),
            _typed("typed_update", pgtrigger.Update, "old", "new"),
            _typed("typed_delete", pgtrigger.Delete, "old"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.row}.{self.column}"
