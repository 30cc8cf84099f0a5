"""When are cases an alarm, when an outbreak? Rules of figures alone (Circular 15/2026/TT-BYT, articles 16, 22).

What stands in the notes of the circular second-hand is to be compared with its text: the limits are
named here once and given to the functions, so that a department can have others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import TypeVar

YEARS = 5
OUTBREAK_DEVIATIONS, ALARM_DEVIATIONS = 2.0, 1.0
OUTBREAK_LINKED, ALARM_LINKED = 5, 3
GROUP_A = "A"

K = TypeVar("K")


class Level(StrEnum):
    """What the figures say."""

    QUIET = "quiet"
    ALARM = "alarm"
    OUTBREAK = "outbreak"


@dataclass(frozen=True, slots=True)
class Limits:
    """The mean of the same month of the years before, and how far it strays."""

    mean: float
    deviation: float
    years: int

    @property
    def alarm(self) -> float:
        return self.mean + ALARM_DEVIATIONS * self.deviation

    @property
    def outbreak(self) -> float:
        return self.mean + OUTBREAK_DEVIATIONS * self.deviation


@dataclass(frozen=True, slots=True)
class Verdict:
    """A level with the rule that gives it, and the figures it rests on."""

    level: Level
    rule: str = ""
    limits: Limits | None = None


def limits_of(history: Sequence[int]) -> Limits | None:
    """Return the limits of a disease from the cases of the same month of five years.

    The deviation is the sample's (n - 1). Fewer than five years are too few to say anything.
    """
    years = list(history)[-YEARS:]
    if len(years) < YEARS:
        return None
    mean = sum(years) / len(years)
    variance = sum((cases - mean) ** 2 for cases in years) / (len(years) - 1)
    return Limits(mean, sqrt(variance), len(years))


def is_endemic(history: Sequence[int]) -> bool:
    """Say whether the disease is known here: some case in the same month of the years before."""
    return any(history)


def judge(
    cases: int,
    history: Sequence[int],
    *,
    largest_chain: int = 0,
    group: str = "",
    was_seen_ever: bool = True,
) -> Verdict:
    """Judge the cases of a commune's month so far; the gravest rule that holds speaks.

    ``largest_chain`` is the number of cases that are linked with each other. A disease of group A has
    its own guidance: one case is an alarm at once, and so is one of a disease never seen here.
    """
    limits = limits_of(history)
    endemic = is_endemic(history)
    rules = (
        (
            Level.OUTBREAK,
            "above_two_deviations",
            endemic and limits is not None and cases > limits.outbreak,
        ),
        (Level.OUTBREAK, "five_linked", not endemic and largest_chain >= OUTBREAK_LINKED),
        (Level.ALARM, "group_a", group == GROUP_A and cases >= 1),
        (Level.ALARM, "never_seen", not was_seen_ever and cases >= 1),
        (Level.ALARM, "three_linked", largest_chain >= ALARM_LINKED),
        (
            Level.ALARM,
            "above_one_deviation",
            endemic and limits is not None and cases > limits.alarm,
        ),
    )
    found = next(((level, rule) for level, rule, holds in rules if holds), None)
    return Verdict(*found, limits) if found else Verdict(Level.QUIET, limits=limits)


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
