"""What a practitioner or a facility says to a change that the other one sent."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from practitioners.models.practitioner import Practitioner
from practitioners.models.submission import ProfileSubmission
from practitioners.querysets import OfPractitionerQuerySet


@tracked()
class ProfileAnswer(Keyed):
    """A side confirms a change or objects to it; without ``submission``, the profile as it stands.

    Nobody is stopped by an answer: the official who decides reads it beside the change.
    """

    class Side(models.TextChoices):
        PRACTITIONER = "practitioner", _("the practitioner")
        FACILITY = "facility", _("the facility")

    class Answer(models.TextChoices):
        CONFIRMS = "confirms", _("confirms")
        OBJECTS = "objects", _("objects")

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="answers", verbose_name=_("practitioner")
    )
    submission = models.ForeignKey(
        ProfileSubmission,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="answers",
        verbose_name=_("profile"),
    )
    side = models.CharField(_("who answers"), max_length=12, choices=Side.choices)
    answer = models.CharField(_("answer"), max_length=8, choices=Answer.choices)
    reason = models.CharField(_("why"), max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered at"))

    objects = OfPractitionerQuerySet["ProfileAnswer"].as_manager()

    class Meta:
        verbose_name = _("answer to a change of a profile")
        verbose_name_plural = _("answers to changes of profiles")
        ordering = ["practitioner", "-answered_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(side__in=["practitioner", "facility"]), name="profileanswer_side_known"
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["confirms", "objects"]), name="profileanswer_answer_known"
            ),
            models.CheckConstraint(
                condition=~Q(answer="objects") | ~Q(reason=""),
                name="profileanswer_objects_with_reason",
                violation_error_message=_("Write what is not right, so that it can be settled."),
                violation_error_code="objection_without_reason",
            ),
            models.UniqueConstraint(
                fields=["submission", "side"],
                condition=Q(submission__isnull=False),
                name="profileanswer_once",
                violation_error_message=_("This change was answered already."),
                violation_error_code="answered_already",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.get_answer_display()}"
