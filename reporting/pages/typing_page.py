"""Type the figures no source knows, all at once with one reason; or one over a computed one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from portal.site.pages import page
from reporting.computing import Figures, has_source
from reporting.definitions import Column, Form, Row
from reporting.figures_of import Standing, standing_of, value_of
from reporting.forms import MARK, PREFIX, Mistyped, TypedCells, read_cells
from reporting.guarding import as_seen, protected_rows, sees_guarded
from reporting.models import Report
from reporting.pages.access import report_of, rights_on
from reporting.pages.grid import text_of
from reporting.pages.report import head_of
from reporting.services import type_figures

BLANK_ITEMS = 6


@dataclass(frozen=True, slots=True)
class InputCell:
    """One cell of the typing table: an input, or the computed figure beside it."""

    name: str
    value: str
    text: str
    label: str
    is_input: bool
    is_wide: bool
    is_flag: bool
    is_wrong: bool


@require_http_methods(["GET", "HEAD", "POST"])
def typing_page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Draw the cells to be typed, or take them."""
    report = report_of(request, report_id)
    if not rights_on(request, report.organisation_id).may_send:
        raise PermissionDenied(_("Figures are typed by those who send the report."))
    sees = sees_guarded(request.user, report.organisation_id)
    standing = as_seen(standing_of(report), sees=sees)
    reason = request.POST.get("reason", "")
    mistakes: list[Mistyped] = []
    problems: list[str] = []
    if request.method == "POST":
        read = read_cells(standing.form, request.POST, standing.typed)
        if not sees and protected_rows(standing, [figure.row for figure in read.figures]):
            raise PermissionDenied(_("Rows of a protected class are typed by those who see them."))
        mistakes = read.mistakes
        if not mistakes:
            try:
                return _take(request, report, read, reason)
            except ValidationError as refused:
                problems = refused.messages
    posted = {name: str(value) for name, value in request.POST.items()}
    context = {
        **head_of(report),
        "columns": typed_columns(standing.form, report.figures),
        "rows": _rows(standing, report.figures, posted, {mistake.name for mistake in mistakes}),
        "reason": reason,
        "mistakes": [mistake.message for mistake in mistakes] + problems,
    }
    status = 400 if mistakes or problems else 200
    return page(request, "reporting/typing.html", context, status=status)


def _take(request: HttpRequest, report: Report, read: TypedCells, reason: str) -> HttpResponse:
    changed = type_figures(
        actor=request.user, report=report, figures=read.figures, reason=reason, at=timezone.now()
    )
    said = ngettext("%(count)d figure was changed.", "%(count)d figures were changed.", changed)
    messages.success(request, said % {"count": changed})
    return HttpResponseRedirect(back_to(request, report))


def back_to(request: HttpRequest, report: Report) -> str:
    """Return the report's page, with the cell open that was being worked on."""
    address = reverse("reporting:report", args=[report.pk])
    cell = request.POST.get("o", "")
    known = MARK in cell and cell.replace(MARK, "").replace("-", "").replace("_", "").isalnum()
    return f"{address}?o={cell}#dong" if known else address


def typed_columns(form: Form, computed: Figures) -> list[Column]:
    """Return the columns with at least one cell whose figure no source told."""
    if form.rows_from == "items":
        return list(form.columns)
    return [
        column
        for column in form.columns
        if column.ratio is None
        and any(is_typed_in(form, computed, row.key, row, column) for row in form.rows)
    ]


def is_typed_in(form: Form, computed: Figures, key: str, row: Row | None, column: Column) -> bool:
    """Say whether a cell is typed: no source told its figure, or the whole row was added by hand."""
    if form.rows_from == "items":
        return key.startswith("r") or not has_source(form, row, column)
    return computed.get(key, {}).get(column.key) is None


def _rows(
    standing: Standing, computed: Figures, posted: dict[str, str], wrong: set[str]
) -> list[tuple[str, list[InputCell]]]:
    form = standing.form
    if form.rows_from == "items":
        counted = sorted(row for row in standing.figures if not row.startswith("r"))
        known = sorted({row for row, _column in standing.typed if row.startswith("r")})
        keys = [*known, *(f"r{len(known) + n:04}" for n in range(1, BLANK_ITEMS + 1))]
        named = [(key, str(place)) for place, key in enumerate([*counted, *keys], start=1)]
    else:
        named = [(row.key, row.label) for row in form.rows if row.key not in standing.hidden]
    columns = typed_columns(form, computed)
    return [
        (label, [_cell(standing, computed, posted, key, column, wrong=wrong) for column in columns])
        for key, label in named
        if form.rows_from != "categories" or standing.figures.get(key)
    ]


def _cell(
    standing: Standing,
    computed: Figures,
    posted: dict[str, str],
    key: str,
    column: Column,
    *,
    wrong: set[str],
) -> InputCell:
    row = standing.form.row(key)
    name = f"{PREFIX}{key}{MARK}{column.key}"
    said = standing.typed.get((key, column.key))
    typed: Any = value_of(said) if said is not None else None
    value = str(typed).replace(".", ",") if isinstance(typed, float) else typed
    label = ", ".join(filter(None, (row.label if row else key, column.label)))
    return InputCell(
        name=name,
        value=posted.get(name, "" if value is None else str(value)),
        text=text_of(standing.number(key, column.key), column),
        label=label,
        is_input=is_typed_in(standing.form, computed, key, row, column),
        is_wide=column.kind == "text",
        is_flag=row is not None and row.role == "flag",
        is_wrong=name in wrong,
    )
