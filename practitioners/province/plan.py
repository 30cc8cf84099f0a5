"""How large is the province, which day is it there, and what was planted on whom?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from uuid import UUID

# Of so many practitioners one bears each kind of defect.
ONE_IN = 500


@dataclass(frozen=True, slots=True)
class Province:
    """What is to be generated: so many people at these facilities, as of a day."""

    people: int
    facilities: Sequence[UUID]
    on: date
    seed: int = 1
    issuer: str = "ĐB"
    other_issuer: str = "HNO"
    # The first serial of licences and of personal numbers, where several are written into one database.
    first: int = 1
    has_defects: bool = True
    # Who compared licences and numbers with their sources, as a user's key.
    verifier: UUID | None = None
    # Everybody's hours by weekday are five rows each; for measuring fewer are enough.
    hours_of_one_in: int = 1

    def rng(self, number: int) -> Random:
        """Return the chance of one person: it depends on the seed and their number alone."""
        return Random(f"{self.seed} {number}")  # noqa: S311

    @property
    def each_defect(self) -> int:
        """Return how many people bear each kind of defect."""
        return max(self.people // ONE_IN, 1) if self.has_defects else 0


Pair = tuple[UUID, UUID]


@dataclass(slots=True)
class Planted:
    """Whom the generator gave which defect, by the code a check finds it under."""

    pairs: dict[str, set[Pair]] = field(default_factory=dict)
    people: dict[str, set[UUID]] = field(default_factory=dict)
    # Same name, sex and birthday by chance: a check must ask about them too.
    accidental: set[Pair] = field(default_factory=set)

    def pair(self, code: str, one: UUID, other: UUID) -> None:
        """Note two rows that are one person."""
        self.pairs.setdefault(code, set()).add(ordered(one, other))

    def person(self, code: str, who: UUID) -> None:
        """Note a person with a defect of their own."""
        self.people.setdefault(code, set()).add(who)


def ordered(one: UUID, other: UUID) -> Pair:
    """Write a pair one way round."""
    return (one, other) if one < other else (other, one)
