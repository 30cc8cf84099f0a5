"""The course of a score over weeks, as points of a drawing made by the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reporting.models import QualityPolicy

LEFT, RIGHT, TOP, BOTTOM = 30, 324, 10, 124


@dataclass(frozen=True, slots=True)
class Point:
    """One week: where it is drawn, its score, its last day."""

    x: str
    y: str
    value: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class Chart:
    """Twelve weeks with the lines of good and poor; the table beside it says the same."""

    points: Sequence[Point]
    low: int
    good_y: str
    poor_y: str
    low_y: str
    first: date
    last: date

    @property
    def good_height(self) -> str:
        return f"{float(self.good_y) - TOP:.1f}"

    @property
    def path(self) -> str:
        return " ".join(f"{point.x},{point.y}" for point in self.points)

    @property
    def now(self) -> Point:
        return self.points[-1]

    @property
    def earlier(self) -> Sequence[Point]:
        return self.points[:-1]


def chart_of(weeks: Sequence[tuple[date, Decimal | None]], policy: QualityPolicy) -> Chart | None:
    """Place the weeks that have a score; None where there is none to draw."""
    known = [(at, day, value) for at, (day, value) in enumerate(weeks) if value is not None]
    if not known:
        return None
    lowest = min(value for _at, _day, value in known)
    low = max(0, int(min(lowest, policy.amber_from - 15)) // 10 * 10)
    step = (RIGHT - LEFT) / max(len(weeks) - 1, 1)

    def height(value: Decimal) -> str:
        share = (float(value) - low) / (100 - low)
        return f"{BOTTOM - share * (BOTTOM - TOP):.1f}"

    return Chart(
        points=[
            Point(f"{LEFT + at * step:.1f}", height(value), value, day) for at, day, value in known
        ],
        low=low,
        good_y=height(policy.green_from),
        poor_y=height(policy.amber_from),
        low_y=height(Decimal(low)),
        first=weeks[0][0],
        last=weeks[-1][0],
    )
