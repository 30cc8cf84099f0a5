"""Who answers for a place of care and who practises there, told to the facilities' pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Min, Prefetch
from django.urls import reverse

from facilities.staff import Staffing
from practitioners.models import PracticeLicense, Registration
from practitioners.rules import Rules, rules_on
from practitioners.scopes import codes_of
from practitioners.stopped import barred_on, stopped

if TYPE_CHECKING:
    from portal.places.models import Organisation

ONE_DAY = timedelta(days=1)


def staffing(facility: Organisation, on: date) -> Staffing:
    """Return who is registered at a place on a day, with what speaks against them."""
    current = PracticeLicense.objects.current().with_acts()
    held = Registration.objects.holding(on).filter(facility=facility)
    rows = list(
        held.annotate(is_barred=barred_on(on))
        .select_related("practitioner")
        .prefetch_related(
            Prefetch("practitioner__licenses", queryset=current, to_attr="current_licenses")
        )
    )
    rules = rules_on(on)
    people = {row.practitioner_id: row for row in rows}
    doubtful = sum(bool(_doubt(row, on, rules)) for row in people.values())
    responsible = next((row for row in rows if row.is_responsible), None)
    title, scope = _scope(responsible, on) if responsible else ("", ())
    return Staffing(
        responsible=responsible.practitioner.name if responsible else "",
        responsible_since=responsible.valid_from if responsible else None,
        responsible_months=_months(responsible, on) if responsible else None,
        responsible_doubt=_doubt(responsible, on, rules) if responsible else "",
        responsible_full_time=responsible.is_full_time if responsible else None,
        responsible_title=title,
        responsible_scope=scope,
        practitioners=len(people),
        doubtful=doubtful,
        changes=_changes(facility, on),
        url=reverse("admin:practitioners_practitioner_changelist"),
    )


def _changes(facility: Organisation, on: date) -> tuple[date, ...]:
    """Return the days up to a day on which somebody came, or was gone since the day before."""
    rows = Registration.objects.filter(facility=facility).order_by()
    days = set(rows.filter(valid_from__lte=on).values_list("valid_from", flat=True).distinct())
    left = rows.filter(valid_until__lt=on).values_list("valid_until", flat=True).distinct()
    return tuple(sorted(days | {day + ONE_DAY for day in left if day is not None}))


def _doubt(row: Registration, on: date, rules: Rules) -> str:
    """Say in words why a registered person may not practise on a day; "" where nothing does."""
    if said := stopped(row, on):
        return said.lower()
    licenses: list[PracticeLicense] = row.practitioner.current_licenses  # type: ignore[attr-defined]
    if not licenses:
        return str(_unknown())
    standing = licenses[0].standing_on(on, rules)
    return "" if standing.is_usable else str(standing.state.label).lower()


def _scope(row: Registration, on: date) -> tuple[str, tuple[str, ...]]:
    """Return title and scope of a person's licence as its paper of the day says them, by codes."""
    licenses: list[PracticeLicense] = row.practitioner.current_licenses  # type: ignore[attr-defined]
    if not licenses:
        return "", ()
    paper = licenses[0].version_on(on)
    if paper is None:
        return licenses[0].title, tuple(codes_of(licenses[0].scope, on))
    return paper.title, tuple(paper.scope_codes or codes_of(paper.scope, on))


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
