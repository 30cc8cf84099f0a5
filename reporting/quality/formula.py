"""How measurements add up to a score: the published formula, exactly and in one place.

``score = sum of criterion weight times criterion / sum of the weights``, a criterion being
``100 * sum(weight * passed / judged) / sum(weight)`` over the rules that judged enough records. A
criterion without such a rule has no score and no weight: what was not judged is never 100.

Every quotient is rounded half up from its exact value, to twelve places on the way and four at the
end: Python and PostgreSQL then say the same to the last digit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

HUNDRED = Decimal(100)
PLACES, SHOWN_PLACES = 12, 4
WORST = 3


def quotient(part: Decimal | int, whole: Decimal | int, places: int = PLACES) -> Decimal:
    """Divide, and round the exact value half up."""
    shifted = Fraction(part) / Fraction(whole) * 10**places
    return Decimal(int(shifted + Fraction(1, 2))).scaleb(-places)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one rule found: of how many records judged how many passed."""

    rule: str
    criterion: str
    weight: Decimal
    evaluated: int
    passed: int
    minimum: int = 1
    gates_broken: int = 0

    @property
    def counts(self) -> bool:
        return self.evaluated > 0 and self.evaluated >= self.minimum

    @property
    def percent(self) -> Decimal | None:
        return HUNDRED * self.passed / self.evaluated if self.counts else None


@dataclass(frozen=True, slots=True)
class Scored:
    """A score of 100, by criterion, and what pulls it down most."""

    value: Decimal | None
    criteria: Mapping[str, Decimal | None]
    holds_gates: bool = True
    evaluated: int = 0
    worst: list[str] = field(default_factory=list)


def score(measured: Iterable[Measured], weights: Mapping[str, Decimal]) -> Scored:
    """Add measurements up."""
    counted = [row for row in measured if row.counts]
    sums: dict[str, Decimal] = {}
    totals: dict[str, Decimal] = {}
    for row in counted:
        sums[row.criterion] = sums.get(row.criterion, Decimal(0)) + (
            row.weight * quotient(row.passed, row.evaluated)
        )
        totals[row.criterion] = totals.get(row.criterion, Decimal(0)) + row.weight
    criteria = {
        name: quotient(HUNDRED * sums[name], totals[name]) if name in totals else None
        for name in weights
    }
    of_all = sum((weights[name] for name in totals), Decimal(0))
    value = None
    if of_all:
        added = sum((weights[name] * (criteria[name] or 0) for name in totals), Decimal(0))
        value = quotient(added, of_all, SHOWN_PLACES)
    return Scored(
        value=value,
        criteria={
            name: one if one is None else quotient(one, 1, SHOWN_PLACES)
            for name, one in criteria.items()
        },
        holds_gates=not any(row.gates_broken for row in counted),
        evaluated=sum(row.evaluated for row in counted),
        worst=_worst(counted, weights, totals),
    )


def _worst(
    counted: list[Measured], weights: Mapping[str, Decimal], totals: Mapping[str, Decimal]
) -> list[str]:
    losses = {
        row.rule: quotient(
            weights[row.criterion] * row.weight * (1 - quotient(row.passed, row.evaluated)),
            totals[row.criterion],
        )
        for row in counted
    }
    lossy = [rule for rule in losses if losses[rule] > 0]
    return sorted(lossy, key=lambda rule: (-losses[rule], rule))[:WORST]


def state(
    value: Decimal | None, *, holds_gates: bool, green_from: Decimal, amber_from: Decimal
) -> str:
    """Return green, amber, red, or nothing; a wrong identifier keeps a place from green."""
    if value is None:
        return ""
    if value < amber_from:
        return "red"
    return "green" if value >= green_from and holds_gates else "amber"
