"""Reports of laboratory and imaging with their values."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.brought import CAME, Brought
from healthrecords.models.citizen import Citizen
from healthrecords.models.noted import noted
from healthrecords.querysets import ReportQuerySet, SensitiveQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from portal.sensitivity import KNOWN, Sensitivity


@tracked()
class DiagnosticReport(Brought):
    """One report of a laboratory or of imaging: what was examined, when, by whom, what it says.

    A reading by AI names its device, version and confidence; it stays preliminary until a named
    person confirmed it, and a database rule holds that whatever writes. A correction is a new row
    that the old one points at.
    """

    beside: ClassVar[tuple[str, ...]] = (
        *Brought.beside,
        "machine_doubt",
        "review_reason",
        "amend_reason",
    )

    class Kind(models.TextChoices):
        LABORATORY = "laboratory", _("laboratory")
        MICROBIOLOGY = "microbiology", _("microbiology")
        IMAGING = "imaging", _("imaging")
        FUNCTION = "function", _("functional test")
        OTHER = "other", _("other")

    class Status(models.TextChoices):
        REGISTERED = "registered", _("waiting for the result")
        PRELIMINARY = "preliminary", _("preliminary")
        FINAL = "final", _("final")
        AMENDED = "amended", _("amended")
        ENTERED_IN_ERROR = "entered_in_error", _("entered in error")

    class Review(models.TextChoices):
        NONE = "", _("not reviewed")
        CONFIRMED = "confirmed", _("confirmed")
        REJECTED = "rejected", _("rejected")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    code = models.CharField(_("service code"), max_length=50, blank=True)
    title = models.CharField(_("examination"), max_length=300)
    status = models.CharField(
        _("state"), max_length=16, choices=Status.choices, default=Status.REGISTERED
    )
    specimen = models.CharField(_("specimen"), max_length=100, blank=True)
    collected_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    performed_at = models.DateTimeField(_("performed at"))
    reported_at = models.DateTimeField(_("reported at"), null=True, blank=True)
    performer = models.CharField(_("performed or read by"), max_length=255, blank=True)
    description = models.TextField(_("description"), blank=True)
    conclusion = models.TextField(_("conclusion"), blank=True)
    machine = models.CharField(_("machine"), max_length=255, blank=True)
    machine_doubt = models.CharField(
        _("why the machine was used all the same"), max_length=600, blank=True
    )
    is_ai = models.BooleanField(_("read by AI"), default=False)
    device = models.CharField(_("AI device"), max_length=120, blank=True)
    device_version = models.CharField(_("version"), max_length=40, blank=True)
    confidence = models.DecimalField(
        _("confidence (0 to 1)"), max_digits=4, decimal_places=3, null=True, blank=True
    )
    review = models.CharField(_("review"), max_length=9, choices=Review.choices, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reviewed by"),
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    review_reason = models.CharField(_("why it was rejected"), max_length=300, blank=True)
    superseded_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supersedes",
        editable=False,
        verbose_name=_("replaced by"),
    )
    amend_reason = models.CharField(_("why it was amended"), max_length=300, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta(Brought.Meta):
        verbose_name = _("result report")
        verbose_name_plural = _("result reports")
        ordering = ["-performed_at", "-id"]
        triggers = [
            *noted(*CAME),
            # Who turned a machine's reading into a person's would pass by the rule below.
            pgtrigger.Protect(
                name="ai_stays_ai",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__is_ai=True) & pgtrigger.Q(new__is_ai=False),
            ),
            # A review is given once, by one person.
            pgtrigger.Protect(
                name="review_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__review__in=["confirmed", "rejected"])
                & (
                    pgtrigger.Q(old__review__df=pgtrigger.F("new__review"))
                    | pgtrigger.Q(old__reviewed_by__df=pgtrigger.F("new__reviewed_by"))
                ),
            ),
        ]
        constraints = [
            *Brought.Meta.constraints,
            models.UniqueConstraint(
                fields=["id", "citizen", "facility"], name="diagnosticreport_whole"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["laboratory", "microbiology", "imaging", "function", "other"]
                ),
                name="diagnosticreport_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "registered",
                        "preliminary",
                        "final",
                        "amended",
                        "entered_in_error",
                    ]
                ),
                name="diagnosticreport_status_known",
            ),
            models.CheckConstraint(
                condition=Q(review__in=["", "confirmed", "rejected"]),
                name="diagnosticreport_review_known",
            ),
            models.CheckConstraint(
                condition=Q(is_ai=False, device="", device_version="", confidence=None, review="")
                | (
                    Q(is_ai=True, confidence__gte=0, confidence__lte=1)
                    & ~Q(device="")
                    & ~Q(device_version="")
                ),
                name="diagnosticreport_ai_is_named",
                violation_error_message=_(
                    "A reading by AI names its device, its version and its confidence from 0 to 1."
                ),
                violation_error_code="ai_unnamed",
            ),
            models.CheckConstraint(
                condition=Q(is_ai=False)
                | ~Q(status__in=["final", "amended"])
                | Q(review="confirmed"),
                name="diagnosticreport_ai_final_by_person",
                violation_error_message=_(
                    "A reading by AI stays preliminary until a named person confirmed it."
                ),
                violation_error_code="ai_unconfirmed",
            ),
            models.CheckConstraint(
                condition=Q(review="", reviewed_by=None, reviewed_at=None, review_reason="")
                | Q(review="confirmed", reviewed_by__isnull=False, reviewed_at__isnull=False)
                | (
                    Q(review="rejected", reviewed_by__isnull=False, reviewed_at__isnull=False)
                    & ~Q(review_reason="")
                ),
                name="diagnosticreport_review_is_named",
                violation_error_message=_(
                    "Rejecting a reading needs a reason; write it in a few words."
                ),
                violation_error_code="rejection_without_reason",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="diagnosticreport_has_title"),
        ]
        indexes = [
            models.Index(fields=["citizen", "-performed_at"], name="diagnosticreport_of_citizen"),
            # Values ask for their report by its key, person and facility. Of reports that were just
            # copied the planner knows nothing: an index of the facility alone would have each value
            # walk through all of them.
            models.Index(fields=["facility", "id"], name="diagnosticreport_at_facility"),
            models.Index(
                fields=["facility", "-performed_at"],
                condition=Q(is_ai=True, review=""),
                name="diagnosticreport_ai_waits",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title

    @property
    def is_current(self) -> bool:
        """Say whether the report stands: not replaced, withdrawn or a mistake."""
        return (
            self.superseded_by_id is None
            and self.withdrawn_at is None
            and self.status != self.Status.ENTERED_IN_ERROR
        )

    @property
    def waits_for_person(self) -> bool:
        """Say whether an AI reading still waits to be confirmed or rejected."""
        return self.is_ai and not self.review and self.is_current


@tracked()
class Result(Keyed):
    """One value of a report, as it was said, and as a number where it is one.

    The limits are the laboratory's where it gave some, else those of the list for the same unit;
    ``limits_from`` says which. The key to the report carries citizen and facility along.
    """

    class Flag(models.TextChoices):
        NONE = "", _("not judged")
        NORMAL = "normal", _("within the limits")
        LOW = "low", _("low")
        HIGH = "high", _("high")
        CRITICAL_LOW = "critical_low", _("dangerously low")
        CRITICAL_HIGH = "critical_high", _("dangerously high")
        ABNORMAL = "abnormal", _("abnormal")

    class Limits(models.TextChoices):
        NONE = "", _("none")
        SENT = "sent", _("of the laboratory")
        LIST = "list", _("of the list")

    report = models.ForeignKey(
        DiagnosticReport,
        models.CASCADE,
        related_name="results",
        db_constraint=False,
        verbose_name=_("report"),
    )
    citizen = models.ForeignKey(
        Citizen,
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        editable=False,
    )
    facility = models.ForeignKey(
        Organisation,
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        editable=False,
    )
    sensitivity = models.CharField(
        max_length=12,
        choices=Sensitivity.choices,
        default=Sensitivity.NONE,
        blank=True,
        editable=False,
    )
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    test = models.CharField(_("test of the list"), max_length=40, blank=True)
    code = models.CharField(_("code as sent"), max_length=50, blank=True)
    name = models.CharField(_("test"), max_length=255)
    value = models.CharField(_("value"), max_length=255, blank=True)
    number = models.DecimalField(
        _("value as a number"), max_digits=16, decimal_places=5, null=True, blank=True
    )
    unit = models.CharField(_("unit"), max_length=50, blank=True)
    low = models.DecimalField(
        _("lower limit"), max_digits=16, decimal_places=5, null=True, blank=True
    )
    high = models.DecimalField(
        _("upper limit"), max_digits=16, decimal_places=5, null=True, blank=True
    )
    limits_from = models.CharField(
        _("limits"), max_length=4, choices=Limits.choices, blank=True, default=Limits.NONE
    )
    flag = models.CharField(
        _("judged"), max_length=13, choices=Flag.choices, blank=True, default=Flag.NONE
    )
    said_at = models.DateTimeField(_("result of"))

    objects = SensitiveQuerySet[Any].as_manager()

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ["report", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sensitivity__in=KNOWN), name="result_sensitivity_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    flag__in=[
                        "",
                        "normal",
                        "low",
                        "high",
                        "critical_low",
                        "critical_high",
                        "abnormal",
                    ]
                ),
                name="result_flag_known",
            ),
            models.CheckConstraint(
                condition=Q(limits_from__in=["", "sent", "list"]), name="result_limits_from_known"
            ),
            models.CheckConstraint(
                condition=Q(low=None) | Q(high=None) | Q(low__lte=F("high")),
                name="result_limits_in_order",
                violation_error_message=_("The lower limit lies above the upper one; check both."),
                violation_error_code="limits_reversed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["citizen", "test", "-said_at"],
                condition=~Q(test=""),
                name="result_of_test",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.name} {self.value} {self.unit}".strip()
