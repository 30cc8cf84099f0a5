"""In what state was a licence on a day, by which act, and until when? Computed, never typed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from practitioners.models import LicenseEvent
    from practitioners.rules import Rules

P = TypeVar("P")
ONE_DAY = timedelta(days=1)


class State(models.TextChoices):
    """What a licence is worth on a day."""

    ACTIVE = "active", _("In force")
    NOT_YET = "not_yet", _("Not yet in force")
    RENEWING = "renewing", _("In force while its renewal is decided")
    EXPIRED = "expired", _("Expired")
    SUSPENDED = "suspended", _("Suspended")
    REVOKED = "revoked", _("Revoked")
    SUPERSEDED = "superseded", _("Replaced by a later one")


# With these a person may practise.
USABLE = frozenset({State.ACTIVE, State.RENEWING})
# What answers a renewal that was asked for: another paper of the licence does not.
ANSWERS = frozenset({"renewed", "renewal_refused"})


@dataclass(frozen=True, slots=True)
class Standing:
    """The state on a day, the day it began, the act that made it, the last day of the term."""

    state: State
    since: date
    event: LicenseEvent | None = None
    expires_on: date | None = None
    # The term is not printed: the roadmap for old certificates gives it.
    is_by_roadmap: bool = False
    # A renewal that was asked for in time and is not answered yet, before the term ends or after.
    renewal: LicenseEvent | None = None

    @property
    def is_usable(self) -> bool:
        return self.state in USABLE


@dataclass(slots=True)
class _Acts:
    """What the acts up to a day have left behind."""

    revoked: LicenseEvent | None = None
    suspensions: list[LicenseEvent] = field(default_factory=list)
    done: list[LicenseEvent] = field(default_factory=list)
    filed: list[LicenseEvent] = field(default_factory=list)
    refused: LicenseEvent | None = None
    lifted: date | None = None

    def take(self, event: LicenseEvent) -> None:
        """Let one act happen."""
        match event.kind:
            case "revoked":
                self.revoked = event
            case "reinstated":
                self.revoked, self.lifted = None, event.valid_from
            case "suspended":
                self.suspensions.append(event)
            case "resumed":
                self.suspensions.clear()
                self.lifted = event.valid_from
            case "duty_done":
                self.done += self.suspensions
            case "renewal_filed":
                self.filed.append(event)
        if event.kind in ANSWERS:
            self.filed.clear()

    def suspension(self, day: date) -> LicenseEvent | None:
        """Return the suspension that still holds, the first where several do: one may outlast another."""
        return next((event for event in self.suspensions if self._holds(event, day)), None)

    def _holds(self, event: LicenseEvent, day: date) -> bool:
        """Say whether a suspension still holds: its days, or a duty that was not done."""
        is_over = event.valid_until is not None and event.valid_until < day
        return not is_over or bool(event.duty and event not in self.done)


@dataclass(frozen=True, slots=True)
class Days:
    """The days a licence has of itself: issued, last day printed, replaced."""

    issued_on: date
    expires_on: date | None
    superseded_on: date | None
    is_legacy: bool

    def by_roadmap(self, rules: Rules | None) -> bool:
        """Say whether the roadmap for old certificates gives the last day."""
        return self.expires_on is None and self.is_legacy and rules is not None

    def last(self, rules: Rules | None) -> date | None:
        """Return the last day of the term, printed or by the roadmap."""
        if self.expires_on is None and self.is_legacy and rules is not None:
            return rules.legacy_end(self.issued_on)
        return self.expires_on


def paper_on(papers: Iterable[P], day: date) -> P | None:
    """Return the paper of a licence that held on a day, the last made where several do."""
    rows: Iterable[Any] = papers
    held: list[Any] = [
        row
        for row in rows
        if row.valid_from <= day and (row.valid_until is None or row.valid_until >= day)
    ]
    return max(held, key=lambda row: row.number, default=None)


def is_legacy(license: Any) -> bool:
    """Say whether a licence is a certificate from before 01/01/2024 (Decree 96/2023, article 143)."""
    return bool(license.kind == "cchn")


def days_of(license: Any, paper: Any) -> Days:
    """Return the days of a licence; the last one is the one printed on the paper, where there is one."""
    expires_on = paper.expires_on if paper else license.valid_until
    return Days(license.issued_on, expires_on, license.superseded_on, is_legacy(license))


def standing_on(
    day: date, days: Days, events: Iterable[LicenseEvent], rules: Rules | None
) -> Standing:
    """Compute the standing of a licence on a day from its days and what was decided about it."""
    acts, last = _acts(events, day), days.last(rules)
    state, since, event = _state_of(day, days, acts, rules)
    renewal = _filed_in_time(acts.filed, days, rules)
    return Standing(state, since, event, last, days.by_roadmap(rules), renewal)


def _acts(events: Iterable[LicenseEvent], day: date) -> _Acts:
    acts = _Acts()
    for event in sorted(events, key=lambda event: (event.valid_from, event.id)):
        if event.valid_from > day:
            break
        acts.take(event)
    return acts


def _state_of(
    day: date, days: Days, acts: _Acts, rules: Rules | None
) -> tuple[State, date, LicenseEvent | None]:
    """Return the state, since when, and by which act; what is graver speaks first."""
    last = days.last(rules)
    found: tuple[State, date, LicenseEvent | None]
    found = (State.ACTIVE, acts.lifted or days.issued_on, None)
    if days.superseded_on is not None and days.superseded_on <= day:
        found = (State.SUPERSEDED, days.superseded_on, None)
    elif day < days.issued_on:
        found = (State.NOT_YET, days.issued_on, None)
    elif acts.revoked is not None:
        found = (State.REVOKED, acts.revoked.valid_from, acts.revoked)
    elif (suspended := acts.suspension(day)) is not None:
        found = (State.SUSPENDED, suspended.valid_from, suspended)
    elif last is not None and last < day:
        filed = _filed_in_time(acts.filed, days, rules)
        found = (State.EXPIRED if filed is None else State.RENEWING, last + ONE_DAY, filed)
    return found


def _filed_in_time(
    filed: Iterable[LicenseEvent], days: Days, rules: Rules | None
) -> LicenseEvent | None:
    """Return the renewal that silence keeps the licence in force by (Law 15/2023/QH15, article 32).

    It was filed by the last day for it, or later but within the term with an excuse the law takes:
    each by the rules of the day it was filed on, whatever holds on the day asked about.
    """
    for event in filed:
        then = rules.as_of(event.valid_from) if rules is not None else None
        last = days.last(then)
        limit = then.last_day_to_file(last) if then is not None and last is not None else None
        in_time = limit is not None and event.valid_from <= limit
        if in_time or (event.is_excused and last is not None and event.valid_from <= last):
            return event
    return None
