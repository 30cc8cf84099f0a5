"""How long has a person not practised, and when does that become a ground for revoking the licence?

24 months on end without practising are a ground (Law 15/2023/QH15, article 35(1)); training in a
speciality does not count. The months are a rule of the list, and so is the early warning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.dates import months_later
from practitioners.rules import Rules

ONE_DAY = timedelta(days=1)
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
) -> Continuity:
    """Return the clock of a person on a day from the times of practice and of training."""
    begun = [(first, last) for first, last in practised if first <= day]
    if any(last is None or last >= day for _first, last in begun):
        return Continuity(Practice.PRACTISING)
    ends = [last for _first, last in begun if last is not None]
    last = max(ends, default=licensed_on)
    if last is None or last > day:
        return Continuity(Practice.UNKNOWN, is_certain=False)
    pauses = [(max(first, last + ONE_DAY), end) for first, end in learnt if first <= day]
    pauses = [(first, end) for first, end in pauses if end is None or end >= first]
    paused = sum((min(end or day, day) - first).days + 1 for first, end in pauses)
    warns_on = _after(last, rules.number("continuity_warning"), paused)
    ground_on = _after(last, rules.number("continuity_limit"), paused)
    state = Practice.AWAY
    if any(end is None or end >= day for _first, end in pauses):
        state = Practice.LEARNING
    elif ground_on is not None and ground_on <= day:
        state = Practice.GROUND
    elif warns_on is not None and warns_on <= day:
        state = Practice.WARNED
    return Continuity(state, last, warns_on, ground_on, is_certain=bool(ends))


def _after(last: date, months: int | None, paused: int) -> date | None:
    return None if months is None else months_later(last, months) + timedelta(days=paused)
