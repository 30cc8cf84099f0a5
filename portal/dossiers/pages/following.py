"""Follow a dossier by its code, open it with the second secret, answer what was asked, fetch papers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.admin.deeds import take_refusal
from portal.attachments.serving import answer as answer_file
from portal.audit.middleware import address_of
from portal.dossiers import services
from portal.dossiers.forms import FollowForm, WithdrawForm, is_secret, plain_code
from portal.dossiers.models import Dossier, DossierFile
from portal.dossiers.pages.filing import READS, WRITES, _key
from portal.dossiers.pages.opened import is_let_in, let_in, shut, too_many
from portal.dossiers.pages.papers import answer_paper
from portal.dossiers.reading import View, view_of
from portal.dossiers.services.supplements import open_supplement
from portal.dossiers.services.uploading import drop_file, keep_file, waiting_files
from portal.site.pace import allowed
from portal.site.pages import page
from portal.site.throttle import count_try, forget_tries


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Tell how far a dossier is, and open it for whoever knows its second secret.

    The code alone shows act, state and last day; no name, nothing that was handed in.
    """
    if not allowed(request, "dossiers-follow", READS):
        return too_many(request)
    typed = request.POST.get("code") or request.GET.get("code", "")
    code = plain_code(typed)
    dossier = _coded(code)
    form = FollowForm(request.POST or None, initial={"code": typed})
    if request.method == "POST" and form.is_valid() and _open(request, form, dossier):
        assert dossier is not None  # noqa: S101  (it was opened)
        return HttpResponseRedirect(reverse("dossiers:own", args=[dossier.pk]))
    context: dict[str, Any] = {
        "title": _("Follow a dossier"),
        "form": form,
        "code": code,
        "view": view_of(dossier, timezone.localdate()) if dossier else None,
        "is_unknown": bool(code) and dossier is None and request.method != "POST",
    }
    return page(request, "dossiers/follow.html", context)


def _coded(code: str) -> Dossier | None:
    if len(code) != 12:
        return None
    rows = Dossier.objects.filter(tracking_code=code, opened_by="applicant")
    return rows.select_related("authority").first()


def _open(request: HttpRequest, form: FollowForm, dossier: Dossier | None) -> bool:
    """Count the try, then compare; a wrong code and a wrong secret sound alike."""
    address = address_of(request) or ""
    tried = f"dossier {form.cleaned_data['code']}"
    tries = count_try(tried, address)
    if tries.again_at is not None:
        when = f"{timezone.localtime(tries.again_at):%H:%M}"
        form.add_error(None, _("Too many wrong tries; try again at %(time)s.") % {"time": when})
        return False
    if dossier is not None and is_secret(dossier, form.cleaned_data["secret"]):
        forget_tries(tried, address)
        let_in(request, dossier)
        return True
    form.add_error(
        None,
        _("Code and birth date or phone number do not fit. Compare both with the receipt."),
    )
    return False


def find_own(request: HttpRequest, dossier_id: UUID) -> Dossier | HttpResponse:
    """Return a dossier this browser may see; else the way to open it."""
    if is_let_in(request, dossier_id):
        files = DossierFile.objects.filter(dropped_at=None)
        rows = Dossier.objects.select_related("authority", "decision").prefetch_related(
            "documents", Prefetch("documents__files", queryset=files)
        )
        dossier: Dossier | None = rows.filter(pk=dossier_id).first()
        if dossier is not None:
            return dossier
    messages.info(request, _("Open the dossier with its code and the second secret first."))
    return HttpResponseRedirect(reverse("dossiers:follow"))


@require_http_methods(["GET", "HEAD", "POST"])
def own_page(request: HttpRequest, dossier_id: UUID) -> HttpResponse:
    """Show an applicant the own dossier; take the answer to what was asked."""
    dossier = find_own(request, dossier_id)
    if isinstance(dossier, HttpResponse):
        return dossier
    if request.method == "POST" and not allowed(request, "dossiers", WRITES):
        return too_many(request)
    view = view_of(dossier, timezone.localdate())
    reply = Reply(request, dossier)
    if request.method == "POST" and reply.carry_on():
        messages.success(request, _("The supplement was handed in; the authority goes on."))
        return HttpResponseRedirect(request.path)
    context = {
        "title": view.procedure,
        "view": view,
        "dossier": dossier,
        "reply": reply,
        "just_filed": "da-nop" in request.GET,
    }
    return page(request, "dossiers/own.html", context)


