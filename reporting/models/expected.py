"""What the quality of reports is judged by: which reports are owed, and what the records say by now."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.keys import Keyed
from portal.places.models import Organisation
from reporting.models.definition import PeriodKind
from reporting.models.report import Report


class ExpectedReport(Keyed):
    """A report that an organisation owes for a period that is over, made or not.

    Written by each measuring from the forms' duties and the working calendar; whether it was sent,
    and when, is told by its versions.
    """

    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("organisation"),
    )
    code = models.CharField(_("code"), max_length=10)
    period = models.CharField(_("period"), max_length=10, choices=PeriodKind.choices)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    due_on = models.DateField(_("due on"))

    class Meta:
        verbose_name = _("report that is owed")
        verbose_name_plural = _("reports that are owed")
        ordering = ["-last_day", "code", "organisation", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code", "first_day", "last_day"],
                name="expectedreport_once",
            ),
            models.CheckConstraint(
                condition=Q(period__in=PeriodKind.values), name="expectedreport_period_known"
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="expectedreport_days_in_order"
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="expectedreport_due")]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.first_day:%d/%m/%Y}"


class ReportJudgement(Keyed):
    """What a rule said of a standing report, kept until the report or what it is judged by changes.

    ``wrong`` are the cells and columns that do not pass, none where all do.
    """

    report = models.ForeignKey(
        Report, models.PROTECT, related_name="+", db_index=False, verbose_name=_("report")
    )
    rule = models.CharField(_("rule"), max_length=4)
    wrong = ArrayField(models.CharField(max_length=40), default=list, verbose_name=_("fields"))

    class Meta:
        verbose_name = _("judgement of a report")
        verbose_name_plural = _("judgements of reports")
        ordering = ["report", "rule"]
        constraints = [
            models.UniqueConstraint(fields=["report", "rule"], name="reportjudgement_once"),
        ]

    @override
    def __str__(self) -> str:
        return self.rule


class Recount(Keyed):
    """The figures of a sent report counted again from the records: what they say by now."""

    report = models.OneToOneField(
        Report,
        models.PROTECT,
        related_name="recount",
        verbose_name=_("report"),
    )
    figures = models.JSONField(_("figures"), default=dict)
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("recount of a report")
        verbose_name_plural = _("recounts of reports")
        ordering = ["-counted_at", "report"]

    @override
    def __str__(self) -> str:
        return f"{self.counted_at:%d/%m/%Y %H:%M}"
