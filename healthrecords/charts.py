"""The course of a measurement, as points of a small drawing made by the server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from healthrecords.glance import Asking, fact
from healthrecords.models import DiagnosticReport, Result, VitalSigns
from healthrecords.services.judging import LIST, same_unit, units_of
from healthrecords.services.vitals import bmi, shown
from portal.codelists.models import Code, CodeListVersion

TARGETS = "key_figure_targets"
MMOL = "mmol/L"
# The tests of the list that tell of glucose in the blood, and when the blood was taken.
BLOOD = {"glucose": "", "glucose-fasting": VitalSigns.GlucoseTiming.FASTING}
RESULTS_AT_MOST = 60
LEFT, RIGHT, TOP, BOTTOM = 30, 242, 12, 92
FEWEST = 2
LABEL = 13.0  # the height that one figure beside the drawing needs


@dataclass(frozen=True, slots=True)
class Target:
    """Where a figure should lie, as the guideline of the day says."""

    low: Decimal | None
    high: Decimal | None
    source: str


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement in the drawing."""

    x: str
    y: str
    value: str
    on: str


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its points, oldest first, its name where there is more than one."""

    points: Sequence[Point]
    kind: str
    name: StrOrPromise = ""
    label_y: str = ""

    @property
    def path(self) -> str:
        return " ".join(f"{point.x},{point.y}" for point in self.points)

    @property
    def last(self) -> Point:
        return self.points[-1]


@dataclass(frozen=True, slots=True)
class Limit:
    """A line of the target with the figure it stands for."""

    y: str
    text_y: str
    value: str


@dataclass(frozen=True, slots=True)
class Band:
    """The part of the drawing where values should lie."""

    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve that values are read against, with what it is called at its end."""

    path: str
    kind: str
    label: str
    label_y: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its title, its sentence for those who do not see it, and its figures."""

    title: StrOrPromise
    unit: StrOrPromise
    sentence: StrOrPromise
    lines: Sequence[Line]
    low: str
    high: str
    first_on: str
    last_on: str
    rows: Sequence[tuple[str, str, StrOrPromise]]
    limits: Sequence[Limit] = ()
    band: Band | None = None
    target_source: str = ""
    noted: bool = False
    noted_as: StrOrPromise = ""
    curves: Sequence[Curve] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one name, oldest first."""

    kind: str
    values: Sequence[tuple[datetime, Any]]
    name: StrOrPromise = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """What a drawing is made of."""

    title: StrOrPromise
    unit: str
    about: StrOrPromise
    series: Sequence[Series]
    rows: Sequence[tuple[datetime, str, StrOrPromise]]
    targets: Sequence[Target] = ()


@fact("targets")
def _targets(asking: Asking) -> Any:
    """Read the targets of the day beside the record: a list of its own would be a query more."""
    return ArraySubquery(_codes(TARGETS, asking.on).values("attributes"))


def _codes(key: str, on: date) -> Any:
    held = Q(valid_from=None) | Q(valid_from__lte=on)
    held &= Q(valid_until=None) | Q(valid_until__gte=on)
    versions = CodeListVersion.objects.holding(on).filter(code_list__key=key)
    codes = Code.objects.filter(held, version__in=versions.order_by("-valid_from").values("pk")[:1])
    return codes.order_by("position", "code")


@fact("glucose_units")
def _glucose_units(asking: Asking) -> Any:
    return ArraySubquery(_codes(LIST, asking.on).filter(code__in=BLOOD).values("attributes"))


@fact("glucose")
def _glucose_results(asking: Asking) -> Any:
    """Read what laboratories found, typed or by file; no reading by AI that nobody confirmed."""
    reports = asking.rows(DiagnosticReport).standing()
    reports = reports.filter(Q(is_ai=False) | Q(review=DiagnosticReport.Review.CONFIRMED))
    rows = asking.rows(Result).filter(
        report__in=reports.values("pk"), test__in=BLOOD, number__isnull=False
    )
    told = JSONObject(at="said_at", test="test", number="number", unit="unit")
    return ArraySubquery(rows.order_by("-said_at", "-id").values(said=told)[:RESULTS_AT_MOST])


@dataclass(frozen=True, slots=True)
class Glucose:
    """Glucose in the blood at a moment, in mmol/L, and what is said of how it was measured."""

    at: datetime
    value: Decimal
    is_fasting: bool
    note: StrOrPromise


