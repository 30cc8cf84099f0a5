"""How long has a person not practised, and when does that become a ground for revoking the licence?

24 months on end without practising are a ground (Law 15/2023/QH15, article 35(1)); training in a
speciality does not count. The months are a rule of the list, and so is the early warning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.dates import months_later
from practitioners.rules import Rules

if TYPE_CHECKING:
    from practitioners.models import PracticeLicense

ONE_DAY = timedelta(days=1)
# Acts by which a licence is revoked, and given back.
REVOKING = ("revoked", "reinstated")
Interval = tuple[date, date | None]


class Practice(models.TextChoices):
    """Where a person stands on the clock."""

    PRACTISING = "practising", _("practises")
    LEARNING = "learning", _("in training for a speciality")
    AWAY = "away", _("does not practise")
    WARNED = "warned", _("has not practised for long")
    GROUND = "ground", _("has not practised for as long as is a ground for revoking the licence")
    UNKNOWN = "unknown", _("no practice is known")


@dataclass(frozen=True, slots=True)
class Continuity:
    """The clock on a day: the last day of practice, and when it warns and when it strikes.

    ``is_certain`` is false where no practice is known at all: counted from the licence's issue.
    """

    state: Practice
    last: date | None = None
    warns_on: date | None = None
    ground_on: date | None = None
    is_certain: bool = True


def continuity_on(
    day: date,
    practised: Iterable[Interval],
    learnt: Iterable[Interval],
    *,
    licensed_on: date | None,
    rules: Rules,
    anew_on: date | None = None,
) -> Continuity:
    """Return the clock of a person on a day from the times of practice and of training.

    ``anew_on`` is the day of a licence given after another was revoked (``begun_anew``).
    """
    begun = [(first, last) for first, last in practised if first <= day]
    if any(last is None or last >= day for _first, last in begun):
        return Continuity(Practice.PRACTISING)
    ends = [last for _first, last in begun if last is not None]
    last = max(ends, default=licensed_on)
    is_known = bool(ends)
    if anew_on is not None and (last is None or last < anew_on):
        last, is_known = anew_on, False
    if last is None or last > day:
        return Continuity(Practice.UNKNOWN, is_certain=False)
    pauses = [(max(first, last + ONE_DAY), end) for first, end in learnt if first <= day]
    pauses = [(first, end) for first, end in pauses if end is None or end >= first]
    paused = _days_of(pauses, day)
    warns_on = _after(last, rules.number("continuity_warning"), paused)
    ground_on = _after(last, rules.number("continuity_limit"), paused)
    state = Practice.AWAY
    if any(end is None or end >= day for _first, end in pauses):
        state = Practice.LEARNING
    elif ground_on is not None and ground_on <= day:
        state = Practice.GROUND
    elif warns_on is not None and warns_on <= day:
        state = Practice.WARNED
    return Continuity(state, last, warns_on, ground_on, is_certain=is_known)


def begun_anew(licenses: Iterable[PracticeLicense], day: date) -> date | None:
    """Return when a person was given a licence after another had been revoked, last by a day.

    The months without practice are a ground for revoking the licence one holds (Law 15/2023/QH15,
    article 35(1)). The licence that was revoked is gone; nobody could practise by it, and the new
    one (articles 30 and 31) is not revoked for months before it was given: they count from its day. Where a
    licence was replaced without being revoked, or given back, they go on.
    """
    held = [row for row in licenses if row.issued_on <= day]
    given = (
        new.issued_on
        for new in held
        if any(old.pk != new.pk and _was_revoked(old, new.issued_on) for old in held)
    )
    return max(given, default=None)


def _was_revoked(license: PracticeLicense, day: date) -> bool:
    acts = [e for e in license.events.all() if e.kind in REVOKING and e.valid_from <= day]
    last = max(acts, key=lambda event: (event.valid_from, event.pk), default=None)
    return last is not None and last.kind == "revoked"


def _days_of(periods: Iterable[Interval], day: date) -> int:
    """Count the days of periods up to a day, each day once however many periods it lies in."""
    days, counted = 0, date.min
    for first, end in sorted(periods, key=lambda period: period[0]):
        begins, ends = max(first, counted + ONE_DAY), min(end or day, day)
        if ends >= begins:
            days, counted = days + (ends - begins).days + 1, ends
    return days


def _after(last: date, months: int | None, paused: int) -> date | None:
    return None if months is None else months_later(last, months) + timedelta(days=paused)
