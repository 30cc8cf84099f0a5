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
from reporting.models import Report
from reporting.pages.access import (
    APPROVE,
    definition_named,
    name_of,
    period_named,
    require_reports,
    watching_place,
)
from reporting.pages.due import calendar_around
from reporting.pages.grid import grid_of
from reporting.senders import owed_by_all, senders_of
from reporting.services import close_summary, sum_up

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
            messages.success(request, _("The sum is closed and frozen."))
            return HttpResponseRedirect(reverse("reporting:report", args=[report.pk]))
    summed = sum_up(organisation=place, **said)
    form = form_for(asked["definition"], asked["period"])
    standing = Standing(form, asked["period"], summed.figures, {})
    closed = Report.objects.of_period(form_code, asked["period"].first, asked["period"].last)
    context = {
        **asked,
        "title": _("Sum of form %(number)s, %(period)s")
        % {"number": asked["definition"].form_number, "period": asked["period"].label},
        "grid": grid_of(
            standing,
            labels=summed.labels,
            shows_all=request.GET.get("het") == "1",
            may_open=False,
            sees_restricted=place.pk in scope_of(request.user, "see_sensitive"),
        ),
        "summed": summed,
        "missing": summed.missing[:30],
        "may_close": may_close and bool(summed.owed),
        "closed": closed.filter(organisation=place, is_summary=True).order_by("-number"),
        "problems": problems,
        "reason": request.POST.get("reason", ""),
    }
    return page(request, "reporting/summary.html", context, status=400 if problems else 200)
