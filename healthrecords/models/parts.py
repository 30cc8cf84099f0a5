"""What a visit says: vital signs, diagnoses, medicines."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.visit import Visit, VisitPart
from portal.audit.history import tracked
from portal.codelists.models import CodeListVersion

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@tracked()
class VitalSigns(VisitPart):
    """What was measured at a visit, in the units the field names say; blank is not 0.

    ``confirmed`` names the values that were unlikely and measured again.
    """

    class GlucoseTiming(models.TextChoices):
        FASTING = "fasting", _("fasting")
        AFTER_MEAL = "after_meal", _("2 hours after a meal")
        ANY = "any", _("at any time")

    class Consciousness(models.TextChoices):
        ALERT = "alert", _("awake")
        VOICE = "voice", _("answers to voice")
        PAIN = "pain", _("answers to pain")
        NONE = "unresponsive", _("does not answer")

    visit = models.ForeignKey(
        Visit,
        models.CASCADE,
        related_name="%(class)s_rows",
        db_constraint=False,
        db_index=False,  # what is said once begins with it
        verbose_name=_("visit"),
    )
    measured_at = models.DateTimeField(_("measured at"), null=True, blank=True)
    pulse = models.PositiveSmallIntegerField(_("pulse (per minute)"), null=True, blank=True)
    temperature = models.DecimalField(
        _("temperature (°C)"), max_digits=3, decimal_places=1, null=True, blank=True
    )
    systolic = models.PositiveSmallIntegerField(_("systolic (mmHg)"), null=True, blank=True)
    diastolic = models.PositiveSmallIntegerField(_("diastolic (mmHg)"), null=True, blank=True)
    respiratory_rate = models.PositiveSmallIntegerField(
        _("breaths (per minute)"), null=True, blank=True
    )
    oxygen_saturation = models.PositiveSmallIntegerField(_("SpO₂ (%)"), null=True, blank=True)
    weight = models.DecimalField(
        _("weight (kg)"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    height = models.DecimalField(
        _("height (cm)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    waist = models.DecimalField(
        _("waist (cm)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    glucose = models.DecimalField(
        _("capillary glucose (mmol/L)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    glucose_timing = models.CharField(
        _("glucose measured"), max_length=10, choices=GlucoseTiming.choices, blank=True
    )
    head_circumference = models.DecimalField(
        _("head circumference (cm)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    arm_circumference = models.DecimalField(
        _("mid-upper arm circumference (cm)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    peak_flow = models.PositiveSmallIntegerField(_("peak flow (l/min)"), null=True, blank=True)
    pain = models.PositiveSmallIntegerField(_("pain (0 to 10)"), null=True, blank=True)
    consciousness = models.CharField(
        _("consciousness"), max_length=12, choices=Consciousness.choices, blank=True
    )
    confirmed = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, verbose_name=_("measured again")
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("measured again by"),
    )

    class Meta(VisitPart.Meta):
        verbose_name = _("vital signs")
        verbose_name_plural = _("vital signs")
        constraints = [
            *VisitPart.Meta.constraints,
            models.UniqueConstraint(fields=["visit"], name="vitalsigns_once"),
            models.CheckConstraint(
                condition=Q(glucose_timing__in=["", "fasting", "after_meal", "any"]),
                name="vitalsigns_glucose_timing_known",
            ),
            models.CheckConstraint(
                condition=Q(consciousness__in=["", "alert", "voice", "pain", "unresponsive"]),
                name="vitalsigns_consciousness_known",
            ),
            models.CheckConstraint(
                condition=Q(systolic=None) | Q(diastolic=None) | Q(systolic__gt=F("diastolic")),
                name="vitalsigns_systolic_above_diastolic",
                violation_error_message=_(
                    "The upper blood pressure must be higher than the lower one; check both."
                ),
                violation_error_code="blood_pressure_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.visit_id}"


@tracked()
class Diagnosis(VisitPart):
    """One diagnosis of a visit, with the code and the title as they held on its last day."""

    class Rank(models.TextChoices):
        MAIN = "main", _("main")
        OTHER = "other", _("other")
        TRADITIONAL = "traditional", _("traditional medicine")

    rank = models.CharField(_("rank"), max_length=12, choices=Rank.choices)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    code = models.CharField(_("code"), max_length=10)
    title = models.CharField(_("title"), max_length=500)
    list_version = models.ForeignKey(
        CodeListVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("code list"),
    )
    is_confirmed = models.BooleanField(_("confirmed although unlikely"), default=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("confirmed by"),
    )

    class Meta(VisitPart.Meta):
        verbose_name = _("diagnosis")
        verbose_name_plural = _("diagnoses")
        ordering = ["visit", "rank", "position", "id"]
        constraints = [
            *VisitPart.Meta.constraints,
            models.CheckConstraint(
                condition=Q(rank__in=["main", "other", "traditional"]), name="diagnosis_rank_known"
            ),
            models.UniqueConstraint(
                fields=["visit"], condition=Q(rank="main"), name="diagnosis_one_main"
            ),
        ]
        indexes = [
            models.Index(fields=["code", "facility"], name="diagnosis_code"),
            # Reports ask of each visit whether there is one.
            models.Index(
                fields=["visit", "id"],
                condition=Q(rank="traditional"),
                name="diagnosis_traditional",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.title}"


def dose(name: "StrOrPromise") -> "models.DecimalField[Decimal | None, Decimal | None]":
    """Return the field of how much is taken at one time of the day; blank is none said."""
    return models.DecimalField(name, max_digits=6, decimal_places=2, null=True, blank=True)


@tracked()
class Medication(VisitPart):
    """A medicine given or prescribed at a visit, with its sentence of use.

    Either so much at the times of the day, or ``each`` every so many hours, or ``each`` when needed
    and ``at_most`` so much a day. ``ingredients`` are those of the list on that day; ``warnings``
    keeps what was said against the medicine and the reason for giving it all the same.
    """

    position = models.PositiveSmallIntegerField(_("position"), default=1)
    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("medicine"), max_length=500)
    strength = models.CharField(_("strength"), max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=50, blank=True)
    quantity = models.DecimalField(
        _("quantity"), max_digits=12, decimal_places=3, null=True, blank=True
    )
    morning = dose(_("morning"))
    noon = dose(_("noon"))
    afternoon = dose(_("afternoon"))
    evening = dose(_("evening"))
    each = dose(_("dose each time"))
    every_hours = models.PositiveSmallIntegerField(_("every so many hours"), null=True, blank=True)
    as_needed = models.BooleanField(_("when needed"), default=False)
    at_most = dose(_("at most a day"))
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    route = models.CharField(_("route"), max_length=40, blank=True)
    ingredients = ArrayField(
        models.CharField(max_length=100), default=list, blank=True, verbose_name=_("ingredients")
    )
    atc = models.CharField(_("ATC code"), max_length=7, blank=True)
    warnings = models.JSONField(_("warnings"), null=True, blank=True)
    note = models.CharField(_("note on use"), max_length=200, blank=True)
    instruction = models.CharField(_("how to take"), max_length=1024, blank=True)

    class Meta(VisitPart.Meta):
        verbose_name = _("medicine")
        verbose_name_plural = _("medicines")
        ordering = ["visit", "position", "id"]
        constraints = [
            *VisitPart.Meta.constraints,
            models.CheckConstraint(
                condition=Q(every_hours=None) | Q(every_hours__range=(1, 168)),
                name="medication_hours_possible",
                violation_error_message=_("Write every how many hours, from 1 to 168."),
                violation_error_code="hours_impossible",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


@tracked()
class VisitNote(VisitPart):
    """What was written of a visit while it lasted: its course, a consultation, an operation.

    Each as its writer wrote it, at its time; who wrote it is the number that a file gives.
    """

    class Kind(models.TextChoices):
        PROGRESS = "progress", _("Course of the illness")
        CONSULTATION = "consultation", _("Consultation")
        OPERATION = "operation", _("Account of an operation")

    position = models.PositiveSmallIntegerField(_("position"), default=1)
    kind = models.CharField(_("kind of note"), max_length=12, choices=Kind.choices)
    written_at = models.DateTimeField(_("written at"))
    text = models.TextField(_("note"))
    stage = models.CharField(_("stage of the illness"), max_length=500, blank=True)
    writer = models.CharField(_("written by"), max_length=255, blank=True)

    class Meta(VisitPart.Meta):
        verbose_name = _("note of a visit")
        verbose_name_plural = _("notes of visits")
        ordering = ["visit", "position", "id"]
        constraints = [
            *VisitPart.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind__in=["progress", "consultation", "operation"]),
                name="visitnote_kind_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.text[:80]
