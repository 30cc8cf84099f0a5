"""Compute the figures of a form: ask the sources, lay noughts where they counted none, add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from facilities.heirs import units_on
from portal.codelists.lookup import codes_on
from portal.places.models import Organisation
from reporting.definitions import Column, Form, Row, form_of
from reporting.definitions.reading import OWN, covers, icd_ranges
from reporting.models import ReportDefinition
from reporting.periods import Period
from reporting.sources import Asked, measures, source_named
from reporting.sources.asked import MANY_PLACES, Counts, Place, Value
from reporting.sources.room import room_to_count

# row → column → a number, [numerator, denominator] or a text; what is not there is not known.
Figures = dict[str, dict[str, Any]]
DISEASES = "infectious_diseases"


def form_for(definition: ReportDefinition, period: Period) -> Form:
    """Return a form with its rows; those of a list of diseases are the list's on the last day."""
    form = form_of(definition)
    if form.rows_from == "facilities":
        return replace(form, rows=(Row(key=OWN, label=""),))
    if form.rows_from == "diseases":
        rows = tuple(
            Row(
                key=entry.code,
                label=entry.title,
                icd=str(entry.attributes.get("icd_ranges", "")),
                role="restricted" if entry.attributes.get("is_restricted") else "",
            )
            for entry in codes_on(DISEASES, period.last)
        )
        return replace(form, rows=rows)
    return form


def places_of(senders: Iterable[Organisation], on: date) -> list[Place]:
    """Return whose records count for whom: a station sends for its points and for whom it followed."""
    own = {sender.pk for sender in senders}
    units = {place: unit for place, unit in units_on(on).items() if unit in own}
    return [Place(place, unit) for place, unit in ({pk: pk for pk in own} | units).items()]


def compute(
    definition: ReportDefinition,
    period: Period,
    senders: Sequence[Organisation],
    *,
    from_days: bool = False,
) -> dict[UUID, Figures]:
    """Return the figures of each sender, whatever their number, in a few statements."""
    form = form_for(definition, period)
    places = places_of(senders, period.last)
    noughts = blank(form)
    figures: dict[UUID, Figures] = {
        sender.pk: {row: dict(cells) for row, cells in noughts.items()} for sender in senders
    }
    with room_to_count(wanted=len(places) >= MANY_PLACES):
        for source, cells in by_source(form).items():
            asked = Asked(form, period, cells, places, from_days=from_days)
            _gather(source.compute(asked), figures)
    heads = Heads(form)
    return {sender: finished(form, period, whole, heads) for sender, whole in figures.items()}


def _gather(values: Iterable[Value], figures: Mapping[UUID, Figures]) -> None:
    """Lay what a source counted into the figures of each sender; of a station's points it adds up."""
    for sender, key, column, told in values:
        whole = figures.get(sender)
        if whole is not None:
            row = whole.setdefault(key, {})
            row[column] = told if isinstance(told, str) else row.get(column, 0) + told


def by_source(form: Form) -> dict[Counts, list[tuple[str, str, str]]]:
    """Part the computed cells of a form by who counts them."""
    found: dict[Counts, list[tuple[str, str, str]]] = {}
    for row, column, measure in form.cells_with_source():
        source = source_named(measure)
        if source is not None:
            key = row.key if row is not None else ""
            found.setdefault(source, []).append((key, column.key, measure.partition(":")[2]))
    return found


def has_source(form: Form, row: Row | None, column: Column) -> bool:
    """Say whether anything in the system knows a cell."""
    return form.source_of(row, column) in measures()


def blank(form: Form) -> Figures:
    """Return 0 in every cell that has a source: nothing found is a figure, nothing known is none."""
    return {
        row.key: cells
        for row in form.rows
        if (cells := {c.key: 0 for c in form.columns if _is_counted(form, row, c)})
    }


def _is_counted(form: Form, row: Row, column: Column) -> bool:
    """Say whether finding none means 0; of beds nobody told it means nothing."""
    source = source_named(form.source_of(row, column))
    return source is not None and source.knows_nought


class Heads:
    """The chapter of a form that each category belongs to, looked for once."""

    def __init__(self, form: Form) -> None:
        self.ranges = {row.key: icd_ranges(row.icd) for row in form.rows if row.icd}
        self.known: dict[str, str] = {}

    def of(self, category: str) -> str:
        """Return the key of a chapter; what belongs to none stands under none."""
        found = self.known.get(category)
        if found is None:
            fits = (head for head, ranges in self.ranges.items() if covers(ranges, category))
            found = self.known[category] = next(fits, "none")
        return found


def finished(form: Form, period: Period, figures: Figures, heads: Heads) -> Figures:
    """Add headings up from their categories, fill the noughts of new rows, work out shares."""
    whole = heads_added(form, figures, heads) if form.rows_from == "categories" else figures
    if form.rows_from == "categories":
        known = [column.key for column in form.columns if has_source(form, None, column)]
        noughts = dict.fromkeys(known, 0)
        for key, cells in whole.items():
            whole[key] = noughts | cells
    for cells in whole.values():
        cells.update(shares(form, period, cells))
    return whole


def heads_added(form: Form, figures: Figures, heads: Heads) -> Figures:
    """Return each chapter with the sum of its categories, and the categories that had cases."""
    found: Figures = {row.key: dict(figures.get(row.key, {})) for row in form.rows}
    fixed = set(found)
    for key, cells in sorted(figures.items()):
        if key in fixed:
            continue
        found[key] = dict(cells)
        head = heads.of(key)
        for column, value in cells.items():
            found[head][column] = found[head].get(column, 0) + value
    return found


def shares(form: Form, period: Period, cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shares and means of a row as numerator and denominator."""
    found: dict[str, Any] = {}
    for column in form.columns:
        if column.ratio is None:
            continue
        above: Any = cells.get(column.ratio[0])
        below: Any = cells.get(column.ratio[1])
        if _is_number(above) and _is_number(below):
            found[column.key] = [above, below * (period.days if column.per_day else 1)]
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def totals(form: Form, period: Period, figures: Figures) -> dict[str, Any]:
    """Return the last line: what may be added up over the rows, and shares of the sums.

    A column in which no row is known has no sum; a share is of the rows that know both its sides.
    """
    rows = (
        [figures.get(row.key, {}) for row in form.rows]
        if form.rows_from == "categories"
        else [*figures.values()]
    )
    found: dict[str, Any] = {}
    for column in form.columns:
        known = [row[column.key] for row in rows if _is_number(row.get(column.key))]
        if column.is_additive and known:
            found[column.key] = sum(known)
    return {**found, **_shares_of_sums(form, period, rows)}


def _shares_of_sums(
    form: Form, period: Period, rows: Sequence[Mapping[str, Any]]
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        for key, (above, below) in shares(form, period, row).items():
            sums = found.setdefault(key, [0, 0])
            sums[0], sums[1] = sums[0] + above, sums[1] + below
    return found
