"""What a place of care offers, and what it costs since when."""

from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.models.dated import Dated, Decided, OfPlace
from facilities.querysets import AtFacilityQuerySet, OfServiceQuerySet
from portal.audit.history import tracked
from portal.database.choices import known
from portal.database.keys import Keyed
from portal.database.names import folded
from portal.database.periods import VALIDITY


@tracked(exclude=["name_norm"])
class HealthcareService(Dated, OfPlace):
    """A service a place of care offers: an examination, a test, a technique."""

    code = models.CharField(_("service code"), max_length=40, blank=True)
    name = models.CharField(_("service"), max_length=300)
    name_norm = folded("name")
    unit = models.CharField(_("unit"), max_length=50, blank=True)

    objects = AtFacilityQuerySet["HealthcareService"].as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["facility", "name_norm", "id"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="healthcareservice_once",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("name", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This service is offered already in these days."),
                violation_error_code="service_overlap",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


@tracked()
class ServicePrice(Decided, Dated, Keyed):
    """What a service costs whom, in đồng (Law 15/2023/QH15, articles 60 and 110)."""

    class Payer(models.TextChoices):
        INSURANCE = "insurance", _("health insurance")
        PERSON = "person", _("not insured")
        REQUESTED = "requested", _("on request")

    service = models.ForeignKey(
        HealthcareService, models.PROTECT, related_name="prices", verbose_name=_("service")
    )
    payer = models.CharField(_("for whom"), max_length=9, choices=Payer.choices)
    amount = models.DecimalField(_("price (đồng)"), max_digits=14, decimal_places=2)

    objects = OfServiceQuerySet["ServicePrice"].as_manager()

    class Meta:
        verbose_name = _("price of a service")
        verbose_name_plural = _("prices of services")
        ordering = ["service", "payer", "-valid_from", "id"]
        constraints = [
            *Dated.Meta.constraints,
            known("serviceprice", "payer", ["insurance", "person", "requested"]),
            models.CheckConstraint(
                condition=Q(amount__gte=Decimal(0)),
                name="serviceprice_not_negative",
                violation_error_message=_("A price is not below 0."),
                violation_error_code="price_negative",
            ),
            ExclusionConstraint(
                name="serviceprice_one_at_a_time",
                expressions=[
                    ("service", RangeOperators.EQUAL),
                    ("payer", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Another price of this service holds in these days."),
                violation_error_code="price_overlap",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.amount}"
