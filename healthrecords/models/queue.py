"""A visit's way through the station: who came, who was called, who gave whom back, who left."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.visit import HeldByVisit
from portal.audit.history import tracked


@tracked()
class QueueStep(HeldByVisit):
    """One dated step; the last one says where the person is. Steps are added, never changed.

    Whoever adds the next step names its number: of two people who call the same patient, the
    second finds the number taken.
    """

    class Kind(models.TextChoices):
        ARRIVED = "arrived", _("came")
        TAKEN = "taken", _("called in")
        GIVEN_BACK = "given_back", _("back to waiting")
        LEFT = "left", _("left before being seen")

    number = models.PositiveSmallIntegerField(_("step"))
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind.choices)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    on = models.DateField(_("day"))
    ticket = models.PositiveSmallIntegerField(_("number of the day"), null=True, blank=True)
    room = models.CharField(_("room"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta(HeldByVisit.Meta):
        verbose_name = _("step in the queue")
        verbose_name_plural = _("steps in the queue")
        ordering = ["visit", "number"]
        constraints = [
            *HeldByVisit.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind__in=["arrived", "taken", "given_back", "left"]),
                name="queuestep_kind_known",
            ),
            models.UniqueConstraint(
                fields=["visit", "number"],
                name="queuestep_in_order",
                violation_error_message=_("Somebody else was quicker; look at the queue again."),
                violation_error_code="step_taken",
            ),
            models.UniqueConstraint(
                fields=["facility", "on", "ticket"],
                condition=Q(ticket__isnull=False),
                name="queuestep_ticket_once",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.number}. {self.get_kind_display()}"
