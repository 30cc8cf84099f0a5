"""The pages of one's own signature: certificates, and signings that wait at a service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal.admin.deeds import take_refusal
from portal.signing import remote, services, tasks
from portal.signing.forms import CertificateForm
from portal.signing.models import SigningCertificate, SigningTask
from portal.signing.purposes import purpose_of
from portal.signing.verifying import trust
from portal.site.pages import page
from portal.site.rights import may

LISTED = 20
REFRESH_SECONDS = 3
State = SigningTask.State
CHIPS = {
    State.WAITING: ("act", "clock"),
    State.ASKED: ("act", "phone"),
    State.SIGNED: ("ok", "shield"),
    State.REFUSED: ("bad", "bad"),
    State.EXPIRED: ("warn", "clock"),
    State.CANCELLED: ("", "none"),
    State.FAILED: ("bad", "bad"),
}


def require_signer(request: HttpRequest) -> Any:
    """Return the person of the request, who signs somewhere, or refuse."""
    if not may(request, "sign_records"):
        raise PermissionDenied(_("Signing needs the role of a clinician."))
    return request.user


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def certificates(request: HttpRequest) -> HttpResponse:
    """Show one's own certificates, and set one up from a file."""
    user = require_signer(request)
    form = CertificateForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.add_file(
                actor=user,
                content=form.cleaned_data["file"].read(),
                password=form.cleaned_data["password"],
                at=timezone.now(),
            )
        except ValidationError as error:
            take_refusal(form, error)
        else:
            return _set_up(request, row)
    context = {
        "title": _("My signature"),
        "form": form,
        "rows": services.certificates_of(user),
        "former": SigningCertificate.objects.filter(user=user).exclude(withdrawn_at=None)[:LISTED],
        "has_service": remote.is_set_up(),
        "tasks": [
            (task, CHIPS[State(task.state)])
            for task in SigningTask.objects.filter(user=user).order_by("-asked_at", "-id")[:5]
        ],
        "now": timezone.now(),
    }
    return page(request, "signing/certificates.html", context)


def _set_up(request: HttpRequest, row: SigningCertificate) -> HttpResponse:
    said = _("The certificate of %(name)s is set up.") % {"name": row.subject}
    messages.success(request, said)
    issuers = {str(root.subject.native.get("common_name", "")) for root in trust().roots}
    if row.issuer not in issuers:
        messages.warning(
            request,
            _(
                "Its issuer “%(issuer)s” is not among those trusted on this server yet; signatures are"
                " kept with that result until the administrator adds it."
            )
            % {"issuer": row.issuer},
        )
    return redirect("signing:certificates")


@require_POST
def enrol(request: HttpRequest) -> HttpResponse:
    """Set up the certificate that this person has at the signing service."""
    user = require_signer(request)
    if not remote.is_set_up():
        raise Http404(_("There is no signing service."))
    try:
        row = tasks.enrol(actor=user, at=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("signing:certificates")
    return _set_up(request, row)


@require_POST
def withdraw(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """Use a certificate no more."""
    user = require_signer(request)
    row = get_object_or_404(SigningCertificate, pk=certificate_id, user=user)
    services.withdraw(actor=user, certificate=row, at=timezone.now())
    said = _("The certificate of %(issuer)s is used no more; its key was erased.")
    messages.success(request, said % {"issuer": row.issuer})
    return redirect("signing:certificates")


def task_page(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Show how far a signing at the service is; the page asks again by itself."""
    user = require_signer(request)
    task = get_object_or_404(
        SigningTask.objects.select_related("certificate"), pk=task_id, user=user
    )
    purpose = purpose_of(task.purpose)
    items = list(task.items.all())
    names = purpose.describe(request, [item.subject for item in items])
    context = {
        "title": _("Signing at the service"),
        "task": task,
        "chip": CHIPS[State(task.state)],
        "lines": [
            {
                "item": item,
                "name": names.get(item.subject, "–"),
                "url": purpose.done_url(item.subject),
            }
            for item in items
        ],
        "back": purpose.list_url(),
        "refresh": REFRESH_SECONDS if task.is_open else 0,
    }
    return page(request, "signing/task.html", context)


@require_POST
def cancel(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Take a request back."""
    user = require_signer(request)
    task = get_object_or_404(SigningTask, pk=task_id, user=user)
    tasks.cancel(actor=user, task=task, at=timezone.now())
    return redirect("signing:task", task_id)
