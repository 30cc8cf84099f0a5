"""What was counted by facility and day, so that a month of a country is a sum of few rows.

The worker keeps it from the history of the records; nothing here is a source. It can be made anew at
any time, and is proven equal to counting the records.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.keys import Keyed, Xid8
from portal.places.models import Organisation

# Counted of every visit of a day; ``reporting.sources.visits`` says what each means.
OF_FACILITY = (
    "visits",
    "visits_female",
    "visits_insured",
    "visits_traditional",
    "visits_under_15",
    "visits_60_over",
    "stays",
    "stays_female",
    "stays_insured",
    "stays_under_15",
    "stay_days",
    "courses",
    "transfers",
    "deaths",
    "deaths_under_1",
    "deaths_under_5",
)
# Counted where and when they were done, of visits or without any; ``reporting.sources.services``.
OF_SERVICES = ("tests", "surgery", "interventions")
OF_DISEASE = (
    "outpatients",
    "outpatients_female",
    "outpatients_under_15",
    "dead_on_arrival",
    "inpatients",
    "inpatients_female",
    "died",
    "died_female",
    "inpatients_under_15",
    "inpatients_under_5",
    "died_under_15",
    "died_under_5",
    "moribund",
)


class Counted(Keyed):
    """One day of one facility."""

    facility = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("facility"),
    )
    day = models.DateField(_("day"))

    class Meta:
        abstract = True


class FacilityDay(Counted):
    """How many visits and services a facility had on a day, by what reports ask of them."""

    class Meta:
        verbose_name = _("day of a facility")
        verbose_name_plural = _("days of facilities")
        ordering = ["-day", "facility"]
        constraints = [models.UniqueConstraint(fields=["day", "facility"], name="facilityday_once")]

    @override
    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}"


class DiseaseDay(Counted):
    """How many came to a facility on a day for one category of ICD-10 (three characters)."""

    category = models.CharField(_("category"), max_length=3)

    class Meta:
        verbose_name = _("disease of a day")
        verbose_name_plural = _("diseases of days")
        ordering = ["-day", "facility", "category"]
        constraints = [
            models.UniqueConstraint(fields=["day", "facility", "category"], name="diseaseday_once")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.category} {self.day:%d/%m/%Y}"


for _model, _names in ((FacilityDay, OF_FACILITY + OF_SERVICES), (DiseaseDay, OF_DISEASE)):
    for _name in _names:
        models.PositiveIntegerField(default=0).contribute_to_class(_model, _name)


class CountedUntil(Keyed):
    """Up to which transaction the history of the records is counted; there is one such row."""

    xid = Xid8(_("transaction"))
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("mark of the counting")
        verbose_name_plural = _("marks of the counting")
        ordering = ["-counted_at"]
        constraints = [
            models.UniqueConstraint(models.Value(1), name="counteduntil_one"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.counted_at:%d/%m/%Y %H:%M}"
