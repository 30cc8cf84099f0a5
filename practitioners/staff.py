"""The people of a facility, what each of them lacks, and which clocks of the law count down.

As many queries whatever the number of people: each table of theirs is read once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from practitioners import due
from practitioners.due import Due
from practitioners.models import (
    PracticeLicense,
    PractitionerIdentifier,
    ProfileSubmission,
    Qualification,
    Registration,
    TrainingActivity,
    WorkingSlot,
)
from practitioners.rules import rules_on
from practitioners.stopped import Ban, bans_on
from practitioners.training import Balance, balances_of

if TYPE_CHECKING:
    from portal.scope import Scope
    from practitioners.models import Practitioner
    from practitioners.rules import Rules
    from practitioners.states import Standing

# More people than this are shown in the order of their names, without the counts of the filters.
MOST = 3_000


@dataclass(slots=True)
class Member:
    """Somebody registered at one of the facilities."""

    registration: Registration
    person: Practitioner
    license: PracticeLicense | None
    standing: Standing | None
    balance: Balance | None
    papers: due.Papers
    bans: list[Ban]
    has_hours: bool
    is_returned: bool
    dues: list[Due] = field(default_factory=list)

    @property
    def chip(self) -> Any:
        return due.chip_of(self.standing, self.dues)


def members_of(scope: Scope, on: date, *, facility: UUID | None = None) -> list[Member]:
    """Return the people registered in a scope on a day with what is due of each."""
    rows = list(_registrations(scope, on, facility)[:MOST])
    people = [row.practitioner for row in rows]
    licenses = [_license(person) for person in people]
    rules = rules_on(on)
    balances = balances_of([row for row in licenses if row is not None], on)
    return [
        _member(
            Member(
                registration=row,
                person=row.practitioner,
                license=license,
                standing=license.standing_on(on, rules) if license else None,
                balance=balances.get(license.pk) if license else None,
                papers=due.Papers(row.has_number, row.has_diploma),
                bans=[Ban.read(said) for said in row.bans],
                has_hours=row.has_hours,
                is_returned=row.is_returned,
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
        )
        .annotate(**_has(on), bans=bans_on(on))
        .order_by("practitioner__name_sort", "practitioner_id", "id")
    )


def _license(person: Any) -> PracticeLicense | None:
    return next(iter(person.current_licenses), None)


def _has(on: date) -> dict[str, Exists]:
    """Return what a registration and its person have, asked along with the registrations."""
    mine = {"practitioner": OuterRef("practitioner")}
    numbers = PractitionerIdentifier.objects.filter(kind__in=due.LASTING, valid_until=None, **mine)
    returned = ProfileSubmission.objects.filter(
        facility=OuterRef("facility"), state="returned", superseded_by=None, **mine
    )
    slots = WorkingSlot.objects.holding(on).filter(registration=OuterRef("pk"))
    return {
        "has_number": Exists(numbers),
        "has_diploma": Exists(Qualification.objects.filter(**mine)),
        "is_returned": Exists(returned),
        "has_hours": Exists(slots),
    }


def _member(member: Member, rules: Rules, on: date) -> Member:
    """Say what is due of somebody, the gravest first; of who has died nothing else is."""
    stops = list(due.of_person(member.person, member.bans, on))
    if any(one.code == "died" for one in stops):
        member.dues = stops
        return member
    found = [
        *stops,
        *due.of_license(member.license, member.standing, rules, on),
        *due.of_training(member.balance),
        *due.of_profile(member.person, member.license, member.papers),
        *_of_registration(member, on),
    ]
    member.dues = sorted(found, key=lambda one: one.order)
    return member


def _of_registration(member: Member, on: date) -> Iterator[Due]:
    if member.is_returned:
        yield Due("returned", "bad", _("the department returned the profile"))
    if not member.has_hours:
        yield Due(
            "hours_none", "warn", _("working hours not given by weekday"), item="registration"
        )
    if member.registration.waits_on(on):
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
    if codes & {"license_none", "license_unusable", "renewal_late", "renewal_due", *due.STOPPED}:
        found.add("license")
    if codes & {"training_behind", "training_late"}:
        found.add("training")
    if "hours_none" in codes:
        found.add("hours")
    return found


def waiting_trainings(scope: Scope, *, facility: UUID | None = None) -> Any:
    """Return the trainings that people of a scope declared and nobody has decided on."""
    people = Registration.objects.within(scope).going_on(timezone.localdate())
    if facility is not None:
        people = people.filter(facility=facility)
    rows = TrainingActivity.objects.waiting().filter(practitioner__in=people.values("practitioner"))
    return rows.select_related("practitioner", "evidence").order_by("declared_at", "id")


def waiting_changes(scope: Scope, *, facility: UUID | None = None) -> Any:
    """Return the changes people of a scope sent themselves, which the facility has not answered."""
    rows: Any = ProfileSubmission.objects.within(scope).waiting().exclude(practitioner=None)
    if facility is not None:
        rows = rows.filter(facility=facility)
    theirs = {"valid_until": None, "practitioner": F("practitioner")}
    own = {f"submitted_by__practitioner_accounts__{name}": said for name, said in theirs.items()}
    return (
        rows.filter(**own)
        .exclude(answers__side="facility")
        .select_related("facility", "practitioner", "submitted_by")
        .prefetch_related("items")
        .order_by("submitted_at")
    )
