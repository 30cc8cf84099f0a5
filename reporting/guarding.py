"""Which rows of a report are of a protected class, and how is it read by who may not see them?

Such a row says “HIV: 1” of a commune in which people know each other (Law 71/2020/QH14, article 30).
Who may not see sensitive rows reads neither the row, nor a sum from which it could be worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from string import ascii_uppercase
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from portal.codelists.sensitivity import Rule, rules_on, strictest
from portal.scope import scope_of
from portal.sensitivity import Sensitivity
from reporting.checks import TOTAL, Finding
from reporting.computing import Figures, Heads, shares
from reporting.definitions import Form
from reporting.definitions.reading import icd_ranges
from reporting.diseases import Disease, diseases_on
from reporting.figures_of import Standing

CATEGORY = 3  # characters of an ICD-10 category
RESTRICTED = "restricted"


def sees_guarded(actor: Any, organisation: UUID) -> bool:
    """Say whether a person sees the protected rows of a place's reports; the worker sees all."""
    return actor is None or organisation in scope_of(actor, "see_sensitive")


def as_seen(standing: Standing, *, sees: bool) -> Standing:
    """Return the figures as a person reads them: whole, or without what is protected."""
    return standing if sees else guarded(_without_restricted(standing))


def _without_restricted(standing: Standing) -> Standing:
    """Return the figures without the columns that are of a protected class by themselves."""
    closed = {column.key for column in standing.form.columns if column.is_restricted}
    if not closed:
        return standing
    figures = {
        row: {key: value for key, value in cells.items() if key not in closed}
        for row, cells in standing.figures.items()
    }
    typed = {place: said for place, said in standing.typed.items() if place[1] not in closed}
    return replace(standing, figures=figures, typed=typed)


def protected_diseases(on: date) -> frozenset[str]:
    """Return the notifiable diseases of which nothing is said to who may not see sensitive rows."""
    rules = coded_rules(on)
    return frozenset(disease.code for disease in diseases_on(on) if is_protected(disease, rules))


def coded_rules(on: date) -> list[Rule]:
    """Return the rules of a day that give a class to codes."""
    return [rule for rule in rules_on(on) if rule.first]


def is_protected(disease: Disease, rules: Iterable[Rule]) -> bool:
    """Say whether a notifiable disease is of a class by itself, whatever else its visit says."""
    return disease.is_restricted or any(
        rule.covers(first) and rule.covers(last) for first, last in disease.ranges for rule in rules
    )


def guarded(standing: Standing) -> Standing:
    """Return the figures without the protected rows, and without their part in every sum."""
    form = standing.form
    if form.rows_from != "categories" and not any(row.icd or row.role for row in form.rows):
        return replace(standing, is_guarded=True)  # no row is about a disease
    rules = coded_rules(standing.period.last)
    hidden = frozenset(_protected(form, standing.figures, rules))
    figures = {key: dict(cells) for key, cells in standing.figures.items() if key not in hidden}
    sealed: frozenset[str] = frozenset()
    if form.rows_from == "categories":
        sealed = frozenset(_heads_of_protected(form, rules)) - hidden
        _take_out(standing, figures, hidden)
    typed = {place: said for place, said in standing.typed.items() if place[0] not in hidden}
    return replace(
        standing, figures=figures, typed=typed, is_guarded=True, hidden=hidden, sealed=sealed
    )


def class_of_disease(disease: Disease, rules: Sequence[Rule]) -> str:
    """Return the class that a notifiable disease has by itself; what is restricted is HIV's law."""
    if not is_protected(disease, rules):
        return ""
    return _class_of(rules, disease.ranges) or str(Sensitivity.HIV)


def protected_rows(standing: Standing, keys: Iterable[str]) -> frozenset[str]:
    """Return which of these rows are of a protected class, whether or not they have a figure."""
    rules = coded_rules(standing.period.last)
    asked = frozenset(keys)
    return asked.intersection(_protected(standing.form, asked, rules))


