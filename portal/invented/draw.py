"""How is something drawn by weight a few million times, and how are keys made from a seed?"""

from collections.abc import Callable, Iterable
from random import Random
from typing import TypeVar

T = TypeVar("T")
SIZE = 4096
# Keys look as if made from 01/07/2025 on, one millisecond apart: sorted, and never in the future.
EPOCH_MS = 1_751_302_800_000


def table(weights: Iterable[tuple[T, float]], size: int = SIZE) -> list[T]:
    """Spread values over a list by weight, so that one random index draws one; none is lost."""
    pairs = [(value, weight) for value, weight in weights if weight > 0]
    total = sum(weight for _value, weight in pairs)
    spread: list[T] = []
    reached = 0.0
    for value, weight in pairs:
        reached += weight
        spread += [value] * max(1, round(reached / total * size) - len(spread))
    return spread


def falling(words: str, exponent: float = 0.75) -> list[tuple[str, float]]:
    """Weigh the words of a line from the most to the least frequent, as names fall off."""
    listed = [word.replace("_", " ") for word in words.split()]
    return [(word, (rank + 1.6) ** -exponent) for rank, word in enumerate(listed)]


def shares(line: str) -> list[tuple[str, float]]:
    """Read ``Nguyễn 38 Trần 11`` as values and weights; an underscore stands for a space."""
    parts = line.split()
    return [
        (word.replace("_", " "), float(weight))
        for word, weight in zip(parts[::2], parts[1::2], strict=True)
    ]


def keys(rng: Random, first_ms: int) -> Callable[[], str]:
    """Return a maker of UUIDv7 keys (32 hexadecimal digits) that grow and depend on the seed alone."""
    bits = rng.getrandbits
    ms = EPOCH_MS + first_ms

    def key() -> str:
        nonlocal ms
        ms += 1
        noise = bits(74)
        return f"{ms:012x}7{noise >> 62:03x}{noise & 0x3FFFFFFFFFFFFFFF | 1 << 63:016x}"

    return key
