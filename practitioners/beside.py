"""What stands beside profiles: answers of the population database, cases, numbers that wait elsewhere?

Four queries for one profile or ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q
from django.db.models.fields.json import KT

from portal.dossiers.models import Dossier
from portal.verification.models import Inquiry
from practitioners.items import Values
from practitioners.models import DiscrepancyCase, ProfileSubmission

PURPOSE = "practitioner"


@dataclass
class Beside:
    """What the checks compare some profiles with, beyond the register around them."""

    inquiries: dict[UUID, Inquiry] = field(default_factory=dict)  # by profile, the latest
    cases: dict[str, DiscrepancyCase] = field(default_factory=dict)  # by what clashes, the latest
    by_number: dict[str, list[ProfileSubmission]] = field(default_factory=dict)  # waiting
    acts: dict[UUID, Dossier] = field(default_factory=dict)  # by person, acts of two officials

    @classmethod
    def of(
        cls,
        profiles: Sequence[Values],
        *,
        people: Iterable[UUID],
        submissions: Sequence[UUID],
        keys: Sequence[str] = (),
    ) -> Beside:
        """Read what stands beside some profiles and the people they may be about.

        ``keys`` name clashes that may have a case though the register does not know the person.
        """
        beside = cls()
        if submissions:
            asked = Inquiry.objects.filter(purpose=PURPOSE, subject_id__in=submissions)
            for inquiry in asked.order_by("asked_at", "id"):
                beside.inquiries[inquiry.subject_id] = inquiry
        known = list(people)
        acts = Dossier.objects.open().filter(subject__in=known, needs_four_eyes=True)
        for act in acts.order_by("filed_on", "id"):
            if act.subject is not None:
                beside.acts[act.subject] = act
        about = Q(practitioner__in=known) | Q(key__in=keys) if keys else Q(practitioner__in=known)
        cases = DiscrepancyCase.objects.filter(about)
        for case in cases.order_by("opened_at", "id"):
            beside.cases[case.key] = case
        numbers = {number for values in profiles if (number := values.get("identifier"))}
        rows = ProfileSubmission.objects.waiting().alias(number=KT("values__identifier"))
        for row in rows.filter(number__in=numbers).select_related("facility").order_by("id"):
            beside.wait(row)
        return beside

    def wait(self, row: ProfileSubmission) -> None:
        """Take a waiting profile into account."""
        if number := row.values.get("identifier"):
            known = self.by_number.setdefault(number, [])
            if all(other.pk != row.pk for other in known):
                known.append(row)

    def leave(self, row: ProfileSubmission) -> None:
        """Forget a profile that is not sent after all."""
        if number := row.values.get("identifier"):
            self.by_number[number] = [r for r in self.by_number[number] if r.pk != row.pk]
