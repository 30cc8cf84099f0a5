"""Two records that may be one person, and how far the nightly search for them has come."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from healthrecords.querysets import TwinCaseQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed


@tracked()
class TwinCase(Keyed):
    """Two records that may be one person, on a ground, until somebody answered.

    ``older`` stood first. A number that two people claim stays open until one of them gives it up
    (``given_up``, opened again where both claim it anew): care is never refused because of it.
    ``likelihood`` is that of one person, of a hundred.
    """

    class Ground(models.TextChoices):
        NUMBER = "number", _("the same number")
        NEAR_NUMBER = "near_number", _("a number with one figure changed, or an earlier number")
        NAME_AND_BIRTH = "name_and_birth", _("the same name and date of birth")
        LIKENESS = "likeness", _("a like name, about the same age, the same commune")
        PHONE = "phone", _("the same phone")

    class Answer(models.TextChoices):
        OPEN = "", _("not answered")
        DIFFERENT = "different", _("two people")
        SAME = "same", _("one person")
        GIVEN_UP = "given_up", _("the number was given up")

    older = models.ForeignKey(
        Citizen, models.CASCADE, related_name="younger_twins", verbose_name=_("older record")
    )
    newer = models.ForeignKey(
        Citizen, models.CASCADE, related_name="older_twins", verbose_name=_("newer record")
    )
    ground = models.CharField(_("ground"), max_length=16, choices=Ground.choices)
    number = models.CharField(_("number"), max_length=20, blank=True)
    likelihood = models.PositiveSmallIntegerField(
        _("how likely one person (of 100)"), default=50, validators=[MaxValueValidator(100)]
    )
    found_at = models.DateTimeField(_("found at"))
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )

    objects = TwinCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible twin")
        verbose_name_plural = _("possible twins")
        ordering = ["-likelihood", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["older", "newer", "ground", "number"], name="twincase_once"
            ),
            models.CheckConstraint(condition=~Q(older=F("newer")), name="twincase_two_records"),
            models.CheckConstraint(
                condition=Q(
                    ground__in=["number", "near_number", "name_and_birth", "likeness", "phone"]
                ),
                name="twincase_ground_known",
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["", "different", "same", "given_up"]),
                name="twincase_answer_known",
            ),
            models.CheckConstraint(
                condition=Q(likelihood__lte=100), name="twincase_likelihood_of_a_hundred"
            ),
        ]
        indexes = [
            models.Index(fields=["-likelihood", "id"], condition=Q(answer=""), name="twincase_open")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_ground_display()}"


class TwinSweep(Keyed):
    """One search of the whole register for twins, year of birth by year of birth.

    ``reached`` is the last year that is done: a sweep that was stopped goes on behind it.
    """

    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    reached = models.PositiveSmallIntegerField(_("years of birth done, until"), default=0)
    people = models.PositiveIntegerField(_("people compared"), default=0)
    found = models.PositiveIntegerField(_("pairs found"), default=0)

    class Meta:
        verbose_name = _("search for twins")
        verbose_name_plural = _("searches for twins")
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(ended_at=None), name="twinsweep_one_at_a_time"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.started_at:%d/%m/%Y}"
