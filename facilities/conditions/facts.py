"""What do the conditions of operating look at? A place of care on a day, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from facilities.beds import KindSum, sums_of
from facilities.licensed import Offered, offered_on, version_on
from facilities.licensed_hours import HoursBeside, hours_beside
from facilities.models import (
    Department,
    Facility,
    FacilitySuccession,
    OpeningSchedule,
    OperatingLicense,
    OperatingLicenseVersion,
    Readiness,
)
from facilities.querysets import holding_on
from facilities.rules import CONDITIONS, Rule, rules_of
from facilities.staff import Staffing, staffing_of
from portal.places.models import Organisation


@dataclass(frozen=True)
class Facts:
    """What the conditions look at, read once; the services, of which a place may have thousands, when asked."""

    facility: Facility
    on: date
    license: OperatingLicense | None
    beds: Mapping[str, int]
    bed_sums: Sequence[KindSum]  # the same beside what its departments count
    departments: int
    readiness: Mapping[str, Readiness]
    staffing: Staffing | None
    has_hours: bool = False
    closed_on: date | None = None  # its last day, where that is past
    heir: str = ""  # who continues for a place that is closed
    rules: list[Rule] = field(default_factory=list)

    @cached_property
    def services(self) -> Sequence[Offered]:
        """Return the services the place offers on the day."""
        return offered_on(self.facility.organisation, self.on)

    @cached_property
    def schedule(self) -> OpeningSchedule | None:
        """Return the opening hours of the day, with their weekdays."""
        rows = self.facility.organisation.openingschedule_rows.filter(holding_on(self.on))
        return rows.prefetch_related("slots").first()

    @cached_property
    def hours_beside(self) -> HoursBeside | None:
        return hours_beside(self.schedule, self.version)

    @property
    def version(self) -> OperatingLicenseVersion | None:
        """Return what the licence says on the day, where it is in force."""
        license = self.license
        if license is None or license.state_on(self.on) != OperatingLicense.State.ACTIVE:
            return None
        return version_on(license.versions.all(), self.on)


def facts_of(facility: Facility, on: date, *, with_people: bool = True) -> Facts:
    """Read what holds at a place on a day, in a fixed number of questions.

    Its people are many at a hospital: who does not judge it leaves them out.
    """
    place = facility.organisation
    current = place.operatinglicense_rows.filter(superseded_on=None)
    license = current.prefetch_related("events", "versions__activities").first()
    counted = place.bedcount_rows.filter(holding_on(on))
    counts: list[tuple[Any, str, int]] = list(counted.values_list("department", "kind", "count"))
    beds = {kind: count for room, kind, count in counts if room is None}
    answers = place.readiness_rows.filter(holding_on(on)).select_related("evidence")
    closed_on = _closed_on(place, on)
    return Facts(
        facility=facility,
        on=on,
        license=license,
        beds=beds,
        bed_sums=sums_of(beds, [(kind, n) for room, kind, n in counts if room is not None]),
        departments=Department.objects.filter(holding_on(on), facility=place).count(),
        readiness={row.topic: row for row in answers},
        staffing=staffing_of(place, on) if with_people else None,
        has_hours=place.openingschedule_rows.filter(holding_on(on)).exists(),
        closed_on=closed_on,
        heir=_heir_of(place) if closed_on else "",
        rules=rules_of(CONDITIONS, on),
    )


def _closed_on(place: Organisation, on: date) -> date | None:
    last = place.valid_until
    return last if last is not None and last < on else None


def _heir_of(place: Organisation) -> str:
    steps = FacilitySuccession.objects.standing().filter(old=place, is_main=True)
    step = steps.select_related("new").first()
    return step.new.name if step else ""
