"""Practical training before a licence: the contract, its rotations, who supervises."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.periods import VALIDITY
from portal.places.models import Organisation
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import PracticalTrainingQuerySet, TrainingRotationQuerySet


@tracked()
class PracticalTraining(Keyed):
    """A person practises under supervision before the first licence (Decree 96/2023/NĐ-CP, articles 3 to 7).

    The contract is form 06, the certificate at its end form 07. Who began before 01/01/2024 may
    choose the law of 2009 or that of 2023.
    """

    class Regime(models.TextChoices):
        LAW_2009 = "law2009", _("Law of 2009")
        LAW_2023 = "law2023", _("Law of 2023")

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="practical_trainings", verbose_name=_("trainee")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    title = models.CharField(_("for the professional title"), max_length=40)
    regime = models.CharField(
        _("law followed"), max_length=7, choices=Regime.choices, default=Regime.LAW_2023
    )
    contract_no = models.CharField(_("contract number"), max_length=60, blank=True)
    contracted_on = models.DateField(_("contracted on"), null=True, blank=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    completed_on = models.DateField(_("completed on"), null=True, blank=True)
    certificate_no = models.CharField(_("number of the certificate"), max_length=60, blank=True)
    short_because = models.CharField(
        _("why it was completed with less than asked for"), max_length=300, blank=True
    )

    objects = PracticalTrainingQuerySet.as_manager()

    class Meta:
        verbose_name = _("practical training")
        verbose_name_plural = _("practical trainings")
        ordering = ["practitioner", "-valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(regime__in=["law2009", "law2023"]),
                name="practicaltraining_regime_known",
            ),
            models.CheckConstraint(
                condition=Q(completed_on=None) | Q(completed_on__gte=F("valid_from")),
                name="practicaltraining_completed_after_start",
                violation_error_message=_("The training ends before it begins; check both days."),
                violation_error_code="completed_before_start",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="practicaltraining_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
            models.CheckConstraint(
                condition=Q(short_because="") | Q(completed_on__isnull=False),
                name="practicaltraining_short_when_completed",
            ),
            models.UniqueConstraint(
                fields=["id", "practitioner", "facility"], name="practicaltraining_whole"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.practitioner} – {self.facility}"


@tracked()
class TrainingRotation(Keyed):
    """A part of a practical training under one supervisor: clinical, or intensive care.

    A supervisor guides so many trainees at a time (Decree 96/2023/NĐ-CP, article 7(2)(b)): each sits
    on a numbered ``seat``, and no seat is taken twice in the same days.
    """

    class Kind(models.TextChoices):
        CLINICAL = "clinical", _("clinical")
        INTENSIVE_CARE = "intensive", _("intensive care and emergency")

    training = models.ForeignKey(
        PracticalTraining, models.PROTECT, related_name="rotations", verbose_name=_("training")
    )
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="+", verbose_name=_("trainee")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    supervisor = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="supervises", verbose_name=_("supervisor")
    )
    seat = models.PositiveSmallIntegerField(_("seat with the supervisor"))
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, default=Kind.CLINICAL)
    department = models.CharField(_("department"), max_length=200, blank=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = TrainingRotationQuerySet.as_manager()

    class Meta:
        verbose_name = _("rotation of a practical training")
        verbose_name_plural = _("rotations of practical trainings")
        ordering = ["training", "valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["clinical", "intensive"]), name="trainingrotation_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(supervisor=F("practitioner")),
                name="trainingrotation_not_by_oneself",
                violation_error_message=_("Nobody supervises their own training."),
                violation_error_code="own_supervisor",
            ),
            models.CheckConstraint(
                condition=Q(seat__gte=1), name="trainingrotation_seat_counted_from_one"
            ),
            ExclusionConstraint(
                name="trainingrotation_one_on_a_seat",
                expressions=[
                    ("supervisor", RangeOperators.EQUAL),
                    ("seat", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                # At the end of the statement: trainees change seats all at once.
                deferrable=Deferrable.IMMEDIATE,
                violation_error_message=_("The supervisor has a trainee on this seat already."),
                violation_error_code="seat_taken",
            ),
            ExclusionConstraint(
                name="trainingrotation_one_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The trainee is in another rotation in these days."),
                violation_error_code="rotation_overlap",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="trainingrotation_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
            models.UniqueConstraint(
                fields=["id", "practitioner", "facility"], name="trainingrotation_whole"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.practitioner} – {self.supervisor}"
