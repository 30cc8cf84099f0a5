"""What must agree before a report is sent, and does it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reporting.computing import has_source
from reporting.definitions import Row, Rule
from reporting.figures_of import Standing, standing_of
from reporting.models import CaseNotification, Report

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: bad refuses the sending, warn asks, ok agrees, mute cannot be said yet."""

    kind: str
    text: str
    detail: str = ""
    cells: tuple[Cell, ...] = ()

    @property
    def icon(self) -> str:
        return {"bad": "bad", "warn": "warn", "ok": "ok"}.get(self.kind, "none")


ORDER = ("bad", "warn", "mute", "ok")


def check(report: Report, standing: Standing | None = None) -> list[Finding]:
    """Return every check of a report, the worst first."""
    standing = standing or standing_of(report)
    found = [
        *(_checked(report, standing, rule) for rule in standing.form.rules),
        *_typed_over(report, standing),
        *_blanks(standing),
    ]
    return sorted(found, key=lambda finding: ORDER.index(finding.kind))


def refusals(findings: Sequence[Finding]) -> list[Finding]:
    """Return what stands in the way of sending."""
    return [finding for finding in findings if finding.kind == "bad"]


def _checked(report: Report, standing: Standing, rule: Rule) -> Finding:
    return JUDGES[rule.kind](report, standing, rule)


def _verdict(rule: Rule, wrong: Sequence[Cell], detail: str = "", *, known: bool = True) -> Finding:
    if wrong:
        return Finding("bad" if rule.refuses else "warn", rule.message, detail, tuple(wrong))
    return Finding("ok" if known else "mute", rule.message, detail)


def _sum(cells: Mapping[str, Any], keys: Sequence[str]) -> Any:
    """Add cells up; None where one of them is not known, for blank is not 0."""
    values = [cells.get(key) for key in keys]
    numbers = [v for v in values if isinstance(v, int | float)]
    return sum(numbers) if len(numbers) == len(values) else None


def _in_rows(holds: Callable[[Any, Any], bool]) -> Callable[[Report, Standing, Rule], Finding]:
    """Return a judge that compares two sums within each row."""

    def judge(_report: Report, standing: Standing, rule: Rule) -> Finding:
        wrong: list[Cell] = []
        said: list[str] = []
        known = False
        for key, cells in standing.figures.items():
            left, right = _sum(cells, rule.left), _sum(cells, rule.right)
            if left is None or right is None:
                continue
            known = True
            if not holds(left, right):
                wrong.append((key, rule.left[0]))
                said.append(f"{_label(standing, key)}: {left} – {right}")
        return _verdict(rule, wrong, "; ".join(said[:3]), known=known)

    return judge


def _between_rows(holds: Callable[[Any, Any], bool]) -> Callable[[Report, Standing, Rule], Finding]:
    """Return a judge that compares sums of rows within each column."""

    def judge(_report: Report, standing: Standing, rule: Rule) -> Finding:
        wrong: list[Cell] = []
        said: list[str] = []
        known = False
        for column in standing.form.columns:
            values = {row: cells.get(column.key) for row, cells in standing.figures.items()}
            left, right = _sum(values, rule.left), _sum(values, rule.right)
            if left is None or right is None:
                continue
            known = True
            if not holds(left, right):
                wrong.append((rule.left[0], column.key))
                said.append(f"{column.label}: {left} – {right}")
        return _verdict(rule, wrong, "; ".join(said[:3]), known=known)

    return judge


