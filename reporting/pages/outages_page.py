"""When was the system down here, and what must be entered afterwards?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.admin.deeds import take_refusal
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.pages import page
from reporting.forms import OutageForm
from reporting.models import Outage, Report
from reporting.pages.access import APPROVE, require_reports
from reporting.services.outages import confirm_outage, note_outage


def outages_to_confirm(user: Any) -> list[Outage]:
    """Return what senders noted of their own places and this person has to confirm."""
    rows = Outage.objects.within(scope_of(user, APPROVE)).to_confirm()
    rows = rows.exclude(recorded_by=user).select_related("organisation", "recorded_by")
    return list(rows.order_by("began_at", "id"))


def _listed(user: Any, place: Organisation) -> Any:
    """Return the outages over a place and, for whoever decides on reports, those of their senders."""
    rows = Outage.objects.over(place) | Outage.objects.within(scope_of(user, APPROVE))
    return rows.select_related("organisation", "recorded_by", "confirmed_by")[:50]


def _said(outage: Outage) -> str:
    if outage.is_confirmed:
        return _("The outage is noted.")
    return _(
        "The outage is noted. A paper of it counts as sent on its day once somebody else, who"
        " decides on your reports, has confirmed the outage."
    )


@require_POST
def confirm(request: HttpRequest, outage_id: UUID) -> HttpResponse:
    """Confirm an outage that a sender noted of its own place."""
    scope = require_reports(request)
    outage = Outage.objects.within(scope).filter(pk=outage_id).first()
    if outage is None:
        raise Http404(_("There is no such record."))
    try:
        confirm_outage(actor=request.user, outage=outage, at=timezone.now())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(
            request, _("The outage is confirmed; papers of it count as sent on their day.")
        )
    return HttpResponseRedirect(reverse("reporting:outages"))


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
                outage = note_outage(
                    actor=user, organisation=place, at=timezone.now(), **form.cleaned_data
                )
            except ValidationError as refused:
                take_refusal(form, refused)
            else:
                messages.success(request, _said(outage))
                return HttpResponseRedirect(reverse("reporting:outages"))
    late = Report.objects.within(scope).filter(status="draft").exclude(paper_sent_on=None)
    context = {
        "title": _("Outages of the system"),
        "form": form,
        "writes": writes,
        "outages": _listed(user, place) if place else [],
        "to_confirm": outages_to_confirm(user),
        "owed": late.select_related("definition", "organisation").defer("figures", "sources")[:50],
        "button": _("Note the outage"),
    }
    return page(request, "reporting/outages.html", context, status=400 if form.errors else 200)
