"""What a person was asked, and when: "none" is an answer, and apart from no answer at all."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation


class Topic(models.TextChoices):
    """What a person is asked about, in the order of the paper form (Decision 831/QĐ-BYT, part B)."""

    ALLERGY = "allergy", _("Allergies")
    PROBLEM = "problem", _("Problems")
    MEDICINE = "medicine", _("Long-term medicines")
    IMMUNIZATION = "immunization", _("Vaccinations")
    FAMILY = "family", _("Family history")


@tracked()
class Inquiry(Keyed):
    """A person was asked about a topic on a day: there is nothing, or what is listed is all.

    Rows are only added. No row and nothing listed is "not asked"; what is listed now outweighs an
    older "none".
    """

    class Answer(models.TextChoices):
        NONE = "none", _("asked, none")
        LISTED = "listed", _("asked, listed")

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="+", db_index=False, verbose_name=_("citizen")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    topic = models.CharField(_("topic"), max_length=12, choices=Topic.choices)
    answer = models.CharField(_("answer"), max_length=6, choices=Answer.choices)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )

    class Meta:
        verbose_name = _("question about a person's history")
        verbose_name_plural = _("questions about people's history")
        ordering = ["citizen", "topic", "-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(topic__in=Topic.values),
                name="inquiry_topic_known",
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["none", "listed"]), name="inquiry_answer_known"
            ),
        ]
        indexes = [models.Index(fields=["citizen", "topic", "-asked_at"], name="inquiry_latest")]

    @override
    def __str__(self) -> str:
        return f"{self.get_topic_display()}: {self.get_answer_display()}"
