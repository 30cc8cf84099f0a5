"""The same visits from two chairs: the registration desk, and whoever sees patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from healthrecords.admin.first_form import is_insured
from healthrecords.admin.opening import Opened, open_record
from healthrecords.admin.queue_rows import Rows
from healthrecords.admin.visit_pages import require_station
from healthrecords.banner import banner_of
from healthrecords.forms.arrival import ArrivalForm
from healthrecords.models import Visit
from healthrecords.queue import Day, day_of, of_room, outline_of
from healthrecords.services import queue
from healthrecords.services.appointments import appointments_on
from healthrecords.services.citizens import Saved
from portal.audit.reads import note
from portal.database.uuid7 import uuid7
from portal.scope import scope_of
from portal.site import finder
from portal.site.pages import page

ROOMS_KNOWN_FOR = timedelta(days=30)
CITIZEN = "healthrecords_citizen_change"
TAKING = ("take", "take_over")
# How many of those who were seen today stand on the page; the address that asks for all says ALL.
LAST_SEEN = 20
ALL = "het"


def _sees_sensitive(request: HttpRequest, place: Any) -> bool:
    return place.pk in scope_of(request.user, "see_sensitive")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a chair shows of today: everybody who is here, and the last of those who were seen."""

    day: Day
    done_number: int
    all_done: int
    is_cut: bool


def _shown(request: HttpRequest, place: Any, *, states: Sequence[str], mine: bool) -> Shown:
    """Read today's queue of a place; the read log says who looked at whom.

    The page is drawn anew three times a minute over a weak line: of those who were seen it holds
    the last, unless all are asked for.
    """
    at, sees = timezone.now(), _sees_sensitive(request, place)
    on = timezone.localdate(at)
    outline = outline_of(place, on, sees_sensitive=sees, at=at)
    done = outline.done_by(request.user) if mine else outline.visits["done"]
    here = [visit for state in states for visit in outline.visits[state]]
    last = done if ALL in request.GET else done[:LAST_SEEN]
    day = day_of(
        place,
        on,
        sees_sensitive=sees,
        only=[*here, *last],
        at=at,
        priorities=outline.priorities,
    )
    people = [row.visit.citizen_id for row in day.everybody]
    note(request, people, action="listed", ground="queue")
    return Shown(day, len(done), outline.numbers["done"], outline.is_cut)


def _context(request: HttpRequest, place: Any, today: Shown, table: Rows) -> dict[str, Any]:
    room, day = request.GET.get("phong", ""), today.day
    rooms = sorted({row.room for row in day.everybody if row.room})
    return {
        "place": place,
        "is_cut": today.is_cut,
        "done": table.drawn(day.done),
        "done_number": today.done_number,
        "seen_by_all": today.all_done,
        "room": room,
        "rooms": rooms or [],
        "waiting": table.drawn(of_room(day.waiting, room)),
        "now": timezone.now(),
        "refresh": 30,
    }


@require_safe
def desk_page(request: HttpRequest) -> HttpResponse:
    """Draw the registration desk: find or make a person, let them in, see who waits."""
    place = require_station(request)
    query = " ".join(request.GET.get("q", "").split())
    found = finder.find(request, query) if query else None
    if found is not None and found.go:
        return HttpResponseRedirect(to_queue(found.go))
    today = _shown(request, place, states=("with", "waiting", "left"), mine=False)
    table = Rows(request.user, at_desk=True)
    context = {
        **_context(request, place, today, table),
        "title": _("Registration desk"),
        "query": query,
        "found": found,
        "people": _people(found) if found else [],
        "new_forms": [(form, to_queue(form.url)) for form in found.new_forms] if found else [],
        "within": table.drawn(today.day.within),
        "left": table.drawn(today.day.left),
        "appointments": _appointments(request, place),
        "view": "desk",
    }
    return page(request, "healthrecords/queue_desk.html", context)


def _appointments(request: HttpRequest, place: Any) -> list[Any]:
    """Return who is to come today, those who are still missed first."""
    sees = _sees_sensitive(request, place)
    rows = appointments_on(place, timezone.localdate(), sees_sensitive=sees)
    note(request, [row.visit.citizen_id for row in rows], action="listed", ground="appointment")
    return rows


def _people(found: finder.Found) -> list[tuple[finder.Hit, str]]:
    return [(hit, to_queue(hit.url)) for group in found.groups for hit in group.rows]


def to_queue(url: str) -> str:
    """Turn the address of a record or of the form of a new person into the way to the queue."""
    path, _mark, query = url.partition("?")
    try:
        match = resolve(path)
    except Resolver404:
        return url
    if match.url_name == CITIZEN:
        arrive = reverse("admin:healthrecords_visit_arrive", args=[match.kwargs["object_id"]])
        return f"{arrive}?{query}" if query else arrive
    if match.url_name == "healthrecords_citizen_add":
        return f"{path}?{query}&to=queue" if query else f"{path}?to=queue"
    return url


@require_safe
def doctor_page(request: HttpRequest) -> HttpResponse:
    """Draw the queue as whoever sees patients needs it: who is next, who is with me, who is done."""
    place = require_station(request)
    today = _shown(request, place, states=("with", "waiting"), mine=True)
    table = Rows(request.user)
    day, context = today.day, _context(request, place, today, table)
    following = day.next_in(context["room"])
    context |= {
        "title": _("My patients today"),
        "next": table.next_of(following) if following else None,
        "mine": table.drawn(day.mine(request.user)),
        "others": table.drawn(row for row in day.within if row.holder != request.user),
        "view": "doctor",
    }
    return page(request, "healthrecords/queue_doctor.html", context)


