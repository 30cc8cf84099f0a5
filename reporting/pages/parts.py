"""What a figure that no records make up is made of: a sum of its rows or reports, a share of its two sides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.codelists.lookup import lists_held
from reporting.definitions import Column
from reporting.definitions.reading import OWN
from reporting.figures_of import Standing, standings_of
from reporting.guarding import as_seen
from reporting.models import Report
from reporting.pages.grid import MARK, TOTAL, subtotals_of, text_of

# Cells of a page, in its own address.
HERE = "?o={}#dong"


@dataclass(frozen=True, slots=True)
class Part:
    """One of the figures that another one is made of, and where it opens."""

    label: str
    value: str
    url: str


def parts_of_share(
    standing: Standing, key: str, column: Column, members: Collection[str] | None = None
) -> list[Part]:
    """Return the two sides of a share, each opening its own cell."""
    is_sum = key == TOTAL or members is not None
    if members is not None:
        cells: Mapping[str, Any] = subtotals_of(standing, members)
    else:
        cells = standing.totals if key == TOTAL else standing.figures.get(key, {})
    above, below = column.ratio or ("", "")
    days = standing.period.days if column.per_day else 1
    # Of a last line the sides of the rows that know both: the sum of a column may hold more.
    share = cells.get(column.key) if is_sum else None
    sides = {above: share[0], below: share[1] // days} if share else cells
    found = []
    for name, word in ((above, _("above the line")), (below, _("below the line"))):
        side = standing.form.by_key[name]
        called = _("column %(number)s “%(label)s”") % {"number": side.number, "label": side.label}
        label = f"{word}: {called}"
        if name == below and column.per_day:
            label += " " + _("times %(days)s days") % {"days": standing.period.days}
        found.append(Part(label, text_of(sides.get(name), side) or "–", _here(key, name)))
    return found


def parts_of_total(standing: Standing, labels: Mapping[str, str], column: Column) -> list[Part]:
    """Return the rows that a last line adds up, those without a figure left out."""
    form = standing.form
    keys = [row.key for row in form.rows] if form.rows_from == "categories" else standing.figures
    return [
        Part(labels.get(key, key), text_of(value, column), _here(key, column.key))
        for key in keys
        if (value := standing.number(key, column.key))
    ]


def parts_of_sum(
    reports: Iterable[Report],
    whole: Standing,
    key: str,
    column: Column,
    members: Collection[str] | None = None,
) -> list[Part]:
    """Return what each sender's report adds to a figure, the largest first; nought is left out.

    Of a group's figure it is the reports of its ``members`` that are looked at.
    """
    if members is not None:
        reports = [one for one in reports if str(one.organisation_id) in members]
        key = TOTAL
    with lists_held():
        return _added(reports, whole, key, column)


def _added(reports: Iterable[Report], whole: Standing, key: str, column: Column) -> list[Part]:
    form = whole.form
    found: list[tuple[float, Part]] = []
    for report, told in standings_of(reports):
        standing = as_seen(told, sees=not whole.is_guarded)
        own = key
        if form.rows_from == "facilities":
            if key not in {str(report.organisation_id), TOTAL}:
                continue
            own = OWN
        cells = standing.totals if own == TOTAL else standing.figures.get(own, {})
        value: Any = cells.get(column.key)
        if isinstance(value, int | float) and value:
            address = reverse("reporting:report", args=[report.pk]) + _here(own, column.key)
            name = report.organisation.name
            found.append((value, Part(name, text_of(value, column), address)))
    return [part for _value, part in sorted(found, key=lambda one: (-one[0], one[1].label))]


def _here(key: str, column: str) -> str:
    return HERE.format(quote(f"{key}{MARK}{column}"))
