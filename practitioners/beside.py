"""What stands beside profiles: answers of the population database, cases, other profiles that wait?

A handful of queries for one profile or ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q
from django.db.models.fields.json import KT

from portal.verification.models import Inquiry
from practitioners.models import (
    DiscrepancyCase,
    PracticeLicense,
    PractitionerIdentifier,
    ProfileSubmission,
)

PURPOSE = "practitioner"


@dataclass
class Beside:
    """What the checks compare some profiles with, beyond the register around them."""

    inquiries: dict[UUID, Inquiry] = field(default_factory=dict)  # by profile, the latest
    cases: dict[str, DiscrepancyCase] = field(default_factory=dict)  # by what clashes, the latest
    licenses: dict[UUID, list[PracticeLicense]] = field(default_factory=dict)  # by person, current
    identifiers: dict[UUID, list[PractitionerIdentifier]] = field(default_factory=dict)
    by_license: dict[str, list[ProfileSubmission]] = field(default_factory=dict)  # waiting
    by_number: dict[str, list[ProfileSubmission]] = field(default_factory=dict)  # waiting

    @classmethod
    def of(cls, submissions: Sequence[ProfileSubmission]) -> Beside:
        """Read what stands beside some profiles, those that are only being sent included."""
        beside = cls()
        beside._read_people({s.practitioner_id for s in submissions if s.practitioner_id})
        asked = Inquiry.objects.filter(purpose=PURPOSE, subject_id__in=[s.pk for s in submissions])
        for inquiry in asked.order_by("asked_at", "id"):
            beside.inquiries[inquiry.subject_id] = inquiry
        beside._read_waiting(submissions)
        return beside

    def _read_people(self, people: set[UUID]) -> None:
        if not people:
            return
        held = PracticeLicense.objects.current().filter(practitioner__in=people)
        for license in held.order_by("-issued_on", "id"):
            self.licenses.setdefault(license.practitioner_id, []).append(license)
        numbers = PractitionerIdentifier.objects.filter(practitioner__in=people, valid_until=None)
        for number in numbers.order_by("id"):
            self.identifiers.setdefault(number.practitioner_id, []).append(number)
        cases = DiscrepancyCase.objects.filter(practitioner__in=people)
        for case in cases.order_by("opened_at", "id"):
            self.cases[case.key] = case

    def _read_waiting(self, submissions: Sequence[ProfileSubmission]) -> None:
        numbers = {n for s in submissions if (n := s.values.get("identifier"))}
        licenses = {s.license_number for s in submissions}
        waiting = ProfileSubmission.objects.waiting().select_related("facility")
        rows = waiting.alias(number=KT("values__identifier")).filter(
            Q(license_number__in=licenses) | Q(number__in=numbers)
        )
        met: dict[UUID, ProfileSubmission] = {row.pk: row for row in submissions if row.is_waiting}
        self._wait({**{row.pk: row for row in rows.order_by("submitted_at", "id")}, **met}.values())

    def _wait(self, rows: Iterable[ProfileSubmission]) -> None:
        for row in rows:
            self.by_license.setdefault(row.license_number, []).append(row)
            if number := row.values.get("identifier"):
                self.by_number.setdefault(number, []).append(row)
