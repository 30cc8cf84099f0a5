"""That a medicine a visit gave is not taken any more: since when, why, who says so."""

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.visit import HeldByVisit
from portal.audit.history import tracked
from portal.places.models import Organisation


@tracked()
class MedicineStop(HeldByVisit):
    """A medicine of a visit was stopped before its days were over, there or at another place.

    Not what was prescribed, which the visit says and a signature keeps: it stands beside it, by the
    name of the medicine. A stop noted by mistake is taken back with its reason and stays readable.
    """

    name = models.CharField(_("medicine"), max_length=500)
    stopped_on = models.DateField(_("not taken since"))
    reason = models.CharField(_("why it was stopped"), max_length=300)
    noted_at = models.DateTimeField(_("noted at"))
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("noted by")
    )
    noted_where = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("place"),
    )
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
        verbose_name = _("stopped medicine")
        verbose_name_plural = _("stopped medicines")
        ordering = ["visit", "noted_at", "id"]
        constraints = [
            *HeldByVisit.Meta.constraints,
            models.UniqueConstraint(
                fields=["visit", "name"],
                condition=Q(taken_back_at=None),
                name="medicinestop_once",
                violation_error_message=_("This medicine was stopped already."),
                violation_error_code="stopped_already",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="medicinestop_has_reason",
                violation_error_message=_("Write why the medicine is stopped."),
                violation_error_code="reason_missing",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at=None, taken_back_by=None, taken_back_because="")
                | (
                    Q(taken_back_at__isnull=False, taken_back_by__isnull=False)
                    & ~Q(taken_back_because="")
                ),
                name="medicinestop_taken_back_with_reason",
                violation_error_message=_("Write why."),
                violation_error_code="reason_missing",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


def stop_of_medicine() -> "QuerySet[MedicineStop]":
    """Return the stop that stands of the outer medicine of a visit, for a subquery."""
    return MedicineStop.objects.filter(
        visit=OuterRef("visit"), name=OuterRef("name"), taken_back_at=None
    )
