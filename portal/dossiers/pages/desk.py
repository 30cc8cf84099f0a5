"""The officials' side: the work list, a dossier, what is done to it, its signature, the figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from portal.admin.deeds import take_refusal
from portal.attachments.serving import answer as answer_file
from portal.audit.reads import note
from portal.dossiers import acts, figures
from portal.dossiers.models import Dossier, DossierFile
from portal.dossiers.pages.deeds import PAGES, possible
from portal.dossiers.pages.papers import answer_paper
from portal.dossiers.queue import (
    DUE,
    ENDED,
    SHOWN,
    WHO,
    Filter,
    counts_of,
    officials_with,
    procedure_choices,
    rows_of,
    scopes_of,
)
from portal.dossiers.reading import read_book, view_of
from portal.dossiers.services.filing import filing_of
from portal.dossiers.services.moving import handles
from portal.dossiers.states import OPEN_STATES, Deed, allows
from portal.scope import scope_of
from portal.site.pages import page

PERIODS = {"30": 30, "90": 90, "365": 365}
LAST_PAGE = 40


def require_desk(request: HttpRequest) -> None:
    """Refuse whoever deals with no dossiers anywhere."""
    if not any(scope for _kind, scope in scopes_of(request.user)):
        raise PermissionDenied(_("Dossiers are dealt with by the department's licensing officers."))


def find_dossier(request: HttpRequest, dossier_id: UUID) -> Dossier:
    """Return a dossier this official deals with, or nothing there; the look is noted."""
    require_desk(request)
    files = DossierFile.objects.filter(dropped_at=None).select_related("stored")
    rows = Dossier.objects.of_scopes(scopes_of(request.user)).select_related(
        "authority", "assigned_to", "proposed_by", "decision__signature"
    )
    rows = rows.prefetch_related("documents", Prefetch("documents__files", queryset=files))
    dossier: Dossier | None = rows.filter(pk=dossier_id).first()
    if dossier is None:
        raise Http404(_("There is no such dossier."))
    note(request, [dossier.subject or dossier.pk], action="opened", ground="dossier")
    return dossier


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """List the dossiers that wait, by due day; the filter stays until it is changed."""
    require_desk(request)
    on = timezone.localdate()
    chosen = Filter.of(request)
    number = request.GET.get("trang", "1")
    at = min(max(int(number), 1), LAST_PAGE) if number.isascii() and number.isdigit() else 1
    rows = rows_of(request.user, chosen, on, start=(at - 1) * SHOWN)
    has_more, rows, book = len(rows) > SHOWN, rows[:SHOWN], read_book(on)
    note(request, [row.subject or row.pk for row in rows], action="listed", ground="dossier")
    context = {
        "title": _("Dossiers"),
        "views": [view_of(row, on, book) for row in rows],
        "chosen": chosen,
        "who_choices": [*WHO.items(), *officials_with(request.user)],
        "due_choices": DUE.items(),
        "state_choices": [
            *((state.value, state.label) for state in OPEN_STATES),
            (ENDED, _("Ended")),
        ],
        "procedure_choices": procedure_choices(on),
        "tabs": _tabs(request, chosen, on),
        "before": at - 1,
        "after": at + 1 if has_more and at < LAST_PAGE else 0,
    }
    return page(request, "dossiers/queue.html", context)


def _tabs(request: HttpRequest, chosen: Filter, on: Any) -> list[dict[str, Any]]:
    counts = counts_of(request.user, on)
    plain = Filter()
    tabs = (
        (pgettext("dossier", "open"), counts.open, plain),
        (_("with me"), counts.mine, Filter(who="mine")),
        (_("with nobody"), counts.free, Filter(who="free")),
        (_("overdue"), counts.overdue, Filter(due="overdue")),
        (_("for signature"), counts.signature, Filter(state="signature")),
    )
    return [
        {"title": title, "count": count, "url": to.address(), "is_current": to == chosen}
        for title, count, to in tabs
    ]


@require_safe
def dossier_page(request: HttpRequest, dossier_id: UUID) -> HttpResponse:
    """Show one dossier: who has it, until when, its documents, its course, what may be done."""
    dossier = find_dossier(request, dossier_id)
    act = acts.act_of(dossier.procedure)
    deeds = possible(request.user, dossier)
    supplements = dossier.supplements.prefetch_related("items__document").order_by("-number")
    context = {
        "title": dossier.applicant_name,
        "dossier": dossier,
        "view": view_of(dossier, timezone.localdate()),
        "steps": dossier.steps.select_related("assigned_to").order_by("-at", "-id"),
        "supplements": supplements,
        "said": said_of(dossier),
        "notices": notices_of(dossier),
        "main": [deed for deed in deeds if deed.is_main],
        "others": [deed for deed in deeds if not deed.is_main],
        "may_sign": _may_sign(request, dossier),
        "needs_other": dossier.needs_four_eyes and dossier.proposed_by_id == request.user.pk,
        "result_url": act.result_url(dossier) if act and dossier.state == "granted" else "",
        "first_file": _first_file(dossier),
    }
    return page(request, "dossiers/dossier.html", context)


def _may_sign(request: HttpRequest, dossier: Dossier) -> bool:
    can = allows(dossier.state, Deed.GRANT)
    return can and dossier.authority_id in scope_of(request.user, "decide_licenses")


def _first_file(dossier: Dossier) -> DossierFile | None:
    return next((file for row in dossier.documents.all() for file in row.files.all()), None)


def said_of(dossier: Dossier) -> list[tuple[str, str]]:
    """Return what was asked for beside the documents, in words."""
    act = acts.act_of(dossier.procedure)
    if act is None:
        return list(dossier.values.items())
    typed = {f"v-{name}": value for name, value in dossier.values.items()}
    form = act.form_of(dossier.case)(typed, prefix="v")
    form.is_valid()
    return form.lines()


def notices_of(dossier: Dossier) -> list[str]:
    """Return what should be known before the dossier is decided, though it refuses nothing."""
    act = acts.act_of(dossier.procedure)
    if act is None or not dossier.is_open:
        return []
    filing, subject = filing_of(dossier), dossier.subject
    return [*act.notices(filing, subject), *act.told_officials(filing, subject)]


@require_http_methods(["GET", "HEAD", "POST"])
def deed_page(request: HttpRequest, dossier_id: UUID, work: str) -> HttpResponse:
    """Do one thing to a dossier, on a page of its own where something must be written."""
    dossier = find_dossier(request, dossier_id)
    found = PAGES.get(work)
    if found is None:
        raise Http404(_("There is no such deed."))
    back = reverse("dossiers:dossier", args=[dossier.pk])
    if not found.may(request.user, dossier):
        messages.error(
            request,
            _("“%(deed)s” cannot be done now: %(state)s.")
            % {"deed": found.label, "state": dossier.get_state_display()},
        )
        return HttpResponseRedirect(back)
    sent = (request.POST or None, request.FILES or None)
    form = found.form(*sent, dossier=dossier, actor=request.user)
    posted = request.method == "POST"
    if posted and not form.is_bound:
        form = found.form({}, dossier=dossier, actor=request.user)
    if posted and form.is_valid():
        try:
            form.carry_out()
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            messages.success(request, str(found.done))
            return HttpResponseRedirect(back)
    context = {
        "title": found.label,
        "deed": found,
        "form": form,
        "dossier": dossier,
        "view": view_of(dossier, timezone.localdate()),
        "back": back,
    }
    return page(request, found.template, context)


@require_safe
@xframe_options_sameorigin
def file(request: HttpRequest, dossier_id: UUID, file_id: UUID) -> Any:
    """Show a file of a dossier beside its documents."""
    dossier = find_dossier(request, dossier_id)
    found = DossierFile.objects.filter(dossier=dossier, pk=file_id).select_related("stored").first()
    if found is None:
        raise Http404(_("There is no such file."))
    return answer_file(found.stored, is_framed=True)


@require_safe
@xframe_options_sameorigin
def paper(request: HttpRequest, dossier_id: UUID, sheet: str) -> HttpResponse:
    """Show a paper of a dossier to an official."""
    return answer_paper(find_dossier(request, dossier_id), sheet)


@require_safe
def figures_page(request: HttpRequest) -> HttpResponse:
    """Show waiting times by procedure and by official."""
    require_desk(request)
    on = timezone.localdate()
    period = request.GET.get("ngay", "90")
    days = PERIODS.get(period, 90)
    first = on - timedelta(days=days)
    procedures = figures.by_procedure(request.user, first=first, last=on, on=on)
    context = {
        "title": _("Waiting times of dossiers"),
        "procedures": procedures,
        "total": figures.total_of(procedures, _("All procedures")),
        "officials": figures.by_official(request.user, first=first, last=on, on=on),
        "periods": [(key, value, key == period) for key, value in PERIODS.items()],
        "first": first,
        "last": on,
        "within": f"first={first:%Y-%m-%d}&last={on:%Y-%m-%d}",
    }
    return page(request, "dossiers/figures.html", context)


__all__ = [
    "deed_page",
    "dossier_page",
    "figures_page",
    "file",
    "handles",
    "paper",
    "queue",
]
