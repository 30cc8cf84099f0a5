"""When was the system down here, and what must be entered afterwards?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.admin.deeds import take_refusal
from portal.scope import scope_of
from portal.site.pages import page
from reporting.forms import OutageForm
from reporting.models import Outage, Report
from reporting.pages.access import require_reports
from reporting.services.outages import note_outage


@require_http_methods(["GET", "HEAD", "POST"])
def outages_page(request: HttpRequest) -> HttpResponse:
    """List the outages over the place of work, and note one."""
    scope = require_reports(request)
    user: Any = request.user
    place = user.place_of_work
    writes = place is not None and any(
        place.pk in scope_of(user, capability)
        for capability in ("submit_reports", "approve_reports")
    )
    form = OutageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not writes:
            raise PermissionDenied(_("Outages are noted by those who send or approve reports."))
        if form.is_valid():
            try:
                note_outage(actor=user, organisation=place, at=timezone.now(), **form.cleaned_data)
            except ValidationError as refused:
                take_refusal(form, refused)
            else:
                messages.success(request, _("The outage is noted."))
                return HttpResponseRedirect(reverse("reporting:outages"))
    late = Report.objects.within(scope).filter(status="draft").exclude(paper_sent_on=None)
    context = {
        "title": _("Outages of the system"),
        "form": form,
        "writes": writes,
        "outages": Outage.objects.over(place).select_related("organisation")[:50] if place else [],
        "owed": late.select_related("definition", "organisation").defer("figures", "sources")[:50],
        "button": _("Note the outage"),
    }
    return page(request, "reporting/outages.html", context, status=400 if form.errors else 200)
