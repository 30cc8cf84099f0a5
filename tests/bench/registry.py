"""Which figures are there, and how is one measured and printed?"""

import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection


class NotHere(Exception):  # noqa: N818 - a fact about the code at hand, not an error
    """A figure cannot be measured: what it measures is not there."""


@dataclass(frozen=True)
class Figure:
    """One measured value."""

    name: str
    value: float
    unit: str

    def __str__(self) -> str:
        value = (
            f"{self.value:.0f}"
            if self.value >= 1000 or self.unit == "queries"
            else f"{self.value:.2f}"
        )
        return f"bench {self.name} {value} {self.unit}"


@dataclass(frozen=True)
class Bench:
    """A function that yields figures, and the kind of database it is run in.

    ``figures`` are patterns of the names it prints that do not begin with its own.
    """

    name: str
    run: Callable[[], Iterator[Figure]]
    is_short: bool
    within: str
    figures: tuple[str, ...] = ()

    def prints(self, figure: str) -> bool:
        """Say whether a figure is one that only this prints."""
        return any(re.fullmatch(pattern, figure) for pattern in self.figures)

    def is_meant(self, what: str) -> bool:
        """Say whether its name begins with what was asked, or a figure that was asked with its name."""
        return self.name.startswith(what) or what.startswith(self.name)


BENCHES: dict[str, Bench] = {}


def benches_of(what: Sequence[str]) -> list[Bench]:
    """Return the benches that print what was asked: a figure, or the beginning of names of benches."""
    found: dict[str, Bench] = {}
    for one in what:
        printing = [bench for bench in BENCHES.values() if bench.prints(one)]
        meant = printing or [bench for bench in BENCHES.values() if bench.is_meant(one)]
        found |= {bench.name: bench for bench in meant}
    return list(found.values())


def bench(
    name: str, *, short: bool = True, within: str = "citizens", figures: tuple[str, ...] = ()
) -> Callable:
    """Register a function as the bench ``name``; what is not short runs only when it is named.

    ``within`` is a kind of ``tests.bench.database``; ``figures`` see ``Bench``.
    """

    def register(run: Callable[[], Iterator[Figure]]) -> Callable[[], Iterator[Figure]]:
        BENCHES[name] = Bench(name, run, short, within, figures)
        return run

    return register


def times(run: Callable[[], object], repeats: int = 30, warm: int = 3) -> list[float]:
    """Return how long each run took in milliseconds, after some that do not count."""
    for _n in range(warm):
        run()
    found = []
    for _n in range(repeats):
        begun = time.perf_counter()
        run()
        found.append((time.perf_counter() - begun) * 1000)
    return found


def median(values: list[float]) -> float:
    return statistics.median(values)


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def in_database(queryset: object) -> Callable[[], list]:
    """Return a run of a queryset's own statement without making objects of its rows."""
    sql, params = queryset.query.sql_with_params()

    def run() -> list:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall()

    return run


def measured(name: str, run: Callable[[], object], **options: int) -> Iterator[Figure]:
    """Yield the median as ``name_ms`` and the 95th percentile as ``name_p95_ms``."""
    found = times(run, **options)
    yield Figure(f"{name}_ms", median(found), "ms")
    yield Figure(f"{name}_p95_ms", p95(found), "ms")


def say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def note(text: object) -> None:
    """Tell the person at the screen what goes on; the figures alone go to the output."""
    sys.stderr.write(f"# {text}\n")
    sys.stderr.flush()
