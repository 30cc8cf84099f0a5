"""UUID version 7 in Python (RFC 9562, section 5.7): sorted by time, made without the database."""

import os
import random
import threading
import time
import uuid
from collections.abc import Iterator

AT_ONCE = 256  # keys whose time is taken together: they are counted on 60 microseconds

_lock = threading.Lock()
_last = 0
# Seeded by the system, and anew in a forked child: nobody guesses a key's use from a key.
_random = random.Random()  # noqa: S311  (keys are told apart by it, not kept secret)
os.register_at_fork(after_in_child=_random.seed)


def uuid7() -> uuid.UUID:
    """Return a UUIDv7 that is greater than every earlier one of this process."""
    return _made(_next())


def uuid7_hexes() -> Iterator[str]:
    """Yield keys as the 32 digits that COPY takes, without end, each greater than the one before.

    Whoever makes a million rows asks the clock once for a few hundred of them; keys that others of
    this process make meanwhile are greater than those of the few hundred begun.
    """
    while True:
        first, noise = _reserve(AT_ONCE), os.urandom(8 * AT_ONCE).hex()
        yield from [
            f"{first + at >> 12:012x}7{first + at & 0xFFF:03x}8{noise[16 * at + 1 : 16 * at + 16]}"
            for at in range(AT_ONCE)
        ]


def _reserve(count: int) -> int:
    """Return the first of so many stamps in a row that are nobody else's."""
    global _last  # noqa: PLW0603  (the one counter of the process)
    with _lock:
        now = time.time_ns() * 4096 // 1_000_000  # milliseconds << 12 | fraction of one
        first = now if now > _last else _last + 1
        _last = first + count - 1
    return first


def _next() -> int:
    stamp = _reserve(1)
    return (
        (stamp >> 12) << 80
        | 0x7 << 76
        | (stamp & 0xFFF) << 64
        | 0b10 << 62
        | _random.getrandbits(62)
    )


def _made(value: int) -> uuid.UUID:
    """Make a UUID without the checks of its constructor, which take as long as all the rest."""
    made = object.__new__(uuid.UUID)
    object.__setattr__(made, "int", value)
    object.__setattr__(made, "is_safe", uuid.SafeUUID.unknown)
    return made
