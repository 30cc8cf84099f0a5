"""Which health insurance covers a citizen, from when until when, registered where?"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.citizen import Citizen
from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation


@tracked()
class Coverage(Keyed):
    """A health insurance card for a time, with the facility registered for primary care.

    Its number may be the 12 digits of the person (since 2025; not compared with the law).

    The benefit level is the third character of a long card (Decision 1351/QĐ-BHXH); five years
    without a gap raise what is paid (Law 25/2008/QH12, Article 22). ``registered_code`` is the
    facility's code as received; ``registered_at`` the facility, where the tree knows it.
    """

    citizen = models.ForeignKey(
        Citizen,
        models.CASCADE,
        related_name="coverages",
        db_index=False,  # what is said once begins with it
        verbose_name=_("citizen"),
    )
    number = models.CharField(_("insurance card"), max_length=15)
    benefit = models.CharField(_("benefit level"), max_length=1, blank=True)
    registered_code = models.CharField(_("facility code as received"), max_length=5, blank=True)
    registered_at = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("registered for primary care at"),
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    five_years_on = models.DateField(_("five years without a gap on"), null=True, blank=True)
    origin = models.CharField(
        _("came"), max_length=5, choices=Citizen.Origin.choices, default=Citizen.Origin.TYPED
    )
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True, editable=False)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("insurance coverage")
        verbose_name_plural = _("insurance coverages")
        ordering = ["citizen", "-valid_from", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["citizen", "number", "valid_from"],
                nulls_distinct=False,
                name="coverage_once",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "card", "file"]), name="coverage_origin_known"
            ),
            models.CheckConstraint(
                condition=Q(number__regex=r"^(([A-Z]{2}[1-5][0-9]{2})?[0-9]{10}|[0-9]{12})$"),
                name="coverage_number_is_a_card",
            ),
            models.CheckConstraint(
                condition=Q(benefit__in=["", "1", "2", "3", "4", "5"]),
                name="coverage_benefit_in_range",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None)
                | Q(valid_until=None)
                | Q(valid_until__gte=F("valid_from")),
                name="coverage_valid_period",
                violation_error_message=_("The card ends before it begins; compare both days."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.number
