"""Texts that nobody would write and somebody sends: seeds bent at random, always by the same seed."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

import pytest

SECONDS = float(os.environ.get("PROOF_SECONDS", "30"))
SEED = int(os.environ.get("PROOF_SEED", "20261122"))
# Each fuzzing has a short form in the ordinary suite and a long one among the proofs.
LENGTHS = [pytest.param(0.4, id="short"), pytest.param(SECONDS, id="long", marks=pytest.mark.proof)]

LETTERS = (
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEĐđưươơâăêôÀÁẢÃẠỄỘ"
    " \t\n\r\v\u00a0\u200b\u200d\ufeff\u2028/|-_.,:;%'\"\\<>{}[]()&?=+*#@~^$!`"
    "\0\x01\x1f\x7f\u0300\u0301\u0323\u0131\u017f\u00b2\u0663\u0966\u0f33\u2460\uff11\uff5c"
    "\u202e\u2066\ufffd\U0001f600\U000e0001\U0010ffff"
)
WORDS = (
    "NaN", "sNaN", "-Infinity", "1e9999", "-1", "0x10", "1_000", "٣٤", "²", "½", "null", "None",
    "true", "[]", "{}", "../..", "%s", "%(x)s", "{{ 7 }}", "<script>", "' OR 1=1 --", "\\u0000",
    "00/00/0000", "29/02/1900", "31/04/2025", "99999999999999999999", "9" * 400, "a" * 5000,
    "\u0301" * 60, "|" * 40, "01a20138-0539-7271-bbd1-25af4d7280b8", "=cmd|' /C calc'!A0",
)  # fmt: skip


class Noise:
    """Bends texts; two of the same seed bend alike."""

    def __init__(self, *, seed: int = SEED) -> None:
        self.rng = Random(seed)  # noqa: S311 - no secrets here

    def bend(self, text: str) -> str:
        """Return the text after one to six accidents; now and then untouched."""
        for _accident in range(self.rng.randrange(7)):
            text = self._once(text)
        return text

    def _once(self, text: str) -> str:
        rng = self.rng
        first, last = sorted(rng.randrange(len(text) + 1) for _end in range(2))
        head, middle, tail = text[:first], text[first:last], text[last:]
        return rng.choice(
            [
                head + rng.choice(LETTERS) + middle + tail,
                head + rng.choice(LETTERS) + tail,
                head + rng.choice(WORDS) + tail,
                head + tail,
                head + middle + middle + tail,
                tail + middle + head,
                head + middle.swapcase() + tail,
                head + middle[::-1] + tail,
            ]
        )[:20_000]

    def texts(self, seeds: Sequence[str], seconds: float) -> Iterator[str]:
        """Bend the seeds, and bend again what was bent, until the time is over."""
        end = time.monotonic() + seconds
        last = ""
        while time.monotonic() < end:
            last = self.bend(last if last and self.rng.random() < 0.3 else self.rng.choice(seeds))
            yield last


@contextmanager
def naming(text: object) -> Iterator[None]:
    """Let a failure say which text did it."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"seed {SEED}, sent {text!r}"[:3000])
        raise
