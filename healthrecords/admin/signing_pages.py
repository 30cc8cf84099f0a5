"""Sign a visit, in an emergency too; amend one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from healthrecords.admin.first_form import visits_shown
from healthrecords.admin.opening import Opened
from healthrecords.admin.sealing import later_of
from healthrecords.admin.visit_facts import facts_of
from healthrecords.admin.visit_pages import find_visit, notes_shown, require_station
from healthrecords.banner import banner_of
from healthrecords.differences import attached_lines
from healthrecords.models import SignedPaper, Visit
from healthrecords.papers.making import kinds_of
from healthrecords.services import place_to_act
from healthrecords.services.amending import (
    amendment_shown,
    drop_amendment,
    open_amendment,
)
from healthrecords.services.kinds import list_day_of
from healthrecords.services.seals import seal_of
from healthrecords.services.signing import (
    CHANGED,
    PURPOSE,
    Outcome,
    require_signable,
    right_to_sign,
    sign_by_emergency,
    sign_visits,
)
from healthrecords.snapshots import shown_mark, snapshot_of
from portal.admin.deeds import take_refusal
from portal.audit.middleware import address_of
from portal.signing import tasks
from portal.signing.forms import SigningForm
from portal.signing.models import SigningCertificate
from portal.signing.services import certificates_of
from portal.site.pages import page
from portal.site.throttle import count_try, forget_tries
from practitioners.practising import Answer, Verdict

# The field that brings back the mark of what the page showed; in a list with the visit behind it.
SHOWN = "shown"


class AmendmentForm(forms.Form):
    """Why a visit changes."""

    reason = forms.CharField(
        label=gettext_lazy("Why does this visit change?"),
        max_length=500,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=gettext_lazy(
            "The reason stands with the new version; the signed one stays readable."
        ),
        error_messages={
            "required": gettext_lazy(
                "Write in a few words why it changes, like “wrong dose of Amlodipin typed”; the"
                " reason stays with the record."
            )
        },
    )


class EmergencyForm(forms.Form):
    """What the emergency was."""

    because = forms.CharField(
        label=gettext_lazy("What was the emergency?"),
        max_length=500,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text=gettext_lazy("Kept with your name; the department looks at it afterwards."),
        error_messages={
            "required": gettext_lazy(
                "Write in a few words what the emergency was, like “cardiac arrest at 02:10”."
            )
        },
    )


def require_signing_place(request: HttpRequest) -> Any:
    """Return the place where this person signs, or refuse."""
    place = place_to_act(request.user, "sign_records")
    if place is None:
        raise PermissionDenied(_("Signing needs the role of a clinician here."))
    return place


@sensitive_post_parameters("password")
def sign_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what is signed and by which right, and sign it."""
    require_signing_place(request)
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    try:
        answer = require_signable(actor=request.user, visit=visit, at=opened.at)
    except ValidationError as refused:
        return _refused(request, visit, refused, opened)
    sees = opened.sees_sensitive
    said = snapshot_of(visit, sees_sensitive=sees)
    mark = shown_mark(said, sees_sensitive=sees)
    sent = request.POST if request.method == "POST" else None
    form = SigningForm(sent, certificates=certificates_of(request.user))
    if request.method == "POST" and request.POST.get(SHOWN) != mark:
        form.add_error(None, CHANGED)
    elif request.method == "POST" and form.is_valid():
        done = sign_shown(request, form, [visit], shown={visit.pk: mark})
        if isinstance(done, HttpResponse):
            return done
        if done and done[0].version is not None:
            messages.success(request, _signed_words(done[0]))
            return HttpResponseRedirect(visit_url(visit))
        if done:
            form.add_error(None, done[0].refusal)
    # Read after its mark: what changes in between is refused at the signature.
    visit = get_object_or_404(visits_shown(opened), pk=visit.pk)
    seal = seal_of(visit)
    context = {
        **facts_of(visit, list_day_of(visit, opened.at), sees_sensitive=sees),
        "title": _("Sign the visit of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "form": form,
        "shown": mark,
        "answer": answer,
        "seal": seal,
        "amendment": amendment_shown(visit, sees_sensitive=sees, at=opened.at),
        "later": later_of(visit, seal, sees_sensitive=sees) if seal else [],
        "attached": attached_lines(said),
        "papers": [
            (kind, SignedPaper.Kind(kind).label) for kind in kinds_of(visit, sees_sensitive=sees)
        ],
        "notes": notes_shown(visit, opened),
        "back": visit_url(visit),
    }
    return page(request, "healthrecords/sign.html", context)


def _refused(
    request: HttpRequest, visit: Visit, refused: ValidationError, opened: Opened
) -> HttpResponseRedirect:
    """Say why it is not signed; where an emergency would change that, ask whether it was one."""
    answer = _right(request, visit, opened)
    if refused.code == "may_not_practise" and answer.can_be_overridden:
        return HttpResponseRedirect(reverse("admin:healthrecords_visit_emergency", args=[visit.pk]))
    messages.error(request, " ".join(refused.messages))
    return HttpResponseRedirect(visit_url(visit))


def _right(request: HttpRequest, visit: Visit, opened: Opened) -> Answer:
    return right_to_sign(
        actor=request.user, visit=visit, at=opened.at, sees_sensitive=opened.sees_sensitive
    )


def emergency_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say why the signer may not practise there and then, and take the emergency it was."""
    require_signing_place(request)
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    answer = _right(request, visit, opened)
    if not answer.can_be_overridden or answer.verdict == Verdict.EMERGENCY:
        return HttpResponseRedirect(visit_url(visit))
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        because = form.cleaned_data["because"]
        try:
            sign_by_emergency(
                actor=request.user,
                visit=visit,
                because=because,
                at=opened.at,
                sees_sensitive=opened.sees_sensitive,
            )
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            url = reverse("admin:healthrecords_visit_sign", args=[visit.pk])
            return HttpResponseRedirect(url)
    context = {
        "title": _("Seen in an emergency"),
        "banner": banner_of(opened.citizen, opened.access),
        "visit": visit,
        "form": form,
        "answer": answer,
        "back": visit_url(visit),
    }
    return page(request, "healthrecords/emergency.html", context)


def visit_url(visit: Visit) -> str:
    """Return the address of a visit."""
    return reverse("admin:healthrecords_visit_change", args=[visit.pk])


def sign_shown(
    request: HttpRequest, form: SigningForm, visits: Sequence[Visit], *, shown: Mapping[UUID, str]
) -> list[Outcome] | HttpResponse:
    """Sign at once with a file or by confirmation, or ask the service and show how far it is.

    ``shown`` holds the marks of what the page showed.
    """
    chosen, at = form.chosen, timezone.now()
    if chosen is not None and chosen.kind == SigningCertificate.Kind.REMOTE:
        task = tasks.begin(
            actor=request.user,
            certificate=chosen,
            purpose=PURPOSE,
            subjects=[visit.pk for visit in visits],
            at=at,
            shown=shown,
        )
        return HttpResponseRedirect(reverse("signing:task", args=[task.pk]))
    tried = f"certificate {chosen.pk}" if chosen is not None else ""
    if tried and (wait := count_try(tried, address_of(request) or "")).again_at is not None:
        when = f"{timezone.localtime(wait.again_at):%H:%M}"
        form.add_error(
            "password", _("Too many wrong passwords; try again at %(time)s.") % {"time": when}
        )
        return []
    try:
        done = sign_visits(
            actor=request.user,
            visits=visits,
            at=at,
            certificate=chosen,
            password=form.cleaned_data.get("password", ""),
            shown=shown,
        )
    except ValidationError as refused:
        is_password = getattr(refused, "code", "") == "certificate_password"
        form.add_error("password" if is_password else None, refused)
        return []
    if tried:
        forget_tries(tried, address_of(request) or "")
    return done


def _signed_words(outcome: Outcome) -> str:
    version = outcome.version
    assert version is not None  # noqa: S101  (the caller has looked)
    if version.signature.is_digital:
        text = _("Signed the visit of %(name)s: version %(number)s, digital signature.")
    else:
        text = _(
            "Confirmed the visit of %(name)s: version %(number)s. It is an electronic confirmation,"
            " not a digital signature."
        )
    return text % {"name": outcome.visit.citizen.name, "number": version.number}


def amend_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open an amendment with its reason, or close one that changed nothing."""
    require_station(request)
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    form = AmendmentForm(request.POST or None)
    if request.method == "POST" and "_drop" in request.POST:
        return _drop(request, visit, opened.at)
    if request.method == "POST" and form.is_valid():
        try:
            open_amendment(
                actor=request.user, visit=visit, reason=form.cleaned_data["reason"], at=opened.at
            )
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            return HttpResponseRedirect(
                reverse("admin:healthrecords_visit_correct", args=[visit.pk])
            )
    context = {
        "title": _("Amend the visit of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "visit": visit,
        "form": form,
        "seal": seal_of(visit),
        "amendment": amendment_shown(visit, sees_sensitive=opened.sees_sensitive, at=opened.at),
        "back": visit_url(visit),
    }
    return page(request, "healthrecords/amend.html", context)


def _drop(request: HttpRequest, visit: Visit, at: Any) -> HttpResponse:
    try:
        drop_amendment(actor=request.user, visit=visit, at=at)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The amendment is closed; nothing was changed."))
    return HttpResponseRedirect(visit_url(visit))
