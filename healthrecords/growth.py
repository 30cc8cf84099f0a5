"""Does a child grow as children do? Weight and height among the curves of the WHO, by age.

z = ((x / M)^L - 1) / (L S): how many deviations a value lies from the median of children of the same
age and sex (WHO Child Growth Standards 2006, from birth to 60 months).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import exp, log
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from healthrecords.charts import BOTTOM, LEFT, RIGHT, TOP, Chart, Curve, Line, Point
from healthrecords.models import Citizen, VitalSigns
from healthrecords.services.vitals import shown
from portal.codelists.lookup import codes_on

STANDARDS = "growth_standards"
MONTH = 30.4375  # days, as the standards count
LAST = 60
# How far the drawing reaches: to the end of the year of age, so that a curve is seen as one.
STEP = 12
DRAWN = (-3, -2, 0, 2, 3)
# Two names of curves stand at least so far from each other, in the units of the drawing.
LABEL = 9.0


@dataclass(frozen=True, slots=True)
class Moment:
    """The three values of a month: skewness, median, spread."""

    skew: float
    median: float
    spread: float

    def z_of(self, value: float) -> float:
        """Return how many deviations a value lies from the median."""
        if self.skew == 0:
            return log(value / self.median) / self.spread
        return float(((value / self.median) ** self.skew - 1) / (self.skew * self.spread))

    def value_at(self, z: float) -> float:
        """Return the value that lies so many deviations from the median."""
        if self.skew == 0:
            return self.median * exp(self.spread * z)
        return float(self.median * (1 + self.skew * self.spread * z) ** (1 / self.skew))


class Standard:
    """The curves of one figure for one sex."""

    def __init__(self, months: Mapping[int, Moment]) -> None:
        self.months = months

    def at(self, age: float) -> Moment:
        """Return the values at an age in months; between two months they lie between."""
        lower = min(int(age), LAST - 1)
        part = min(age, LAST) - lower
        one, other = self.months[lower], self.months[lower + 1]
        mixed = (
            a + (b - a) * part
            for a, b in (
                (one.skew, other.skew),
                (one.median, other.median),
                (one.spread, other.spread),
            )
        )
        return Moment(*mixed)


def standards_on(on: date, *, sex: str) -> dict[str, Standard]:
    """Return the standards of a day for a sex, by figure; nothing where the list is not loaded."""
    found: dict[str, dict[int, Moment]] = {}
    for row in codes_on(STANDARDS, on):
        said = row.attributes
        if said["sex"] == sex:
            moment = Moment(*(float(said[name]) for name in ("l", "m", "s")))
            found.setdefault(str(said["figure"]), {})[int(said["month"])] = moment
    return {figure: Standard(months) for figure, months in found.items() if len(months) > LAST}


def age_in_months(citizen: Citizen, on: date) -> float | None:
    """Return an age in months; nothing where the day of birth is not known."""
    if citizen.birth_precision != Citizen.Precision.DAY or citizen.birth_is_estimated:
        return None
    age = (on - citizen.birth_date).days / MONTH
    return age if 0 <= age <= LAST else None


def growth_charts(measured: Sequence[VitalSigns], citizen: Citizen, on: date) -> list[Chart]:
    """Draw weight and height of a child under five by age; nothing for others."""
    if age_in_months(citizen, on) is None or citizen.sex not in {"male", "female"}:
        return []
    standards = standards_on(on, sex=citizen.sex)
    drawn = (
        _chart(figure, _taken(measured, figure, citizen), standards[figure])
        for figure in ("weight", "height")
        if figure in standards
    )
    return [chart for chart in drawn if chart is not None]


Taken = tuple[float, Any, date]  # age in months, value, day


def _taken(measured: Sequence[VitalSigns], figure: str, citizen: Citizen) -> list[Taken]:
    """Return what was measured up to five years of age, oldest first."""
    found = []
    for row in reversed(measured):
        value = getattr(row, figure)
        day = timezone.localdate(row.visit.started_at)
        age = age_in_months(citizen, day)
        if value is not None and age is not None:
            found.append((age, value, day))
    return found


def _chart(figure: str, taken: Sequence[Taken], standard: Standard) -> Chart | None:
    if not taken:
        return None
    until = min(LAST, max(STEP, -(-int(taken[-1][0] + 1) // STEP) * STEP))
    ends = [standard.at(0).value_at(-3), standard.at(until).value_at(3)]
    values = [float(value) for _age, value, _day in taken] + ends
    low, high = min(values), max(values)

    def x(age: float) -> float:
        return LEFT + age / until * (RIGHT - LEFT)

    def y(value: float) -> float:
        return BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP)

    points = [
        Point(f"{x(age):.1f}", f"{y(float(value)):.1f}", shown(value), f"{day:%d/%m/%Y}")
        for age, value, day in taken
    ]
    zs = [standard.at(age).z_of(float(value)) for age, value, _day in taken]
    title, unit = TITLES[figure]
    said = judged(figure, zs[-1])
    return Chart(
        title=title,
        unit=f"{unit}, {said}",
        sentence=_("%(title)s: %(value)s %(unit)s on %(day)s, %(said)s")
        % {
            "title": title,
            "value": points[-1].value,
            "unit": unit,
            "day": points[-1].on,
            "said": said,
        },
        lines=[Line(points, "a", "", f"{float(points[-1].y) + 4:.1f}")],
        low="",
        high="",
        first_on="0",
        last_on=_("%(months)d months") % {"months": until},
        rows=[
            (point.on, point.value, deviation(z))
            for point, z in reversed(list(zip(points, zs, strict=True)))
        ],
        curves=_apart([_curve(standard, z, until, x, y) for z in DRAWN]),
        target_source=str(_("WHO Child Growth Standards, 2006")),
        noted=True,
        noted_as=_("Deviation"),
    )


def _curve(standard: Standard, z: int, until: int, x: Any, y: Any) -> Curve:
    months = range(until + 1)
    values = [(x(month), y(standard.at(month).value_at(z))) for month in months]
    path = " ".join(f"{across:.1f},{down:.1f}" for across, down in values)
    kind = "median" if z == 0 else "edge" if abs(z) == 2 else "far"
    sign = "" if z == 0 else "+" if z > 0 else "−"
    return Curve(path, kind, f"{sign}{abs(z)}", f"{values[-1][1] + 3:.1f}")


def _apart(curves: Sequence[Curve]) -> list[Curve]:
    """Move the names of curves that end close together far enough apart to be read, from the top."""
    found: list[Curve] = []
    above = float("-inf")
    for curve in sorted(curves, key=lambda one: float(one.label_y)):
        above = max(float(curve.label_y), above + LABEL)
        found.append(replace(curve, label_y=f"{above:.1f}"))
    return found


TITLES: Mapping[str, tuple[StrOrPromise, str]] = {
    "weight": (gettext_lazy("Weight for age"), "kg"),
    "height": (gettext_lazy("Height for age"), "cm"),
}


def deviation(z: float) -> str:
    """Write a deviation: −2,3 SD."""
    sign = "−" if round(z, 1) < 0 else "+" if round(z, 1) > 0 else ""
    return f"{sign}{abs(round(z, 1)):.1f}".replace(".", ",") + " SD"


def judged(figure: str, z: float) -> str:
    """Say what a deviation means (WHO: below -2 and below -3)."""
    said = deviation(z)
    if z < -3:
        word = _("severely underweight") if figure == "weight" else _("severely stunted")
    elif z < -2:
        word = _("underweight") if figure == "weight" else _("stunted")
    else:
        return said
    return f"{said}, {word}"
