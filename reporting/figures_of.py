"""The figures of a report as they stand: computed, with what somebody typed over them or beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from reporting.computing import Figures, Heads, form_for, heads_added, shares, totals
from reporting.definitions import Form
from reporting.models import ManualFigure, Report, ReportDefinition
from reporting.periods import Period


@dataclass(frozen=True, slots=True)
class Standing:
    """A report's form and figures, as it is read, checked, printed and added up.

    Where ``is_guarded``, the rows that are ``hidden`` have no figures and no part in any sum; those
    that are ``sealed`` do not open, for their records would tell how many are hidden.
    """

    form: Form
    period: Period
    figures: Figures
    typed: Mapping[tuple[str, str], ManualFigure]
    is_guarded: bool = False
    hidden: frozenset[str] = frozenset()
    sealed: frozenset[str] = frozenset()

    @property
    def totals(self) -> dict[str, Any]:
        return totals(self.form, self.period, self.figures) if self.form.has_totals else {}

    def number(self, row: str, column: str) -> Any:
        return self.figures.get(row, {}).get(column)


def period_of(report: Report) -> Period:
    """Return the period of a report."""
    return Period(report.first_day, report.last_day, report.period)


def standings_of(reports: Iterable[Report]) -> Iterator[tuple[Report, Standing]]:
    """Yield reports with their figures as they stand: a few queries, however many reports there are."""
    listed = list(reports)
    typed: dict[Any, list[ManualFigure]] = {}
    rows = ManualFigure.objects.filter(report__in=listed).select_related("entered_by")
    for row in rows.order_by("row", "column"):
        typed.setdefault(row.report_id, []).append(row)
    _lay_frozen_forms(listed, typed)
    for report in listed:
        yield report, _standing(report, typed.get(report.pk, ()))


def standing_of(report: Report) -> Standing:
    """Return the figures of a report with what was typed, by its form as it was sent."""
    [(_report, standing)] = standings_of([report])
    return standing


def _lay_frozen_forms(
    reports: Iterable[Report], typed: Mapping[Any, Sequence[ManualFigure]]
) -> None:
    """Lay under each report that was sent the version of its form that it was frozen with.

    A form may be mended afterwards: what was sent is still read by the columns it was sent with.
    One query where no form was mended, two where one was.
    """
    sent = [report for report in reports if report.digest]
    if not sent:
        return
    history: Any = ReportDefinition._meta.get_field("historys").related_model
    rows = history.objects.filter(pgh_obj__in={report.definition_id for report in sent})
    digests: dict[Any, set[str]] = {}
    for definition, digest in rows.order_by().values_list("pgh_obj", "digest").distinct():
        digests.setdefault(definition, set()).add(digest)
    mended = {definition for definition, known in digests.items() if len(known) > 1}
    if not mended:
        return
    names = [one.attname for one in ReportDefinition._meta.concrete_fields]
    before: dict[Any, list[dict[str, Any]]] = {}
    for fields in rows.filter(pgh_obj__in=mended).order_by("-pgh_id").values(*names):
        before.setdefault(fields["id"], []).append(fields)
    for report in sent:
        _lay_frozen_form(report, typed.get(report.pk, ()), before.get(report.definition_id, ()))


def _lay_frozen_form(
    report: Report, typed: Sequence[ManualFigure], versions: Sequence[Mapping[str, Any]]
) -> None:
    if not versions or digest_of(report, typed=typed) == report.digest:
        return
    for fields in versions:
        if digest_of(report, fields["digest"], typed=typed) == report.digest:
            report.definition = ReportDefinition(**fields)
            return


def _standing(report: Report, rows: Iterable[ManualFigure]) -> Standing:
    period = period_of(report)
    form = form_for(report.definition, period)
    typed = {(row.row, row.column): row for row in rows}
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
    added = heads_added(form, bare, Heads(form))
    return {key: {**figures.get(key, {}), **cells} for key, cells in added.items()}


def value_of(said: ManualFigure) -> Any:
    """Return what was typed as a figure: whole numbers whole, a text as it is, nothing as None."""
    if said.number is None:
        return said.text or None
    return (
        int(said.number) if said.number == said.number.to_integral_value() else float(said.number)
    )


def document_of(
    report: Report, definition: str = "", typed: Iterable[ManualFigure] | None = None
) -> dict[str, Any]:
    """Return all that a report says, in one canonical form: what the hash is taken of.

    ``definition`` is the hash of the form it was made by, where that is not how the form stands now;
    ``typed`` is what was typed, in order, where it is at hand.
    """
    if typed is None:
        typed = report.typed.order_by("row", "column")
    return {
        "code": report.code,
        "definition": definition or report.definition.digest,
        "organisation": str(report.organisation_id),
        "first_day": report.first_day.isoformat(),
        "last_day": report.last_day.isoformat(),
        "number": report.number,
        "figures": report.figures,
        "typed": [[t.row, t.column, value_of(t), t.reason] for t in typed],
        "sources": report.sources,
        "note": report.note,
    }


def digest_of(
    report: Report, definition: str = "", typed: Iterable[ManualFigure] | None = None
) -> str:
    """Return the SHA-256 of what a report says."""
    said = json.dumps(
        document_of(report, definition, typed),
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return sha256(said.encode()).hexdigest()


def is_as_sent(report: Report) -> bool:
    """Say whether a report says what was sent, by its form as it stood then: that may be mended since."""
    if digest_of(report) == report.digest:
        return True
    known: Any = report.definition.historys  # type: ignore[attr-defined]
    before = set(known.order_by().values_list("digest", flat=True))
    return any(digest_of(report, one) == report.digest for one in before)
