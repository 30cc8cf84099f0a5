"""The people of a facility, what each of them lacks, and which clocks of the law count down.

A dozen queries whatever the number of people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from portal.workdays import Term, TermUnit
from practitioners import due
from practitioners.due import Due
from practitioners.models import (
    PracticeLicense,
    ProfileSubmission,
    Registration,
    TrainingActivity,
    WorkingSlot,
)
from practitioners.rules import rules_on
from practitioners.terms import calendar
from practitioners.training import Balance, balances_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from portal.scope import Scope
    from portal.workdays import Calendar
    from practitioners.models import Practitioner
    from practitioners.rules import Rules
    from practitioners.states import Standing

# More people than this are shown in the order of their names, without the counts of the filters.
MOST = 3_000
# A leaver who was never reported stays on the list so long.
REMEMBERED = timedelta(days=365)


@dataclass(slots=True)
class Member:
    """Somebody registered at one of the facilities."""

    registration: Registration
    person: Practitioner
    license: PracticeLicense | None
    standing: Standing | None
    balance: Balance | None
    has_hours: bool
    is_returned: bool
    dues: list[Due] = field(default_factory=list)

    @property
    def chip(self) -> Any:
        return due.state_chip(self.standing) if self.standing else None


@dataclass(frozen=True, slots=True)
class Clock:
    """A term of the law that runs for a registration."""

    code: str
    registration: Registration
    what: StrOrPromise
    due_on: date
    left: int
    unit: str
    article: str
    is_ours: bool = True


def members_of(scope: Scope, on: date, *, facility: UUID | None = None) -> list[Member]:
    """Return the people registered in a scope on a day with what is due of each."""
    rows = list(_registrations(scope, on, facility)[:MOST])
    people = [row.practitioner for row in rows]
    licenses = [_license(person) for person in people]
    rules = rules_on(on)
    balances = balances_of([row for row in licenses if row is not None], on)
    returned, slotted = _returned(people), _with_hours(rows, on)
    return [
        _member(
            Member(
                registration=row,
                person=row.practitioner,
                license=license,
                standing=license.standing_on(on, rules) if license else None,
                balance=balances.get(license.pk) if license else None,
                has_hours=row.pk in slotted,
                is_returned=(row.practitioner_id, row.facility_id) in returned,
            ),
            rules,
            on,
        )
        for row, license in zip(rows, licenses, strict=True)
    ]


def _registrations(scope: Scope, on: date, facility: UUID | None) -> Any:
    licenses: Any = PracticeLicense.objects.current().prefetch_related("events", "versions")
    rows: Any = Registration.objects.within(scope).holding(on)
    if facility is not None:
        rows = rows.filter(facility=facility)
    return (
        rows.select_related("practitioner", "facility")
        .prefetch_related(
            Prefetch("practitioner__licenses", queryset=licenses, to_attr="current_licenses"),
            "practitioner__identifiers",
            "practitioner__qualifications",
        )
        .order_by("practitioner__name_sort", "practitioner_id", "id")
    )


def _license(person: Any) -> PracticeLicense | None:
    return next(iter(person.current_licenses), None)


def _returned(people: Iterable[Practitioner]) -> set[tuple[UUID | None, UUID]]:
    rows = ProfileSubmission.objects.filter(
        practitioner__in=[person.pk for person in people], state="returned", superseded_by=None
    )
    return set(rows.values_list("practitioner_id", "facility_id"))


def _with_hours(rows: Sequence[Registration], on: date) -> set[UUID | None]:
    slots = WorkingSlot.objects.holding(on).filter(registration__in=[row.pk for row in rows])
    return set(slots.values_list("registration_id", flat=True))


def _member(member: Member, rules: Rules, on: date) -> Member:
    """Say what is due of somebody, the gravest first."""
    found = [
        *due.of_license(member.license, member.standing, rules, on),
        *due.of_training(member.balance),
        *due.of_profile(member.person, member.license),
        *_of_registration(member),
    ]
    member.dues = sorted(found, key=lambda one: one.order)
    return member


def _of_registration(member: Member) -> Iterator[Due]:
    if member.is_returned:
        yield Due("returned", "bad", _("the department returned the profile"))
    if not member.has_hours:
        yield Due(
            "hours_none", "warn", _("working hours not given by weekday"), item="registration"
        )
    if member.registration.is_pending:
        yield Due("pending", "warn", _("registration not complete: may not practise here yet"))


def counts_of(members: Iterable[Member]) -> dict[str, int]:
    """Count the people behind each filter."""
    found: Counter[str] = Counter()
    for member in members:
        found["all"] += 1
        found.update(groups_of(member))
    return dict(found)


def groups_of(member: Member) -> set[str]:
    """Say under which filters somebody stands."""
    codes = {one.code for one in member.dues}
    found = set()
    if codes:
        found.add("lacking")
    if codes & {"license_none", "license_unusable", "renewal_late", "renewal_due"}:
        found.add("license")
    if codes & {"training_behind", "training_late"}:
        found.add("training")
    if "hours_none" in codes:
        found.add("hours")
    return found


def clocks_of(scope: Scope, on: date, *, facility: UUID | None = None) -> list[Clock]:
    """Return the terms that run: joiners to send, leavers to report, lists to be published."""
    rules = rules_on(on)
    rows: Any = Registration.objects.within(scope).select_related("practitioner", "facility")
    if facility is not None:
        rows = rows.filter(facility=facility)
    since = on - REMEMBERED
    joined = Q(added_on__gte=since, announced_on=None, completed_on=None)
    left = Q(valid_until__range=(since, on), leaving_announced_on=None, added_on__isnull=False)
    left |= Q(valid_until__range=(since, on), leaving_announced_on=None) & ~Q(ended_because="")
    sent = Q(announced_on__gte=since, completed_on=None)
    days_off = calendar(since, on + timedelta(days=60))
    found = [
        clock
        for row in rows.filter(joined | left | sent).order_by("practitioner__name_sort", "id")
        if (clock := _clock(row, rules, on, days_off)) is not None
    ]
    return sorted(found, key=lambda clock: (not clock.is_ours, clock.due_on))


def _clock(row: Registration, rules: Rules, on: date, days_off: Calendar) -> Clock | None:
    if row.valid_until is not None and row.valid_until <= on:
        said = ("leave_report", row.valid_until, _("report that this person has left"), True)
    elif row.announced_on is not None:
        said = (
            "publish_list",
            row.announced_on,
            _("the department completes and publishes"),
            False,
        )
    elif row.added_on is not None:
        said = ("join_list", row.added_on, _("send the list with this person"), True)
    else:
        return None
    code, start, what, is_ours = said
    rule = rules.get(code)
    if rule is None:
        return None
    term = Term(rule.number, TermUnit(rule.unit))
    last = term.due(start, days_off)
    return Clock(
        code, row, what, last, term.left(on, last, days_off), rule.unit, rule.article, is_ours
    )


def waiting_trainings(scope: Scope, *, facility: UUID | None = None) -> Any:
    """Return the trainings that people of a scope declared and nobody has decided on."""
    people = Registration.objects.within(scope).filter(valid_until=None)
    if facility is not None:
        people = people.filter(facility=facility)
    rows = TrainingActivity.objects.waiting().filter(practitioner__in=people.values("practitioner"))
    return rows.select_related("practitioner", "evidence").order_by("declared_at", "id")


def waiting_changes(scope: Scope, *, facility: UUID | None = None) -> Any:
    """Return the changes people of a scope sent themselves, which the facility has not answered."""
    rows: Any = ProfileSubmission.objects.within(scope).waiting().exclude(practitioner=None)
    if facility is not None:
        rows = rows.filter(facility=facility)
    own = Q(submitted_by__practitioner_accounts__valid_until=None)
    return (
        rows.filter(own, submitted_by__practitioner_accounts__isnull=False)
        .exclude(answers__side="facility")
        .select_related("facility", "practitioner", "submitted_by")
        .prefetch_related("items")
        .order_by("submitted_at")
    )
