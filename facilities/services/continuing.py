"""Who moves what they keep of a place when another continues for it, and takes it back with the step?

The facilities import nothing from above: a higher storey registers, once, when the process starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from portal.places.models import Organisation


@dataclass(frozen=True, slots=True)
class Continued:
    """A place and who continues for it: since when by the decision, and the day it was entered."""

    old: Organisation
    heir: Organisation
    on: date
    today: date
    stands_as_point: bool  # the old place works on, as a point of the heir
    areas: frozenset[UUID]  # the communes that the heir has from the old place alone


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who is told; ``name`` is where the step keeps how it stood before.

    ``carry`` returns that, as JSON; ``give_back`` gets it when the step is withdrawn.
    """

    name: str
    carry: Callable[[Continued], Any]
    give_back: Callable[[Continued, Any], None]


_followers: dict[str, Follower] = {}


def register(follower: Follower) -> None:
    """Tell ``follower`` from now on; registering it twice changes nothing."""
    _followers[follower.name] = follower


def carry(step: Continued) -> dict[str, Any]:
    """Tell everybody, inside the transaction of the step; return how it stood, by follower."""
    return {name: follower.carry(step) for name, follower in _followers.items()}


def give_back(step: Continued, kept: Mapping[str, Any]) -> None:
    """Tell everybody who moved something with a step that it never was."""
    for name, follower in _followers.items():
        if name in kept:
            follower.give_back(step, kept[name])
