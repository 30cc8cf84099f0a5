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
    article 4). What a sender noted of its own place makes nothing punctual before somebody else, who
    decides on its reports, has confirmed it; what who watches a place noted counts at once.
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
    recorded_at = models.DateTimeField(_("noted at"), null=True, editable=False)
    # What was noted before confirmations were asked for needs none.
    needs_confirmation = models.BooleanField(
        _("noted by a sender of the place"), default=False, db_default=False, editable=False
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)

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
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="outage_confirmed_whole",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | Q(recorded_by=None)
                | ~Q(confirmed_by=F("recorded_by")),
                name="outage_four_eyes",
                violation_error_message=_("Who noted an outage does not confirm it."),
                violation_error_code="own_outage",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.began_at:%d/%m/%Y} {self.reason}"

    @property
    def is_confirmed(self) -> bool:
        """Say whether a paper of it counts as sent on its day."""
        return not self.needs_confirmation or self.confirmed_at is not None
