"""Days on which the system did not answer: what was written on paper then is entered afterwards."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from reporting.querysets import OutageQuerySet


@tracked()
class Outage(Keyed):
    """A time in which an organisation and all under it could not use the system.

    What was due then goes on paper, and entering it afterwards is a duty (Circular 15/2026/TT-BYT,
    article 4).
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    reason = models.CharField(_("what failed"), max_length=300)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("recorded by"),
    )

    objects = OutageQuerySet.as_manager()

    class Meta:
        verbose_name = _("outage")
        verbose_name_plural = _("outages")
        ordering = ["-began_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("began_at")),
                name="outage_ends_after_start",
                violation_error_message=_("The outage ends before it begins; check both times."),
                violation_error_code="outage_reversed",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="outage_has_reason",
                violation_error_message=_("Write what failed: power, network, server."),
                violation_error_code="reason_missing",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.began_at:%d/%m/%Y} {self.reason}"
