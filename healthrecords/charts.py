"""The course of a measurement, as points of a small drawing made by the server."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.models import VitalSigns
from healthrecords.services.vitals import shown

LEFT, RIGHT, TOP, BOTTOM = 30, 242, 12, 92
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement in the drawing."""

    x: str
    y: str
    value: str
    on: str


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its points, oldest first."""

    points: Sequence[Point]
    kind: str

    @property
    def path(self) -> str:
        return " ".join(f"{point.x},{point.y}" for point in self.points)

    @property
    def last(self) -> Point:
        return self.points[-1]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its title, its sentence for those who do not see it, and its figures."""

    title: str
    unit: str
    sentence: str
    lines: Sequence[Line]
    low: str
    high: str
    first_on: str
    last_on: str
    rows: Sequence[tuple[str, str]]


def charts_of(measured: Sequence[VitalSigns]) -> list[Chart]:
    """Draw blood pressure, weight and glucose where there are two values or more."""
    rows = list(reversed(measured))
    drawn = (
        _chart(_("Blood pressure"), "mmHg", rows, ("systolic", "diastolic")),
        _chart(_("Weight"), "kg", rows, ("weight",)),
        _chart(_("Capillary glucose"), "mmol/L", rows, ("glucose",)),
    )
    return [chart for chart in drawn if chart is not None]


def _chart(
    title: str, unit: str, rows: Sequence[VitalSigns], names: tuple[str, ...]
) -> Chart | None:
    known = [row for row in rows if all(getattr(row, name) is not None for name in names)]
    if len(known) < FEWEST:
        return None
    values = [float(getattr(row, name)) for row in known for name in names]
    place = _scale(min(values), max(values))
    moments = [row.visit.started_at for row in known]
    lines = [
        Line(_points(known, name, moments, place), kind)
        for name, kind in zip(names, ("a", "b"), strict=False)
    ]
    texts = ["/".join(shown(getattr(row, name)) for name in names) for row in known]
    days = [f"{timezone.localdate(moment):%d/%m/%Y}" for moment in moments]
    sentence = _(
        "%(title)s, %(count)d values since %(day)s: from %(first)s to %(last)s %(unit)s"
    ) % {
        "title": title,
        "count": len(known),
        "day": days[0],
        "first": texts[0],
        "last": texts[-1],
        "unit": unit,
    }
    return Chart(
        title=title,
        unit=unit,
        sentence=sentence,
        lines=lines,
        low=shown_plain(min(values)),
        high=shown_plain(max(values)),
        first_on=f"{timezone.localdate(moments[0]):%m/%y}",
        last_on=f"{timezone.localdate(moments[-1]):%m/%y}",
        rows=list(reversed(list(zip(days, texts, strict=True)))),
    )


def shown_plain(value: float) -> str:
    """Write a limit of the drawing."""
    return f"{value:g}".replace(".", ",")


def _scale(low: float, high: float) -> Callable[[float], float]:
    spread = (high - low) or 1
    return lambda value: BOTTOM - (value - low) / spread * (BOTTOM - TOP)


def _points(
    rows: Sequence[Any], name: str, moments: Sequence[datetime], place: Callable[[float], float]
) -> list[Point]:
    """Place each value by its day: a gap of a year looks like one."""
    begin, whole = moments[0], (moments[-1] - moments[0]).total_seconds() or 1
    points = []
    for row, moment in zip(rows, moments, strict=True):
        value = getattr(row, name)
        x = LEFT + (moment - begin).total_seconds() / whole * (RIGHT - LEFT)
        points.append(
            Point(
                f"{x:.1f}",
                f"{place(float(value)):.1f}",
                shown(value),
                f"{timezone.localdate(moment):%d/%m/%Y}",
            )
        )
    return points
