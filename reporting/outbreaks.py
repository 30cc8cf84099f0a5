"""When are cases an alarm, when an outbreak? Rules of figures alone (Circular 15/2026/TT-BYT, articles 16, 22).

The limits themselves are a dated list (``surveillance_rules``), so that a department can have others;
they are given to the functions. A rule whose limit is not in the list judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import sqrt
from typing import TypeVar

from reporting.limits import surveillance_on

GROUP_A = "A"

K = TypeVar("K")


class Level(StrEnum):
    """What the figures say."""

    QUIET = "quiet"
    ALARM = "alarm"
    OUTBREAK = "outbreak"


@dataclass(frozen=True, slots=True)
class Rules:
    """By how many years, deviations and cases a day judges; None where its list says nothing."""

    years: int | None
    outbreak_deviations: float | None
    alarm_deviations: float | None
    outbreak_linked: int | None
    alarm_linked: int | None
    alarm_group_a: int | None
    alarm_never_seen: int | None


def rules_on(on: date) -> Rules:
    """Return the rules of a day as the list has them."""
    said = surveillance_on(on)

    def times(code: str) -> float | None:
        number = said.number(code)
        return None if number is None else float(number)

    return Rules(
        years=said.days("outbreak.years"),
        outbreak_deviations=times("outbreak.deviations"),
        alarm_deviations=times("alarm.deviations"),
        outbreak_linked=said.days("outbreak.linked"),
        alarm_linked=said.days("alarm.linked"),
        alarm_group_a=said.days("alarm.group_a"),
        alarm_never_seen=said.days("alarm.never_seen"),
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """The mean of the same month of the years before, how far it strays, and what is too many."""

    mean: float
    deviation: float
    years: int
    alarm: float | None
    outbreak: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A level with the rule that gives it, and the figures it rests on."""

    level: Level
    rule: str = ""
    limits: Limits | None = None


def limits_of(history: Sequence[int], rules: Rules) -> Limits | None:
    """Return the limits of a disease from the cases of the same month of the years before.

    The deviation is the sample's (n - 1). Fewer years than the rules ask are too few to say anything.
    """
    if rules.years is None or rules.years < 2:
        return None
    years = list(history)[-rules.years :]
    if len(years) < rules.years:
        return None
    mean = sum(years) / len(years)
    deviation = sqrt(sum((cases - mean) ** 2 for cases in years) / (len(years) - 1))

    def above(times: float | None) -> float | None:
        return None if times is None else mean + times * deviation

    return Limits(
        mean,
        deviation,
        len(years),
        above(rules.alarm_deviations),
        above(rules.outbreak_deviations),
    )


def is_endemic(history: Sequence[int]) -> bool:
    """Say whether the disease is known here: some case in the same month of the years before."""
    return any(history)


def judge(
    cases: int,
    history: Sequence[int],
    rules: Rules,
    *,
    largest_chain: int = 0,
    group: str = "",
    was_seen_ever: bool = True,
) -> Verdict:
    """Judge the cases of a commune's month so far; the gravest rule that holds speaks.

    ``largest_chain`` is the number of cases that are linked with each other. A disease of group A has
    its own guidance: one case is an alarm at once, and so is one of a disease never seen here. Where
    fewer years were recorded than are asked the years say nothing, and linked cases speak instead.
    """
    limits = limits_of(history, rules)
    by_years = limits if is_endemic(history) else None
    found = (
        (
            Level.OUTBREAK,
            "above_two_deviations",
            by_years is not None and _above(cases, by_years.outbreak),
        ),
        (
            Level.OUTBREAK,
            "five_linked",
            by_years is None and _reaches(largest_chain, rules.outbreak_linked),
        ),
        (Level.ALARM, "group_a", group == GROUP_A and _reaches(cases, rules.alarm_group_a)),
        (Level.ALARM, "never_seen", not was_seen_ever and _reaches(cases, rules.alarm_never_seen)),
        (Level.ALARM, "three_linked", _reaches(largest_chain, rules.alarm_linked)),
        (
            Level.ALARM,
            "above_one_deviation",
            by_years is not None and _above(cases, by_years.alarm),
        ),
    )
    speaks = next(((level, rule) for level, rule, holds in found if holds), None)
    return Verdict(*speaks, limits) if speaks else Verdict(Level.QUIET, limits=limits)


def _above(cases: int, limit: float | None) -> bool:
    return limit is not None and cases > limit


def _reaches(cases: int, limit: int | None) -> bool:
    return limit is not None and cases >= limit


def chains(links: Mapping[K, K | None]) -> list[set[K]]:
    """Part cases into chains: each case with the one it was caught from or with, the largest first."""
    head: dict[K, K] = {}

    def root(case: K) -> K:
        while head.setdefault(case, case) != case:
            case = head[case]
        return case

    for case, other in links.items():
        first = root(case)
        if other is not None:
            head[root(other)] = first
    found: dict[K, set[K]] = {}
    for case in head:
        found.setdefault(root(case), set()).add(case)
    return sorted(found.values(), key=len, reverse=True)


def largest_chain(links: Mapping[K, K | None], of: Iterable[K] | None = None) -> int:
    """Return how many cases the largest chain holds, counting only those of ``of`` where given."""
    among = set(links if of is None else of)
    return max((len(chain & among) for chain in chains(links)), default=0)
