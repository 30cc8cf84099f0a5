"""One citizen's forms: the administrative part, who it is, and the broken glass."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from healthrecords.admin.opening import (
    OPENED,
    Opened,
    as_key,
    ask_reason,
    find_citizen,
    open_record,
)
from healthrecords.admin.record_page import record_url
from healthrecords.admin.twin_pages import shown_twin
from healthrecords.banner import banner_of
from healthrecords.finder import identifiers_named
from healthrecords.forms.citizen import CitizenForm, initial_of
from healthrecords.forms.conflicts import mark_citizen_conflicts
from healthrecords.forms.prefill import initial_from
from healthrecords.models import Citizen
from healthrecords.services import break_glass, mend_citizen, place_to_act, register_citizen
from healthrecords.services.citizens import require_mendable
from healthrecords.services.versions import SavedByAnotherError, version_of_citizen
from portal.audit.reads import note
from portal.codelists.countries import HOME
from portal.database.uuid7 import uuid7
from portal.site.pages import page
from portal.site.rights import may


def new_page(request: HttpRequest) -> HttpResponse:
    """Draw or store the form of a new record, filled from the scan or the search."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        raise PermissionDenied(_("Entering people needs the role of a clerk or clinician here."))
    read = _read(request, place)
    if request.method == "POST":
        form = CitizenForm(request.POST, user=request.user, scanned=read)
        stored = _register(request, form, place)
        if stored is not None:
            return stored
    else:
        initial = {**_usual(request), **read, "client_key": uuid7()}
        form = CitizenForm(initial=initial, user=request.user)
    context = {
        "title": _("New person"),
        "is_new": True,
        "from_card": form["origin"].value() == "card",
    }
    return _draw_form(request, form, context)


def _read(request: HttpRequest, place: Any) -> dict[str, Any]:
    """Return what the scan or the search in the page's address says."""
    query = request.GET.get("q", "")
    if not query:
        return {}
    area = place.area
    near = area and (area.parent_id or area.pk)
    return initial_from(query, on=timezone.localdate(), near=near)


def _usual(request: HttpRequest) -> dict[str, Any]:
    """Return what most new people are; a link may say that it is a newborn or somebody unknown."""
    standing = request.GET.get("standing", "")
    known = standing in Citizen.Standing.values
    usual = {"standing": standing if known else Citizen.Standing.KNOWN, "nationality": HOME}
    if standing == Citizen.Standing.UNKNOWN:
        return {**usual, "birth_is_estimated": True, "nationality": ""}
    return usual


def _register(request: HttpRequest, form: CitizenForm, place: Any) -> HttpResponse | None:
    key = _key(request)
    # A second send is answered before its twins are asked about: its first send is one of them.
    earlier = Citizen.objects.filter(client_key=key, registered_at=place).first() if key else None
    if earlier is not None:
        messages.info(
            request,
            _("%(name)s was stored before; this second send changed nothing.")
            % {"name": earlier.name},
        )
        return _onward(request, earlier)
    if not form.is_valid():
        return None
    try:
        saved = register_citizen(
            actor=request.user,
            place=place,
            entry=form.entry(),
            client_key=form.cleaned_data["client_key"],
            at=timezone.now(),
            not_twins=form.not_twins,
        )
    except ValidationError as refused:
        form.add_error(None, refused)
        return None
    if saved.is_new:
        messages.success(request, _("Stored %(name)s.") % {"name": saved.row.name})
        _warn(request, form)
    return _onward(request, saved.row)


def _key(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("client_key", ""))
    except ValueError:
        return None


def _warn(request: HttpRequest, form: CitizenForm) -> None:
    for doubt in form.doubts():
        messages.warning(request, doubt)


def _onward(request: HttpRequest, citizen: Citizen) -> HttpResponseRedirect:
    """Go on to the visit, which is why people are registered, or to the record."""
    if "_record" in request.POST:
        return HttpResponseRedirect(record_url(citizen.pk))
    by = request.POST.get("identified_by", "")
    # Who is registered from the queue's desk goes into the queue; the form keeps its address.
    way = "arrive" if request.GET.get("to") == "queue" else "new"
    url = reverse(f"admin:healthrecords_visit_{way}", args=[citizen.pk])
    return HttpResponseRedirect(f"{url}?{urlencode({'by': by})}" if by else url)


