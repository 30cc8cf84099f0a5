"""What does a deed make of a dossier's clock, and how is a step of it written down?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.dossiers.clock import Clock
from portal.dossiers.models import Dossier, DossierStep
from portal.dossiers.states import WAYS, Deed, State
from portal.dossiers.terms import calendar_of, decided_within
from portal.workdays import Calendar, Term, TermUnit

FIELDS = ("clock", "clock_since", "clock_left", "due_on")


def term_of(dossier: Dossier) -> Term | None:
    """Return the term of a dossier, None where the law of its day gives none in days."""
    if dossier.term_count is None:
        return None
    return Term(dossier.term_count, TermUnit(dossier.term_unit))


def clock_of(dossier: Dossier) -> Clock | None:
    """Return the clock of a dossier while it runs or stands, None where there is none to count."""
    term = term_of(dossier)
    if term is None or dossier.clock not in {Dossier.Clock.RUNNING, Dossier.Clock.STOPPED}:
        return None
    if dossier.clock_since is None or dossier.clock_left is None:
        return None
    is_running = dossier.clock == Dossier.Clock.RUNNING
    return Clock(term, dossier.clock_since, dossier.clock_left, is_running)


def days_left(dossier: Dossier, on: date, calendar: Calendar | None = None) -> int | None:
    """Return how many days of the term are left on a day; negative when it is over."""
    if dossier.has_fixed_day:
        return (dossier.due_on - on).days if dossier.due_on else None
    clock = clock_of(dossier)
    if clock is None:
        return None
    return clock.left_on(on, calendar or calendar_of(clock.term, clock.since, on))


def await_completeness(dossier: Dossier, on: date) -> None:
    """Let the clock wait; the last day shown is the one it will have if nothing is missing."""
    dossier.clock, dossier.clock_since, dossier.clock_left = Dossier.Clock.WAITING, None, None
    term = term_of(dossier)
    if term is not None:
        dossier.due_on = term.due(on, calendar_of(term, on, on))


def start(dossier: Dossier, on: date) -> None:
    """Start the clock with its whole term."""
    term = term_of(dossier)
    dossier.clock, dossier.clock_since = Dossier.Clock.RUNNING, on
    if term is not None:
        _keep(dossier, Clock.start(term, on))


def stop(dossier: Dossier, on: date) -> None:
    """Let the clock stand; a last day that the matter itself gives stays."""
    if dossier.clock == Dossier.Clock.WAITING:
        dossier.due_on = dossier.due_on if dossier.has_fixed_day else None
        return
    clock = clock_of(dossier)
    dossier.clock, dossier.clock_since = Dossier.Clock.STOPPED, on
    if clock is not None:
        _keep(dossier, clock.stop(on, calendar_of(clock.term, clock.since, on)))


def resume(dossier: Dossier, on: date) -> None:
    """Let the clock run on with what was left."""
    clock = clock_of(dossier)
    dossier.clock, dossier.clock_since = Dossier.Clock.RUNNING, on
    if clock is not None:
        _keep(dossier, clock.resume(on))


def begin_to_decide(dossier: Dossier, on: date) -> None:
    """Let the term to decide begin on the day of the appraisal, once, where the law gives one.

    Who appraised late wins no days: it begins when the term before was over. Nor does it begin before
    the clock ran again.
    """
    then = decided_within(dossier)
    if then is None or then.term is None or dossier.clock != Dossier.Clock.RUNNING:
        return
    since = max(on, dossier.clock_since or on)
    since = min(since, dossier.due_on or since)
    dossier.term_count, dossier.term_unit = then.term.count, str(then.term.unit)
    dossier.term_from, dossier.term_basis = str(then.counted_from), then.basis
    dossier.term_is_verified = then.is_verified
    start(dossier, since)


def end(dossier: Dossier, on: date) -> None:
    """End the clock; the last day it had stays readable."""
    clock = clock_of(dossier)
    if clock is not None:
        dossier.clock_left = clock.left_on(on, calendar_of(clock.term, clock.since, on))
    dossier.clock, dossier.clock_since, dossier.ended_on = Dossier.Clock.ENDED, on, on


def _keep(dossier: Dossier, clock: Clock) -> None:
    dossier.clock_since, dossier.clock_left = clock.since, clock.left
    dossier.due_on = clock.due(calendar_of(clock.term, clock.since, clock.since))


def step(
    dossier: Dossier,
    deed: Deed,
    *,
    actor: Any,
    at: datetime,
    note: str = "",
    name: str = "",
    before: tuple[str, date | None] = ("", None),
) -> DossierStep:
    """Write one step down, with the state and the last day before and after."""
    row = DossierStep(
        dossier=dossier,
        deed=deed,
        state_before=before[0],
        state_after=dossier.state,
        actor=actor,
        actor_name=name or (actor.full_name if actor else _("the system")),
        at=at,
        on=timezone.localdate(at),
        note=note,
        due_before=before[1],
        due_after=dossier.due_on,
        left_after=dossier.clock_left,
        assigned_to=dossier.assigned_to,
    )
    row.full_clean()
    row.save(force_insert=True)
    return row


def goes_to(dossier: Dossier, deed: Deed) -> str:
    """Return the state a deed leads to from where the dossier stands."""
    return WAYS[State(dossier.state)][deed] or dossier.state
