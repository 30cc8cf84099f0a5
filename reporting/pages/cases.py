"""Notified cases: what waits against its clock, and one case with form 01."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from healthrecords.services.hushing import Hush
from portal.admin.deeds import take_refusal
from portal.audit.reads import note
from portal.places.models import Organisation
from portal.scope import Scope, scope_of
from portal.site.home import Chip
from portal.site.pages import page
from reporting.diseases import titles_of
from reporting.forms import CaseForm, ReasonForm
from reporting.models import CaseNotification, Outbreak
from reporting.pages.case_versions import versions_of
from reporting.services.cases import choices_for, disease_title
from reporting.services.notifying import close_case, document_of, send_case, write_case

SHOWN = 100
MANY_HOURS = 72
LINKED_WITHIN = timedelta(days=60)
Status = CaseNotification.Status


def sight(request: HttpRequest) -> Scope:
    """Return where this person sees cases: where they enter records, or follow epidemics."""
    follows, enters = (
        scope_of(request.user, capability) for capability in ("watch_epidemics", "enter_records")
    )
    both = Scope(ids=follows.ids | enters.ids, everything=follows.everything or enters.everything)
    if not both:
        raise PermissionDenied(
            _("Cases are seen by those who treat, and by those who follow epidemics.")
        )
    return both


def may_be_known(request: HttpRequest, cases: str = "") -> Q:
    """Return the condition that cases, or those that a row holds as ``cases``, may be known of."""
    sees = scope_of(request.user, "see_sensitive")
    known = Q(**{f"{cases}sensitivity": ""}) | Q(**{f"{cases}facility__in": sees.ids})
    return Q() if sees.everything else known


def cases_seen(request: HttpRequest) -> Any:
    """Return the cases this request may show; those of a sensitive class only with the right."""
    rows = CaseNotification.objects.within(sight(request)).filter(may_be_known(request))
    return rows.select_related("citizen__area", "facility", "outbreak", "outage", "sent_by")


def clock_chip(case: CaseNotification, now: datetime) -> Chip:
    """Return where a case stands against its clock, in words."""
    waits = case.status == Status.OPEN or case.tells_death
    if not waits:
        kind, icon = {
            Status.SENT: ("warn" if case.was_late else "ok", "ok"),
            Status.CHANGED: ("warn", "warn"),
        }.get(Status(case.status), ("", "off"))
        is_late = case.status == Status.SENT and case.was_late
        word = _("reported late") if is_late else str(case.get_status_display())
        return Chip(kind, icon, word)
    if case.paper_sent_at is not None and case.status == Status.OPEN:
        return Chip("warn", "pen", _("on paper, to be entered"))
    hours = int((case.due_at - now).total_seconds() // 3600)
    if case.due_at < now:
        late = ngettext("%(count)d hour late", "%(count)d hours late", -hours) % {"count": -hours}
        if hours < -MANY_HOURS:
            day = f"{timezone.localtime(case.due_at):%d/%m/%Y}"
            late = _("overdue since %(day)s") % {"day": day}
        return Chip("bad", "warn", late)
    if hours < 48:
        left = ngettext("%(count)d hour left", "%(count)d hours left", hours) % {"count": hours}
        return Chip("warn" if hours < 12 else "act", "clock", left)
    return Chip("", "clock", _("due %(day)s") % {"day": f"{timezone.localtime(case.due_at):%d/%m}"})


@require_safe
def cases_page(request: HttpRequest) -> HttpResponse:
    """List the cases that wait, the most urgent first; ``?loc=gui`` those that were sent.

    ``?noi=`` narrows the list to what one facility found and must report.
    """
    rows, place = _at_place(request, cases_seen(request))
    now = timezone.now()
    waiting = _to_report(request, rows).order_by("due_at", "id")
    kinds = {
        "cho": waiting,
        "qua-han": waiting.filter(due_at__lt=now),
        "gui": rows.filter(status=Status.SENT).order_by("-sent_at", "-id"),
        "tre": rows.late(now).order_by("due_at", "id"),
        "khong": rows.filter(status__in=[Status.DROPPED, Status.TAKEN_BACK]).order_by(
            "-noticed_at", "-id"
        ),
    }
    chosen = request.GET.get("loc", "cho")
    chosen = chosen if chosen in kinds else "cho"
    listed = Paginator(kinds[chosen], SHOWN).get_page(request.GET.get("trang"))
    shown = list(listed)
    note(request, [case.citizen_id for case in shown], action="listed", ground="epidemic")
    titles = titles_of({case.disease for case in shown}, timezone.localdate())
    words = (
        _("To be reported"),
        _("Past the clock"),
        _("Reported"),
        _("Late"),
        _("Not reported, taken back"),
    )
    context = {
        "title": _("Notifiable diseases"),
        "tabs": [(slug, word, slug == chosen) for slug, word in zip(kinds, words, strict=True)],
        "lines": [(case, titles[case.disease], clock_chip(case, now)) for case in shown],
        "chosen": chosen,
        "place": place,
        "place_query": f"&noi={place.pk}" if place else "",
        "listed": listed,
        "page_query": f"loc={chosen}&{f'noi={place.pk}&' if place else ''}",
        "may_open": bool(scope_of(request.user, "enter_records")),
    }
    return page(request, "reporting/cases.html", context)


def _to_report(request: HttpRequest, rows: Any) -> Any:
    """Return what waits: who follows epidemics sees all of it, a facility what it must report itself."""
    if scope_of(request.user, "watch_epidemics"):
        return rows.waiting()
    enters = scope_of(request.user, "enter_records")
    return rows.waiting() if enters.everything else rows.waiting().at(enters.ids)


def _at_place(request: HttpRequest, rows: Any) -> tuple[Any, Organisation | None]:
    """Return the rows that the facility of the address found, and that facility."""
    asked = request.GET.get("noi", "")
    if not asked:
        return rows, None
    try:
        place = Organisation.objects.within(sight(request)).filter(pk=UUID(asked)).first()
    except ValueError:
        place = None
    if place is None:
        raise Http404(_("There is no such place in your area."))
    return rows.at([place.pk]), place


def case_of(request: HttpRequest, notification_id: UUID) -> CaseNotification:
    """Return a case in sight; its person is noted as opened."""
    found: CaseNotification | None = cases_seen(request).filter(pk=notification_id).first()
    if found is None:
        raise Http404(_("There is no such record."))
    note(request, [found.citizen_id], action="opened", ground="epidemic")
    return found


def may_write(request: HttpRequest, case: CaseNotification) -> bool:
    """Say whether this person reports cases of the facility that found it."""
    return case.facility_id in scope_of(request.user, "enter_records")


@require_http_methods(["GET", "HEAD", "POST"])
def case_page(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Show one case; its facility fills it in and sends it."""
    case = case_of(request, notification_id)
    writes = may_write(request, case) and case.status in {Status.OPEN, Status.SENT, Status.CHANGED}
    if request.method == "POST" and not writes:
        raise PermissionDenied(_("A case is reported by the facility that found it."))
    form = _form(request, case)
    if request.method == "POST" and form.is_valid():
        done = _store(request, case, form)
        if done is not None:
            return done
    now, sees = timezone.now(), case.facility_id in scope_of(request.user, "see_sensitive")
    context = {
        "title": disease_title(case),
        "case": Hush(sees_sensitive=sees).row(case),
        "chip": clock_chip(case, now),
        "form": form,
        "writes": writes,
        "versions": versions_of(case),
        "told": case.sent or document_of(case, request.user, now),
        "record": reverse("admin:healthrecords_citizen_change", args=[case.citizen_id]),
        "may_open": case.facility_id in scope_of(request.user, "view_records"),
    }
    status = 400 if form.is_bound and form.errors else 200
    return page(request, "reporting/case.html", context, status=status)


