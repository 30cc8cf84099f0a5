"""What was given out of the stock to a person at a visit, and what was taken back."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.visit import HeldByVisit
from portal.audit.history import tracked


@tracked()
class Dispensing(HeldByVisit):
    """One medicine handed to the person (FHIR MedicationDispense); the stock names it by its key.

    Not what was prescribed, which the visit says: what was given stays true when a prescription is
    corrected. A mistake is taken back with its reason and stays readable.
    """

    beside: ClassVar[tuple[str, ...]] = ("taken_back_because",)

    position = models.PositiveSmallIntegerField(_("position"), default=1)
    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("medicine"), max_length=500)
    unit = models.CharField(_("unit"), max_length=50, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    given_at = models.DateTimeField(_("given at"))
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by")
    )
    client_key = models.UUIDField(_("key of the form"))
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    taken_back_because = models.CharField(_("why it was taken back"), max_length=300, blank=True)

    class Meta(HeldByVisit.Meta):
        verbose_name = _("medicine given out")
        verbose_name_plural = _("medicines given out")
        ordering = ["visit", "given_at", "position", "id"]
        constraints = [
            *HeldByVisit.Meta.constraints,
            models.UniqueConstraint(fields=["client_key", "position"], name="dispensing_sent_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="dispensing_gives_something",
                violation_error_message=_("Write how much, more than 0."),
                violation_error_code="quantity_impossible",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at=None) | ~Q(taken_back_because=""),
                name="dispensing_taken_back_with_reason",
                violation_error_message=_("Write why."),
                violation_error_code="reason_missing",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.name} {self.quantity}"
