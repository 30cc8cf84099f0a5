"""When a place of care is open: the sentence of its sign, and the same as hours of the week."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.models.dated import Dated, OfPlace
from facilities.querysets import AtFacilityQuerySet, OfScheduleQuerySet
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.database.periods import VALIDITY

WHOLE_DAY = 24 * 60


@tracked()
class OpeningSchedule(Dated, OfPlace):
    """The working hours of a place of care in these days, as it writes them itself."""

    text = models.CharField(_("hours as written"), max_length=500)
    is_always_open = models.BooleanField(_("open day and night"), default=False)

    objects = AtFacilityQuerySet["OpeningSchedule"].as_manager()

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["facility", "-valid_from", "id"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="openingschedule_one_at_a_time",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Other opening hours hold in these days."),
                violation_error_code="hours_overlap",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.text


@tracked()
class OpeningSlot(Keyed):
    """Open on a weekday (1 Monday to 7 Sunday) from one minute of the day until another."""

    schedule = models.ForeignKey(
        OpeningSchedule, models.PROTECT, related_name="slots", verbose_name=_("opening hours")
    )
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), validators=[MinValueValidator(1), MaxValueValidator(7)]
    )
    opens = models.PositiveSmallIntegerField(_("opens at (minute of the day)"))
    closes = models.PositiveSmallIntegerField(_("closes at (minute of the day)"))

    objects = OfScheduleQuerySet["OpeningSlot"].as_manager()

    class Meta:
        verbose_name = _("open hours of a weekday")
        verbose_name_plural = _("open hours of weekdays")
        ordering = ["schedule", "weekday", "opens", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__range=(1, 7)), name="openingslot_weekday_known"
            ),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")) & Q(closes__lte=WHOLE_DAY),
                name="openingslot_closes_after_opening",
                violation_error_message=_("It closes before it opens; check the hours."),
                violation_error_code="hours_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}–{self.closes}"
