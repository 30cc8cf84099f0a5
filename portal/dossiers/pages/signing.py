"""Sign a decision: what it says, who proposed it, with which certificate."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from portal.admin.deeds import take_refusal
from portal.audit.middleware import address_of
from portal.dossiers.models import Decision, Dossier
from portal.dossiers.pages.desk import find_dossier, said_of
from portal.dossiers.reading import view_of
from portal.dossiers.services import decide, require_signer
from portal.dossiers.services.deciding import PURPOSE, lay_out
from portal.dossiers.services.moving import locked
from portal.dossiers.states import Deed, allows
from portal.scope import scope_of
from portal.signing import tasks
from portal.signing.forms import SigningForm
from portal.signing.models import SigningCertificate
from portal.signing.services import certificates_of
from portal.site.pages import page
from portal.site.throttle import count_try, forget_tries


def require_signing(request: HttpRequest, dossier: Dossier) -> None:
    """Refuse whoever may not sign for the authority."""
    if dossier.authority_id not in scope_of(request.user, "decide_licenses"):
        raise PermissionDenied(
            _("Signing for the authority needs the right to decide on licences.")
        )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_page(request: HttpRequest, dossier_id: UUID) -> HttpResponse:
    """Show what is signed, and sign it."""
    dossier = find_dossier(request, dossier_id)
    require_signing(request, dossier)
    back = reverse("dossiers:dossier", args=[dossier.pk])
    if not allows(dossier.state, Deed.GRANT):
        messages.error(request, _("This dossier does not wait for a signature."))
        return HttpResponseRedirect(back)
    form = SigningForm(request.POST or None, certificates=certificates_of(request.user))
    posted = request.method == "POST"
    if posted and not form.is_bound:
        form = SigningForm({}, certificates=certificates_of(request.user))
    if posted and form.is_valid():
        done = _sign(request, form, dossier)
        if isinstance(done, HttpResponse):
            return done
        if done is not None:
            messages.success(
                request, _("Signed: %(number)s. Its effect is written.") % {"number": done.number}
            )
            return HttpResponseRedirect(back)
    context: dict[str, Any] = {
        "title": _("Sign"),
        "dossier": dossier,
        "view": view_of(dossier, timezone.localdate()),
        "form": form,
        "said": said_of(dossier),
        "back": back,
        "hindrance": _hindrance(request, dossier),
    }
    return page(request, "dossiers/sign.html", context)


def _hindrance(request: HttpRequest, dossier: Dossier) -> str:
    """Say beforehand what would refuse the signature of this person."""
    try:
        require_signer(request.user, dossier)
    except ValidationError as refused:
        return " ".join(refused.messages)
    return ""


def _sign(
    request: HttpRequest, form: SigningForm, dossier: Dossier
) -> Decision | HttpResponse | None:
    """Sign at once with a file or by confirmation, or ask the service and show how far it is."""
    chosen, at = form.chosen, timezone.now()
    try:
        if chosen is not None and chosen.kind == SigningCertificate.Kind.REMOTE:
            require_signer(request.user, dossier)
            task = tasks.begin(
                actor=request.user,
                certificate=chosen,
                purpose=PURPOSE,
                subjects=[dossier.pk],
                at=at,
            )
            return HttpResponseRedirect(reverse("signing:task", args=[task.pk]))
        return _sign_here(request, form, dossier)
    except ValidationError as refused:
        is_password = getattr(refused, "code", "") == "certificate_password"
        if is_password:
            form.add_error("password", refused)
        else:
            take_refusal(form, refused)
    return None


def _sign_here(request: HttpRequest, form: SigningForm, dossier: Dossier) -> Decision | None:
    chosen, address = form.chosen, address_of(request) or ""
    tried = f"certificate {chosen.pk}" if chosen is not None else ""
    if tried and (wait := count_try(tried, address)).again_at is not None:
        when = f"{timezone.localtime(wait.again_at):%H:%M}"
        form.add_error(
            "password", _("Too many wrong passwords; try again at %(time)s.") % {"time": when}
        )
        return None
    decision = decide(
        actor=request.user,
        dossier=dossier,
        at=timezone.now(),
        certificate=chosen,
        password=form.cleaned_data.get("password", ""),
    )
    if tried:
        forget_tries(tried, address)
    return decision


@require_safe
@xframe_options_sameorigin
def draft(request: HttpRequest, dossier_id: UUID) -> HttpResponse:
    """Show the decision as it would be signed now; nothing of it is kept, its number neither."""
    dossier = find_dossier(request, dossier_id)
    require_signing(request, dossier)
    try:
        with transaction.atomic():
            made = lay_out(actor=request.user, dossier=locked(dossier.pk), at=timezone.now())
            transaction.set_rollback(True)
    except ValidationError as refused:
        text = " ".join(refused.messages)
        return HttpResponse(text, content_type="text/plain; charset=utf-8", status=409)
    response = HttpResponse(made.content.papers[0], content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="du-thao.pdf"'
    response["Cache-Control"] = "no-store"
    return response
