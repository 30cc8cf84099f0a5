"""Reads of what reporting keeps."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from portal.scope import ScopedQuerySet
from portal.sensitivity import Sensitivity

if TYPE_CHECKING:
    from reporting.models import (  # noqa: F401  (bases below)
        QualityIssue,
        QualityMeasurement,
        QualityRule,
        QualityScore,
    )


class QualityRuleQuerySet(models.QuerySet["QualityRule"]):
    """Reads of rules."""

    def holding(self, on: date) -> Self:
        return self.filter(valid_from__lte=on).filter(Q(valid_until=None) | Q(valid_until__gte=on))


class QualityMeasurementQuerySet(ScopedQuerySet["QualityMeasurement"]):
    """Reads of measurements."""

    place = "facility"

    def standing(self, on: date) -> Self:
        """Return for each facility and rule the measurement that stands on a day."""
        return (
            self.filter(day__lte=on)
            .order_by("facility_id", "rule_id", "-day")
            .distinct("facility_id", "rule_id")
        )


class QualityIssueQuerySet(ScopedQuerySet["QualityIssue"]):
    """Reads of records to mend."""

    place = "facility"

    def open(self) -> Self:
        return self.filter(closed_on=None)

    def overdue(self, on: date) -> Self:
        return self.open().filter(due_on__lt=on)

    def open_to(self, *, sees_sensitive: bool) -> Self:
        """Leave rows of a protected class out for those without the right."""
        return self if sees_sensitive else self.filter(sensitivity=Sensitivity.NONE)

    def worst_first(self) -> Self:
        """Order by gates, then weight, then what is due first."""
        return self.order_by("-rule__is_gate", "-rule__weight", "due_on", "id")


class QualityScoreQuerySet(ScopedQuerySet["QualityScore"]):
    """Reads of scores; an area's score is nobody's and everybody's."""

    def of(self, unit: str, place: Any, on: date) -> "QualityScore | None":
        """Return the score of a place that stands on a day."""
        key = "area" if unit == "area" else "organisation"
        rows = self.filter(unit=unit, day__lte=on, **{key: place})
        return rows.order_by("-day").first()

    def standing(self, unit: str, on: date) -> Self:
        key = "area_id" if unit == "area" else "organisation_id"
        rows = self.filter(unit=unit, day__lte=on)
        return rows.order_by(key, "-day").distinct(key)