def _draw_form(request: HttpRequest, form: CitizenForm, context: dict[str, Any]) -> HttpResponse:
    named = [twin for twin in form.unanswered if twin.in_scope or twin.numbers]
    note(
        request,
        [twin.citizen.pk for twin in named],
        action="identified",
        ground="twin",
    )
    context = {
        "form": form,
        "parts": _drawn(form, form.parts),
        "folded": _drawn(form, form.FOLDED),
        "twins": [shown_twin(twin) for twin in named],
        "twin_keys": ",".join(str(twin.citizen.pk) for twin in form.twins),
        "answered": ",".join(str(key) for key in form.not_twins),
        **context,
    }
    return page(request, "healthrecords/citizen_form.html", context)


def _drawn(form: CitizenForm, parts: Any) -> list[Any]:
    """Return parts with the fields of their lines; renaming is asked only of a record that is there."""
    left_out = {"was_renamed"} if form.citizen is None else set()
    return [
        (title, about, [[form[name] for name in line if name not in left_out] for line in lines])
        for title, about, lines in parts
    ]


def mend_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw or store the administrative part of a record."""
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    citizen = opened.citizen
    if place_to_act(request.user, "enter_records") is None:
        raise PermissionDenied(_("Mending a record needs the role of a clerk or clinician here."))
    require_mendable(request.user, citizen)
    if request.method == "POST":
        form = CitizenForm(request.POST, user=request.user, citizen=citizen)
        if form.is_valid() and (answer := _mend(request, form, opened)):
            return answer
    else:
        initial = {**initial_of(citizen), "client_key": uuid7()}
        form = CitizenForm(initial=initial, user=request.user, citizen=citizen)
    version = request.POST.get("version") or version_of_citizen(citizen)
    return _draw_mending(request, form, opened, version=version)


def _draw_mending(
    request: HttpRequest, form: CitizenForm, opened: Opened, *, version: str
) -> HttpResponse:
    context = {
        "title": _("Mend the record of %(name)s") % {"name": opened.citizen.name},
        "citizen": opened.citizen,
        "banner": (banner := banner_of(opened.citizen, opened.access)),
        "owner": banner.sources,
        "read_version": version,
    }
    return _draw_form(request, form, context)


def _mend(request: HttpRequest, form: CitizenForm, opened: Opened) -> HttpResponse | None:
    try:
        mended = mend_citizen(
            actor=request.user,
            citizen=opened.citizen,
            entry=form.entry(),
            version=request.POST.get("version", ""),
            at=timezone.now(),
            not_twins=form.not_twins,
        )
    except SavedByAnotherError as refused:
        return _overtaken(request, form, opened, refused)
    except ValidationError as refused:
        form.add_error(None, refused)
        return None
    messages.success(request, _("Stored the record of %(name)s.") % {"name": mended.name})
    _warn(request, form)
    return HttpResponseRedirect(record_url(mended.pk))


def _overtaken(
    request: HttpRequest, form: CitizenForm, opened: Opened, refused: SavedByAnotherError
) -> HttpResponse:
    """Show what was typed beside what somebody else saved; sent again it is saved knowingly."""
    stored = Citizen.objects.get(pk=opened.citizen.pk)
    if not mark_citizen_conflicts(form, stored):  # the same words twice: a second send
        return HttpResponseRedirect(record_url(opened.citizen.pk))
    form.add_error(None, refused)
    version = version_of_citizen(opened.citizen)
    answer = _draw_mending(request, form, opened, version=version)
    answer.status_code = 409
    return answer


def identify_page(request: HttpRequest) -> HttpResponse:
    """Say who has an exact number, and no more, to somebody outside the circle of care."""
    if not may(request, "view_records"):
        raise PermissionDenied(_("Opening records needs a role at a place of care."))
    query = request.GET.get("q", "")
    found = identifiers_named(query, on=timezone.localdate())
    if len(found) != 1:
        raise Http404(_("There is no such record."))
    citizen = find_citizen(found[0])
    note(request, [citizen.pk], action="identified", ground="number")
    return ask_reason(request, citizen.pk, who=banner_of(citizen))


@require_POST
def break_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open a record for a stated reason; one that was joined opens as the one that speaks for both."""
    citizen = find_citizen(as_key(pk))
    if citizen.merged_into_id is not None:
        citizen = find_citizen(citizen.merged_into_id)
    reason = request.POST.get("reason", "")
    try:
        break_glass(user=request.user, citizen=citizen, reason=reason, at=timezone.now())
    except ValidationError as refused:
        error = " ".join(refused.messages)
        return ask_reason(request, citizen.pk, error=error, reason=reason)
    messages.warning(request, OPENED)
    return HttpResponseRedirect(record_url(citizen.pk))
