"""Pages of results: write a report, read it, correct it, confirm or reject what AI read."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.services import devices_in_use
from healthrecords.admin.opening import Opened, open_record
from healthrecords.banner import banner_of
from healthrecords.forms.results import ReportForm
from healthrecords.models import DiagnosticReport, Visit
from healthrecords.querysets import outside_hidden_visits
from healthrecords.reports import (
    disagreements,
    flag_chip,
    limits_text,
    said_elsewhere,
    state_chips,
)
from healthrecords.services import place_to_act
from healthrecords.services.hushing import Hush
from healthrecords.services.results import (
    amend_report,
    may_review,
    record_report,
    review_reading,
    void_report,
)
from healthrecords.timeline.results import report_url
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from portal.site.pages import page


def new_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw or store a new report."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        raise PermissionDenied(_("Entering records needs the role of a clerk or clinician here."))
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    visit = visit_named(request, opened, place)
    if request.method == "POST":
        form = ReportForm(request.POST)
        if form.is_valid():
            try:
                saved = record_report(
                    actor=request.user,
                    citizen=opened.citizen,
                    facility=place,
                    entry=form.entry(),
                    client_key=form.cleaned_data["client_key"],
                    at=opened.at,
                    visit=visit,
                )
            except ValidationError as refused:
                form.refuse(refused)
            else:
                return _stored(request, opened, saved.row)
    else:
        form = ReportForm(initial={"client_key": uuid7(), "performed_at": opened.at})
    return _draw_form(request, opened, form)


def visit_named(request: HttpRequest, opened: Opened, place: Organisation) -> Visit | None:
    """Return the visit of this record at this place that the address names, if it does: ?kham=…

    Of a visit elsewhere nothing is said: what is written then belongs to the person alone.
    """
    key = request.GET.get("kham", "")
    try:
        wanted = UUID(key)
    except ValueError:
        return None
    rows = Visit.objects.of(opened.access).filter(facility=place)
    rows = rows.open_to(sees_sensitive=opened.sees_sensitive)
    return rows.filter(pk=wanted).first()


def _stored(request: HttpRequest, opened: Opened, report: DiagnosticReport) -> HttpResponse:
    if report.sensitivity and not opened.sees_sensitive:
        text = _(
            "Stored for %(name)s. It is of a protected class: only those with the right see it."
        )
        messages.success(request, text % {"name": opened.citizen.name})
        return HttpResponseRedirect(
            reverse("admin:healthrecords_citizen_change", args=[opened.citizen.pk])
        )
    said = {"what": report.title, "name": opened.citizen.name}
    messages.success(request, _("Stored “%(what)s” for %(name)s.") % said)
    return HttpResponseRedirect(report_url(opened.citizen.pk, report.pk))


def _draw_form(
    request: HttpRequest, opened: Opened, form: ReportForm, report: Any = None
) -> HttpResponse:
    has_errors = form.is_bound and form.has_errors
    place = place_to_act(request.user, "enter_records")
    context = {
        "title": _("Result of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "form": form,
        "formsets": [form.rows],
        "errors": has_errors,
        "report": report,
        "machines": devices_in_use(place) if place is not None else (),
        "reason": request.POST.get("reason", ""),
    }
    status = 422 if has_errors else 200
    return page(request, "healthrecords/report_form.html", context, status=status)


def _find(request: HttpRequest, pk: UUID, report_id: UUID) -> tuple[Opened, Any] | HttpResponse:
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    rows = DiagnosticReport.objects.of(opened.access).open_to(sees_sensitive=opened.sees_sensitive)
    if not opened.sees_sensitive:
        rows = outside_hidden_visits(rows)
    report = (
        rows.filter(pk=report_id)
        .select_related("facility", "visit", "recorded_by", "reviewed_by", "superseded_by")
        .annotate(others=said_elsewhere(sees_sensitive=opened.sees_sensitive))
        .first()
    )
    if report is None:
        raise Http404(_("There is no such record."))
    return opened, report


def report_page(request: HttpRequest, pk: UUID, report_id: UUID) -> HttpResponse:
    """Draw a report, or take a deed on it: confirm, reject, mark as a mistake."""
    found = _find(request, pk, report_id)
    if not isinstance(found, tuple):
        return found
    opened, report = found
    if request.method == "POST":
        try:
            messages.success(request, _act(request, opened, report))
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
        return HttpResponseRedirect(report_url(opened.citizen.pk, report.pk))
    results = list(report.results.order_by("position", "id"))
    ours = [
        {"test": r.test, "name": r.name, "value": r.value, "unit": r.unit, "flag": r.flag}
        for r in results
    ]
    place = place_to_act(request.user, "enter_records")
    is_ours = place is not None and place.pk == report.facility_id and report.origin == "typed"
    context = {
        "title": report.title,
        "banner": banner_of(opened.citizen, opened.access),
        "report": Hush(sees_sensitive=opened.sees_sensitive).row(report),
        "chips": state_chips(_said(report)),
        "results": [
            {"row": r, "limits": limits_text(r), "chip": flag_chip(r.flag)} for r in results
        ],
        "differences": disagreements(ours, report.others),
        "older": list(report.supersedes.select_related("recorded_by").order_by("-recorded_at")),
        "percent": round(report.confidence * 100, 1) if report.confidence is not None else None,
        "may_review": report.waits_for_person and may_review(request.user, report),
        "may_mend": is_ours and report.is_current,
    }
    return page(request, "healthrecords/report_page.html", context)


def _said(report: DiagnosticReport) -> dict[str, Any]:
    return {
        "status": report.status,
        "is_ai": report.is_ai,
        "review": report.review,
        "reviewer": str(report.reviewed_by or ""),
    }


def _act(request: HttpRequest, opened: Opened, report: DiagnosticReport) -> str:
    said: dict[str, Any] = {"actor": request.user, "report": report, "at": opened.at}
    reason = request.POST.get("reason", "")
    if "_confirm" in request.POST:
        review_reading(confirms=True, **said)
        return _("You confirmed the reading of “%(what)s”.") % {"what": report.title}
    if "_reject" in request.POST:
        review_reading(confirms=False, reason=reason, **said)
        return _("You rejected the reading of “%(what)s”.") % {"what": report.title}
    if "_mistake" in request.POST:
        void_report(reason=reason, **said)
        return _("“%(what)s” is marked as a mistake; it stays readable.") % {"what": report.title}
    raise ValidationError(_("Choose what to do with this report."), code="deed_missing")


def amend_page(request: HttpRequest, pk: UUID, report_id: UUID) -> HttpResponse:
    """Draw or store the correction of a report."""
    found = _find(request, pk, report_id)
    if not isinstance(found, tuple):
        return found
    opened, report = found
    if place_to_act(request.user, "enter_records") is None:
        raise PermissionDenied(_("Entering records needs the role of a clerk or clinician here."))
    if request.method == "POST":
        form = ReportForm(request.POST, replaces=report)
        if form.is_valid():
            try:
                new = amend_report(
                    actor=request.user,
                    report=report,
                    entry=form.entry(),
                    reason=request.POST.get("reason", ""),
                    at=opened.at,
                )
            except ValidationError as refused:
                form.refuse(refused)
            else:
                return _stored(request, opened, new)
    else:
        form = _form_of(report)
    return _draw_form(request, opened, form, report)


def _form_of(report: DiagnosticReport) -> ReportForm:
    names = ("kind", "title", "performed_at", "specimen", "performer", "machine", "description")
    rows: list[dict[str, Any]] = [
        {
            "name": row.name,
            "value": row.value,
            "unit": row.unit,
            **({"low": row.low, "high": row.high} if row.limits_from == "sent" else {}),
        }
        for row in report.results.order_by("position", "id")
    ]
    initial = {name: getattr(report, name) for name in (*names, "conclusion")}
    initial["performed_at"] = timezone.localtime(report.performed_at)
    return ReportForm(initial={**initial, "client_key": uuid7()}, rows=[*rows, {}, {}])