def classes_of_rows(form: Form, rules: Sequence[Rule]) -> dict[str, str]:
    """Return the class of each row that is not told of, also of those that would give one away.

    Of a form of categories these are all protected categories, and the chapters that hold one.
    """
    found: dict[str, str] = {}
    if form.rows_from == "categories":
        every = (f"{letter}{n:02}" for letter in ascii_uppercase for n in range(100))
        found = {key: _class_of(rules, [(key, key)]) for key in every}
    for row in form.rows:
        if form.rows_from == "categories" or _is_protected(row.icd, rules):
            found[row.key] = _class_of(rules, icd_ranges(row.icd))
    return {key: sensitivity for key, sensitivity in found.items() if sensitivity}


def _class_of(rules: Iterable[Rule], ranges: Sequence[tuple[str, str]]) -> str:
    """Return the strictest class that the ranges touch."""
    touching = (rule.sensitivity for rule in rules if any(_touches(rule, *ends) for ends in ranges))
    return strictest(touching)


def _protected(form: Form, keys: Iterable[str], rules: Sequence[Rule]) -> Iterable[str]:
    """Yield the rows of the form, and the categories with figures, that are of a protected class."""
    for row in form.rows:
        if row.role == RESTRICTED or _is_protected(row.icd, rules):
            yield row.key
    if form.rows_from == "categories":
        fixed = {row.key for row in form.rows}
        yield from (key for key in keys if key not in fixed and _is_protected(key, rules))


def _is_protected(icd: str, rules: Sequence[Rule]) -> bool:
    """Say whether one of the ranges lies in a class; of a single category a part is enough."""
    return any(
        (rule.covers(first) and rule.covers(last))
        or (first == last and len(first) == CATEGORY and _touches(rule, first, last))
        for first, last in icd_ranges(icd)
        for rule in rules
    )


def _touches(rule: Rule, first: str, last: str) -> bool:
    return rule.first[:CATEGORY] <= last[:CATEGORY] and first[:CATEGORY] <= rule.last[:CATEGORY]


def _heads_of_protected(form: Form, rules: Sequence[Rule]) -> Iterable[str]:
    """Yield the chapters whose list of records would tell how many are protected."""
    for row in form.rows:
        ranges = icd_ranges(row.icd)
        if any(_touches(rule, first, last) for first, last in ranges for rule in rules):
            yield row.key


def _take_out(standing: Standing, figures: Figures, hidden: frozenset[str]) -> None:
    """Take the protected categories out of the sums of their chapters."""
    form = standing.form
    fixed, heads = {row.key for row in form.rows}, Heads(form)
    for key in hidden - fixed:
        cells = figures.get(heads.of(key))
        if cells is None:
            continue
        for column, value in standing.figures.get(key, {}).items():
            if isinstance(value, int | float) and isinstance(cells.get(column), int | float):
                cells[column] = max(0, cells[column] - value)
    for cells in figures.values():
        cells.update(shares(form, standing.period, cells))


def findings_told(findings: Iterable[Finding], standing: Standing) -> list[Finding]:
    """Return the checks without the figures of protected rows, and of sums that hold them.

    The other form may have such rows where this one has none: what it adds up to is not told either.
    """
    if not standing.is_guarded:
        return list(findings)
    closed = standing.hidden | standing.sealed | {TOTAL}
    found: list[Finding] = []
    for finding in findings:
        rows = {row for row, _column in finding.cells}
        if finding.is_of_cell and rows & standing.hidden:
            continue  # a figure typed over a protected one
        is_open = not standing.hidden or (rows and not rows & closed)
        if is_open and not finding.is_of_forms:
            found.append(finding)
            continue
        detail = _("The figures are not shown to you.") if finding.detail else ""
        cells = tuple(cell for cell in finding.cells if cell[0] not in standing.hidden)
        found.append(replace(finding, detail=detail, cells=cells))
    return found
