"""A facility sends in profiles, sees what became of them, and mends what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.audit.reads import note
from portal.database.keys import uuid7
from portal.places.models import Organisation
from portal.scope import Scope
from portal.site.pages import page
from practitioners import services
from practitioners.approved import approved_values
from practitioners.forms import PAPERS, ProfileForm, empty_profile, initial_of
from practitioners.models import Evidence, Practitioner, ProfileSubmission
from practitioners.pages.queue import due_chip
from practitioners.pages.rights import scope_for
from practitioners.wording import titles_on

CAPABILITY = "submit_practitioners"
PER_PAGE = 50
STATES = (
    ("", _("All")),
    ("returned", _("To mend")),
    ("submitted", _("Waiting")),
    ("verified", _("Verified")),
)


@require_safe
def profiles(request: HttpRequest) -> HttpResponse:
    """List what my facilities sent in: what came back first in sight."""
    scope = scope_for(request, CAPABILITY)
    state = request.GET.get("state", "")
    rows = ProfileSubmission.objects.within(scope).select_related("facility", "practitioner")
    rows = rows.select_related("superseded_by")
    if state == "returned":
        rows = rows.filter(state="returned", superseded_by=None)
    elif state in {"submitted", "verified"}:
        rows = rows.filter(state=state)
    shown = Paginator(rows.order_by("-submitted_at", "-id"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    note(request, [row.person_id for row in shown], action="listed", ground="submitted")
    today = timezone.localdate()
    titles = titles_on(today)
    context = {
        "title": _("Practitioners' profiles of the facility"),
        "page": shown,
        "rows": [
            {
                "row": row,
                "title": titles.get(("professional_titles", row.title), row.title),
                "due": due_chip(row.due_on, today),
                "is_to_mend": row.state == "returned" and not hasattr(row, "superseded_by"),
            }
            for row in shown
        ],
        "state": state,
        "states": STATES,
    }
    return page(request, "practitioners/profiles.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def send_profile(request: HttpRequest) -> HttpResponse:
    """Fill in a profile: new, mended after a return, or changed from the verified state."""
    scope = scope_for(request, CAPABILITY)
    returned = _returned(request, scope)
    facilities = Organisation.objects.within(scope).current().order_by("name_norm", "id")
    on = timezone.localdate()
    if request.method != "POST":
        initial = _initial(request, scope, returned, facilities)
        form = ProfileForm(initial=initial, facilities=facilities, on=on)
        return _draw(request, form, returned)
    form = ProfileForm(request.POST, request.FILES, facilities=facilities, on=on)
    valid = form.is_valid()
    key = form.cleaned_data.get("client_key") or uuid7()
    keep_papers(request, form, key)
    if valid and form.is_valid():
        person = None if returned or not request.GET.get("person") else _meant(request, scope)
        submission = _send(request, form, returned, of=person)
        if submission is not None:
            text = _("Sent the profile of %(name)s to the department. Due: %(due)s.")
            due = f"{submission.due_on:%d/%m/%Y}" if submission.due_on else "–"
            messages.success(request, text % {"name": submission.name, "due": due})
            return redirect("practitioners:profiles")
    return _draw(request, form, returned, kept=kept_papers(request, key))


def _send(
    request: HttpRequest,
    form: ProfileForm,
    returned: ProfileSubmission | None,
    *,
    of: Practitioner | None,
) -> ProfileSubmission | None:
    try:
        sent: ProfileSubmission = services.submit_profile(
            facility=form.cleaned_data["facility"],
            values=form.profile,
            client_key=form.cleaned_data["client_key"],
            actor=request.user,
            at=timezone.now(),
            supersedes=returned,
            of=of,
        )
    except ValidationError as refused:
        form.add_error(None, refused.messages)
        return None
    return sent


def keep_papers(request: HttpRequest, form: ProfileForm, key: UUID) -> None:
    """Keep what was uploaded even when a field is refused: a browser cannot send it twice."""
    for name, proves in PAPERS.items():
        upload = request.FILES.get(name)
        if upload is None:
            continue
        try:
            services.keep_evidence(
                content=upload.read(),
                name=upload.name or name,
                proves=proves,
                client_key=key,
                actor=request.user,
                at=timezone.now(),
            )
        except ValidationError as refused:
            form.add_error(name, refused)


def kept_papers(request: HttpRequest, key: UUID) -> list[Evidence]:
    """Return what this person uploaded with a form that is not sent yet."""
    mine = Evidence.objects.filter(client_key=key, submission=None, uploaded_by=request.user.pk)
    return list(mine)


def _returned(request: HttpRequest, scope: Scope) -> ProfileSubmission | None:
    sent = request.GET.get("again", "")
    if not sent:
        return None
    try:
        rows = ProfileSubmission.objects.within(scope).filter(pk=UUID(sent), state="returned")
    except ValueError:
        rows = ProfileSubmission.objects.none()
    row = rows.select_related("reviewer").first()
    if row is None:
        raise Http404(_("There is no such record."))
    note(request, [row.person_id], action="opened", ground="submitted")
    return row


def _initial(
    request: HttpRequest, scope: Scope, returned: ProfileSubmission | None, facilities: Any
) -> Mapping[str, Any]:
    values: dict[str, Any] = empty_profile()
    if returned is not None:
        values = {**initial_of(returned.values), "facility": returned.facility_id}
    elif request.GET.get("person"):
        values = _approved(request, scope, facilities)
    return {"client_key": uuid7(), **values}


def _meant(request: HttpRequest, scope: Scope) -> Practitioner | None:
    """Return the person of the register a change was opened for."""
    try:
        return Practitioner.objects.within(scope).filter(pk=UUID(request.GET["person"])).first()
    except ValueError:
        return None


def _approved(request: HttpRequest, scope: Scope, facilities: Any) -> dict[str, Any]:
    """Begin from the verified state of a person registered at one of my facilities."""
    person = _meant(request, scope)
    facility = facilities.filter(registrations__practitioner=person).first() if person else None
    if person is None or facility is None:
        raise Http404(_("There is no such record."))
    note(request, [person.pk], action="opened", ground="submitted")
    items = approved_values(person, facility, timezone.localdate())
    values = {name: value for fields in items.values() for name, value in fields.items()}
    return {**initial_of(values), "facility": facility.pk}


def _draw(
    request: HttpRequest,
    form: ProfileForm,
    returned: ProfileSubmission | None,
    kept: list[Evidence] | None = None,
) -> HttpResponse:
    context = {
        "title": _("Send in a practitioner's profile"),
        "form": form,
        "returned": returned,
        "kept": kept or [],
        "carried": list(returned.evidence.all()) if returned else [],
        "back": "practitioners:profiles",
    }
    return page(request, "practitioners/profile_form.html", context)
