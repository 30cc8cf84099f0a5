"""Opening a case that no diagnosis opened: whose it is, then all that form 01 asks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from healthrecords.models import Visit
from portal.admin.deeds import take_refusal
from portal.audit.reads import note
from portal.identifiers.identifier import cleaned
from portal.names import name_norm
from portal.scope import Scope, scope_of
from portal.site.pages import page
from reporting.diseases import diseases_on
from reporting.forms import OpenCaseForm
from reporting.models import CaseNotification
from reporting.services.cases import GONE
from reporting.services.notifying import open_by_hand, send_case

SHOWN = 20
LONGEST_QUESTION = 120


def require_entering(request: HttpRequest) -> Scope:
    """Return where this person enters records, or refuse: a case is reported by who found it."""
    scope = scope_of(request.user, "enter_records")
    if not scope:
        raise PermissionDenied(_("A case is reported by the facility that found it."))
    return scope


def visits_of(request: HttpRequest) -> Any:
    """Return the visits of the places where this person enters; sensitive ones only with the right."""
    rows = Visit.objects.within(require_entering(request)).exclude(status__in=GONE)
    sees = scope_of(request.user, "see_sensitive")
    if not sees.everything:
        rows = rows.filter(Q(sensitivity="") | Q(facility__in=sees.ids))
    return rows.select_related("citizen__area", "facility")


@require_safe
def find_page(request: HttpRequest) -> HttpResponse:
    """Find the visit a case belongs to, by a number or the beginning of a name; else the latest ones."""
    text = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    rows = visits_of(request).order_by("-started_at", "-id")
    if text:
        number = cleaned(text)
        named = Q(citizen__name_norm__startswith=name_norm(text))
        rows = rows.filter(
            named | Q(citizen__identifiers__value=number, citizen__identifiers__ended_on=None)
        ).distinct()
    shown = list(rows[:SHOWN])
    note(request, [visit.citizen_id for visit in shown], action="listed", ground="epidemic")
    context = {
        "title": _("Open a case by hand"),
        "text": text,
        "visits": shown,
        "is_cut": len(shown) == SHOWN,
    }
    return page(request, "reporting/case_find.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def open_page(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Ask for form 01 of a case at one visit; nothing is kept unless all of it can be."""
    visit = visits_of(request).filter(pk=visit_id).first()
    if visit is None:
        raise Http404(_("There is no such record."))
    note(request, [visit.citizen_id], action="opened", ground="epidemic")
    now = timezone.now()
    form = OpenCaseForm(
        request.POST if request.method == "POST" else None,
        instance=CaseNotification(visit=visit, subject=CaseNotification.Subject.SUSPECTED),
        choices=[("", "---------"), *((one.code, one.title) for one in diseases_on(now.date()))],
    )
    if request.method == "POST" and form.is_valid():
        done = _open(request, visit, form)
        if done is not None:
            return done
    context = {"title": _("Open a case by hand"), "visit": visit, "form": form}
    status = 400 if form.is_bound and form.errors else 200
    return page(request, "reporting/case_open.html", context, status=status)


def _open(request: HttpRequest, visit: Visit, form: OpenCaseForm) -> HttpResponse | None:
    at, told = timezone.now(), dict(form.cleaned_data)
    sends = "send" in request.POST
    try:
        with transaction.atomic():
            case = open_by_hand(
                actor=request.user,
                visit=visit,
                disease=told.pop("disease"),
                origin=told.pop("origin"),
                told=told,
                at=at,
            )
            if sends:
                send_case(actor=request.user, case=case, at=at)
    except ValidationError as refused:
        take_refusal(form, refused)
        return None
    said = _("The case is reported.") if sends else _("The case is kept.")
    messages.success(request, said)
    return HttpResponseRedirect(reverse("reporting:case", args=[case.pk]))