def _form(request: HttpRequest, case: CaseNotification) -> CaseForm:
    others = (
        cases_seen(request)
        .standing()
        .filter(
            disease=case.disease,
            noticed_at__range=(case.noticed_at - LINKED_WITHIN, case.noticed_at + LINKED_WITHIN),
        )
    )
    others = others.exclude(pk=case.pk)
    listed = others.order_by().values_list("citizen_id", flat=True)
    note(request, listed, action="listed", ground="epidemic")
    near = Q(pk__in=Outbreak.objects.within(sight(request)).order_by().values("pk"))
    near |= Q(station=case.citizen.home_station_id) | Q(pk=case.outbreak_id)
    active = Outbreak.objects.filter(near, disease=case.disease).order_by("-determined_at")
    return CaseForm(
        request.POST if request.method == "POST" else None,
        instance=case,
        choices=choices_for(case),
        linkable=others.order_by("-noticed_at"),
        outbreaks=active,
    )


def _store(request: HttpRequest, case: CaseNotification, form: CaseForm) -> HttpResponse | None:
    at, said = timezone.now(), _("The case is kept.")
    told = {name: form.cleaned_data[name] for name in form.cleaned_data}
    told = {
        name: "" if value is None and name == "exposure" else value for name, value in told.items()
    }
    sends = "send" in request.POST
    try:
        case = write_case(actor=request.user, case=case, told=told, at=at)
        if sends and case.status != Status.SENT:
            send_case(actor=request.user, case=case, at=at)
            said = _("The case is reported.")
        elif case.status == Status.SENT:
            said = _("Nothing was changed; the case stands as it was sent.")
    except ValidationError as refused:
        take_refusal(form, refused)
        return None
    messages.success(request, said)
    return HttpResponseRedirect(reverse("reporting:case", args=[case.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def close_page(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Say why a case is not reported, or take one back."""
    case = case_of(request, notification_id)
    if not may_write(request, case):
        raise PermissionDenied(_("A case is reported by the facility that found it."))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            close_case(
                actor=request.user,
                case=case,
                reason=form.cleaned_data["reason"],
                at=timezone.now(),
            )
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            messages.success(request, _("The case is closed; the reason stays with it."))
            return HttpResponseRedirect(reverse("reporting:case", args=[case.pk]))
    is_open = case.status == Status.OPEN
    context = {
        "title": disease_title(case),
        "case": case,
        "form": form,
        "heading": _("Do not report this case") if is_open else _("Take the case back"),
        "button": _("Close the case"),
    }
    return page(request, "reporting/case_deed.html", context, status=400 if form.errors else 200)
