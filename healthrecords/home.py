"""What waits at a station: today's queue, visits that were left unfinished."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from healthrecords.banner import age_of
from healthrecords.models import DiagnosticReport, TwinCase, Visit
from healthrecords.querysets import outside_hidden_visits
from healthrecords.queue import InQueue, day_of, opened_since, outline_of
from healthrecords.services import place_to_act
from healthrecords.timeline.results import report_url
from portal.audit.reads import note
from portal.scope import scope_of
from portal.site.figures import Figure
from portal.site.home import Chip, Link, Queue, QueueRow, WorkList, WorkRow

QUEUE_AT_MOST = 30
TWINS_SHOWN = 3
READINGS_AT_MOST = 50  # they unfold in place; nobody confirms more in a day
COUNTED_AT_MOST = 1_000


def _visits(request: HttpRequest) -> Any:
    """Return the visits of my place that I may see, or None where I enter none."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        return None
    rows = Visit.objects.filter(facility=place).select_related("citizen")
    if place.pk not in scope_of(request.user, "see_sensitive"):
        rows = rows.filter(sensitivity="")
    return rows.exclude(status=Visit.Status.WITHDRAWN)


def queue_card(request: HttpRequest) -> Queue | None:
    """Today's visits: who is being seen first, then who waits, then who is done."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        return None
    at = timezone.now()
    today = timezone.localdate(at)
    seen = place.pk in scope_of(request.user, "see_sensitive")
    outline = outline_of(place, today, sees_sensitive=seen, at=at)
    listed = outline.in_turn[:QUEUE_AT_MOST]
    day = day_of(
        place,
        today,
        sees_sensitive=seen,
        only=listed,
        at=at,
        priorities=outline.priorities,
    )
    shown = day.everybody
    note(request, [row.visit.citizen_id for row in shown], action="listed", ground="queue")
    first = next(iter([*day.within, *day.waiting]), None)
    desk = reverse("admin:healthrecords_visit_queue")
    told = (
        ("waiting", outline.numbers["waiting"], _("wait"), ""),
        ("within", outline.numbers["with"], _("being seen"), "act"),
        ("done", outline.numbers["done"], _("done"), "ok"),
    )
    return Queue(
        title=_("Today's visits"),
        rows=[_queue_row(row, is_first=row is first) for row in shown],
        figures=[
            Figure(f"queue_{name}", number, f"{desk}#h-{name}" if number else desk, word, kind)
            for name, number, word, kind in told
        ],
        more=Link(_("The queue"), reverse(_chair(request, place))),
        empty=_("Nobody has come yet today. Scan a card in the box above."),
        empty_deed=Link(_("Registration desk"), reverse("admin:healthrecords_visit_queue")),
    )


def _chair(request: HttpRequest, place: Any) -> str:
    """Return the view of the queue that fits: who signs sees patients, the others register them."""
    is_doctor = place.pk in scope_of(request.user, "sign_records")
    return f"admin:healthrecords_visit_{'doctor' if is_doctor else 'queue'}"


def _state(row: InQueue) -> Chip:
    if row.state == "done":
        return Chip("ok", "ok", _("Finished"))
    if row.state == "left":
        return Chip("", "off", _("Left"))
    if row.state == "with":
        return Chip("act", "visit", _("With %(who)s") % {"who": row.holder})
    return Chip("", "clock", _("Waits"))


def _queue_row(row: InQueue, *, is_first: bool) -> QueueRow:
    visit, citizen = row.visit, row.visit.citizen
    is_open = row.state in {"with", "waiting"}
    deed, way = (_("Go on"), "correct") if is_open else (_("Print"), "slip")
    if row.state == "left":
        deed = ""
    minutes = row.minutes(timezone.now())
    return QueueRow(
        arrived=f"{timezone.localtime(visit.started_at):%H:%M}",
        who=citizen.name,
        url=reverse("admin:healthrecords_citizen_change", args=[citizen.pk]),
        about=f"{citizen.get_sex_display()}, {age_of(citizen, timezone.localdate())}",
        why=visit.reason,
        state=_state(row),
        state_note=ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
        if is_open
        else "",
        deed=deed,
        deed_url=reverse(f"admin:healthrecords_visit_{way}", args=[visit.pk]) if deed else "",
        is_first=is_first,
    )


def unfinished_card(request: HttpRequest) -> WorkList | None:
    """Visits of earlier days that nobody finished; who came this night is in the queue still."""
    rows = _visits(request)
    if rows is None:
        return None
    at = timezone.now()
    today, before = timezone.localdate(at), opened_since(at)
    open_rows = rows.filter(
        Q(status=Visit.Status.IN_PROGRESS),
        started_at__lt=before,
    )
    found = list(open_rows.order_by("started_at", "id")[: WorkList.shown_at_most + 1])
    note(request, [visit.citizen_id for visit in found], action="listed", ground="queue")
    return WorkList(
        title=_("To do"),
        rows=[_work_row(visit, today) for visit in found],
        **bounded(open_rows, len(found)),
        more=Link(_("All unfinished visits"), _unfinished_url(before)),
        empty=_("Nothing is due. Every visit of earlier days is finished."),
    )


def bounded(rows: Any, found: int) -> dict[str, Any]:
    """Return how many rows a list has: counted only where it is longer than it shows, and not for ever."""
    if found <= WorkList.shown_at_most:
        return {"total": None}
    number = rows.order_by().values("pk")[: COUNTED_AT_MOST + 1].count()
    return {"total": min(number, COUNTED_AT_MOST), "is_cut": number > COUNTED_AT_MOST}


def _unfinished_url(before: datetime) -> str:
    """Return the list of exactly the visits that are counted as unfinished."""
    query = {
        "status__exact": "in_progress",
        "started_at__lt": before.isoformat(sep=" "),
    }
    return f"{reverse('admin:healthrecords_visit_changelist')}?{urlencode(query)}"


def _work_row(visit: Visit, today: Any) -> WorkRow:
    days = (today - timezone.localdate(visit.started_at)).days
    url = reverse("admin:healthrecords_visit_correct", args=[visit.pk])
    return WorkRow(
        due=Chip("warn", "clock", _("%(days)d days open") % {"days": days}),
        what=_("Finish the visit of %(name)s") % {"name": visit.citizen.name},
        url=url,
        why=f"{timezone.localdate(visit.started_at):%d/%m/%Y}. {visit.reason}".rstrip(". "),
        deed=_("Finish"),
        deed_url=url,
    )


def twins_card(request: HttpRequest) -> WorkList | None:
    """Records that may be one person, likeliest first; both are ours."""
    if place_to_act(request.user, "enter_records") is None:
        return None
    rows = TwinCase.objects.open().both_within(scope_of(request.user, "enter_records"))
    found = list(rows.select_related("older", "newer")[: WorkList.shown_at_most + 1])
    if not found:
        return None
    shown = found[:TWINS_SHOWN]
    note(
        request,
        [key for case in shown for key in (case.older_id, case.newer_id)],
        action="listed",
        ground="twin",
    )
    return WorkList(
        title=_("Possible twins"),
        rows=[_twin_row(case) for case in shown],
        **(
            bounded(rows, len(found))
            if len(found) > WorkList.shown_at_most
            else {"total": len(found)}
        ),
        more=Link(
            _("All possible twins"),
            f"{reverse('admin:healthrecords_twincase_changelist')}?sides=both",
        ),
    )


def _twin_row(case: TwinCase) -> WorkRow:
    url = reverse("admin:healthrecords_citizen_merge", args=[case.older_id, case.newer_id])
    return WorkRow(
        due=Chip("warn", "swap", _("%(share)d%% likely") % {"share": case.likelihood}),
        what=_("%(one)s and %(other)s: one person?")
        % {"one": case.older.name, "other": case.newer.name},
        url=url,
        why=case.get_ground_display(),
        deed=pgettext("twins", "Compare"),
    )


def readings_card(request: HttpRequest) -> WorkList | None:
    """Readings by AI at my place that wait for a named person, the oldest first."""
    place = place_to_act(request.user, "sign_records")
    if place is None:
        return None
    rows = DiagnosticReport.objects.filter(facility=place).waiting_for_person()
    if place.pk not in scope_of(request.user, "see_sensitive"):
        rows = outside_hidden_visits(rows.filter(sensitivity=""))
    rows = rows.select_related("citizen")
    found = list(rows.order_by("performed_at", "id")[:READINGS_AT_MOST])
    if not found:
        return None  # only places with such devices have this list
    note(request, [row.citizen_id for row in found], action="listed", ground="queue")
    return WorkList(
        title=_("AI readings to confirm"),
        rows=[_reading_row(row) for row in found],
        is_cut=len(found) == READINGS_AT_MOST,
    )


def _reading_row(report: DiagnosticReport) -> WorkRow:
    url = report_url(report.citizen_id, report.pk)
    return WorkRow(
        due=Chip("warn", "clock", f"{timezone.localtime(report.performed_at):%d/%m %H:%M}"),
        what=f"{report.title}: {report.citizen.name}",
        url=url,
        why=f"{report.device}. {report.conclusion[:120]}".strip(),
        deed=_("Read it"),
        deed_url=url,
    )
