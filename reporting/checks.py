"""What must agree before a report is sent, and does it?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.codelists.lookup import lists_held
from portal.places.models import Organisation
from reporting.computing import compute, places_of
from reporting.definitions import Row, Rule
from reporting.figures_of import Standing, standing_of
from reporting.models import CaseNotification, Report

Cell = tuple[str, str]
MOST_TOLD = 3  # figures that a finding names


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: bad refuses the sending, warn asks, ok agrees, mute cannot be said yet.

    ``is_of_cell`` where it tells of one figure and not of a rule, ``is_of_forms`` where it names what
    another form adds up to.
    """

    kind: str
    text: str
    detail: str = ""
    cells: tuple[Cell, ...] = ()
    is_of_cell: bool = False
    is_of_forms: bool = False

    @property
    def icon(self) -> str:
        return {"bad": "bad", "warn": "warn", "ok": "ok"}.get(self.kind, "none")


ORDER = ("bad", "warn", "mute", "ok")


# What the other forms of a sum say, by code; none where they are not made of the same senders.
Others = Mapping[str, Standing | None]


def check(
    report: Report, standing: Standing | None = None, others: Others | None = None
) -> list[Finding]:
    """Return every check of a report, the worst first.

    A sum is held against the ``others`` as they add up now, not as they were closed once.
    """
    standing = standing or standing_of(report)
    found = [
        *(_checked(report, standing, rule, others or {}) for rule in standing.form.rules),
        *_counted_early(report),
        *_typed_over(report, standing),
        *_blanks(standing),
    ]
    return in_order(found)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, the worst first."""
    return sorted(findings, key=lambda finding: ORDER.index(finding.kind))


def refusals(findings: Sequence[Finding]) -> list[Finding]:
    """Return what stands in the way of sending."""
    return [finding for finding in findings if finding.kind == "bad"]


def _counted_early(report: Report) -> Iterator[Finding]:
    """Refuse figures of a period that was not over when they were counted."""
    counted = timezone.localtime(report.computed_at)
    if counted.date() <= report.last_day:
        words = {"moment": f"{counted:%H:%M %d/%m/%Y}", "day": f"{report.last_day:%d/%m/%Y}"}
        yield Finding(
            "bad",
            _("Counted at %(moment)s, before the period was over") % words,
            _("The period ends on %(day)s. Count again when it is over.") % words,
        )


def changes_since(
    report: Report, standing: Standing, read: Callable[[Standing], Standing]
) -> list[Finding]:
    """Tell what the records say otherwise by now than a draft that was counted before.

    ``read`` returns figures as their reader sees them: how many changed is told of these alone.
    """
    found = compute(report.definition, standing.period, [report.organisation])
    before, fresh = (
        read(replace(standing, figures=figures, typed={})).figures
        for figures in (report.figures, json.loads(json.dumps(found[report.organisation_id])))
    )
    columns = [column for column in standing.form.columns if not column.is_restricted]
    changed = [
        (row, column, then, now)
        for row in sorted({*before, *fresh})
        for column in columns
        if (then := before.get(row, {}).get(column.key))
        != (now := fresh.get(row, {}).get(column.key))
    ]
    if not changed:
        return []
    number = len(changed)
    text = ngettext(
        "%(count)d figure is another in the records by now",
        "%(count)d figures are others in the records by now",
        number,
    ) % {"count": number}
    said = [
        _("%(where)s: %(before)s, now %(now)s")
        % {
            "where": ", ".join(filter(None, (_label(standing, row), column.label))),
            "before": "–" if then is None else said_plainly(then),
            "now": "–" if now is None else said_plainly(now),
        }
        for row, column, then, now in changed[:MOST_TOLD]
    ]
    left = [_("and %(count)s more") % {"count": number - MOST_TOLD}] if number > MOST_TOLD else []
    detail = "; ".join([*said, *left]) + ". " + _("Count again before you send.")
    cells = tuple((row, column.key) for row, column, _then, _now in changed)
    return [Finding("warn", text, detail, cells)]


def said_plainly(value: Any) -> str:
    """Write a figure in a sentence; a share as its two sides."""
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


def _checked(report: Report, standing: Standing, rule: Rule, others: Others) -> Finding:
    if rule.kind == "same" and rule.other in others:
        other = others[rule.other]
        if other is None:
            detail = _("The sum of the other form is not made of the same senders.")
            return _verdict(rule, (), detail, known=False)
        return _compared(standing, other, rule)
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
    rows = Report.objects.of_period(rule.other, report.first_day, report.last_day)
    rows = rows.filter(organisation=report.organisation_id, is_summary=report.is_summary)
    rows = rows.exclude(status="returned")
    other = rows.select_related("definition").order_by("-number").first()
    if other is None:
        return _verdict(rule, (), _("The other report has not been made yet."), known=False)
    return _compared(standing, standing_of(other), rule)


def _compared(standing: Standing, other: Standing, rule: Rule) -> Finding:
    mine, theirs = _sum(_whole(standing), rule.left), _sum(_whole(other), rule.right)
    if mine is None or theirs is None:
        return _verdict(rule, (), _("One of the figures is not known yet."), known=False)
    detail = _("here %(mine)s, there %(theirs)s") % {"mine": mine, "theirs": theirs}
    wrong = [] if mine == theirs else [(TOTAL, rule.left[0])]
    return replace(_verdict(rule, wrong, detail), is_of_forms=True)


TOTAL = "total"


def _whole(standing: Standing) -> Mapping[str, Any]:
    """Return the totals; a form with one row has that row."""
    return standing.totals or next(iter(standing.figures.values()), {})


def _with_cases(report: Report, standing: Standing, rule: Rule) -> Finding:
    """Hold each disease's number against the case notifications (form 01) that were sent of it."""
    from reporting.sources.asked import Asked
    from reporting.sources.cases import cases_in, row_of_case

    places = places_of(_tellers(report), report.last_day)
    asked = Asked(standing.form, standing.period, (), places)
    rows = cases_in(CaseNotification.objects.at([one.place for one in places]), standing.period)
    sent: dict[str, int] = {}
    with lists_held():
        for disease, code, status in rows.order_by().values_list("disease", "code", "status"):
            row = row_of_case(asked, disease, code)
            sent[row] = sent.get(row, 0) + (status != CaseNotification.Status.OPEN)
    column = rule.left[0]
    numbers = {row: standing.number(row, column) for row in {*standing.figures, *sent} - {""}}
    wrong = {row: told for row, told in numbers.items() if (told or 0) != sent.get(row, 0)}
    said = [
        _("%(disease)s: %(told)s in this report, %(sent)s cases reported")
        % {"disease": _label(standing, row), "told": told or 0, "sent": sent.get(row, 0)}
        for row, told in sorted(wrong.items())
    ]
    return _verdict(rule, [(row, column) for row in sorted(wrong)], "; ".join(said[:3]))


def _tellers(report: Report) -> list[Organisation]:
    """Return whose cases a report tells of: its sender's; in a sum those of all it is made of."""
    if not report.is_summary:
        return [report.organisation]
    keys = [source["place"] for source in report.sources]
    return list(Organisation.objects.filter(pk__in=keys).order_by("path"))


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
        yield Finding("warn", text, detail, ((row, column),), is_of_cell=True)


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
        if column.ratio is None and standing.number(row.key, column.key) is None
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
