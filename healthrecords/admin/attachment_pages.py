"""Papers kept with a record: the list with its form, and each paper's bytes."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from healthrecords.admin.opening import Opened, open_record
from healthrecords.banner import banner_of
from healthrecords.forms.attachment import AttachmentForm, ProtectForm
from healthrecords.forms.background import MistakeForm
from healthrecords.models import Attachment
from healthrecords.models.facts import shown_partial
from healthrecords.services import place_to_act
from healthrecords.services.attachments import attach, protect
from healthrecords.services.background import void_fact
from healthrecords.services.hushing import Hush
from portal.attachments.models import StoredFile
from portal.attachments.serving import answer
from portal.database.uuid7 import uuid7
from portal.site.home import Chip
from portal.site.pages import page

SHOWN_AT_MOST = 200
STATES = {
    StoredFile.State.NOT_SCANNED: ("", "none"),
    StoredFile.State.CLEAN: ("ok", "shield"),
    StoredFile.State.INFECTED: ("bad", "bad"),
    StoredFile.State.UNAVAILABLE: ("warn", "clock"),
}


def papers_url(pk: Any) -> str:
    """Return the address of a record's papers."""
    return reverse("admin:healthrecords_citizen_papers", args=[pk])


def papers_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw the papers of a record, or keep one more."""
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    form = AttachmentForm(initial={"client_key": uuid7()})
    if request.method == "POST":
        form = AttachmentForm(request.POST, request.FILES)
        if (stored := _keep(request, opened, form)) is not None:
            return stored
    return _draw(request, opened, form)


def _keep(request: HttpRequest, opened: Opened, form: AttachmentForm) -> HttpResponse | None:
    place = place_to_act(request.user, "enter_records")
    if place is None:
        raise PermissionDenied(_("Entering records needs the role of a clerk or clinician here."))
    if not form.is_valid():
        return None
    try:
        saved = attach(
            actor=request.user,
            citizen=opened.citizen,
            facility=place,
            entry=form.entry(),
            client_key=form.cleaned_data["client_key"],
            at=opened.at,
        )
    except ValidationError as refused:
        form.refuse(refused)
        return None
    said = {"what": saved.row.title, "name": opened.citizen.name}
    if saved.row.sensitivity and not opened.sees_sensitive:
        text = _(
            "Stored for %(name)s. It is of a protected class: only those with the right see it."
        )
    else:
        text = _("Stored “%(what)s” for %(name)s.")
    messages.success(request, text % said)
    return HttpResponseRedirect(papers_url(opened.citizen.pk))


def _draw(request: HttpRequest, opened: Opened, form: AttachmentForm) -> HttpResponse:
    place = place_to_act(request.user, "enter_records")
    rows = _papers(opened).select_related("file", "facility", "recorded_by")
    papers = Hush(sees_sensitive=opened.sees_sensitive).rows(
        rows.order_by("-recorded_at")[:SHOWN_AT_MOST]
    )
    context = {
        "title": _("Papers of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "papers": [_shown(row, place) for row in papers],
        "form": form,
        "errors": form.is_bound,
        "may_enter": place is not None,
        "mistake_form": MistakeForm(auto_id=False),
        "protect_form": ProtectForm(auto_id=False),
    }
    status = 422 if form.is_bound else 200
    return page(request, "healthrecords/papers_page.html", context, status=status)


def _shown(row: Attachment, place: Any) -> dict[str, Any]:
    kind, icon = STATES[StoredFile.State(row.file.state)]
    is_mistake = row.status == Attachment.Status.ENTERED_IN_ERROR
    return {
        "row": row,
        "written": shown_partial(row.written),
        "size": -(-row.file.size // 1024),
        "chip": Chip(kind, icon, str(row.file.get_state_display())),
        "is_mistake": is_mistake,
        "protected": row.get_sensitivity_display() if row.sensitivity else "",
        "opens": not row.file.is_quarantined,
        "may_void": place is not None and place.pk == row.facility_id and not is_mistake,
    }


def _papers(opened: Opened) -> Any:
    return Attachment.objects.of(opened.access).open_to(sees_sensitive=opened.sees_sensitive)


@never_cache
def paper_page(request: HttpRequest, pk: UUID, attachment_id: UUID) -> HttpResponseBase:
    """Send one paper to be saved, or mark it as a mistake; the read log says who took it."""
    is_post = request.method == "POST"
    opened = open_record(request, pk, action="opened" if is_post else "exported")
    if not isinstance(opened, Opened):
        return opened
    row = _papers(opened).filter(pk=attachment_id).select_related("file").first()
    if row is None:
        raise Http404(_("There is no such record."))
    if not is_post:
        return answer(row.file)
    if "sensitivity" in request.POST:
        return _protected(request, opened, row)
    form = MistakeForm(request.POST)
    try:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        void_fact(actor=request.user, fact=row, reason=reason, at=opened.at)
        said = _("“%(what)s” is marked as a mistake; it stays readable.") % {"what": row.title}
        messages.success(request, said)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return HttpResponseRedirect(papers_url(opened.citizen.pk))


def _protected(request: HttpRequest, opened: Opened, row: Attachment) -> HttpResponseRedirect:
    try:
        said = request.POST.get("sensitivity", "")
        protect(actor=request.user, attachment=row, sensitivity=said, at=opened.at)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Protected: only those with the right see this paper now."))
    return HttpResponseRedirect(papers_url(opened.citizen.pk))