class Reply:
    """An applicant's answer on its way: files first, then the words."""

    def __init__(self, request: HttpRequest, dossier: Dossier) -> None:
        self.request, self.dossier = request, dossier
        self.supplement = open_supplement(dossier)
        self.key = _key(request.POST.get("client_key", ""))
        self.text = request.POST.get("text", "")
        self.refused: list[str] = []

    @property
    def items(self) -> list[dict[str, Any]]:
        if self.supplement is None:
            return []
        files = waiting_files(self.key)
        return [
            {"item": item, "files": [f for f in files if f.document_code == item.document.code]}
            for item in self.supplement.items.select_related("document")
        ]

    def carry_on(self) -> bool:
        """Keep what was uploaded and hand it in; say whether that was done."""
        if self.supplement is None:
            self.refused.append(_("Nothing is asked of you at the moment."))
            return False
        at = timezone.now()
        if dropped := self.request.POST.get("_drop", ""):
            drop_file(client_key=self.key, file_id=_key(dropped), at=at)
        try:
            self._keep_files()
            if "_answer" not in self.request.POST:
                return False
            services.answer(dossier=self.dossier, text=self.text, client_key=self.key, at=at)
        except ValidationError as refused:
            self.refused += refused.messages
            return False
        return True

    def _keep_files(self) -> None:
        assert self.supplement is not None  # noqa: S101  (asked before)
        for item in self.supplement.items.select_related("document"):
            for sent in self.request.FILES.getlist(f"document_{item.document.code}"):
                keep_file(
                    client_key=self.key,
                    document_code=item.document.code,
                    content=sent.read(),
                    name=sent.name or "",
                    at=timezone.now(),
                )


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_page(request: HttpRequest, dossier_id: UUID) -> HttpResponse:
    """Withdraw the own dossier, with a reason."""
    dossier = find_own(request, dossier_id)
    if isinstance(dossier, HttpResponse):
        return dossier
    form = WithdrawForm(request.POST or None)
    back = reverse("dossiers:own", args=[dossier.pk])
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw(
                dossier=dossier, reason=form.cleaned_data["reason"], at=timezone.now()
            )
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            messages.success(request, _("The dossier is withdrawn."))
            return HttpResponseRedirect(back)
    context = {
        "title": _("Withdraw the dossier"),
        "form": form,
        "back": back,
        "view": view_of(dossier, timezone.localdate()),
    }
    return page(request, "dossiers/withdraw.html", context)


@require_safe
def own_paper(request: HttpRequest, dossier_id: UUID, sheet: str) -> HttpResponse:
    """Give an applicant a paper of the own dossier."""
    dossier = find_own(request, dossier_id)
    return dossier if isinstance(dossier, HttpResponse) else answer_paper(dossier, sheet)


@require_safe
def own_file(request: HttpRequest, dossier_id: UUID, file_id: UUID) -> Any:
    """Give an applicant a file that was handed in with the own dossier."""
    dossier = find_own(request, dossier_id)
    if isinstance(dossier, HttpResponse):
        return dossier
    file = DossierFile.objects.filter(dossier=dossier, pk=file_id).select_related("stored").first()
    if file is None:
        raise Http404(_("There is no such file."))
    return answer_file(file.stored)


@require_POST
def leave(request: HttpRequest, dossier_id: UUID) -> HttpResponse:
    """Close a dossier in this browser."""
    shut(request, dossier_id)
    messages.success(request, _("The dossier is closed on this computer."))
    return HttpResponseRedirect(reverse("dossiers:follow"))


__all__ = ["View", "follow", "leave", "own_file", "own_page", "own_paper", "withdraw_page"]