def glucose_found(facts: Mapping[str, Sequence[Any]]) -> list[Glucose]:
    """Return the results of laboratories; one in a unit that the list does not know is left out."""
    said = ";".join(str(row.get("other_units") or "") for row in facts["glucose_units"])
    units = [(MMOL, Decimal(1)), ("", Decimal(1)), *units_of(said)]
    found = []
    for row in facts["glucose"]:
        at = parse_datetime(row["at"])
        factor = next((each for unit, each in units if same_unit(unit, row["unit"])), None)
        if at is None or factor is None:
            continue
        is_fasting = BLOOD[row["test"]] == VitalSigns.GlucoseTiming.FASTING
        note = _("laboratory, fasting") if is_fasting else _("laboratory")
        value = (Decimal(str(row["number"])) / factor).quantize(Decimal("0.1"))
        found.append(Glucose(at, value, is_fasting, note))
    return found


def targets_of(facts: Mapping[str, Sequence[Any]], *, age: int) -> Mapping[str, Target]:
    """Return the targets of the key figures for an age in years."""
    found = {}
    for said in facts["targets"]:
        if age >= int(said.get("age_from") or 0):
            low, high = (
                Decimal(said[name]) if said.get(name) else None for name in ("low", "high")
            )
            found[str(said["figure"])] = Target(low, high, str(said.get("source", "")))
    return found


def charts_of(
    measured: Sequence[VitalSigns],
    targets: Mapping[str, Target] | None = None,
    *,
    found: Sequence[Glucose] = (),
    with_weight: bool = True,
) -> list[Chart]:
    """Draw blood pressure, glucose and weight where there are two values or more."""
    rows, known = list(reversed(measured)), targets or {}
    plots = [_pressure(rows, known), _glucose(rows, known, found)]
    plots += [_weight(rows)] if with_weight else []
    return [_drawn(plot) for plot in plots if len(plot.rows) >= FEWEST]


def _taken(rows: Sequence[VitalSigns], *names: str) -> list[tuple[datetime, VitalSigns]]:
    """Return the rows that have all the values, with their moment."""
    return [
        (row.visit.started_at, row)
        for row in rows
        if all(getattr(row, name) is not None for name in names)
    ]


def _pressure(rows: Sequence[VitalSigns], known: Mapping[str, Target]) -> Plot:
    taken = _taken(rows, "systolic", "diastolic")
    targets = [known[name] for name in ("systolic", "diastolic") if name in known]
    about = _("mmHg")
    if len(targets) == 2:
        about = _("mmHg, target below %(high)s/%(low)s") % {
            "high": shown(targets[0].high),
            "low": shown(targets[1].high),
        }
    return Plot(
        title=_("Blood pressure"),
        unit="mmHg",
        about=about,
        series=[
            Series("a", [(at, row.systolic) for at, row in taken], _("systolic")),
            Series("b", [(at, row.diastolic) for at, row in taken], _("diastolic")),
        ],
        rows=[(at, f"{row.systolic}/{row.diastolic}", "") for at, row in taken],
        targets=targets if len(targets) == 2 else (),
    )


def _glucose(
    rows: Sequence[VitalSigns], known: Mapping[str, Target], found: Sequence[Glucose]
) -> Plot:
    """Draw fasting values and the others apart: they are judged by different limits.

    What was measured at a visit and what laboratories found is one course.
    """
    measured = [
        Glucose(
            at,
            row.glucose or Decimal(0),
            row.glucose_timing == VitalSigns.GlucoseTiming.FASTING,
            row.get_glucose_timing_display() or _("time not said"),
        )
        for at, row in _taken(rows, "glucose")
    ]
    taken = sorted([*measured, *found], key=lambda one: one.at)
    target = known.get("glucose.fasting")
    about = _("mmol/L")
    if target is not None:
        about = _("mmol/L, fasting target %(low)s to %(high)s") % {
            "low": shown(target.low),
            "high": shown(target.high),
        }
    apart = (
        Series("a", [(one.at, one.value) for one in taken if one.is_fasting], _("fasting")),
        Series("b", [(one.at, one.value) for one in taken if not one.is_fasting], _("not fasting")),
    )
    series = [one for one in apart if one.values]
    return Plot(
        title=_("Blood glucose") if found else _("Capillary glucose"),
        unit=MMOL,
        about=about,
        series=series,
        rows=[(one.at, shown(one.value), one.note) for one in taken],
        targets=[target] if target and any(one.kind == "a" for one in series) else (),
    )


