"""What is to be generated, where, and from which lists? Plain values that a worker can be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

CHUNK = 5_000
MOST = 10_000_000
# Serials 0..999999 of one personal-number prefix are dealt out to the chunks.
SERIALS = 1_000_000


class PopulationError(Exception):
    """The population cannot be generated; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A commune, its station, and where its people go besides."""

    area: str
    station: str
    province: str
    old_codes: tuple[str, ...]
    weight: float
    is_urban: bool
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Titled:
    """A code of a list as it is written into a visit."""

    code: str
    title: str
    sensitivity: str = ""


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine of the station's list."""

    code: str
    name: str
    strength: str
    unit: str
    usual: str = ""


@dataclass(frozen=True, slots=True)
class Lists:
    """The code lists that visits are made of, in one version each."""

    icd_version: str
    diagnoses: Mapping[str, Titled]
    medicines: Mapping[str, Medicine]


@dataclass(frozen=True, slots=True)
class Plan:
    """One population: how many people, by which seed, in which places and days."""

    citizens: int
    seed: int
    visits_per_citizen: float
    first_day: date
    last_day: date
    places: Sequence[Place]
    lists: Lists
    holidays: frozenset[date] = frozenset()
    shares: Sequence[int] = field(default=())
    twins_per_thousand: float = 0.0

    @property
    def chunks(self) -> int:
        return -(-self.citizens // CHUNK)

    @property
    def serials_per_chunk(self) -> int:
        return SERIALS // max(self.chunks, 1)

    def people_in(self, chunk: int) -> list[tuple[int, int]]:
        """Return the places of a chunk's people as (place, how many), commune by commune."""
        first, last = chunk * CHUNK, min((chunk + 1) * CHUNK, self.citizens)
        found, reached = [], 0
        for place, count in enumerate(self.shares):
            begin, reached = reached, reached + count
            here = min(reached, last) - max(begin, first)
            if here > 0:
                found.append((place, here))
        return found

    def working_days(self) -> list[date]:
        """Return the days on which stations are open: Sundays and holidays are not."""
        count = (self.last_day - self.first_day).days + 1
        days = (self.first_day + timedelta(days=n) for n in range(count))
        return [day for day in days if day.weekday() < 6 and day not in self.holidays]


def deal(total: int, weights: Sequence[float]) -> list[int]:
    """Share ``total`` by weight in whole numbers; what is left over goes to the greatest remains."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    dealt = [int(value) for value in exact]
    by_remains = sorted(range(len(exact)), key=lambda n: (dealt[n] - exact[n], n))
    for n in by_remains[: total - sum(dealt)]:
        dealt[n] += 1
    return dealt
