"""What was asked of the national population database, and what it answered."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation


@tracked()
class Inquiry(Keyed):
    """One person put to the national population database (docs/population-database.md).

    Its key is the request's own: asked again, the register answers the same. ``purpose`` names the
    register of ours that asks, ``subject_id`` the row there. Kept as asked, because the row may have
    changed when the answer comes.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits to be asked")
        PENDING = "pending", _("asked, the answer is still to come")
        ANSWERED = "answered", _("answered")
        GIVEN_UP = "given_up", _("no answer was to be had")

    class Result(models.TextChoices):
        NONE = "", _("no answer yet")
        MATCH = "match", _("matches")
        MISMATCH = "mismatch", _("differs")
        NOT_FOUND = "not_found", _("not found")
        UNAVAILABLE = "unavailable", _("not available")

    purpose = models.CharField(_("asked for"), max_length=20)
    subject_id = models.UUIDField(_("about"))
    personal_number = models.CharField(_("personal number"), max_length=12)
    name = models.CharField(_("full name"), max_length=255)
    birth = models.CharField(_("date of birth"), max_length=10)
    sex = models.CharField(_("sex"), max_length=7, blank=True)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked from"),
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    result = models.CharField(_("answer"), max_length=11, choices=Result.choices, blank=True)
    attempts = models.PositiveSmallIntegerField(_("times tried"), default=0)
    next_attempt_at = models.DateTimeField(_("tried again at"), null=True, blank=True)
    trouble = models.CharField(_("last trouble"), max_length=40, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    times_answered = models.PositiveSmallIntegerField(_("times answered"), default=0)
    transaction = models.CharField(_("the register's transaction"), max_length=64, blank=True)
    differences = models.JSONField(_("differences"), default=list, blank=True)
    is_simulated = models.BooleanField(_("answered by a simulator"), default=False)

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "pending", "answered", "given_up"]),
                name="inquiry_state_known",
            ),
            models.CheckConstraint(
                condition=Q(result__in=["", "match", "mismatch", "not_found", "unavailable"]),
                name="inquiry_result_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "pending"], result="")
                | Q(state="answered", result__in=["match", "mismatch", "not_found"])
                | Q(state="given_up", result="unavailable"),
                name="inquiry_result_fits_state",
            ),
        ]
        indexes = [models.Index(fields=["subject_id", "-asked_at"], name="inquiry_of_subject")]

    @override
    def __str__(self) -> str:
        return f"{self.get_result_display()}"
