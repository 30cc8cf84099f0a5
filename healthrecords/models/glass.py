"""What a reviewer found about a record that was opened by broken glass."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.access import CareAccess
from portal.audit.history import tracked
from portal.database.keys import Keyed


@tracked()
class GlassReview(Keyed):
    """One opening by broken glass, looked at by somebody else than who opened.

    ``note`` says what was found and what follows; an opening that was not justified needs one.
    """

    class Outcome(models.TextChoices):
        JUSTIFIED = "justified", _("justified")
        NOT_JUSTIFIED = "not_justified", _("not justified")

    access = models.OneToOneField(
        CareAccess, models.PROTECT, related_name="glass_review", verbose_name=_("opened record")
    )
    outcome = models.CharField(_("outcome of the review"), max_length=13, choices=Outcome.choices)
    note = models.TextField(_("finding and what follows"), blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"))

    class Meta:
        verbose_name = _("review of broken glass")
        verbose_name_plural = _("reviews of broken glass")
        ordering = ["-reviewed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["justified", "not_justified"]),
                name="glassreview_outcome_known",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="not_justified") | ~Q(note=""),
                name="glassreview_unjustified_has_note",
                violation_error_message=_(
                    "Say what was found and what follows; the person who opened reads it."
                ),
                violation_error_code="review_without_note",
            ),
        ]

    @override
    def __str__(self) -> str:
        return str(self.get_outcome_display())
