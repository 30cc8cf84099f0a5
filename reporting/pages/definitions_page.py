"""The forms themselves: since when, by which law, how each column is counted."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.site.pages import page
from reporting.computing import form_for
from reporting.models import ReportDefinition
from reporting.models.definition import PeriodKind
from reporting.pages.access import require_reports
from reporting.periods import Period
from reporting.sources import measures


@require_safe
def definitions_page(request: HttpRequest) -> HttpResponse:
    """List every form with its versions, and how much of each the system knows."""
    require_reports(request)
    on = timezone.localdate()
    known = measures()
    lines = []
    for definition in ReportDefinition.objects.order_by("code", "-valid_from"):
        form = form_for(definition, Period.holding(PeriodKind.MONTH, on))
        rows = form.rows or (None,)
        cells = [(row, column) for column in form.columns if column.ratio is None for row in rows]
        counted = sum(form.source_of(row, column) in known for row, column in cells)
        kinds = [str(PeriodKind(kind).label) for kind in definition.periods]
        lines.append((definition, ", ".join(kinds), counted, len(cells)))
    context = {"title": _("Report forms"), "lines": lines, "on": on}
    return page(request, "reporting/definitions.html", context)


@require_safe
def definition_page(request: HttpRequest, form_code: str) -> HttpResponse:
    """Show one form as it holds today: columns with how they are counted, duties, rules."""
    require_reports(request)
    on = timezone.localdate()
    rows = ReportDefinition.objects.filter(code=form_code)
    definition = rows.holding(on).first() or rows.order_by("-valid_from").first()
    if definition is None:
        raise Http404(_("There is no such form."))
    form = form_for(definition, Period.holding(PeriodKind.MONTH, on))
    known = measures()
    columns = [
        (column, column.ratio is not None or _is_counted(form, column, known))
        for column in form.columns
    ]
    context = {
        "title": _("Form %(number)s") % {"number": definition.form_number},
        "definition": definition,
        "form": form,
        "columns": columns,
        "is_of_events": form.rows_from == "events",
        "rows_told": [row for row in form.rows if row.how or row.icd][:120],
        "versions": rows.order_by("-valid_from"),
        "periods": ", ".join(str(PeriodKind(kind).label) for kind in definition.periods),
    }
    return page(request, "reporting/definition.html", context)


def _is_counted(form, column, known) -> bool:  # type: ignore[no-untyped-def]
    rows = form.rows or (None,)
    return any(form.source_of(row, column) in known for row in rows)
