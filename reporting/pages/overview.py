"""Who has sent a form, who was late, who corrected; and what it adds up to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.pages import page
from reporting.computing import form_for
from reporting.figures_of import Standing
from reporting.guarding import as_seen, sees_guarded
from reporting.models import Report
from reporting.pages.access import (
    APPROVE,
    definition_named,
    name_of,
    period_named,
    require_reports,
    watching_place,
)
from reporting.pages.behind import Behind, cell_named, made_of
from reporting.pages.due import calendar_around
from reporting.pages.grid import Grid, cell_of, grid_of
from reporting.pages.report import state_chip
from reporting.senders import owed_by_all, senders_of
from reporting.services import close_summary, sum_up
from reporting.services.summing import Summed

FILTERS = ("tat-ca", "chua-gui", "tre", "tra-lai", "dinh-chinh")


def _asked(request: HttpRequest, code: str, period_name: str) -> dict[str, Any]:
    """Read form and period of an address, and where this person looks from."""
    require_reports(request)
    place = watching_place(request)
    if place is None:
        raise PermissionDenied(_("Who has sent is looked over at the department."))
    period = period_named(period_name)
    definition = definition_named(code, period)
    return {
        "place": place,
        "period": period,
        "period_name": name_of(period),
        "definition": definition,
        "before": name_of(period.before),
        "after": name_of(period.after),
        "has_after": period.after.last < timezone.localdate(),
    }


@require_safe
def senders_page(request: HttpRequest, form_code: str, period_name: str) -> HttpResponse:
    """List every sender of a form with what became of its report."""
    asked = _asked(request, form_code, period_name)
    on = timezone.localdate()
    senders = senders_of(asked["period"]).below(asked["place"]).order_by("path")
    owed = owed_by_all(asked["definition"], asked["period"], senders)
    known = calendar_around(asked["period"].last)
    kinds = {
        "tat-ca": owed,
        "chua-gui": [one for one in owed if one.sent_on is None],
        "tre": [one for one in owed if one.was_late or one.is_late(on)],
        "tra-lai": [one for one in owed if one.report and one.report.status == "returned"],
        "dinh-chinh": [one for one in owed if one.report and one.report.number > 1],
    }
    chosen = request.GET.get("loc", "tat-ca")
    chosen = chosen if chosen in kinds else "tat-ca"
    words = (_("All"), _("Not sent"), _("Late"), _("Returned"), _("Corrected"))
    context = {
        **asked,
        "title": _("Who has sent form %(number)s, %(period)s")
        % {"number": asked["definition"].form_number, "period": asked["period"].label},
        "tabs": [
            (slug, word, len(kinds[slug]), slug == chosen)
            for slug, word in zip(FILTERS, words, strict=True)
        ],
        "lines": [(one, one.chip(on, known)) for one in kinds[chosen]],
        "approved": sum(one.report is not None and one.report.status == "approved" for one in owed),
        "total": len(owed),
    }
    return page(request, "reporting/senders.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def summary_page(request: HttpRequest, form_code: str, period_name: str) -> HttpResponse:
    """Show what the senders' reports add up to, and close the sum."""
    asked = _asked(request, form_code, period_name)
    place: Organisation = asked["place"]
    may_close = place.pk in scope_of(request.user, APPROVE)
    said = {key: asked[key] for key in ("definition", "period")}
    problems: list[str] = []
    if request.method == "POST":
        if not may_close:
            raise PermissionDenied(_("The sum is closed by the department's statistician."))
        try:
            report = close_summary(
                actor=request.user,
                organisation=place,
                reason=request.POST.get("reason", ""),
                at=timezone.now(),
                **said,
            )
        except ValidationError as refused:
            problems = refused.messages
        else:
            messages.success(request, _("The sum is closed and frozen; somebody else approves it."))
            return HttpResponseRedirect(reverse("reporting:report", args=[report.pk]))
    summed = sum_up(organisation=place, **said)
    form = form_for(asked["definition"], asked["period"])
    sees = sees_guarded(request.user, place.pk)
    whole = Standing(form, asked["period"], summed.figures, {})
    standing = as_seen(whole, sees=sees)
    closed = Report.objects.of_period(form_code, asked["period"].first, asked["period"].last)
    grid = grid_of(
        standing,
        labels=summed.labels,
        kinds=summed.kinds,
        shows_all=request.GET.get("het") == "1",
        open_cell=cell_of(request.GET.get("o", "")),
        sees_restricted=sees,
    )
    context = {
        **asked,
        "title": _("Sum of form %(number)s, %(period)s")
        % {"number": asked["definition"].form_number, "period": asked["period"].label},
        "grid": grid,
        "behind": _opened(request, standing, grid, summed, sees_restricted=sees),
        "summed": summed,
        "missing": summed.missing[:30],
        "may_close": may_close and bool(summed.owed),
        "closed": [
            (row, state_chip(row))
            for row in closed.filter(organisation=place, is_summary=True).order_by("-number")
        ],
        "problems": problems,
        "reason": request.POST.get("reason", ""),
    }
    return page(request, "reporting/summary.html", context, status=400 if problems else 200)


def _opened(
    request: HttpRequest, standing: Standing, grid: Grid, summed: Summed, *, sees_restricted: bool
) -> Behind | None:
    """Open a figure of the sum: what each sender's report adds to it."""
    name = request.GET.get("o", "")
    if not name:
        return None
    place = cell_named(standing, name, grid, sees_restricted=sees_restricted)
    return made_of(standing, grid, name, place, summed.reports)
