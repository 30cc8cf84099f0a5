"""What every fact about a place of care has in common: the place, and the days it held."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.database.keys import Keyed
from portal.places.models import Organisation


class OfPlace(Keyed):
    """A row about one place of care; the place is its organisation, as it is for visits."""

    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="%(class)s_rows", verbose_name=_("facility")
    )

    class Meta:
        abstract = True


class Dated(models.Model):
    """A fact with its first day and its last one; open where it still holds."""

    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="%(class)s_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    def holds_on(self, day: date) -> bool:
        """Say whether the fact holds on a day."""
        return self.valid_from <= day and (self.valid_until is None or self.valid_until >= day)


class Decided(models.Model):
    """By which decision of whom something holds, as printed on the paper."""

    decision_no = models.CharField(_("decision number"), max_length=60, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=200, blank=True)

    class Meta:
        abstract = True
