"""Continuing medical training: what a practitioner attended, and the credit hours it brings."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from portal.attachments.models import StoredFile
from portal.audit.history import tracked
from portal.codelists.models import CodeListVersion
from portal.database.keys import Keyed
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import TrainingActivityQuerySet


@tracked()
class TrainingActivity(Keyed):
    """A piece of continuing training with its credit hours (Circular 32/2023/TT-BYT, articles 3 to 7).

    ``form`` is a code of the list ``training_forms``; ``amount`` counts in that form's own unit and
    ``form_version`` is the version of the list that made ``hours`` of it. What a practitioner declares counts
    once a facility or a department has confirmed it.
    """

    class State(models.TextChoices):
        DECLARED = "declared", _("Waiting for confirmation")
        CONFIRMED = "confirmed", pgettext_lazy("training", "Confirmed")
        REFUSED = "refused", _("Not accepted")

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="trainings", verbose_name=_("practitioner")
    )
    title = models.CharField(_("training"), max_length=300)
    form = models.CharField(_("form of training"), max_length=40, blank=True)
    role = models.CharField(_("part taken"), max_length=200, blank=True)
    organiser = models.CharField(_("organiser"), max_length=200, blank=True)
    certificate_number = models.CharField(_("certificate number"), max_length=60, blank=True)
    started_on = models.DateField(_("from"), null=True, blank=True)
    ended_on = models.DateField(_("until"))
    amount = models.DecimalField(
        _("amount in the form's unit"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    hours = models.DecimalField(_("credit hours"), max_digits=6, decimal_places=1)
    form_version = models.ForeignKey(
        CodeListVersion,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("converted by the list"),
    )
    state = models.CharField(
        _("state"), max_length=9, choices=State.choices, default=State.CONFIRMED
    )
    evidence = models.ForeignKey(
        StoredFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("copy of the certificate"),
    )
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("declared by"),
    )
    declared_at = models.DateTimeField(_("declared at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    batch_id = models.UUIDField(_("from the file"), null=True, blank=True, editable=False)

    objects = TrainingActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("continuing training")
        verbose_name_plural = _("continuing training")
        ordering = ["practitioner", "-ended_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__gt=0),
                name="trainingactivity_has_hours",
                violation_error_message=_("Credit hours must be more than 0."),
                violation_error_code="training_hours_zero",
            ),
            models.CheckConstraint(
                condition=Q(started_on=None) | Q(ended_on__gte=F("started_on")),
                name="trainingactivity_ends_after_start",
                violation_error_message=_("The training ends before it begins; check both days."),
                violation_error_code="period_reversed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["declared", "confirmed", "refused"]),
                name="trainingactivity_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""),
                name="trainingactivity_refused_with_reason",
                violation_error_message=_("Write why this training is not accepted."),
                violation_error_code="training_reason_missing",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "title", "ended_on"],
                condition=~Q(state="refused"),
                name="trainingactivity_once",
                violation_error_message=_(
                    "This training with this last day is in the profile already; it counts once."
                ),
                violation_error_code="training_twice",
            ),
        ]
        indexes = [
            models.Index(
                fields=["practitioner"],
                condition=Q(state="declared"),
                name="trainingactivity_waiting",
            ),
            models.Index(
                fields=["batch_id"],
                condition=Q(batch_id__isnull=False),
                name="trainingactivity_batch",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title

    @property
    def counts(self) -> bool:
        """Say whether its hours are part of the balance."""
        return self.state == self.State.CONFIRMED
