"""What may anybody know of a practitioner on a day? Never a number of the person, never a contact.

(Law 15/2023/QH15, articles 38, 60 and 112: who is registered to practise where, and in which hours.)
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from portal.codelists.lookup import titles_on
from practitioners.models import (
    LicenseEvent,
    Practitioner,
    Sanction,
    WorkingSlot,
)
from practitioners.models.slot import clock
from practitioners.public.held import Held, HeldLicense, held_of, places_and_slots
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
CONTACTS = re.compile(
    r"\d{9,}|(?<!\d)(?:\+84|0)[ .]?\d{2,3}[ .]\d{3}[ .]\d{3,4}(?!\d)|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)


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
    has_died: bool
    verified_at: datetime
    verified_by: str

    @property
    def state(self) -> State:
        return self.standing.state

    @property
    def recorded_later(self) -> date | None:
        """Return the day of the last verification where it lies after the day asked."""
        verified = timezone.localdate(self.verified_at)
        return verified if verified > self.on else None

    @property
    def may_practise(self) -> bool:
        """Say whether licence and bans let this person practise on that day, where registered."""
        return self.standing.is_usable and not self.is_barred and not self.has_died


def facts_of(
    people: Iterable[UUID], on: date, titles: Mapping[str, str] | None = None
) -> dict[UUID, Facts]:
    """Return the facts of people of the public register on a day; as many queries at any number.

    Who is unverified, or held no licence on that day, is not there. ``titles`` are those of the day,
    where the caller has read them.
    """
    keys, found = list(people), dict[UUID, Facts]()
    if not keys:
        return found
    rules, titles = rules_on(on), titles if titles is not None else titles_on(TITLES, on)
    for person in held_of(keys, on):
        license = person.license_on(on)
        if license is not None:
            found[person.id] = write_facts(person, license, on, rules, titles)
    return found


def write_facts(
    person: Held, license: HeldLicense, on: date, rules: Rules, titles: Mapping[str, str]
) -> Facts:
    """Write the facts of one person out of what the register holds of them."""
    row, paper = license.row, license.paper_on(on)
    title = paper.title if paper else row.title
    return Facts(
        id=person.id,
        on=on,
        name=person.name,
        title_code=title,
        title=titles.get(title, title),
        number=paper.number_raw if paper else row.number_raw,
        key=license.key,
        scope=without_contacts(paper.scope if paper else row.scope),
        issued_on=paper.issued_on if paper else row.issued_on,
        issued_by=(paper.issued_by if paper else "") or row.issued_by,
        is_legacy=license.is_legacy,
        standing=license.standing_on(on, rules),
        acts=_acts(license.acts, on),
        places=_places(person.places, person.slots),
        penalties=[
            Penalty(
                str(Sanction.Kind(row.kind).label),
                without_contacts(row.published_text),
                row.decision_no,
                row.decided_on,
                row.published_until,
            )
            for row in person.penalties
        ],
        is_barred=bool(person.bans),
        has_died=person.died_on is not None and person.died_on < on,
        verified_at=person.verified_at,
        verified_by=person.verified_by,
    )


def without_contacts(text: str) -> str:
    """Return a text as typed without what never is public: numbers of persons, phones, e-mails.

    A facility writes into a free field whatever helps it; hours (0730-1630) and decisions stay.
    """
    return CONTACTS.sub("…", text)


def _acts(events: Iterable[Any], on: date) -> list[Act]:
    shown = [row for row in events if row.kind in SHOWN_ACTS and row.valid_from <= on]
    shown.sort(key=lambda row: (row.valid_from, row.id), reverse=True)
    return [
        Act(
            row.kind,
            str(LicenseEvent.Kind(row.kind).label),
            row.valid_from,
            row.valid_until,
            row.decision_no,
        )
        for row in shown
    ]


def _places(rows: Iterable[Any], hours: Iterable[Any]) -> list[Place]:
    slots: dict[UUID | None, list[Any]] = defaultdict(list)
    for slot in hours:
        slots[slot.registration_id].append(slot)
    return [
        Place(
            facility_id=row.facility_id,
            name=row.facility__name,
            commune=row.facility__area__name or "",
            position=without_contacts(row.position_text),
            department=without_contacts(row.department),
            is_full_time=row.is_full_time,
            hours_text=without_contacts(row.hours),
            week=week_of(slots[row.id]),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in rows
    ]


def places_of(person: Practitioner, on: date) -> list[Place]:
    """Return where somebody is registered on a day, whether the department has verified them or not."""
    places, slots = places_and_slots([person.pk], on)
    return _places(places.get(person.pk, ()), slots.get(person.pk, ()))


def week_of(slots: Iterable[Any]) -> list[Hours]:
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


def turning_day(person: Held, license: HeldLicense, facts: Facts) -> date | None:
    """Return the next day after ``facts.on`` on which the facts change by themselves."""
    days: list[date | None] = [facts.standing.expires_on, person.died_on]
    lasting = (*person.places, *person.slots, *person.bans, *person.penalties)
    days += [row.valid_until for row in lasting]
    days += [row.published_until for row in person.penalties]
    turns = [day + ONE_DAY for day in days if day is not None]
    for event in license.acts:
        turns.append(event.valid_from)
        if event.valid_until is not None:
            turns.append(event.valid_until + ONE_DAY)
    turns += [row.valid_from for row in license.papers]
    for other in person.licenses:
        days_of_it = (other.row.issued_on, other.row.superseded_on)
        turns += [day for day in days_of_it if day is not None]
    return min((day for day in turns if day > facts.on), default=None)
