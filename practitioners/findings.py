"""What is a profile checked against, and what does one check say?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from portal.identifiers import PracticeLicenseNumber
from practitioners.items import Values
from practitioners.models import CheckStatus, Evidence, ProfileSubmission, Registration

PASS, ASK, FAIL = CheckStatus.PASS, CheckStatus.ASK, CheckStatus.FAIL
ORDER = {PASS: 0, ASK: 1, FAIL: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check said about one item."""

    code: str
    item_key: str
    status: CheckStatus
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class Case:
    """A profile and what it is checked against on a day."""

    submission: ProfileSubmission
    values: Values
    changed: frozenset[str]
    on: date
    # The scope on the licence in the register; None for somebody it does not know.
    approved_scope: str | None = None

    def others(self, person: str = "practitioner") -> Q:
        """Return the condition that a row is not of the person the profile is about."""
        mine = self.submission.practitioner_id
        return ~Q(**{person: mine}) if mine else Q()

    @cached_property
    def license_number(self) -> PracticeLicenseNumber | ValidationError:
        try:
            return PracticeLicenseNumber.parse(self.values["license_number"])
        except ValidationError as error:
            return error

    @cached_property
    def evidence(self) -> list[Evidence]:
        return list(self.submission.evidence.all())

    @cached_property
    def registered_elsewhere(self) -> list[Registration]:
        if not self.submission.practitioner_id:
            return []
        begins = date.fromisoformat(self.values["registered_from"])
        still = Q(valid_until=None) | Q(valid_until__gte=begins)
        rows = Registration.objects.filter(still, practitioner=self.submission.practitioner_id)
        return list(rows.exclude(facility=self.submission.facility_id).select_related("facility"))
