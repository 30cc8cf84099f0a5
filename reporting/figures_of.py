"""The figures of a report as they stand: computed, with what somebody typed over them or beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from reporting.computing import Figures, form_for, heads_added, shares, totals
from reporting.definitions import Form
from reporting.models import ManualFigure, Report
from reporting.periods import Period


@dataclass(frozen=True, slots=True)
class Standing:
    """A report's form and figures, as it is read, checked, printed and added up."""

    form: Form
    period: Period
    figures: Figures
    typed: Mapping[tuple[str, str], ManualFigure]

    @property
    def totals(self) -> dict[str, Any]:
        return totals(self.form, self.period, self.figures) if self.form.has_totals else {}

    def number(self, row: str, column: str) -> Any:
        return self.figures.get(row, {}).get(column)


def period_of(report: Report) -> Period:
    """Return the period of a report."""
    return Period(report.first_day, report.last_day, report.period)


def standing_of(report: Report) -> Standing:
    """Return the figures of a report with what was typed: one query."""
    period = period_of(report)
    form = form_for(report.definition, period)
    typed = {(row.row, row.column): row for row in report.typed.select_related("entered_by")}
    figures = {row: dict(cells) for row, cells in report.figures.items()}
    for (row, column), said in typed.items():
        cells = figures.setdefault(row, {})
        value = value_of(said)
        if value is None:
            cells.pop(column, None)
        else:
            cells[column] = value
    if form.rows_from == "categories" and typed:
        figures = _heads_anew(form, figures)
    for cells in figures.values() if typed else ():
        cells.update(shares(form, period, cells))
    return Standing(form, period, figures, typed)


def _heads_anew(form: Form, figures: Figures) -> Figures:
    """Add the chapters up again: a category may have been typed over."""
    fixed = {row.key for row in form.rows}
    bare = {key: cells for key, cells in figures.items() if key not in fixed or key == "none"}
    added = heads_added(form, bare)
    return {key: {**figures.get(key, {}), **cells} for key, cells in added.items()}


def value_of(said: ManualFigure) -> Any:
    """Return what was typed as a figure: whole numbers whole, a text as it is, nothing as None."""
    if said.number is None:
        return said.text or None
    return (
        int(said.number) if said.number == said.number.to_integral_value() else float(said.number)
    )


def document_of(report: Report) -> dict[str, Any]:
    """Return all that a report says, in one canonical form: what the hash is taken of."""
    typed = report.typed.order_by("row", "column")
    return {
        "code": report.code,
        "definition": report.definition.digest,
        "organisation": str(report.organisation_id),
        "first_day": report.first_day.isoformat(),
        "last_day": report.last_day.isoformat(),
        "number": report.number,
        "figures": report.figures,
        "typed": [[t.row, t.column, value_of(t), t.reason] for t in typed],
        "sources": report.sources,
        "note": report.note,
    }


def digest_of(report: Report) -> str:
    """Return the SHA-256 of what a report says; equal to ``report.digest`` unless it was changed."""
    said = json.dumps(
        document_of(report), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return sha256(said.encode()).hexdigest()
