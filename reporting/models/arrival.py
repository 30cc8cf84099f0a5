"""How many people came, by day at each place and by week under each body, for pictures over time.

Kept by the worker from the history of the records, like the days of reports; nothing here is a source.
``protected`` says how many of the visits are of a protected class: who may not see those reads the rest.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.keys import Keyed
from portal.places.models import Organisation


class Arrivals(Keyed):
    """Visits that began in a time and were neither cancelled nor withdrawn."""

    visits = models.PositiveIntegerField(_("visits"))
    protected = models.PositiveIntegerField(_("of them of a protected class"), default=0)

    class Meta:
        abstract = True

    @override
    def __str__(self) -> str:
        return f"{self.visits}"

    def seen(self, *, sees_sensitive: bool) -> int:
        """Return how many of them a reader may know of."""
        return self.visits if sees_sensitive else self.visits - self.protected


class ArrivalDay(Arrivals):
    """The visits that began at one facility on one day."""

    facility = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("facility"),
    )
    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("arrivals of a day")
        verbose_name_plural = _("arrivals of days")
        ordering = ["-day", "facility"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "day"],
                include=["visits", "protected"],
                name="arrivalday_once",
            ),
            models.CheckConstraint(
                condition=Q(protected__lte=F("visits")), name="arrivalday_protected_of_visits"
            ),
        ]
        indexes = [models.Index(fields=["day"], name="arrivalday_of_day")]


class ArrivalWeek(Arrivals):
    """The visits that began in one week, Monday to Sunday, at all places under one body."""

    body = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("body"),
    )
    monday = models.DateField(_("Monday"))

    class Meta:
        verbose_name = _("arrivals of a week")
        verbose_name_plural = _("arrivals of weeks")
        ordering = ["-monday", "body"]
        constraints = [
            models.UniqueConstraint(fields=["body", "monday"], name="arrivalweek_once"),
            models.CheckConstraint(
                condition=Q(protected__lte=F("visits")), name="arrivalweek_protected_of_visits"
            ),
        ]
