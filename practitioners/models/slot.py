"""In which hours of the week a practitioner works where."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from practitioners.hours import Span, written
from practitioners.models.practical_training import TrainingRotation
from practitioners.models.practitioner import Practitioner
from practitioners.models.registration import Registration
from practitioners.querysets import WorkingSlotQuerySet

MINUTES_OF_A_DAY = 24 * 60


class MinuteRange(Func):
    """A span of minutes of a day: the first counts, the last does not."""

    function = "INT4RANGE"
    output_field = IntegerRangeField()


class FirstWeek(Func):
    """The number of the first week with its weekday on or after a day."""

    # The first day of all is a Monday, weekday 2.
    arg_joiner = " - DATE '0001-01-01' - "
    template = "((%(expressions)s + 8) / 7)"
    output_field = models.IntegerField()


class WeekAfter(Func):
    """The number of the week after the last one with its weekday on or before a day."""

    arg_joiner = " - DATE '0001-01-01' - "
    template = "((%(expressions)s + 9) / 7)"
    output_field = models.IntegerField()


class Weeks(Func):
    """The weeks in which hours are worked: none where their weekday lies on no day of their period."""

    function = "INT4RANGE"
    output_field = IntegerRangeField()


@tracked()
class WorkingSlot(Keyed):
    """Hours of one weekday in which a person works at a facility, or is trained there.

    Weekdays are counted as Vietnamese do: 2 is Monday, 8 Sunday. ``starts`` and ``ends`` are minutes
    after midnight; 07:00 to 11:30 and 11:30 to 17:00 do not clash. Duty that goes past midnight is
    two rows: the morning's ``continues`` the evening's, its days lie one later. Nobody is in two
    places at once (Law 15/2023/QH15, article 36(1)): the database refuses it.
    """

    class Kind(models.TextChoices):
        HOURS = "hours", _("working hours")
        DUTY = "duty", _("duty")
        TRAINING = "training", _("practical training")

    class Weekday(models.IntegerChoices):
        MONDAY = 2, _("Monday")
        TUESDAY = 3, _("Tuesday")
        WEDNESDAY = 4, _("Wednesday")
        THURSDAY = 5, _("Thursday")
        FRIDAY = 6, _("Friday")
        SATURDAY = 7, _("Saturday")
        SUNDAY = 8, _("Sunday")

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="slots", verbose_name=_("practitioner")
    )
    facility = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("facility")
    )
    registration = models.ForeignKey(
        Registration,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="slots",
        verbose_name=_("registration"),
    )
    rotation = models.ForeignKey(
        TrainingRotation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="slots",
        verbose_name=_("rotation"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.HOURS)
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    starts = models.PositiveSmallIntegerField(_("from the minute"))
    ends = models.PositiveSmallIntegerField(_("to the minute"))
    continues = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="continued_by",
        verbose_name=_("goes on from the evening before"),
    )
    address = models.CharField(_("address"), max_length=300, blank=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = WorkingSlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["practitioner", "facility", "weekday", "starts", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["hours", "duty", "training"]), name="workingslot_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(weekday__range=(2, 8)), name="workingslot_weekday_known"
            ),
            models.CheckConstraint(
                condition=Q(starts__lt=F("ends"), ends__lte=MINUTES_OF_A_DAY),
                name="workingslot_within_a_day",
                violation_error_message=_("The hours end before they begin."),
                violation_error_code="hours_reversed",
            ),
            models.CheckConstraint(
                condition=Q(continues=None) | Q(starts=0), name="workingslot_goes_on_from_midnight"
            ),
            models.CheckConstraint(
                condition=Q(registration__isnull=False, rotation__isnull=True)
                | Q(registration__isnull=True, rotation__isnull=False, kind="training"),
                name="workingslot_of_one_ground",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="workingslot_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
            ExclusionConstraint(
                name="workingslot_one_place_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (MinuteRange(F("starts"), F("ends")), RangeOperators.OVERLAPS),
                    (
                        Weeks(
                            FirstWeek(F("valid_from"), F("weekday")),
                            WeekAfter(F("valid_until"), F("weekday")),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_(
                    "This person already works in these hours (Law 15/2023/QH15, article 36(1))."
                ),
                violation_error_code="slot_overlap",
            ),
        ]
        indexes = [
            models.Index(fields=["facility", "weekday", "starts"], name="workingslot_place"),
        ]

    @override
    def __str__(self) -> str:
        return f"T{self.weekday} {clock(self.starts)}–{clock(self.ends)}"

    @property
    def duty(self) -> str:
        """Return duty as a week is written, over midnight as one; nothing of hours and of mornings."""
        if self.kind != self.Kind.DUTY or self.continues_id is not None:
            return ""
        morning = sum(slot.ends for slot in self.continued_by.all())
        return written([Span(self.weekday, self.starts, self.ends + morning)])

    @property
    def minutes(self) -> int:
        return self.ends - self.starts


def clock(minute: int) -> str:
    """Write a minute of the day as a clock shows it: 450 is 07:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
