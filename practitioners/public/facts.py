"""What may anybody know of a practitioner on a day? Never a number of the person, never a contact.

(Law 15/2023/QH15, articles 38, 60 and 112: who is registered to practise where, and in which hours.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q

from portal.codelists.lookup import titles_on
from practitioners.models import (
    LicenseEvent,
    PracticeBan,
    PracticeLicense,
    Practitioner,
    Registration,
    Sanction,
    WorkingSlot,
)
from practitioners.models.slot import clock
from practitioners.rules import Rules, rules_on
from practitioners.states import Standing, State

TITLES = "professional_titles"
# The acts on a licence the public reads; a renewal asked for is the holder's own affair.
SHOWN_ACTS = frozenset(
    {
        "issued",
        "reissued",
        "renewed",
        "adjusted",
        "converted",
        "recognised",
        "suspended",
        "resumed",
        "revoked",
        "reinstated",
        "superseded",
    }
)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Act:
    """An act on the licence."""

    kind: str
    label: str
    valid_from: date
    valid_until: date | None
    decision_no: str


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of one weekday, counted 2 for Monday to 8 for Sunday."""

    weekday: int
    label: str
    spans: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Place:
    """A facility somebody is registered at."""

    facility_id: UUID
    name: str
    commune: str
    position: str
    department: str
    is_full_time: bool
    hours_text: str
    week: Sequence[Hours]
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Penalty:
    """A sanction in the words that were decided to be published."""

    label: str
    text: str
    decision_no: str
    decided_on: date
    published_until: date


@dataclass(frozen=True, slots=True)
class Facts:
    """What the public may know of a practitioner on a day."""

    id: UUID
    on: date
    name: str
    title_code: str
    title: str
    number: str
    key: tuple[int, str, str]
    scope: str
    issued_on: date
    issued_by: str
    is_legacy: bool
    standing: Standing
    acts: Sequence[Act]
    places: Sequence[Place]
    penalties: Sequence[Penalty]
    is_barred: bool
    verified_at: datetime
    verified_by: str

    @property
    def state(self) -> State:
        return self.standing.state

    @property
    def may_practise(self) -> bool:
        """Say whether licence and bans let this person practise on that day, where registered."""
        return self.standing.is_usable and not self.is_barred


def facts_of(people: Iterable[UUID], on: date) -> dict[UUID, Facts]:
    """Return the facts of people of the public register on a day; as many queries at any number.

    Who is unverified, or held no licence on that day, is not there.
    """
    rules, titles = rules_on(on), titles_on(TITLES, on)
    found = {}
    for person in register(on).filter(pk__in=list(people)):
        license = license_on(person, on)
        if license is not None:
            found[person.pk] = write_facts(person, license, on, rules, titles)
    return found


def register(on: date) -> Any:
    """Return verified practitioners with all that is needed to write their facts of a day."""
    holds = Q(valid_from__lte=on) & (Q(valid_until=None) | Q(valid_until__gte=on))
    licenses: Any = PracticeLicense.objects.prefetch_related("events", "versions")
    places: Any = Registration.objects.filter(holds).complete()
    slots: Any = WorkingSlot.objects.filter(holds, kind=WorkingSlot.Kind.HOURS)
    return (
        Practitioner.objects.verified()
        .select_related("keeper")
        .prefetch_related(
            Prefetch("licenses", queryset=licenses, to_attr="all_licenses"),
            Prefetch(
                "registrations",
                queryset=places.select_related("facility__area__parent"),
                to_attr="places_then",
            ),
            Prefetch("slots", queryset=slots, to_attr="slots_then"),
            Prefetch(
                "sanctions",
                queryset=Sanction.objects.filter(valid_from__lte=on, published_until__gte=on),
                to_attr="penalties_then",
            ),
            Prefetch("bans", queryset=PracticeBan.objects.filter(holds), to_attr="bans_then"),
        )
    )


def license_on(person: Any, on: date) -> PracticeLicense | None:
    """Return the licence that speaks for a person on a day: the one not replaced by then."""
    begun = [row for row in person.all_licenses if row.issued_on <= on]
    standing = [row for row in begun if row.superseded_on is None or row.superseded_on > on]
    return max(standing or begun, key=lambda row: (row.issued_on, row.id), default=None)


