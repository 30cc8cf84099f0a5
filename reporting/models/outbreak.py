"""An outbreak at a commune: declared, counted day by day, ended."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Area, Organisation
from reporting.querysets import OutbreakQuerySet


@tracked()
class Outbreak(Keyed):
    """An outbreak as a commune station declared it (Circular 15/2026/TT-BYT, articles 25 and 26).

    It is told to the commune's chair, the department and the centre for disease control within 24
    hours of its determination, day by day while it lasts, and again within 24 hours of its end.
    """

    name = models.CharField(_("name of the outbreak"), max_length=200)
    disease = models.CharField(_("disease"), max_length=10)
    station = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("reporting station")
    )
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("commune"),
    )
    place = models.CharField(_("hamlet or place"), max_length=200)
    first_onset_on = models.DateField(_("onset of the first case"))
    entered_country_on = models.DateField(_("entered the country on"), null=True, blank=True)
    arrived_on = models.DateField(_("arrived in the area on"), null=True, blank=True)
    first_told_on = models.DateField(_("first report received on"), null=True, blank=True)
    risk_factors = models.TextField(_("risk factors"), blank=True)
    advice = models.TextField(pgettext_lazy("outbreak", "advice"), blank=True)
    determined_at = models.DateTimeField(_("determined at"))
    declared_at = models.DateTimeField(_("declared at"), null=True, blank=True)
    declared_paper = models.CharField(_("document of the declaration"), max_length=200, blank=True)
    last_onset_on = models.DateField(_("onset of the last case"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_determined_at = models.DateTimeField(_("end determined at"), null=True, blank=True)
    end_told_at = models.DateTimeField(_("end told at"), null=True, blank=True)
    end_paper = models.CharField(_("document of the end"), max_length=200, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("opened by"),
    )

    objects = OutbreakQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbreak")
        verbose_name_plural = _("outbreaks")
        ordering = ["-determined_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_onset_on=None) | Q(last_onset_on__gte=F("first_onset_on")),
                name="outbreak_onsets_in_order",
                violation_error_message=_(
                    "The last case fell ill before the first one; check both days."
                ),
                violation_error_code="onsets_reversed",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, end_determined_at=None, end_paper="", end_told_at=None)
                | Q(ended_on__isnull=False, end_determined_at__isnull=False)
                & Q(last_onset_on__isnull=False, ended_on__gte=F("last_onset_on")),
                name="outbreak_ended_whole",
                violation_error_message=_(
                    "Ending an outbreak needs the onset of its last case and a day not before it."
                ),
                violation_error_code="end_incomplete",
            ),
            models.CheckConstraint(
                condition=Q(declared_at=None) | ~Q(declared_paper=""),
                name="outbreak_declared_by_document",
                violation_error_message=_("Write number, day and signer of the declaration."),
                violation_error_code="document_missing",
            ),
        ]
        indexes = [models.Index(fields=["station", "disease"], name="outbreak_at_station")]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.ended_on is None


@tracked()
class OutbreakDay(Keyed):
    """The figures of one day and hamlet of an outbreak, told daily until it ends."""

    outbreak = models.ForeignKey(
        Outbreak, models.PROTECT, related_name="days", verbose_name=_("outbreak")
    )
    day = models.DateField(_("day"))
    hamlet = models.CharField(_("hamlet"), max_length=200)
    cases = models.PositiveIntegerField(_("new cases"), default=0)
    deaths = models.PositiveIntegerField(_("deaths"), default=0)
    samples = models.PositiveIntegerField(_("samples"), default=0)
    positives = models.PositiveIntegerField(_("positive samples"), default=0)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("entered by"),
    )
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("day of an outbreak")
        verbose_name_plural = _("days of outbreaks")
        ordering = ["outbreak", "-day", "hamlet", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["outbreak", "day", "hamlet"],
                name="outbreakday_once",
                violation_error_message=_("This hamlet has its figures of this day already."),
                violation_error_code="day_told_before",
            ),
            models.CheckConstraint(
                condition=Q(positives__lte=F("samples")),
                name="outbreakday_positives_among_samples",
                violation_error_message=_("More samples are positive than were taken; check both."),
                violation_error_code="positives_above_samples",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.hamlet}"
