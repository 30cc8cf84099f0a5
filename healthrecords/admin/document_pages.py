"""The papers of a visit: issue one, read it, cancel it with a reason."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.admin.opening import Opened
from healthrecords.admin.visit_pages import find_visit, require_station
from healthrecords.banner import banner_of
from healthrecords.documents import TABLES, fields_of
from healthrecords.documents.reading import read_value, shown_fields
from healthrecords.forms.document import PaperForm, ReferralForm, receiving
from healthrecords.imports.papers import rest_of
from healthrecords.models import Document, Visit
from healthrecords.models.documents import DocumentKind
from healthrecords.papers.issued import PRINTED
from healthrecords.services import documents, referrals
from healthrecords.services.hushing import Hush
from portal.codelists.lookup import titles_on
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.pages import page

NEAR = 60
EARLIER = "replaces"


def issue_page(request: HttpRequest, pk: UUID, paper: str) -> HttpResponse:
    """Draw or store the form of a paper, filled with what the record knows."""
    place = require_station(request)
    if paper not in DocumentKind.values:
        raise Http404(_("There is no such page."))
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    if visit.facility_id != place.pk:
        raise PermissionDenied(_("Only the place of a visit issues its papers."))
    on = timezone.localdate(opened.at)
    form = _form(request, opened, visit, paper, on)
    if request.method == "POST" and form.is_valid():
        try:
            document = _issue(request, opened, visit, form)
        except ValidationError as refused:
            form.say(refused)
        else:
            return HttpResponseRedirect(document_url(document))
    return _draw(request, opened, visit, form)


def _form(request: HttpRequest, opened: Opened, visit: Visit, paper: str, on: date) -> Any:
    make: Any = ReferralForm if paper == DocumentKind.REFERRAL else PaperForm
    said = {} if paper == DocumentKind.REFERRAL else {"kind": paper}
    if request.method == "POST":
        return make(request.POST, on=on, **said)
    initial = documents.first_content(visit, paper, actor=request.user)
    earlier = _earlier(request, opened, visit, paper)
    if earlier is not None:
        initial |= {f.name: read_value(f, earlier.content.get(f.name)) for f in fields_of(paper)}
    return make(on=on, initial={**initial, "client_key": uuid7()}, **said)


def _earlier(request: HttpRequest, opened: Opened, visit: Visit, paper: str) -> Document | None:
    """Return the cancelled paper that the new one replaces, when one was named."""
    key = request.POST.get(EARLIER, "") or request.GET.get("thay", "")
    try:
        rows = Document.objects.filter(pk=UUID(key), visit=visit, kind=paper)
    except ValueError:
        return None
    rows = rows.filter(origin=Document.Origin.TYPED).open_to(sees_sensitive=opened.sees_sensitive)
    return rows.exclude(cancelled_at=None).filter(replaced_by=None).first()


def _issue(request: HttpRequest, opened: Opened, visit: Visit, form: Any) -> Document:
    said: dict[str, Any] = {
        "actor": request.user,
        "visit": visit,
        "content": form.content(),
        "client_key": form.cleaned_data["client_key"],
        "at": opened.at,
    }
    if isinstance(form, ReferralForm):
        typed = form.cleaned_data
        way = referrals.Way(
            reason=typed.get("reason", ""),
            to=form.facility(),
            to_name=typed.get("to", ""),
            is_urgent=bool(typed.get("is_urgent")),
        )
        sent = referrals.refer(way=way, **said)
        document, is_new = sent.row.document, sent.is_new
    else:
        earlier = _earlier(request, opened, visit, form.kind)
        issued = documents.issue(kind=form.kind, replaces=earlier, **said)
        document, is_new = issued.row, issued.is_new
    words = {"paper": document.get_kind_display(), "number": document.label}
    if is_new:
        messages.success(request, _("Issued: %(paper)s, number %(number)s.") % words)
    else:
        messages.info(
            request, _("%(paper)s %(number)s was issued before; nothing changed.") % words
        )
    return document


def _draw(request: HttpRequest, opened: Opened, visit: Visit, form: Any) -> HttpResponse:
    is_referral = isinstance(form, ReferralForm)
    places = receiving().exclude(pk=visit.facility_id) if is_referral else None
    if places is not None:
        under = visit.facility.parent
        kinds = (Organisation.Kind.HOSPITAL, Organisation.Kind.CENTRE)
        near = places.filter(kind__in=kinds)
        places = near.filter(path__startswith=under.path)[:NEAR] if under else near[:NEAR]
    context = {
        "title": DocumentKind(form.kind).label,
        "table": TABLES[form.kind],
        "banner": banner_of(opened.citizen, opened.access),
        "visit": visit,
        "form": form,
        "errors": form.errors,
        "is_referral": is_referral,
        "places": places or [],
        "earlier": _earlier(request, opened, visit, form.kind),
    }
    return page(request, "healthrecords/document_form.html", context)


def document_url(document: Document) -> str:
    """Return the address of a paper."""
    return reverse("admin:healthrecords_visit_document", args=[document.visit_id, document.pk])


def document_page(request: HttpRequest, pk: UUID, document_id: UUID) -> HttpResponse:
    """Draw a paper as it was issued; its place may cancel it with a reason.

    One that came by file is drawn as it was received: nothing of it is printed or cancelled here.
    """
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    rows = Document.objects.filter(visit=visit, pk=document_id).open_to(
        sees_sensitive=opened.sees_sensitive
    )
    document = rows.select_related("issued_by", "cancelled_by", "referral__to_facility").first()
    if document is None:
        raise Http404(_("There is no such record."))
    reason, error = request.POST.get("reason", ""), ""
    if request.method == "POST":
        require_station(request)
        try:
            _cancel(request, document, reason, opened.at)
        except ValidationError as refused:
            error = " ".join(refused.messages)
        else:
            messages.success(request, _("The paper is cancelled; its number stays taken."))
            return HttpResponseRedirect(document_url(document))
    context = {
        "title": document.get_kind_display(),
        "banner": banner_of(opened.citizen, opened.access),
        "visit": visit,
        "document": Hush(sees_sensitive=opened.sees_sensitive).row(document),
        "printed": document.kind in PRINTED and not document.is_received,
        "referral": getattr(document, "referral", None),
        "table": TABLES[document.kind],
        "lines": _lines(document),
        "error": error,
        "reason": reason,
        "may_cancel": document.cancelled_at is None
        and not document.is_received
        and document.facility_id in scope_of(request.user, "enter_records"),
    }
    return page(request, "healthrecords/document_page.html", context)


def _lines(document: Document) -> list[tuple[str, str, str]]:
    """Return what stands on a paper; on a received one also what our own form does not have."""
    kind, on = document.kind, timezone.localdate(document.issued_at)
    lines = shown_fields(kind, document.content, on=on)
    if not document.is_received:
        return lines
    reasons = titles_on(referrals.REASONS, on)
    for label, official, text in rest_of(kind, document.content):
        said = reasons.get(text, text) if official == "MA_LYDO_CT" else text
        lines.append((label, official, str(said)))
    return lines


def _cancel(request: HttpRequest, document: Document, reason: str, at: datetime) -> None:
    referral = getattr(document, "referral", None)
    if referral is not None:
        referrals.take_back(actor=request.user, referral=referral, reason=reason, at=at)
    else:
        documents.cancel(actor=request.user, document=document, reason=reason, at=at)
