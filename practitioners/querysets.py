"""Reads of practitioners, licences, registrations and submitted profiles."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from typing_extensions import override

from portal.database.periods import not_over
from portal.names import name_norm
from portal.scope import Scope, ScopedQuerySet

if TYPE_CHECKING:
    from portal.places.models import Organisation
    from practitioners.models import (  # noqa: F401  (named in the strings below)
        CasePaper,
        CaseSide,
        DiscrepancyCase,
        EmergencyOverride,
        PracticalTraining,
        PracticeLicense,
        Practitioner,
        ProfileSubmission,
        Registration,
        TrainingActivity,
        TrainingRotation,
        WorkingSlot,
    )

M = TypeVar("M", bound=models.Model)


def holding_on(day: date) -> Q:
    """Return the condition of a row with a validity that holds on a day."""
    return Q(valid_from__lte=day) & not_over(day)


# What rests with a row that another one replaced counts nowhere.
COUNTS = Q(practitioner__replaced_by=None)


class PractitionerQuerySet(ScopedQuerySet["Practitioner"]):
    """Practitioners of an organisation: those whose profile it keeps and those registered there.

    Who leaves on a day to come is theirs to that day, the day counted.
    """

    @override
    def in_scope(self, scope: Scope) -> Q:
        here = self.rows_of("registrations").filter(
            not_over(timezone.localdate()), practitioner=OuterRef("pk"), facility__in=scope.ids
        )
        return Q(keeper__in=scope.ids) | Q(Exists(here))

    @override
    def within(self, scope: Scope) -> Self:
        return super().within(scope).standing()

    def standing(self) -> Self:
        """Leave out rows another one speaks for: both were found to be one person."""
        return self.filter(replaced_by=None)

    def verified(self) -> Self:
        """Return those a department has verified: the public register."""
        return self.standing().exclude(verified_at=None)

    def named(self, text: str) -> Self:
        """Return those whose name has every word typed, in any order, the last one perhaps cut."""
        words = [word for word in name_norm(text).split() if word]
        for word in words[:8]:
            self = self.filter(  # noqa: PLW0642  (a queryset narrows step by step)
                Q(name_norm__startswith=word) | Q(name_norm__contains=f" {word}")
            )
        return self if words else self.none()


class OfPractitionerQuerySet(ScopedQuerySet[M]):
    """Rows that hang on a practitioner are seen where the practitioner is."""

    @override
    def within(self, scope: Scope) -> Self:
        if scope.everything:
            return self
        if not scope.ids:
            return self.none()
        people: Any = self.rows_of("practitioner")
        return self.filter(practitioner__in=people.within(scope).values("pk"))


class TrainingActivityQuerySet(OfPractitionerQuerySet["TrainingActivity"]):
    """Reads of continuing training."""

    def counting(self) -> Self:
        """Return what somebody other than the practitioner has confirmed."""
        return self.filter(state="confirmed")

    def waiting(self) -> Self:
        """Return what was declared and nobody has decided on."""
        return self.filter(state="declared")


class PracticeLicenseQuerySet(OfPractitionerQuerySet["PracticeLicense"]):
    """Reads of licences."""

    def current(self) -> Self:
        """Leave out licences that a later one replaced."""
        return self.filter(superseded_on=None)

    def with_acts(self) -> Self:
        """Read the papers and acts along: what a state is computed from; two queries for all."""
        return self.prefetch_related("versions", "events")

    def numbered(self, key: tuple[int, str, str]) -> Self:
        """Return the licences with this number, however wide the serial was written."""
        serial, issuer, kind = key
        return self.filter(serial=serial, issuer_code=issuer, kind=kind.lower())


class OfLicenseQuerySet(ScopedQuerySet[M]):
    """Rows that hang on a licence are seen where its holder is."""

    @override
    def within(self, scope: Scope) -> Self:
        if scope.everything:
            return self
        if not scope.ids:
            return self.none()
        licenses: Any = self.rows_of("license")
        return self.filter(license__in=licenses.within(scope).values("pk"))


class CountingQuerySet(ScopedQuerySet[M]):
    """Rows that may rest with a replaced practitioner: no list has them, whoever reads it."""

    @override
    def within(self, scope: Scope) -> Self:
        return super().within(scope).filter(COUNTS)


class RegistrationQuerySet(CountingQuerySet["Registration"]):
    """Reads of registrations."""

    place = "facility"

    def holding(self, on: date) -> Self:
        return self.filter(holding_on(on), COUNTS)

    def going_on(self, on: date) -> Self:
        """Return those that hold on a day or begin later."""
        return self.filter(not_over(on), COUNTS)

    def complete(self, on: date) -> Self:
        """Leave out those announced that the department had not completed by a day."""
        waits = Q(completed_on=None) | Q(completed_on__gt=on)
        return self.exclude(waits, announced_on__isnull=False)


class OfRegistrationQuerySet(ScopedQuerySet[M]):
    """Rows that hang on a registration."""

    place = "registration__facility"

    def holding(self, on: date) -> Self:
        return self.filter(holding_on(on))


class WorkingSlotQuerySet(CountingQuerySet["WorkingSlot"]):
    """Reads of working hours."""

    place = "facility"

    def holding(self, on: date) -> Self:
        return self.filter(holding_on(on), COUNTS)

    def meeting(self, first: date, last: date | None) -> Self:
        """Return those that hold on some day of a period."""
        rows = self.filter(not_over(first))
        return rows if last is None else rows.filter(valid_from__lte=last)


class PracticalTrainingQuerySet(CountingQuerySet["PracticalTraining"]):
    """Practical trainings belong to the facility where they happen."""

    place = "facility"


class TrainingRotationQuerySet(CountingQuerySet["TrainingRotation"]):
    """Rotations belong to the facility where they happen."""

    place = "facility"

    def holding(self, on: date) -> Self:
        return self.filter(holding_on(on), COUNTS)


class EmergencyOverrideQuerySet(ScopedQuerySet["EmergencyOverride"]):
    """Practice by emergency belongs to the facility where it happened."""

    place = "facility"

    def unread(self) -> Self:
        return self.filter(reviewed_at=None)


class ProfileSubmissionQuerySet(ScopedQuerySet["ProfileSubmission"]):
    """Submitted profiles belong to the facility that sent them."""

    place = "facility"

    def held(self, at: datetime) -> Self:
        """Return those somebody has on the desk at a moment."""
        return self.filter(Q(held_until=None) | Q(held_until__gt=at), assignee__isnull=False)

    def free_for(self, user: Any, at: datetime) -> Self:
        """Return those nobody else has on the desk at a moment."""
        return self.filter(Q(assignee=None) | Q(assignee=user.pk) | Q(held_until__lte=at))

    def waiting(self) -> Self:
        return self.filter(state="submitted")

    def first_verified(self) -> dict[UUID, date]:
        """Return the day on which the department first verified somebody of each facility."""
        rows = self.filter(state="verified", decided_at__isnull=False).order_by()
        found = rows.values_list("facility").annotate(first=models.Min("decided_at"))
        return {facility: timezone.localdate(first) for facility, first in found}

    def in_queue_order(self) -> Self:
        """Return the most urgent first, the oldest first among equals."""
        return self.order_by(models.F("due_on").asc(nulls_last=True), "submitted_at", "id")


class OfSubmissionQuerySet(ScopedQuerySet[M]):
    """Rows that hang on a submitted profile."""

    place = "submission__facility"


class DiscrepancyCaseQuerySet(ScopedQuerySet["DiscrepancyCase"]):
    """Cases are seen by the department that decides and by the organisations that are asked."""

    @override
    def in_scope(self, scope: Scope) -> Q:
        asked = self.rows_of("sides").filter(case=OuterRef("pk"), organisation__in=scope.ids)
        return Q(department__in=scope.ids) | Q(Exists(asked))

    def decided_within(self, scope: Scope) -> Self:
        """Return the cases a department of the scope decides."""
        return self if scope.everything else self.filter(department__in=scope.ids)

    def open(self) -> Self:
        return self.filter(state="open")


class CaseSideQuerySet(ScopedQuerySet["CaseSide"]):
    """A side of a case belongs to the organisation that is asked."""

    place = "organisation"

    def to_state(self) -> Self:
        """Return those whose word is still awaited."""
        return self.filter(stated_at=None, case__state="open")


class OfCaseQuerySet(ScopedQuerySet[M]):
    """Rows that hang on a case."""

    @override
    def within(self, scope: Scope) -> Self:
        if scope.everything:
            return self
        cases: Any = self.rows_of("case")
        return self.filter(case__in=cases.within(scope).values("pk"))


class CasePaperQuerySet(ScopedQuerySet["CasePaper"]):
    """Papers of a case are seen by all its sides."""

    @override
    def in_scope(self, scope: Scope) -> Q:
        sides = self.rows_of("side").filter(case=OuterRef("side__case"))
        asked = sides.filter(organisation__in=scope.ids)
        return Q(side__case__department__in=scope.ids) | Q(Exists(asked))


def department_of(facility: "Organisation") -> "Organisation | None":
    """Return the department of health the facility stands under."""
    above: Any = type(facility)._default_manager.filter(kind="department")
    return max(
        (o for o in above if facility.path.startswith(o.path)),
        key=lambda o: len(o.path),
        default=None,
    )
