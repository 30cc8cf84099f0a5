"""A visit, and what belongs to one."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from healthrecords.models.sealed import guards
from healthrecords.querysets import VisitPartQuerySet, VisitQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from portal.sensitivity import KNOWN, Sensitivity

# Kinds that may be counted when they end, by the list of 2023. A list that names others is obeyed
# all the same: the index below is then left aside.
STAYS = ("02", "03", "04", "06", "09")


@tracked()
class Visit(Keyed):
    """One episode of care of one citizen at one facility; keeps its id for life.

    A file's visit is known by facility and ``episode_key`` (MA_LK); a typed one by ``client_key``,
    made by the form, so that a second send changes nothing.
    """

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", _("In progress")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", _("Left before being seen")
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
    priority = models.CharField(_("goes first because"), max_length=20, blank=True)
    held_at = models.CharField(_("held at"), max_length=200, blank=True)
    department = models.CharField(_("departments"), max_length=50, blank=True)
    admitted_at = models.DateTimeField(_("admitted at"), null=True, blank=True)
    admission_reason = models.TextField(_("reason for admission"), blank=True)
    reason = models.TextField(_("reason for the visit"), blank=True)
    symptoms = models.TextField(_("symptoms"), blank=True)
    injury_kind = models.CharField(_("kind of injury"), max_length=2, blank=True)
    treatment = models.TextField(_("treatment"), blank=True)
    care_days = models.PositiveSmallIntegerField(_("days of treatment"), null=True, blank=True)
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
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("finished by"),
    )
    practitioner_numbers = models.CharField(
        _("licence numbers of the practitioners"), max_length=255, blank=True
    )

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        # Which file spoke of it last is no word of the visit.
        triggers = guards("id", free=("batch_id",), inserts=False)
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["id", "citizen", "facility"], name="visit_whole"),
            # What was done elsewhere for a visit holds it by these two.
            models.UniqueConstraint(fields=["id", "citizen"], name="visit_with_citizen"),
            models.UniqueConstraint(
                fields=["facility", "episode_key"],
                condition=~Q(episode_key=""),
                name="visit_episode_once",
                violation_error_message=_("The facility already has a visit with this MA_LK."),
                violation_error_code="episode_taken",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["in_progress", "finished", "cancelled", "withdrawn"]),
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
            models.CheckConstraint(
                condition=Q(admitted_at=None)
                | (
                    Q(admitted_at__gte=F("started_at"))
                    & (Q(ended_at=None) | Q(ended_at__gte=F("admitted_at")))
                ),
                name="visit_admitted_within",
                violation_error_message=_(
                    "The admission must lie between arrival and end; check the three times."
                ),
                violation_error_code="admission_outside",
            ),
        ]
        indexes = [
            models.Index(fields=["citizen", "-started_at"], name="visit_of_citizen"),
            models.Index(fields=["facility", "-started_at", "-id"], name="visit_at_facility"),
            models.Index(fields=["-started_at", "-id"], name="visit_latest"),
            # Few visits are open at a time; the first page asks for those of earlier days.
            models.Index(
                fields=["facility", "started_at"],
                condition=Q(status="in_progress"),
                name="visit_open",
            ),
            # Few visits are stays or courses; reports count them on the day they ended.
            models.Index(fields=["ended_at"], condition=Q(kind__in=STAYS), name="visit_stay_ended"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.started_at:%d/%m/%Y}"


class HeldByVisit(Keyed):
    """A row that belongs to a visit and, by one composite key, to its citizen and facility.

    ``beside`` names the words beside its matter, as of a ``Fact``.
    """

    beside: ClassVar[tuple[str, ...]] = ()

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
        constraints = [
            models.CheckConstraint(
                condition=Q(sensitivity__in=KNOWN), name="%(class)s_sensitivity_known"
            )
        ]

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        self.citizen_id, self.facility_id = self.visit.citizen_id, self.visit.facility_id
        super().save(*args, **kwargs)


class VisitPart(HeldByVisit):
    """What a visit says, and so what is signed with it; the way through the station is no part.

    A subclass ``is_signed``: it is in the snapshot that a signature freezes, and while the visit is
    signed the database refuses its change. ``unsigned`` names columns that tell what came later;
    a part that has some gives ``guards("visit_id", free=unsigned)`` as its triggers.
    """

    is_signed: ClassVar[bool] = True
    unsigned: ClassVar[tuple[str, ...]] = ()

    class Meta(HeldByVisit.Meta):
        abstract = True
        triggers = guards("visit_id")
