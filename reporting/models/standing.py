"""What is due, late, better or worse at a place, as it was last counted: what home pages add up.

Kept by the worker every few minutes; nothing here is a source, and it can be counted anew at any time.
"""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.keys import Keyed
from portal.places.models import Organisation
from reporting.querysets import StandingQuerySet

# Counts of a place; bodies add those of the places under them up.
COUNTS = (
    "week_visits",
    "week_protected",
    "year_before_visits",
    "year_before_protected",
    "reports_due",
    "reports_late",
    "reports_returned",
    "reports_waiting",
    "cases_waiting",
    "cases_waiting_protected",
    "cases_late",
    "cases_late_protected",
    "equipment_due",
    "equipment_late",
    "licenses_due",
    "licenses_late",
)


class PlaceStanding(Keyed):
    """One place as it was last counted.

    ``week`` is the last whole week, ``year_before`` the same one of the year before. Due is what is to
    be done within the warning time, the late part of it included; of reports, whatever is not sent.
    """

    place = models.OneToOneField(
        Organisation, models.PROTECT, related_name="standing", verbose_name=_("place")
    )
    counted_at = models.DateTimeField(_("counted at"))
    last_visit_on = models.DateField(_("last visit on"), null=True)
    quality = models.DecimalField(
        _("score of data quality"), max_digits=7, decimal_places=4, null=True
    )
    quality_before = models.DecimalField(
        _("score a week before"), max_digits=7, decimal_places=4, null=True
    )
    holds_gates = models.BooleanField(_("all identifiers are right"), default=True)

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing of a place")
        verbose_name_plural = _("standings of places")
        ordering = ["place"]

    @override
    def __str__(self) -> str:
        return f"{self.place}"

    @property
    def change(self) -> Decimal | None:
        """How much the score moved in a week."""
        known = self.quality is not None and self.quality_before is not None
        return self.quality - self.quality_before if known else None  # type: ignore[operator]


for _name in COUNTS:
    models.PositiveIntegerField(default=0).contribute_to_class(PlaceStanding, _name)
