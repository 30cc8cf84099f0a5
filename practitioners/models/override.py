"""Somebody practised outside what is registered, because it was an emergency."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import EmergencyOverrideQuerySet


@tracked()
class EmergencyOverride(Keyed):
    """The answer "may practise, by emergency" with its reason: kept, and looked at afterwards.

    Emergency care needs no registration (Law 15/2023/QH15, article 36(3)). It never lifts a ban, nor
    stands in for a licence.
    """

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="overrides", verbose_name=_("practitioner")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    at = models.DateTimeField(_("practised at"))
    technique = models.CharField(_("technique"), max_length=200, blank=True)
    reasons = ArrayField(models.CharField(max_length=40), verbose_name=_("what stood against it"))
    because = models.CharField(_("emergency"), max_length=500)
    subject_kind = models.CharField(_("for which act"), max_length=40, blank=True)
    subject_id = models.UUIDField(null=True, blank=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("looked at by"),
    )
    reviewed_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    review_note = models.CharField(_("what was found"), max_length=500, blank=True)

    objects = EmergencyOverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("practice by emergency")
        verbose_name_plural = _("practice by emergency")
        ordering = ["-recorded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(because=""),
                name="emergencyoverride_has_reason",
                violation_error_message=_("Write what the emergency was."),
                violation_error_code="emergency_without_words",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | Q(reviewed_at__isnull=False),
                name="emergencyoverride_reviewed_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility", "-recorded_at"],
                condition=Q(reviewed_at=None),
                name="emergencyoverride_unread",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.practitioner} {self.at:%d/%m/%Y %H:%M}"