def _with_other_form(report: Report, standing: Standing, rule: Rule) -> Finding:
    """Compare totals with the newest version of another form of the same sender and period."""
    mine = _sum(_whole(standing), rule.left)
    rows = Report.objects.of_period(rule.other, report.first_day, report.last_day)
    rows = rows.filter(organisation=report.organisation_id).exclude(status="returned")
    other = rows.select_related("definition").order_by("-number").first()
    if other is None:
        return _verdict(rule, (), _("The other report has not been made yet."), known=False)
    theirs = _sum(_whole(standing_of(other)), rule.right)
    if mine is None or theirs is None:
        return _verdict(rule, (), _("One of the figures is not known yet."), known=False)
    detail = _("here %(mine)s, there %(theirs)s") % {"mine": mine, "theirs": theirs}
    wrong = [] if mine == theirs else [(TOTAL, rule.left[0])]
    return _verdict(rule, wrong, detail)


TOTAL = "total"


def _whole(standing: Standing) -> Mapping[str, Any]:
    """Return the totals; a form with one row has that row."""
    return standing.totals or next(iter(standing.figures.values()), {})


def _with_cases(report: Report, standing: Standing, rule: Rule) -> Finding:
    """Compare the cases counted with the notifications that were sent."""
    from reporting.computing import places_of
    from reporting.sources.cases import cases_in

    places = [place.place for place in places_of([report.organisation], report.last_day)]
    rows = cases_in(CaseNotification.objects.at(places), standing.period).filter(status="open")
    unsent: dict[str, int] = {}
    for disease in rows.order_by().values_list("disease", flat=True):
        unsent[disease] = unsent.get(disease, 0) + 1
    said = [
        ngettext(
            "%(disease)s: %(count)d case is not reported yet",
            "%(disease)s: %(count)d cases are not reported yet",
            count,
        )
        % {"disease": _label(standing, disease), "count": count}
        for disease, count in sorted(unsent.items())
    ]
    return _verdict(rule, [(disease, rule.left[0]) for disease in unsent], "; ".join(said[:3]))


JUDGES: Mapping[str, Callable[[Report, Standing, Rule], Finding]] = {
    "le": _in_rows(lambda left, right: left <= right),
    "same_row": _in_rows(lambda left, right: left == right),
    "balance": _in_rows(lambda left, right: left == right),
    "rows_le": _between_rows(lambda left, right: left <= right),
    "rows_same": _between_rows(lambda left, right: left == right),
    "same": _with_other_form,
    "cases": _with_cases,
}


def _label(standing: Standing, key: str) -> str:
    row = standing.form.row(key)
    return row.label if row is not None and row.label else ("" if key == "own" else key)


def _typed_over(report: Report, standing: Standing) -> Iterator[Finding]:
    """Tell each figure that was typed over a computed one, with both and the reason."""
    for (row, column), said in standing.typed.items():
        computed = report.figures.get(row, {}).get(column)
        if computed is None:
            continue
        name = standing.form.by_key[column].label if column in standing.form.by_key else column
        label = _label(standing, row)
        words = {
            "where": f"{label}, {name}" if label else name,
            "typed": said.text or f"{said.number:g}" if said.number is not None else "–",
        }
        detail = _("Counted: %(computed)s. Reason: %(reason)s") % {
            "computed": computed,
            "reason": said.reason,
        }
        text = _("%(where)s: typed %(typed)s") % words
        yield Finding("warn", text, detail, ((row, column),))


def _blanks(standing: Standing) -> Iterator[Finding]:
    """Ask about cells that nobody knows: blank is not 0."""
    form = standing.form
    if form.rows_from == "items":
        return
    rows: Sequence[Row] = form.rows
    blank = [
        (row.key, column.key)
        for row in rows
        for column in form.columns
        if column.ratio is None
        and not has_source(form, row, column)
        and standing.number(row.key, column.key) is None
    ]
    if form.rows_from in {"categories", "diseases"}:
        blank = [cell for cell in blank if standing.figures.get(cell[0])] and []
    if blank:
        text = ngettext(
            "%(count)d cell without a source is blank",
            "%(count)d cells without a source are blank",
            len(blank),
        ) % {"count": len(blank)}
        yield Finding("warn", text, _("Type the figures, or send them blank."), tuple(blank[:50]))
