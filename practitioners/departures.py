"""What breaks at a facility when a person leaves: services, scopes, techniques, posts, hours, trainees?

A facility that loses its only qualified person pauses the services of that scope (Decree
96/2023/NĐ-CP, articles 27(12) and 29(1)(c)): better seen before the day than after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch

from facilities.models import HealthcareService
from portal.codelists.lookup import lists_held, titles_on
from practitioners.hours import Span, written
from practitioners.models import (
    PracticeLicense,
    Practitioner,
    Registration,
    TrainingRotation,
    WorkingSlot,
)
from practitioners.querysets import holding_on
from practitioners.rules import rules_on
from practitioners.scopes import SCOPES, Covers, covers, listed_titles, technique_code
from practitioners.stopped import barred_on, stopped

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Departure:
    """What nobody else at the facility covers from the day after the last."""

    registration: Registration
    first_day_without: date
    services: Sequence[str]
    scopes: Sequence[str]
    titles: Sequence[str]
    techniques: Sequence[str]
    empty_hours: str
    is_responsible: bool
    trainees: Sequence[TrainingRotation]

    @property
    def is_harmless(self) -> bool:
        return not any(
            (
                self.services,
                self.scopes,
                self.titles,
                self.techniques,
                self.empty_hours,
                self.is_responsible,
                self.trainees,
            )
        )


def preview_departure(registration: Registration, last_day: date) -> Departure:
    """Say what would lack at the facility if this person practised there until a day."""
    after = last_day + ONE_DAY
    others = _others(registration, after)
    own = _own(registration)
    mine, theirs = _scopes([own], after), _scopes(others, after)
    named = titles_on(SCOPES, after)
    return Departure(
        registration=registration,
        first_day_without=after,
        services=_missing_services(own, others, after),
        scopes=[named.get(code, code) for code in sorted(mine - theirs)],
        titles=_missing_titles(own, others, after),
        techniques=_missing_techniques(own, others, after),
        empty_hours=_empty_hours(own, others, after),
        is_responsible=registration.is_responsible,
        trainees=list(
            TrainingRotation.objects.holding(after)
            .filter(supervisor=registration.practitioner_id, facility=registration.facility_id)
            .select_related("practitioner")
        ),
    )


def _read(rows: Any) -> Any:
    licenses: Any = PracticeLicense.objects.current().with_acts()
    return rows.select_related("practitioner").prefetch_related(
        "slots",
        "techniques",
        Prefetch("practitioner__licenses", queryset=licenses, to_attr="current_licenses"),
    )


def _own(registration: Registration) -> Registration:
    row: Registration = _read(Registration.objects.all()).get(pk=registration.pk)
    return row


def _others(registration: Registration, after: date) -> list[Registration]:
    """Return who else may practise there then: registered, complete, with a licence that holds, not barred."""
    rows = Registration.objects.holding(after).filter(facility=registration.facility_id)
    rows = rows.complete(after).exclude(practitioner=registration.practitioner_id)
    rules = rules_on(after)
    return [
        row
        for row in _read(rows.annotate(is_barred=barred_on(after)))
        if not stopped(row, after)
        and any(
            license.standing_on(after, rules).is_usable for license in _licenses(row.practitioner)
        )
    ]


def _licenses(person: Practitioner) -> list[PracticeLicense]:
    found: list[PracticeLicense] = person.current_licenses  # type: ignore[attr-defined]
    return found


def _scopes(rows: Iterable[Registration], day: date) -> set[str]:
    found: set[str] = set()
    for row in rows:
        for license in _licenses(row.practitioner):
            paper = license.version_on(day)
            found |= set(paper.scope_codes) if paper else set()
    return found


def _missing_services(own: Registration, others: Sequence[Registration], day: date) -> list[str]:
    """Return the facility's services this person is qualified for and nobody else is known to be.

    A service whose code is no technique says nothing of whom it needs.
    """
    rows = HealthcareService.objects.filter(holding_on(day), facility=own.facility_id)
    codes = [(technique_code(row.code), row.name) for row in rows.only("code", "name")]
    with lists_held():
        mine, theirs = _Qualified([own], day), _Qualified(others, day)
        return [name for code, name in codes if code and mine.for_(code) and not theirs.for_(code)]


class _Qualified:
    """Some people of a facility: which techniques lie in a scope of theirs, or were assigned?

    The techniques of one chapter lie in the same scopes.
    """

    def __init__(self, rows: Iterable[Registration], day: date) -> None:
        self.day = day
        people = list(rows)
        self.extra = {
            extra.code for row in people for extra in row.techniques.all() if _on(extra, day)
        }
        papers = [
            (paper.title, tuple(paper.scope_codes))
            for row in people
            for license in _licenses(row.practitioner)
            if (paper := license.version_on(day))
        ]
        self.scopes = list(dict.fromkeys(papers))
        listed = listed_titles(day)
        # Whose techniques are listed one by one is asked about each, of others a chapter says all.
        self.by_technique = any(title in listed for title, _codes in self.scopes)
        self.asked: dict[str, bool] = {}

    def for_(self, technique: str) -> bool:
        if technique in self.extra:
            return True
        key = technique if self.by_technique else technique[:2]
        if key not in self.asked:
            self.asked[key] = any(
                covers(codes, technique, title, self.day) == Covers.YES
                for title, codes in self.scopes
            )
        return self.asked[key]


def _on(row: Any, day: date) -> bool:
    """Say whether a slot or an assigned technique holds on a day."""
    return row.valid_from <= day and (row.valid_until is None or row.valid_until >= day)


def _missing_titles(own: Registration, others: Sequence[Registration], day: date) -> list[str]:
    held = {license.title for row in others for license in _licenses(row.practitioner)}
    mine = {license.title for license in _licenses(own.practitioner)}
    named = titles_on("professional_titles", day)
    return [named.get(code, code) for code in sorted(mine - held)]


def _missing_techniques(own: Registration, others: Sequence[Registration], day: date) -> list[str]:
    held = {extra.code for row in others for extra in row.techniques.all() if _on(extra, day)}
    rows = [e for e in own.techniques.all() if e.valid_until is None or e.valid_until >= day]
    return [str(extra) for extra in rows if extra.code not in held]


def _empty_hours(own: Registration, others: Sequence[Registration], day: date) -> str:
    """Return the hours of this person in which nobody else is there; who begins later is not yet."""
    covered: dict[int, list[tuple[int, int]]] = {}
    for slot in _slots(others, day):
        covered.setdefault(slot.weekday, []).append((slot.starts, slot.ends))
    empty = [
        Span(slot.weekday, first, last)
        for slot in own.slots.all()
        if slot.valid_until is None or slot.valid_until >= day
        for first, last in _left(slot.starts, slot.ends, covered.get(slot.weekday, ()))
    ]
    return written(empty)


def _slots(rows: Iterable[Registration], day: date) -> list[WorkingSlot]:
    return [slot for row in rows for slot in row.slots.all() if _on(slot, day)]


def _left(first: int, last: int, taken: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what is left of a span when others are taken away."""
    left, at = [], first
    for starts, ends in sorted(taken):
        if starts > at:
            left.append((at, min(starts, last)))
        at = max(at, ends)
        if at >= last:
            break
    if at < last:
        left.append((at, last))
    return [(a, b) for a, b in left if a < b]
