"""Whose body is an organisation: who founded and governs it, beside where it stands in the tree."""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.choices import known
from portal.database.keys import Keyed
from portal.database.periods import VALIDITY
from portal.places.models.organisation import Organisation


class GoverningBodyQuerySet(models.QuerySet["GoverningBody"]):
    """Reads of governing bodies."""

    def holding(self, on: date) -> "GoverningBodyQuerySet":
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gte=on),
            valid_from__lte=on,
        )


@tracked()
class GoverningBody(Keyed):
    """The body an organisation belongs to (cơ quan chủ quản), in the days it does.

    The tree says who sees and manages; this says whose it is: since 2026 a station is its commune's
    (Circular 43/2025/TT-BYT) though the department of health manages the profession. A people's
    committee or a company stands in no tree of the health system: it is kept by its name.
    """

    class Kind(models.TextChoices):
        MINISTRY = "ministry", _("ministry or central body")
        PROVINCE = "province", _("people's committee of the province")
        DEPARTMENT = "department", _("department of health")
        COMMUNE = "commune", _("people's committee of the commune")
        PRIVATE = "private", _("company or private person")
        OTHER = "other", _("other body")

    organisation = models.ForeignKey(
        Organisation,
        models.CASCADE,
        related_name="governing_bodies",
        verbose_name=_("organisation"),
    )
    kind = models.CharField(_("kind of body"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("governing body"), max_length=255)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=200, blank=True)

    objects = GoverningBodyQuerySet.as_manager()

    class Meta:
        verbose_name = _("governing body")
        verbose_name_plural = _("governing bodies")
        ordering = ["organisation", "-valid_from", "id"]
        constraints = [
            known(
                "governingbody",
                "kind",
                ["ministry", "province", "department", "commune", "private", "other"],
            ),
            ExclusionConstraint(
                name="governingbody_one_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "The organisation already has a governing body in these days."
                ),
                violation_error_code="governing_overlap",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="governingbody_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name
