"""Departments of a place of care, and how many beds it has: planned, registered, actual."""

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


@tracked()
class Department(Decided, Dated, OfPlace):
    """A department of a hospital or a unit of a station, from a day until another.

    ``code`` is of the list departments (MA_KHOA); a unit without one (an office) has none.
    """

    code = models.CharField(_("code"), max_length=20, blank=True)
    name = models.CharField(_("department"), max_length=200)
    head = models.CharField(_("head"), max_length=120, blank=True)

    objects = AtFacilityQuerySet["Department"].as_manager()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["facility", "code", "name", "id"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="department_name_once",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    ("name", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("A department of this name exists in these days."),
                violation_error_code="department_overlap",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


@tracked()
class BedCount(Decided, Dated, OfPlace):
    """How many beds or tables of a kind a place, or one of its departments, has in these days.

    Planned beds are those of the budget, registered ones those of the licence, actual ones stand
    in the rooms; intensive, negative-pressure and tables are among the actual (Circular
    38/2024/TT-BYT, article 10).
    """

    class Kind(models.TextChoices):
        PLANNED = "planned", _("planned beds")
        REGISTERED = "registered", _("registered beds")
        ACTUAL = "actual", _("actual beds")
        INTENSIVE = "intensive", _("intensive-care beds")
        NEGATIVE_PRESSURE = "negative_pressure", _("negative-pressure beds")
        OPERATING_TABLE = "operating_table", _("operating tables")
        DELIVERY_TABLE = "delivery_table", _("delivery tables")

    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="beds",
        verbose_name=_("department"),
    )
    kind = models.CharField(_("kind"), max_length=17, choices=Kind.choices)
    count = models.PositiveIntegerField(_("number"))

    objects = AtFacilityQuerySet["BedCount"].as_manager()

    class Meta:
        verbose_name = _("number of beds")
        verbose_name_plural = _("numbers of beds")
        ordering = ["facility", "kind", "-valid_from", "id"]
        constraints = [
            *Dated.Meta.constraints,
            known(
                "bedcount",
                "kind",
                [
                    "planned",
                    "registered",
                    "actual",
                    "intensive",
                    "negative_pressure",
                    "operating_table",
                    "delivery_table",
                ],
            ),
            ExclusionConstraint(
                name="bedcount_one_of_facility",
                expressions=[
                    ("facility", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                condition=Q(department=None),
                violation_error_message=_("These beds are counted already in these days."),
                violation_error_code="beds_overlap",
            ),
            ExclusionConstraint(
                name="bedcount_one_of_department",
                expressions=[
                    ("department", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (VALIDITY, RangeOperators.OVERLAPS),
                ],
                condition=Q(department__isnull=False),
                violation_error_message=_("These beds are counted already in these days."),
                violation_error_code="beds_overlap",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.count}"
