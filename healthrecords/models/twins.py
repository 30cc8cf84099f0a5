"""Two records that may be one person."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from portal.audit.history import tracked
from portal.database.keys import Keyed


@tracked()
class TwinCase(Keyed):
    """Two records that may be one person, on a ground, until somebody answered.

    ``older`` stood first. A number that two people claim stays open until one of them gives it up:
    care is never refused because of it.
    """

    class Ground(models.TextChoices):
        NUMBER = "number", _("the same number")
        NAME_AND_BIRTH = "name_and_birth", _("the same name and date of birth")
        LIKENESS = "likeness", _("a like name, about the same age, the same commune")
        PHONE = "phone", _("the same phone")

    class Answer(models.TextChoices):
        OPEN = "", _("not answered")
        DIFFERENT = "different", _("two people")
        SAME = "same", _("one person")

    older = models.ForeignKey(
        Citizen, models.CASCADE, related_name="younger_twins", verbose_name=_("older record")
    )
    newer = models.ForeignKey(
        Citizen, models.CASCADE, related_name="older_twins", verbose_name=_("newer record")
    )
    ground = models.CharField(_("ground"), max_length=16, choices=Ground.choices)
    number = models.CharField(_("number"), max_length=20, blank=True)
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

    class Meta:
        verbose_name = _("possible twin")
        verbose_name_plural = _("possible twins")
        ordering = ["-found_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["older", "newer", "ground", "number"], name="twincase_once"
            ),
            models.CheckConstraint(condition=~Q(older=F("newer")), name="twincase_two_records"),
            models.CheckConstraint(
                condition=Q(ground__in=["number", "name_and_birth", "likeness", "phone"]),
                name="twincase_ground_known",
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["", "different", "same"]), name="twincase_answer_known"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_ground_display()}"
