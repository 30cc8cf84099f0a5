"""The facility's own list: who practises here, what is missing, which clocks run, what waits for us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from portal.attachments.serving import answer as send_file
from portal.attachments.serving import gone
from portal.audit.reads import note
from portal.codelists.lookup import lists_held, titles_on
from portal.intake.access import places_to_send
from portal.intake.declaration import Kind, kind_of
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.pages import page
from practitioners import services, wording
from practitioners.models import (
    ProfileAnswer,
    ProfileSubmission,
    Registration,
    TrainingActivity,
)
from practitioners.pages.own import answer, own_person
from practitioners.pages.rights import scope_for
from practitioners.public.facts import TITLES
from practitioners.staff import (
    counts_of,
    groups_of,
    members_of,
    waiting_changes,
    waiting_trainings,
)
from practitioners.staff_clocks import clocks_of
from practitioners.training import FORMS

CAPABILITY = "submit_practitioners"
PER_PAGE = 50
MOST_FACILITIES = 200
FILES = ("practitioners", "form01", "training")
GROUPS = (
    ("", _("All")),
    ("lacking", _("Something is due")),
    ("license", _("Licence")),
    ("training", _("Training")),
    ("hours", _("Working hours")),
)


@require_safe
def staff(request: HttpRequest) -> HttpResponse:
    """List the people of my facilities, with what is due of each and what waits for the facility."""
    with lists_held():
        return _staff(request)


def _staff(request: HttpRequest) -> HttpResponse:
    scope = scope_for(request, CAPABILITY)
    today = timezone.localdate()
    rows = Organisation.objects.within(scope).current().order_by("name_norm", "id")
    facilities = list(rows[:MOST_FACILITIES])
    chosen = _facility(request, facilities, rows)
    members = members_of(scope, today, facility=chosen)
    group = request.GET.get("nhom", "")
    shown = [row for row in members if not group or group in groups_of(row)]
    paged = Paginator(shown, PER_PAGE).get_page(request.GET.get("trang"))
    trainings = list(waiting_trainings(scope, facility=chosen)[:PER_PAGE])
    changes = list(waiting_changes(scope, facility=chosen)[:PER_PAGE])
    clocks = clocks_of(scope, today, facility=chosen)
    seen = {row.person.pk for row in paged} | {row.practitioner_id for row in trainings}
    seen |= {row.practitioner_id for row in changes}
    seen |= {row.person_id for row in clocks}
    note(request, seen, action="listed", ground="staff")
    counts = counts_of(members)
    context = {
        "title": _("Practitioners of the facility"),
        "members": paged,
        "titles": titles_on(TITLES, today),
        "wording": wording.titles_on(today) if changes else {},
        "forms": titles_on(FORMS, today),
        "groups": [(code, label, counts.get(code or "all", 0)) for code, label in GROUPS],
        "group": group,
        "facilities": facilities,
        "chosen": chosen,
        "trainings": trainings,
        "changes": changes,
        "clocks": clocks,
        "files": _files(request.user),
        "today": today,
    }
    return page(request, "practitioners/staff.html", context)


def _files(user: Any) -> list[Kind]:
    """Return the kinds of file that fill this list, as far as this person may send them."""
    return [kind for kind in map(kind_of, FILES) if places_to_send(user, kind)]


def _facility(request: HttpRequest, listed: Sequence[Organisation], rows: Any) -> UUID | None:
    """Return the facility that was chosen; it is asked for only where the list is cut short."""
    try:
        key = UUID(request.GET.get("co-so", ""))
    except ValueError:
        return None
    is_there = any(row.pk == key for row in listed)
    if not is_there and len(listed) == MOST_FACILITIES:
        is_there = rows.filter(pk=key).exists()
    return key if is_there else None


@require_POST
def decide_training(request: HttpRequest, training_id: UUID) -> HttpResponse:
    """Confirm a training one of our people declared, or say why it does not count."""
    scope = scope_for(request, CAPABILITY)
    row = waiting_trainings(scope).filter(pk=training_id).first()
    if row is None:
        raise Http404(_("There is no such record."))
    note(request, [row.practitioner_id], action="opened", ground="staff")
    facts = {"activity_id": row.pk, "actor": request.user, "at": timezone.now()}
    try:
        if request.POST.get("answer") == "confirms":
            services.confirm_training(**facts)
            said = _("Confirmed “%(title)s” of %(name)s.")
        else:
            services.refuse_training(reason=request.POST.get("reason", ""), **facts)
            said = _("“%(title)s” of %(name)s does not count; they read why.")
    except ValidationError as refused:
        for message in refused.messages:
            messages.error(request, message)
    else:
        messages.success(request, said % {"title": row.title, "name": row.practitioner.name})
    return redirect("practitioners:staff")


@require_POST
def answer_change(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Confirm a change one of our people sent, or object to it."""
    scope = scope_for(request, CAPABILITY)
    row = ProfileSubmission.objects.within(scope).filter(pk=submission_id).first()
    if row is None:
        raise Http404(_("There is no such record."))
    note(request, [row.person_id], action="opened", ground="staff")
    answer(request, row, ProfileAnswer.Side.FACILITY)
    return redirect("practitioners:staff")


@require_POST
def move_registration(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Say that the department was told of a joiner or a leaver."""
    scope = scope_for(request, CAPABILITY)
    row = (
        Registration.objects.within(scope)
        .select_related("practitioner", "facility")
        .filter(pk=registration_id)
        .first()
    )
    if row is None:
        raise Http404(_("There is no such record."))
    note(request, [row.practitioner_id], action="opened", ground="staff")
    try:
        messages.success(request, _moved(request, row))
    except ValidationError as refused:
        for message in refused.messages:
            messages.error(request, message)
    return redirect("practitioners:staff")


def _moved(request: HttpRequest, row: Registration) -> str:
    today = timezone.localdate()
    facts: dict[str, Any] = {"actor": request.user, "registration": row}
    named = {"name": row.practitioner.name}
    match request.POST.get("deed"):
        case "joined":
            services.announce_registration(on=today, **facts)
            return _("Noted: the list with %(name)s was sent today.") % named
        case "reported":
            services.announce_leaving(on=today, **facts)
            return _("Noted: the department was told today that %(name)s has left.") % named
    raise ValidationError(_("Nothing was chosen; choose what happened."), code="deed_unknown")


@never_cache
@require_safe
@xframe_options_sameorigin
def certificate(request: HttpRequest, training_id: UUID) -> HttpResponseBase:
    """Show the certificate of a training to whoever declared it, confirms it or reviews it."""
    person = own_person(request)
    rows = TrainingActivity.objects.exclude(evidence=None).select_related("evidence")
    own = rows.filter(practitioner=person) if person is not None else rows.none()
    row = own.filter(pk=training_id).first()
    if row is None:
        row = _seen_at_work(request, rows, training_id)
    if row is None or row.evidence is None:
        raise Http404(_("There is no such record."))
    note(request, [row.practitioner_id], action="opened", ground="evidence")
    try:
        return send_file(row.evidence, is_framed=True)
    except FileNotFoundError:
        return gone()


def _seen_at_work(request: HttpRequest, rows: Any, training_id: UUID) -> TrainingActivity | None:
    for capability in (CAPABILITY, "review_practitioners"):
        found: TrainingActivity | None = (
            rows.within(scope_of(request.user, capability)).filter(pk=training_id).first()
        )
        if found is not None:
            return found
    return None
