"""One report: the official table, its checks, its versions, and the records behind a cell."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.codelists.holidays import calendar_between
from portal.places.models import Organisation
from portal.site.home import Chip
from portal.site.pages import page
from reporting.checks import changes_since, check, in_order, refusals
from reporting.figures_of import is_as_sent, period_of, standing_of
from reporting.guarding import as_seen, findings_told, sees_guarded
from reporting.models import Outage, Report
from reporting.pages.access import name_of, report_of, rights_on
from reporting.pages.behind import behind
from reporting.pages.grid import cell_of, grid_of
from reporting.senders import due_chip, sent_day

STATION, POINT = Organisation.Kind.STATION, Organisation.Kind.POINT
STATES = {
    "draft": ("", "pen"),
    "submitted": ("act", "clock"),
    "returned": ("bad", "swap"),
    "approved": ("ok", "shield"),
    "superseded": ("", "hist"),
}


def state_chip(report: Report) -> Chip:
    """Return the state of a version, in words."""
    kind, icon = STATES[report.status]
    if report.sent_on_paper:
        return Chip("warn", "pen", _("on paper, to be entered"))
    return Chip(kind, icon, report.get_status_display())


@require_safe
def report_page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show a report; ``?o=row~column`` opens a cell, ``?het=1`` the rows without a figure."""
    report = report_of(request, report_id)
    sees = sees_guarded(request.user, report.organisation_id)
    whole = standing_of(report)
    standing = as_seen(whole, sees=sees)
    findings = []
    if report.is_open:
        changes = changes_since(report, whole, partial(as_seen, sees=sees))
        findings = in_order([*findings_told(check(report, whole), standing), *changes])
    open_name = request.GET.get("o", "")
    labels, kinds = places_told(report)
    grid = grid_of(
        standing,
        wrong=[cell for found in refusals(findings) for cell in found.cells],
        open_cell=cell_of(open_name),
        labels=labels,
        kinds=kinds,
        shows_all=request.GET.get("het") == "1" or standing.form.rows_from not in FOLDING,
        sees_restricted=sees,
    )
    opened = None
    if open_name:
        opened = behind(request, report, standing, grid, open_name)
    rights = rights_on(request, report.organisation_id)
    context = {
        **head_of(report),
        "grid": grid,
        "behind": opened,
        "findings": findings,
        "refusals": refusals(findings),
        "rights": rights,
        "versions": _versions(report),
        "outages": Outage.objects.over(report.organisation)[:5] if report.is_open else [],
        "is_intact": report.is_open or is_as_sent(report),
        "period_is_over": timezone.localdate() > report.last_day,
    }
    return page(request, "reporting/report.html", context)


FOLDING = {"categories", "diseases"}


def head_of(report: Report) -> dict[str, Any]:
    """Return what stands above every page of a report."""
    period = period_of(report)
    on = timezone.localdate()
    first, last = min(on, report.due_on), max(on, report.due_on)
    title = _("Form %(number)s, %(period)s") % {
        "number": report.definition.form_number,
        "period": period.label,
    }
    sent = sent_day(report)
    due = due_chip(report.due_on, on, calendar_between(first, last)) if report.is_open else None
    return {
        "title": title,
        "report": report,
        "period": period,
        "period_name": name_of(period),
        "due": due,
        "state": state_chip(report),
        "is_late": sent is not None and sent > report.due_on,
    }


def _versions(report: Report) -> list[tuple[Report, Chip]]:
    rows = Report.objects.of_period(report.code, report.first_day, report.last_day)
    rows = rows.filter(organisation=report.organisation_id, is_summary=report.is_summary)
    rows = rows.defer("figures", "sources").select_related("submitted_by", "decided_by")
    return [(row, state_chip(row)) for row in rows.order_by("-number")]


def places_told(report: Report) -> tuple[dict[str, str], dict[str, str]]:
    """Name the rows that are facilities, and say what kind of sender each was when the sum was closed.

    A sum of before kept no kinds: its senders are taken for what they are, and a point, which never
    sends by itself, for the station it was.
    """
    if "own" in report.figures or not report.figures:
        return {"own": report.organisation.name}, {}
    keys = [key for key in report.figures if len(key) == 36]
    rows = Organisation.objects.filter(pk__in=keys).values_list("pk", "name", "kind")
    told = [(str(pk), name, kind) for pk, name, kind in rows]
    kinds = {key: STATION if kind == POINT else kind for key, _name, kind in told}
    kinds |= {one["place"]: one["kind"] for one in report.sources if one.get("kind")}
    labels = {key: name for key, name, _kind in told}
    return labels, {key: kind for key, kind in kinds.items() if key in labels}