def _weight(rows: Sequence[VitalSigns]) -> Plot:
    taken = _taken(rows, "weight")
    heights = [row.height for _at, row in taken if row.height is not None]
    index = bmi(taken[-1][1].weight, heights[-1]) if taken and heights else None
    return Plot(
        title=_("Weight"),
        unit="kg",
        about=_("kg, BMI %(index)s") % {"index": shown(index)} if index is not None else _("kg"),
        series=[Series("a", [(at, row.weight) for at, row in taken])],
        rows=[(at, shown(row.weight), "") for at, row in taken],
    )


def _drawn(plot: Plot) -> Chart:
    values = [float(value) for one in plot.series for _at, value in one.values]
    limits = [float(t) for target in plot.targets for t in (target.low, target.high) if t]
    place = _scale(min(values + limits), max(values + limits))
    moments = [at for at, _text, _note in plot.rows]
    across = _across(moments)
    notes = any(note for _at, _text, note in plot.rows)
    return Chart(
        title=plot.title,
        unit=plot.about,
        sentence=_sentence(plot),
        lines=_lines(plot, across, place),
        low="" if limits else shown_plain(min(values)),
        high="" if limits else shown_plain(max(values)),
        first_on=f"{timezone.localdate(moments[0]):%m/%y}",
        last_on=f"{timezone.localdate(moments[-1]):%m/%y}",
        rows=[
            (f"{timezone.localdate(at):%d/%m/%Y}", text, note)
            for at, text, note in reversed(plot.rows)
        ],
        limits=[_limit(value, place) for value in sorted(set(limits))],
        band=_band(limits, place),
        target_source="; ".join(dict.fromkeys(t.source for t in plot.targets if t.source)),
        noted=notes,
    )


def _lines(
    plot: Plot, across: Callable[[datetime], float], place: Callable[[float], float]
) -> list[Line]:
    """Draw the series; the figures at their ends keep clear of each other."""
    ends = sorted((place(float(one.values[-1][1])), one.kind) for one in plot.series)
    labels, last = {}, -LABEL
    for y, kind in ends:
        last = max(y, last + LABEL)
        labels[kind] = f"{last + 4:.1f}"
    return [
        Line(_points(one, across, place), one.kind, one.name, labels[one.kind])
        for one in plot.series
    ]


def _sentence(plot: Plot) -> str:
    first_at, first, _note = plot.rows[0]
    return _("%(title)s, %(count)d values since %(day)s: from %(first)s to %(last)s %(unit)s") % {
        "title": plot.title,
        "count": len(plot.rows),
        "day": f"{timezone.localdate(first_at):%d/%m/%Y}",
        "first": first,
        "last": plot.rows[-1][1],
        "unit": plot.about,
    }


def _limit(value: float, place: Callable[[float], float]) -> Limit:
    y = place(value)
    return Limit(f"{y:.1f}", f"{y + 4:.1f}", shown_plain(value))


def _band(limits: Sequence[float], place: Callable[[float], float]) -> Band | None:
    if len(limits) < 2:
        return None
    top, bottom = place(max(limits)), place(min(limits))
    return Band(f"{top:.1f}", f"{bottom - top:.1f}")


def shown_plain(value: float) -> str:
    """Write a limit of the drawing."""
    return f"{value:g}".replace(".", ",")


def _scale(low: float, high: float) -> Callable[[float], float]:
    spread = (high - low) or 1
    return lambda value: BOTTOM - (value - low) / spread * (BOTTOM - TOP)


def _across(moments: Sequence[datetime]) -> Callable[[datetime], float]:
    """Place each value by its day: a gap of a year looks like one."""
    begin, whole = moments[0], (moments[-1] - moments[0]).total_seconds() or 1
    return lambda at: LEFT + (at - begin).total_seconds() / whole * (RIGHT - LEFT)


def _points(
    series: Series, across: Callable[[datetime], float], place: Callable[[float], float]
) -> list[Point]:
    return [
        Point(
            f"{across(at):.1f}",
            f"{place(float(value)):.1f}",
            shown(value),
            f"{timezone.localdate(at):%d/%m/%Y}",
        )
        for at, value in series.values
    ]
