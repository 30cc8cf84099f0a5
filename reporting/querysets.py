"""Reads of forms, reports, notified cases, outbreaks and outages, of data quality."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least
from typing_extensions import override

from healthrecords.querysets import SensitiveQuerySet
from portal.scope import Scope, ScopedQuerySet
from portal.sensitivity import Sensitivity

if TYPE_CHECKING:
    from portal.places.models import Organisation
    from reporting.models import (  # noqa: F401  (bases below)
        CaseNotification,
        Outage,
        Outbreak,
        PlaceStanding,
        QualityIssue,
        QualityMeasurement,
        QualityRule,
        QualityRun,
        QualityScore,
        Report,
        ReportDefinition,
    )

STANDING_CASES = ("open", "sent", "changed")


def paths_down_to(organisation: "Organisation") -> list[str]:
    """Return the paths of all above an organisation, and its own."""
    steps = organisation.path.split(".")[:-1]
    return [".".join(steps[:n]) + "." for n in range(1, len(steps) + 1)]


class DefinitionQuerySet(models.QuerySet["ReportDefinition"]):
    """Reads of forms."""

    def holding(self, on: date) -> Self:
        """Return the versions that govern a period that ends on a day."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on)

    def accepted(self, on: date) -> Self:
        """Return the versions by which reports may be made and sent on a day."""
        ends = Q(valid_until=None) | Q(accepted_until=None, valid_until__gte=on)
        return self.filter(ends | Q(accepted_until__gte=on), valid_from__lte=on)


class StatutoryReportQuerySet(ScopedQuerySet["Report"]):
    """Reads of reports."""

    def of_period(self, code: str, first: date, last: date) -> Self:
        return self.filter(code=code, first_day=first, last_day=last)

    def standing(self) -> Self:
        """Return what was sent and not returned or superseded: the word of each sender."""
        return self.filter(status__in=["submitted", "approved"])

    def waiting(self) -> Self:
        """Return what waits for approval."""
        return self.filter(status="submitted")

    def waiting_for(self, user: Any) -> Self:
        """Return what waits for a person's approval: nobody decides on what they sent themselves."""
        return self.waiting().exclude(submitted_by=user)

    def waiting_for_another(self, user: Any) -> Self:
        """Return what a person sent and somebody else has to approve."""
        return self.waiting().filter(submitted_by=user)


class OutageQuerySet(ScopedQuerySet["Outage"]):
    """Reads of outages."""

    def over(self, organisation: "Organisation") -> Self:
        """Return the outages of an organisation or of one above it."""
        return self.filter(organisation__path__in=paths_down_to(organisation))

    def to_confirm(self) -> Self:
        """Return what a sender noted of its own place and nobody has confirmed."""
        return self.filter(needs_confirmation=True, confirmed_at=None)

    def at(self, moment: datetime) -> Self:
        return self.filter(Q(ended_at=None) | Q(ended_at__gte=moment), began_at__lte=moment)

    def on_day(self, first: datetime, last: datetime) -> Self:
        """Return the outages that touch the time between two moments."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=first), began_at__lt=last)


class CaseQuerySet(SensitiveQuerySet["CaseNotification"]):
    """Reads of notified cases: of the facility that found them, or of where the person lives."""

    @override
    def in_scope(self, scope: Scope) -> Q:
        return Q(facility__in=scope.ids) | Q(citizen__home_station__in=scope.ids)

    def at(self, places: Any) -> Self:
        """Return the cases that these facilities found and must report."""
        return self.filter(facility__in=places)

    def standing(self) -> Self:
        return self.filter(status__in=STANDING_CASES)

    def waiting(self) -> Self:
        """Return the cases that somebody must report or correct."""
        return self.filter(status__in=["open", "changed"])

    def late(self, at: datetime) -> Self:
        """Return what was or is reported after its deadline; on paper in time is in time."""
        told = Q(sent_at__gt=F("due_at"), paper_sent_at=None) | Q(paper_sent_at__gt=F("due_at"))
        first = Q(is_first_late=True) | told & Q(death_due_at=None)
        death = Q(death_sent_at__gt=Least("death_due_at", "due_at"))
        waits = Q(status="open", paper_sent_at=None) | Q(status="changed", death_sent_at=None) & ~Q(
            death_due_at=None
        )
        return self.filter(first | death | waits & Q(due_at__lt=at))


class OutbreakQuerySet(ScopedQuerySet["Outbreak"]):
    """Reads of outbreaks."""

    place = "station"

    def active(self) -> Self:
        return self.filter(ended_on=None)


class StandingQuerySet(ScopedQuerySet["PlaceStanding"]):
    """Reads of what places have due, late, better or worse."""

    place = "place"

    def below(self, organisation: "Organisation") -> Self:
        """Return the standings of an organisation and of all under it; the ministry's own is none."""
        rows = self.filter(place__path__startswith=organisation.path)
        return rows.exclude(place__kind="ministry")

    def better(self) -> Self:
        return self.filter(quality__gt=F("quality_before"))

    def worse(self) -> Self:
        return self.filter(quality__lt=F("quality_before"))


class QualityRuleQuerySet(models.QuerySet["QualityRule"]):
    """Reads of rules."""

    def holding(self, on: date) -> Self:
        return self.filter(valid_from__lte=on).filter(Q(valid_until=None) | Q(valid_until__gte=on))


class QualityRunQuerySet(models.QuerySet["QualityRun"]):
    """Reads of measurings."""

    def of_all(self) -> Self:
        """Leave out those of a place alone."""
        return self.filter(place=None)

    def covering(self, place: "Organisation") -> Self:
        """Return those that looked at a place and all under it."""
        return self.filter(Q(place=None) | Q(place__path__in=paths_down_to(place)))

    def of_parts(self, place: "Organisation") -> Self:
        """Return those of a part alone of what is under a place."""
        inside = self.filter(place__path__startswith=place.path)
        return inside.exclude(place=place)


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
