"""A visit and its parts: vital signs, diagnoses, medicines."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from healthrecords.models.sealed import guards
from healthrecords.querysets import VisitPartQuerySet, VisitQuerySet
from portal.audit.history import tracked
from portal.codelists.models import CodeListVersion
from portal.database.keys import Keyed
from portal.places.models import Organisation
from portal.sensitivity import KNOWN, Sensitivity

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@tracked()
class Visit(Keyed):
    """One episode of care of one citizen at one facility; keeps its id for life.

    A file's visit is known by facility and ``episode_key`` (MA_LK); a typed one by ``client_key``,
    made by the form, so that a second send changes nothing.
    """

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", _("In progress")
        FINISHED = "finished", _("Finished")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Origin(models.TextChoices):
        TYPED = "typed", _("typed")
        FILE = "file", _("from a file")

    # The indexes below begin with these two.
    citizen = models.ForeignKey(
        Citizen,
        models.PROTECT,
        related_name="visits",
        db_index=False,
        verbose_name=_("citizen"),
    )
    facility = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("facility"),
    )
    status = models.CharField(
        _("state"), max_length=12, choices=Status.choices, default=Status.IN_PROGRESS
    )
    origin = models.CharField(_("came"), max_length=5, choices=Origin.choices, default=Origin.TYPED)
    client_key = models.UUIDField(null=True, unique=True, editable=False)
    episode_key = models.CharField(_("episode (MA_LK)"), max_length=100, blank=True)
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True, db_index=True)
    kind = models.CharField(_("kind of visit"), max_length=2, default="01")
    coverage = models.CharField(_("insurance case"), max_length=4, blank=True)
    identified_by = models.CharField(_("identified by"), max_length=20, blank=True)
    started_at = models.DateTimeField(_("arrived at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    reason = models.TextField(_("reason for the visit"), blank=True)
    symptoms = models.TextField(_("symptoms"), blank=True)
    outcome = models.CharField(_("result"), max_length=2, blank=True)
    discharge = models.CharField(_("way of leaving"), max_length=2, blank=True)
    advice = models.TextField(_("advice"), blank=True)
    next_visit_on = models.DateField(_("next visit on"), null=True, blank=True)
    sensitivity = models.CharField(
        _("sensitivity"),
        max_length=12,
        choices=Sensitivity.choices,
        default=Sensitivity.NONE,
        blank=True,
        editable=False,
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("entered by"),
    )
    entered_at = models.DateTimeField(_("entered at"), null=True, blank=True, editable=False)
    practitioner_numbers = models.CharField(
        _("licence numbers of the practitioners"), max_length=255, blank=True
    )

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        triggers = guards("id", inserts=False)
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["id", "citizen", "facility"], name="visit_whole"),
            models.UniqueConstraint(
                fields=["facility", "episode_key"],
                condition=~Q(episode_key=""),
                name="visit_episode_once",
                violation_error_message=_("The facility already has a visit with this MA_LK."),
                violation_error_code="episode_taken",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["in_progress", "finished", "withdrawn"]),
                name="visit_status_known",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "file"]), name="visit_origin_known"
            ),
            models.CheckConstraint(
                condition=Q(sensitivity__in=KNOWN), name="visit_sensitivity_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
                name="visit_ends_after_start",
                violation_error_message=_("The visit ends before it begins; check both times."),
                violation_error_code="visit_reversed",
            ),
        ]
        indexes = [
            models.Index(fields=["citizen", "-started_at"], name="visit_of_citizen"),
            models.Index(fields=["facility", "-started_at", "-id"], name="visit_at_facility"),
            models.Index(fields=["-started_at", "-id"], name="visit_latest"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.started_at:%d/%m/%Y}"


class VisitPart(Keyed):
    """A row that belongs to a visit and, by one composite key, to its citizen and facility.

    A subclass ``is_signed``: it is in the snapshot that a signature freezes, and while the visit is
    signed the database refuses its change. ``unsigned`` names columns that tell what came later;
    a part that has some gives ``guards("visit_id", free=unsigned)`` as its triggers.
    """

    is_signed: ClassVar[bool] = True
    unsigned: ClassVar[tuple[str, ...]] = ()

    visit = models.ForeignKey(
        Visit,
        models.CASCADE,
        related_name="%(class)s_rows",
        db_constraint=False,
        verbose_name=_("visit"),
    )
    citizen = models.ForeignKey(
        Citizen, models.DO_NOTHING, related_name="+", db_constraint=False, editable=False
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

    objects = VisitPartQuerySet.as_manager()

    class Meta:
        abstract = True
        triggers = guards("visit_id")
        constraints = [
            models.CheckConstraint(
                condition=Q(sensitivity__in=KNOWN), name="%(class)s_sensitivity_known"
            )
        ]

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        self.citizen_id, self.facility_id = self.visit.citizen_id, self.visit.facility_id
        super().save(*args, **kwargs)


@tracked()
class VitalSigns(VisitPart):
    """What was measured at a visit, in the units the field names say; blank is not 0.

    ``confirmed`` names the values that were unlikely and measured again.
    """

    class GlucoseTiming(models.TextChoices):
        FASTING = "fasting", _("fasting")
        AFTER_MEAL = "after_meal", _("2 hours after a meal")
        ANY = "any", _("at any time")

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
    confirmed = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, verbose_name=_("measured again")
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
        indexes = [models.Index(fields=["code", "facility"], name="diagnosis_code")]

    @override
    def __str__(self) -> str:
        return f"{self.code} {self.title}"


def dose(name: "StrOrPromise") -> "models.DecimalField[Decimal | None, Decimal | None]":
    """Return the field of how much is taken at one time of the day; blank is none said."""
    return models.DecimalField(name, max_digits=6, decimal_places=2, null=True, blank=True)


@tracked()
class Medication(VisitPart):
    """A medicine given or prescribed at a visit, with its sentence of use."""

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
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    note = models.CharField(_("note on use"), max_length=200, blank=True)
    instruction = models.CharField(_("how to take"), max_length=1024, blank=True)

    class Meta(VisitPart.Meta):
        verbose_name = _("medicine")
        verbose_name_plural = _("medicines")
        ordering = ["visit", "position", "id"]

    @override
    def __str__(self) -> str:
        return self.name
