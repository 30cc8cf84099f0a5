"""A form of a statutory report as one law has it: rows, columns, checks, who owes it and until when."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.periods import VALIDITY
from reporting.querysets import DefinitionQuerySet


class PeriodKind(models.TextChoices):
    """How long the time is that a report tells of."""

    WEEK = "week", _("week")
    MONTH = "month", _("month")
    HALF_YEAR = "half_year", _("half-year")
    YEAR = "year", _("year")


@tracked()
class ReportDefinition(Keyed):
    """One version of a form: it holds for the periods whose last day lies in its validity.

    A circular may lapse before the report of its last month is due: until ``accepted_until`` that
    report is still made, sent and corrected by the lapsed version, beside the one that follows it.
    ``content`` holds rows, columns, checks and duties; ``reporting.definitions`` reads it.
    """

    code = models.CharField(_("code"), max_length=10)
    form_number = models.CharField(_("form number"), max_length=20)
    title = models.CharField(_("title"), max_length=300)
    periods = ArrayField(
        models.CharField(max_length=10), default=list, blank=True, verbose_name=_("periods")
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    accepted_until = models.DateField(_("accepted until"), null=True, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    is_verified = models.BooleanField(_("checked against the official text"), default=False)
    note = models.TextField(_("note"), blank=True)
    content = models.JSONField(_("content"), default=dict)
    digest = models.CharField(_("SHA-256 of the content"), max_length=64)

    objects = DefinitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("report form")
        verbose_name_plural = _("report forms")
        ordering = ["code", "-valid_from", "id"]
        constraints = [
            ExclusionConstraint(
                name="reportdefinition_one_at_a_time",
                expressions=[
                    ("code", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Another version of this form holds in these days."),
                violation_error_code="definition_overlap",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="reportdefinition_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
            models.CheckConstraint(
                condition=Q(accepted_until=None)
                | Q(valid_until__isnull=False, accepted_until__gte=F("valid_until")),
                name="reportdefinition_accepted_after_validity",
                violation_error_message=_(
                    "Reports must be accepted at least until the last day of validity."
                ),
                violation_error_code="accepted_too_short",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.form_number} {self.title}"
