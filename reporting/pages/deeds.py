"""What is done to a report: begun, counted again, sent, returned, approved, corrected, put on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from portal.admin.deeds import take_refusal
from portal.site.pages import page
from reporting import services
from reporting.forms import PaperForm, ReasonForm
from reporting.models import Outage, Report
from reporting.pages.access import (
    definition_named,
    period_named,
    report_of,
    rights_on,
    sending_place,
)
from reporting.pages.report import head_of


def _to(report: Report) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("reporting:report", args=[report.pk]))


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin the report of a form and period at the place of work."""
    place = sending_place(request)
    if place is None:
        raise PermissionDenied(_("Reports are made by the head or data officer of a place."))
    period = period_named(request.POST.get("ky", ""))
    definition = definition_named(request.POST.get("mau", ""), period)
    try:
        report = services.begin_report(
            actor=request.user,
            definition=definition,
            organisation=place,
            period=period,
            at=timezone.now(),
        )
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return HttpResponseRedirect(reverse("reporting:due"))
    return _to(report)


@require_POST
def compute_again(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Count a draft again."""
    report = _to_send(request, report_id)

    def deed() -> str:
        changed = services.compute_again(actor=request.user, report=report, at=timezone.now())
        return ngettext(
            "Counted again: %(count)d cell changed.",
            "Counted again: %(count)d cells changed.",
            changed,
        ) % {"count": changed}

    return _done(request, report, deed)


@require_POST
def write_note(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Keep the remarks."""
    report = _to_send(request, report_id)

    def deed() -> str:
        text = request.POST.get("note", "")[:4000]
        services.write_note(actor=request.user, report=report, note=text)
        return _("The remarks are kept.")

    return _done(request, report, deed)


@require_POST
def submit(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Send a report."""
    report = _to_send(request, report_id)

    def deed() -> str:
        services.submit_report(actor=request.user, report=report, at=timezone.now())
        return _("Sent. It is frozen now; a mistake is corrected by a new version.")

    return _done(request, report, deed)


@require_POST
def approve(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Approve a report."""
    report = report_of(request, report_id)
    if not rights_on(request, report.organisation_id).may_decide:
        raise PermissionDenied(_("Reports are decided on at the department."))

    def deed() -> str:
        services.approve_report(actor=request.user, report=report, at=timezone.now())
        return _("Approved: %(place)s, %(form)s.") % {
            "place": report.organisation.name,
            "form": report.definition.form_number,
        }

    return _done(request, report, deed)


def _to_send(request: HttpRequest, report_id: UUID) -> Report:
    report = report_of(request, report_id)
    if not rights_on(request, report.organisation_id).may_send:
        raise PermissionDenied(_("Reports are made by the head or data officer of the place."))
    return report


def _done(request: HttpRequest, report: Report, deed: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, deed())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return _to(report)


@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Return a report with the reason its sender mends it by."""
    report = report_of(request, report_id)
    if not rights_on(request, report.organisation_id).may_decide:
        raise PermissionDenied(_("Reports are decided on at the department."))
    form = ReasonForm(request.POST or None)

    def carry_out() -> HttpResponse:
        services.return_report(
            actor=request.user,
            report=report,
            reason=form.cleaned_data["reason"],
            at=timezone.now(),
        )
        messages.success(request, _("Returned to %(place)s.") % {"place": report.organisation.name})
        return _to(report)

    words = {
        "heading": _("Return the report"),
        "explanation": _("The sender reads these words and sends a new version."),
        "button": _("Return"),
    }
    return _asked(request, report, form, carry_out, words)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Begin the version that corrects one which was returned or approved."""
    report = _to_send(request, report_id)
    form = ReasonForm(request.POST or None, initial={"reason": report.return_reason})

    def carry_out() -> HttpResponse:
        fresh = services.correct_report(
            actor=request.user,
            report=report,
            reason=form.cleaned_data["reason"],
            at=timezone.now(),
        )
        messages.success(request, _("Version %(number)s is open.") % {"number": fresh.number})
        return _to(fresh)

    words = {
        "heading": _("Correct the report"),
        "explanation": _(
            "A new version is counted from the records as they are now; typed figures are carried over."
            " The old one stays readable and is superseded when the new one is approved."
        ),
        "button": _("Begin the correction"),
    }
    return _asked(request, report, form, carry_out, words)


@require_http_methods(["GET", "HEAD", "POST"])
def on_paper(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Note that the report went on paper while the system was down."""
    report = _to_send(request, report_id)
    outages = Outage.objects.over(report.organisation)
    form = PaperForm(request.POST or None, outages=outages)

    def carry_out() -> HttpResponse:
        services.send_on_paper(
            actor=request.user, report=report, **form.cleaned_data, at=timezone.now()
        )
        messages.success(request, _("Noted. Enter and send it as soon as the system is back."))
        return _to(report)

    words = {
        "heading": _("Sent on paper"),
        "explanation": _(
            "Only for a day on which the system was down. The report stays open until it is"
            " entered and sent here; then the day of the paper counts as the day of sending. An"
            " outage that the place noted itself has to be confirmed for that by whoever decides on"
            " its reports."
        ),
        "button": _("Note"),
    }
    return _asked(request, report, form, carry_out, words)


def _asked(
    request: HttpRequest,
    report: Report,
    form: Any,
    carry_out: Callable[[], HttpResponse],
    words: dict[str, str],
) -> HttpResponse:
    """Ask what a deed needs, and do it; a refusal stands at the field it names."""
    if request.method == "POST" and form.is_valid():
        try:
            return carry_out()
        except ValidationError as refused:
            take_refusal(form, refused)
    context = {**head_of(report), "form": form, **words}
    return page(request, "reporting/deed.html", context, status=400 if form.errors else 200)