def write_facts(
    person: Any, license: PracticeLicense, on: date, rules: Rules, titles: Mapping[str, str]
) -> Facts:
    """Write the facts of one person out of what ``register`` has read."""
    paper = license.version_on(on)
    title = paper.title if paper else license.title
    return Facts(
        id=person.pk,
        on=on,
        name=person.name,
        title_code=title,
        title=titles.get(title, title),
        number=paper.number_raw if paper else license.number_raw,
        key=license.key,
        scope=paper.scope if paper else license.scope,
        issued_on=paper.issued_on if paper else license.issued_on,
        issued_by=(paper.issued_by if paper else "") or license.issued_by,
        is_legacy=license.is_legacy,
        standing=license.standing_on(on, rules),
        acts=_acts(license.events.all(), on),
        places=_places(person),
        penalties=[
            Penalty(
                str(row.get_kind_display()),
                row.published_text,
                row.decision_no,
                row.decided_on,
                row.published_until,
            )
            for row in person.penalties_then
        ],
        is_barred=bool(person.bans_then),
        verified_at=person.verified_at,
        verified_by=person.keeper.name if person.keeper else "",
    )


def _acts(events: Iterable[LicenseEvent], on: date) -> list[Act]:
    shown = [row for row in events if row.kind in SHOWN_ACTS and row.valid_from <= on]
    shown.sort(key=lambda row: (row.valid_from, row.id), reverse=True)
    return [
        Act(
            row.kind,
            str(row.get_kind_display()),
            row.valid_from,
            row.valid_until,
            row.decision_no,
        )
        for row in shown
    ]


def _places(person: Any) -> list[Place]:
    slots: dict[UUID | None, list[WorkingSlot]] = defaultdict(list)
    for slot in person.slots_then:
        slots[slot.registration_id].append(slot)
    rows = sorted(person.places_then, key=lambda row: (row.valid_from, row.id))
    return [
        Place(
            facility_id=row.facility_id,
            name=row.facility.name,
            commune=str(row.facility.area.name) if row.facility.area else "",
            position=row.position_text,
            department=row.department,
            is_full_time=row.is_full_time,
            hours_text=row.hours,
            week=week_of(slots[row.pk]),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in rows
    ]


def places_of(person: Practitioner, on: date) -> list[Place]:
    """Return where somebody is registered on a day, whether the department has verified them or not."""
    holder: Any = person
    holder.places_then = list(
        person.registrations.holding(on).complete().select_related("facility__area")
    )
    holder.slots_then = list(person.slots.holding(on).filter(kind=WorkingSlot.Kind.HOURS))
    return _places(holder)


def week_of(slots: Iterable[WorkingSlot]) -> list[Hours]:
    """Return the hours of each weekday in order, those that touch joined."""
    by_day: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for slot in sorted(slots, key=lambda slot: (slot.weekday, slot.starts)):
        spans = by_day[slot.weekday]
        if spans and spans[-1][1] == slot.starts:
            spans[-1] = (spans[-1][0], slot.ends)
        else:
            spans.append((slot.starts, slot.ends))
    return [
        Hours(
            day,
            str(WorkingSlot.Weekday(day).label),
            [(clock(first), clock(last)) for first, last in spans],
        )
        for day, spans in sorted(by_day.items())
    ]


def turning_day(person: Any, license: PracticeLicense, facts: Facts) -> date | None:
    """Return the next day after ``facts.on`` on which the facts change by themselves."""
    days: list[date | None] = [facts.standing.expires_on, license.superseded_on]
    ends: Sequence[Any] = (*person.places_then, *person.slots_then, *person.bans_then)
    days += [row.valid_until for row in ends]
    days += [row.published_until for row in person.penalties_then]
    turns = [day + ONE_DAY for day in days if day is not None]
    for event in license.events.all():
        turns.append(event.valid_from)
        if event.valid_until is not None:
            turns.append(event.valid_until + ONE_DAY)
    turns += [row.valid_from for row in license.versions.all()]
    return min((day for day in turns if day > facts.on), default=None)
