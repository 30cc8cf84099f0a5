"""How far a place of care may go, and what rank it has among public units: dated, never overwritten."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from facilities.models.dated import Dated, Decided, OfPlace
from facilities.querysets import AtFacilityQuerySet
from portal.audit.history import tracked
from portal.database.choices import known
from portal.database.periods import VALIDITY

LEVELS = ("primary", "basic", "advanced")
RANKS = ("special", "1", "2", "3", "4")


@tracked()
class FacilityClassification(Decided, Dated, OfPlace):
    """A level of technical expertise with its points, or a rank, from a day until another.

    The level rests on Law 15/2023/QH15, article 104, and is scored by Decree 96/2023/NĐ-CP, annex
    V; the rank of public units on Circular 06/2024/TT-BYT. Two different things.
    """

    class Kind(models.TextChoices):
        LEVEL = "level", _("level of expertise")
        RANK = "rank", _("rank")

    class Value(models.TextChoices):
        PRIMARY = "primary", _("primary level")
        BASIC = "basic", _("basic level")
        ADVANCED = "advanced", _("advanced level")
        SPECIAL = "special", _("special rank")
        FIRST = "1", _("rank I")
        SECOND = "2", _("rank II")
        THIRD = "3", _("rank III")
        FOURTH = "4", _("rank IV")

    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    value = models.CharField(_("level or rank"), max_length=8, choices=Value.choices)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=2, null=True, blank=True)

    objects = AtFacilityQuerySet["FacilityClassification"].as_manager()

    class Meta:
        verbose_name = _("level or rank of a facility")
        verbose_name_plural = _("levels and ranks of facilities")
        ordering = ["facility", "kind", "-valid_from", "id"]
        constraints = [
            *Dated.Meta.constraints,
            known("facilityclassification", "kind", ["level", "rank"]),
            known("facilityclassification", "value", [*LEVELS, *RANKS]),
            models.CheckConstraint(
                condition=Q(kind="level", value__in=LEVELS) | Q(kind="rank", value__in=RANKS),
                name="facilityclassification_value_of_kind",
                violation_error_message=_("A level is no rank; choose what fits the kind."),
                violation_error_code="classification_kind",
            ),
            models.CheckConstraint(
                condition=Q(points=None) | Q(points__range=(0, 100)),
                name="facilityclassification_points_possible",
                violation_error_message=_("Points lie between 0 and 100."),
                violation_error_code="points_impossible",
            ),
            ExclusionConstraint(
                name="facilityclassification_one_at_a_time",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The facility has another level or rank in these days."),
                violation_error_code="classification_overlap",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.get_value_display()