def arrive_page(request: HttpRequest, citizen_id: UUID) -> HttpResponse:
    """Draw or store the few fields with which somebody enters the queue."""
    place = require_station(request)
    opened = open_record(request, citizen_id)
    if not isinstance(opened, Opened):
        return opened
    on = timezone.localdate(opened.at)
    rooms = queue.rooms_of(place, since=on - ROOMS_KNOWN_FOR)
    if request.method != "POST":
        form = ArrivalForm(at=opened.at, rooms=rooms, initial=_first(request, opened))
        form.fields["reason"].widget.attrs["autofocus"] = True
        return _draw_arrival(request, opened, form)
    form = ArrivalForm(request.POST, at=opened.at, rooms=rooms)
    if form.is_valid():
        try:
            saved = queue.arrive(
                actor=request.user,
                citizen=opened.citizen,
                facility=place,
                entry=form.entry(),
                client_key=form.cleaned_data["client_key"],
                at=opened.at,
            )
        except ValidationError as refused:
            form.say(refused)
        else:
            return _arrived(request, opened, saved)
    return _draw_arrival(request, opened, form)


def _first(request: HttpRequest, opened: Opened) -> dict[str, Any]:
    first = queue.priorities_by_age(opened.citizen, timezone.localdate(opened.at))
    return {
        "started_at": timezone.localtime(opened.at),
        "kind": "01",
        "coverage": "1.2" if is_insured(opened.citizen) else "9",
        "identified_by": request.GET.get("by", ""),
        "priority": first[0].code if first else "",
        "reason": request.GET.get("reason", ""),
        "client_key": uuid7(),
    }


def _draw_arrival(request: HttpRequest, opened: Opened, form: ArrivalForm) -> HttpResponse:
    context = {
        "title": _("Register %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "form": form,
        "errors": form.errors,
    }
    return page(request, "healthrecords/arrival_form.html", context)


def _arrived(request: HttpRequest, opened: Opened, saved: Saved[Visit]) -> HttpResponseRedirect:
    step = saved.row.queuestep_rows.order_by("number").first()
    said = {"name": opened.citizen.name, "number": step.ticket if step else "–"}
    is_hidden = saved.row.sensitivity and not opened.sees_sensitive
    if saved.is_new:
        text = _("Registered %(name)s, number %(number)s of today.") % said
        messages.success(request, text)
        if is_hidden:
            _say_hidden(request, opened.citizen)
    else:
        text = _("%(name)s was registered before with number %(number)s; nothing changed.") % said
        messages.info(request, text)
    if "_go_on" in request.POST and not is_hidden:
        url = reverse("admin:healthrecords_visit_correct", args=[saved.row.pk])
        return HttpResponseRedirect(url)
    return HttpResponseRedirect(reverse("admin:healthrecords_visit_queue"))


def _say_hidden(request: HttpRequest, citizen: Any) -> None:
    """Say to whoever wrote what protects a visit where it went; a second send says nothing of it."""
    text = _(
        "The visit of %(name)s is of a protected class by what was written: only those with the"
        " right see it and call the person in."
    )
    messages.warning(request, text % {"name": citizen.name})


@require_POST
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a person in, give them back, note that they left or came back."""
    place = require_station(request)
    rows = Visit.objects.filter(pk=pk, facility=place).exclude(status=Visit.Status.WITHDRAWN)
    sees = _sees_sensitive(request, place)
    visit = rows.open_to(sees_sensitive=sees).select_related("citizen", "facility").first()
    if visit is None:
        raise Http404(_("There is no such record."))
    note(request, [visit.citizen_id], action="listed", ground="queue")
    try:
        moved = _move(request, visit)
    except ValidationError as refused:
        text = " ".join(refused.messages)
        messages.error(request, f"{visit.citizen.name}: {text}")
        return HttpResponseRedirect(_back(request))
    if moved.sensitivity and not sees:
        _say_hidden(request, visit.citizen)
        return HttpResponseRedirect(_back(request))
    if request.POST.get("deed") in TAKING:
        return HttpResponseRedirect(reverse("admin:healthrecords_visit_correct", args=[visit.pk]))
    return HttpResponseRedirect(_back(request))


def _move(request: HttpRequest, visit: Visit) -> Visit:
    said, at = request.POST, timezone.now()
    room, words = said.get("room", "")[:60], said.get("note", "")[:200]
    name = visit.citizen.name
    deed = said.get("deed", "")
    if deed in TAKING:
        last = request.GET.get("seen", "")
        seen = int(last) if last.isdecimal() else 0
        return queue.take(actor=request.user, visit=visit, seen=seen, at=at, room=room)
    if deed == "give_back":
        moved = queue.give_back(actor=request.user, visit=visit, at=at, room=room, note=words)
        messages.success(request, _("%(name)s waits again.") % {"name": name})
    elif deed == "leave":
        moved = queue.leave(actor=request.user, visit=visit, at=at, note=words)
        messages.success(request, _("Noted that %(name)s left.") % {"name": name})
    elif deed == "come_back":
        moved = queue.come_back(actor=request.user, visit=visit, at=at)
        messages.success(request, _("%(name)s waits again.") % {"name": name})
    else:
        raise ValidationError(_("There is no such step; use the buttons of the queue."), "no_deed")
    return moved


def _back(request: HttpRequest) -> str:
    name = "doctor" if request.POST.get("view") == "doctor" else "queue"
    url = reverse(f"admin:healthrecords_visit_{name}")
    room = request.POST.get("phong", "")
    return f"{url}?{urlencode({'phong': room})}" if room else url
