"""Who answers for a place of care and who practises there, told to the facilities' pages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Max, Min, Prefetch
from django.urls import reverse

from facilities.staff import Staffing
from practitioners.models import PracticeLicense, Registration
from practitioners.querysets import holding_on
from practitioners.rules import Rules, rules_on

if TYPE_CHECKING:
    from portal.places.models import Organisation


def staffing(facility: Organisation, on: date) -> Staffing:
    """Return who is registered at a place on a day, with what speaks against them."""
    current = PracticeLicense.objects.current().with_acts()
    held = Registration.objects.filter(holding_on(on), facility=facility)
    rows = list(
        held.select_related("practitioner").prefetch_related(
            Prefetch("practitioner__licenses", queryset=current, to_attr="current_licenses")
        )
    )
    rules = rules_on(on)
    people = {row.practitioner_id: row for row in rows}
    doubtful = sum(bool(_doubt(row, on, rules)) for row in people.values())
    responsible = next((row for row in rows if row.is_responsible), None)
    changes = Registration.objects.filter(facility=facility).aggregate(
        came=Max("valid_from"), left=Max("valid_until")
    )
    past = [day for day in changes.values() if day is not None and day <= on]
    return Staffing(
        responsible=responsible.practitioner.name if responsible else "",
        responsible_since=responsible.valid_from if responsible else None,
        responsible_months=_months(responsible, on) if responsible else None,
        responsible_doubt=_doubt(responsible, on, rules) if responsible else "",
        practitioners=len(people),
        doubtful=doubtful,
        changed_on=max(past, default=None),
        url=reverse("admin:practitioners_practitioner_changelist"),
    )


def _doubt(row: Registration, on: date, rules: Rules) -> str:
    """Say in words why a registered person may not practise on a day; "" where nothing does."""
    licenses: list[PracticeLicense] = row.practitioner.current_licenses  # type: ignore[attr-defined]
    if not licenses:
        return str(_unknown())
    standing = licenses[0].standing_on(on, rules)
    return "" if standing.is_usable else str(standing.state.label).lower()


def _unknown() -> str:
    from practitioners.practising import REASONS

    return str(REASONS["license_unknown"][1])


def _months(row: Registration, on: date) -> int | None:
    """Return the whole months since the first licence of the person was issued."""
    first = row.practitioner.licenses.aggregate(first=Min("issued_on"))["first"]
    if first is None:
        return None
    months: int = (on.year - first.year) * 12 + on.month - first.month
    is_begun: bool = on.day < first.day
    return months - is_begun
