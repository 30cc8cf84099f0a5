"""Figures of a home page: each a number and the address at which its rows are counted.

The address of a figure shows rows marked with its name (``data-of``); their number, or the sum of
their ``data-value``, is the figure. A test follows every figure of every home page and counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LEFT, RIGHT, TOP, BOTTOM = 34, 336, 8, 112


@dataclass(frozen=True)
class Figure:
    """One number that opens its rows; ``word`` says what it counts where it stands as a chip."""

    name: str
    number: int
    url: str
    word: StrOrPromise = ""
    kind: str = ""
    icon: str = ""
    is_cut: bool = False  # there are more than was counted


@dataclass(frozen=True)
class Card:
    """One matter at a glance: its main figure, and of it what is late, better or worse.

    ``note`` says what the figure is held ``against``.
    """

    title: StrOrPromise
    main: Figure
    parts: Sequence[Figure] = ()
    note: StrOrPromise = ""
    against: Figure | None = None

    @property
    def shown(self) -> list[Figure]:
        """Return the parts that say something; no chip of noughts."""
        return [part for part in self.parts if part.number]

    @property
    def state(self) -> str:
        """Return the gravest kind among what is shown."""
        kinds = {part.kind for part in self.shown}
        return next((kind for kind in ("bad", "warn") if kind in kinds), "")


@dataclass(frozen=True)
class Strip:
    """What is due, late, better, worse, in one row across the page."""

    template: ClassVar[str] = "portal/home/strip.html"

    title: StrOrPromise
    cards: Sequence[Card]
    note: StrOrPromise = ""


@dataclass(frozen=True)
class Step:
    """One time of a course: its figure, and that of the same time before; None is not known."""

    first: date
    label: StrOrPromise
    now: Figure
    before: Figure | None = None


@dataclass(frozen=True)
class Bar:
    """One step as it is drawn."""

    x: str
    y: str
    height: str
    middle: str
    before_y: str
    label: StrOrPromise
    has_label: bool
    is_last: bool


@dataclass(frozen=True)
class Course:
    """A figure over time beside the same times before: bars and a dotted line, and their table.

    ``caption`` is what it ``says`` with the figures in it as such.
    """

    template: ClassVar[str] = "portal/home/course.html"
    width: ClassVar[str] = "14"

    title: StrOrPromise
    steps: Sequence[Step]
    says: StrOrPromise
    now_word: StrOrPromise
    before_word: StrOrPromise
    note: StrOrPromise = ""
    cards: Sequence[Card] = ()
    empty: StrOrPromise = ""
    caption: Sequence[Figure | str] = ()

    @property
    def most(self) -> int:
        """Return the top of the scale: a round number at or above every figure."""
        numbers = [step.now.number for step in self.steps]
        numbers += [step.before.number for step in self.steps if step.before]
        return rounded_up(max(numbers, default=0))

    @property
    def is_blank(self) -> bool:
        return not any(s.now.number or (s.before and s.before.number) for s in self.steps)

    @property
    def has_before(self) -> bool:
        return any(step.before and step.before.number for step in self.steps)

    @property
    def scale(self) -> list[tuple[str, int]]:
        """Return the lines of the scale: nothing, half, the top."""
        most = self.most
        lines = [0, most // 2, most] if most > 1 else [0, most]
        return [(_height(value, most), value) for value in lines]

    @property
    def bars(self) -> list[Bar]:
        most, count = self.most, max(len(self.steps), 1)
        room = (RIGHT - LEFT) / count
        found = []
        for at, step in enumerate(self.steps):
            middle = LEFT + room * (at + 0.5)
            y = _height(step.now.number, most)
            found.append(
                Bar(
                    x=f"{middle - 7:.1f}",
                    y=y,
                    height=f"{BOTTOM - float(y):.1f}",
                    middle=f"{middle:.1f}",
                    before_y=_height(step.before.number, most) if step.before else "",
                    label=step.label,
                    has_label=at % 3 == (count - 1) % 3,
                    is_last=at == count - 1,
                )
            )
        return found

    @property
    def line(self) -> str:
        """Return the points of the dotted line of the times before."""
        return " ".join(f"{bar.middle},{bar.before_y}" for bar in self.bars if bar.before_y)


def _height(value: int, most: int) -> str:
    return f"{BOTTOM - (BOTTOM - TOP) * value / (most or 1):.1f}"


def rounded_up(value: int) -> int:
    """Return the next of 1, 2, 4, 5, 10, 20 ... that is not below a number."""
    step = 1
    while True:
        for factor in (1, 2, 4, 5):
            if factor * step >= value:
                return factor * step
        step *= 10
