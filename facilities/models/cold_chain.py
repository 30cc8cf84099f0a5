"""Fridges and boxes that keep vaccines cold: readings, excursions, what was decided."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.models.dated import Dated, OfPlace
from facilities.models.equipment import Equipment
from facilities.querysets import AtFacilityQuerySet, OfStoreQuerySet
from portal.audit.history import tracked
from portal.database.choices import known
from portal.database.keys import Keyed


@tracked()
class ColdStore(Dated, OfPlace):
    """A fridge, freezer or box with the temperatures it must keep, in °C."""

    name = models.CharField(_("name"), max_length=120)
    lowest = models.DecimalField(
        _("lowest (°C)"), max_digits=4, decimal_places=1, default=Decimal(2)
    )
    highest = models.DecimalField(
        _("highest (°C)"), max_digits=4, decimal_places=1, default=Decimal(8)
    )
    readings_a_day = models.PositiveSmallIntegerField(_("readings a day"), default=2)
    equipment = models.ForeignKey(
        Equipment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cold_stores",
        verbose_name=_("device"),
    )

    objects = AtFacilityQuerySet["ColdStore"].as_manager()

    class Meta:
        verbose_name = _("cold store")
        verbose_name_plural = _("cold stores")
        ordering = ["facility", "name", "id"]
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(highest__gt=F("lowest")),
                name="coldstore_limits_in_order",
                violation_error_message=_("The highest temperature lies below the lowest."),
                violation_error_code="limits_reversed",
            ),
            models.UniqueConstraint(
                fields=["facility", "name"],
                condition=Q(valid_until=None),
                name="coldstore_name_once",
                violation_error_message=_("A cold store here has this name."),
                violation_error_code="name_taken",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


@tracked()
class TemperatureReading(Keyed):
    """What the thermometer of a cold store showed at a moment."""

    class Origin(models.TextChoices):
        TYPED = "typed", _("read and typed")
        DEVICE = "device", _("from a logger")

    store = models.ForeignKey(
        ColdStore, models.PROTECT, related_name="readings", verbose_name=_("cold store")
    )
    at = models.DateTimeField(_("at"))
    celsius = models.DecimalField(_("°C"), max_digits=4, decimal_places=1)
    origin = models.CharField(_("came"), max_length=6, choices=Origin.choices, default=Origin.TYPED)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("read by"),
    )

    objects = OfStoreQuerySet["TemperatureReading"].as_manager()

    class Meta:
        verbose_name = _("temperature reading")
        verbose_name_plural = _("temperature readings")
        ordering = ["store", "-at", "-id"]
        constraints = [
            known("temperaturereading", "origin", ["typed", "device"]),
            models.UniqueConstraint(
                fields=["store", "at"],
                name="temperaturereading_once",
                violation_error_message=_("This moment was read already."),
                violation_error_code="reading_known",
            ),
            models.CheckConstraint(
                condition=Q(celsius__range=(Decimal(-90), Decimal(60))),
                name="temperaturereading_possible",
                violation_error_message=_("This temperature is not possible; read it again."),
                violation_error_code="temperature_impossible",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.celsius} °C"


@tracked()
class TemperatureExcursion(Keyed):
    """A cold store was outside its limits from one reading until another.

    Until somebody decides what becomes of the lots inside, they are blocked.
    """

    class Decision(models.TextChoices):
        KEEP = "keep", _("lots may be used")
        DISCARD = "discard", _("lots are destroyed")

    store = models.ForeignKey(
        ColdStore, models.PROTECT, related_name="excursions", verbose_name=_("cold store")
    )
    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    lowest = models.DecimalField(_("lowest (°C)"), max_digits=4, decimal_places=1)
    highest = models.DecimalField(_("highest (°C)"), max_digits=4, decimal_places=1)
    decision = models.CharField(_("decision"), max_length=7, choices=Decision.choices, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    objects = OfStoreQuerySet["TemperatureExcursion"].as_manager()

    class Meta:
        verbose_name = _("temperature excursion")
        verbose_name_plural = _("temperature excursions")
        ordering = ["store", "-began_at", "id"]
        constraints = [
            known("temperatureexcursion", "decision", ["", "keep", "discard"]),
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(ended_at=None),
                name="temperatureexcursion_one_open",
            ),
            models.CheckConstraint(
                condition=Q(decision="") | (Q(decided_at__isnull=False) & ~Q(reason="")),
                name="temperatureexcursion_decided_with_reason",
                violation_error_message=_("Write on what the decision rests."),
                violation_error_code="reason_missing",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.store} {self.began_at:%d/%m/%Y %H:%M}"
