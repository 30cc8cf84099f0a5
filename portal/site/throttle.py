"""How many more passwords may be tried for this name from this address?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.cache import cache

WINDOW = timedelta(minutes=15)
TRIES_AT_ONE_ADDRESS = 5
# Guessing from many addresses at once must end too, but five wrong passwords typed elsewhere
# may not lock a nurse out of her own station.
TRIES_EVERYWHERE = 30


@dataclass(frozen=True)
class Tries:
    """What is left after this try was counted; ``again_at`` is set when none was allowed."""

    left: int
    again_at: datetime | None = None


def count_try(username: str, address: str) -> Tries:
    """Take one place for a try before the password is looked at.

    Places are taken with the cache's atomic ``add``, so that tries sent at once count each.
    """
    here, everywhere = _keys(username, address)
    now = datetime.now(tz=UTC)
    for key, limit in ((here, TRIES_AT_ONE_ADDRESS), (everywhere, TRIES_EVERYWHERE)):
        if not _take(key, limit, now):
            return Tries(left=0, again_at=_again(key, limit, now))
    return Tries(left=TRIES_AT_ONE_ADDRESS - len(_taken(here, TRIES_AT_ONE_ADDRESS)))


def forget_tries(username: str, address: str) -> None:
    """Begin anew after a right password."""
    here, everywhere = _keys(username, address)
    cache.delete_many(_places(here, TRIES_AT_ONE_ADDRESS))
    cache.delete_many(_places(everywhere, TRIES_EVERYWHERE))


def _keys(username: str, address: str) -> tuple[str, str]:
    name = username.strip().casefold()
    return _hashed("here", name, address), _hashed("everywhere", name)


def _hashed(*parts: str) -> str:
    return "login:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _places(key: str, limit: int) -> list[str]:
    return [f"{key}:{place}" for place in range(limit)]


def _taken(key: str, limit: int) -> dict[str, float]:
    taken: dict[str, float] = cache.get_many(_places(key, limit))
    return taken


def _take(key: str, limit: int, now: datetime) -> bool:
    taken = _taken(key, limit)
    free = [place for place in _places(key, limit) if place not in taken]
    seconds = WINDOW.total_seconds()
    return any(cache.add(place, now.timestamp(), timeout=seconds) for place in free)


def _again(key: str, limit: int, now: datetime) -> datetime:
    earliest = min(_taken(key, limit).values(), default=now.timestamp())
    return datetime.fromtimestamp(earliest, tz=UTC) + WINDOW
