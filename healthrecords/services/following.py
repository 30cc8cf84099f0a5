"""Who wants to be told which visits were just written, because a diagnosis there has a consequence?

The records import nothing from above: a higher storey registers, once, when the process starts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who is told, and the three-character categories of diagnoses they wait for."""

    take: Callable[[Collection[UUID]], None]
    categories: Callable[[], frozenset[str]]


_followers: list[Follower] = []


def register(follower: Follower) -> None:
    """Tell ``follower`` from now on; registering it twice changes nothing."""
    if follower not in _followers:
        _followers.append(follower)


def tell(visits: Iterable[UUID]) -> None:
    """Tell everybody, inside the transaction that wrote: what follows is written with it, or not."""
    keys = set(visits)
    if keys:
        for follower in _followers:
            follower.take(keys)


def waited_for() -> frozenset[str]:
    """Return the categories anybody waits for: a file tells of the visits that have one."""
    return frozenset().union(*(follower.categories() for follower in _followers))
