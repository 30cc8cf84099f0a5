"""Who practises at a facility on a day, in which hours, and what breaks when somebody leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.admin.deeds import take_refusal
from portal.audit.reads import note
from portal.codelists.lookup import lists_on
from portal.names import name_norm
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.pages import page
from practitioners import services
from practitioners.departures import preview_departure
from practitioners.models import RESPONSIBLE, PracticeLicense, Registration
from practitioners.pages.asked import day_asked, day_of
from practitioners.pages.person import CHIPS, TITLED
from practitioners.pages.registration_forms import DepartureForm
from practitioners.pages.rights import scope_for
from practitioners.rules import LIST as RULES
from practitioners.rules import Rules, rules_of
from practitioners.scopes import told_titles
from practitioners.stopped import barred_on, stopped
from practitioners.week import in_words

VIEW, SUBMIT, REVIEW = "view_practitioners", "submit_practitioners", "review_practitioners"
PER_PAGE = 100
SHOWN = 50
COVERAGE = """
SELECT weekday, hour, count(DISTINCT slot.practitioner_id)
FROM practitioners_workingslot slot
JOIN generate_series(0, 23) hour
  ON int4range(slot.starts, slot.ends) && int4range(hour * 60, hour * 60 + 60)
WHERE facility_id = %s AND registration_id IS NOT NULL AND slot.valid_from <= %s
  AND slot.practitioner_id NOT IN (SELECT id FROM practitioners_practitioner WHERE replaced_by_id IS NOT NULL)
  AND (slot.valid_until IS NULL OR slot.valid_until >= %s)
  AND NOT EXISTS (
    SELECT FROM practitioners_practiceban ban
    WHERE ban.practitioner_id = slot.practitioner_id
      AND ban.valid_from <= %s AND (ban.valid_until IS NULL OR ban.valid_until >= %s))
  AND NOT EXISTS (
    SELECT FROM practitioners_practitioner person
    WHERE person.id = slot.practitioner_id AND person.died_on < %s)
GROUP BY weekday, hour
"""


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One person at the facility: the registration, the licence of the day, the hours in words."""

    registration: Registration
    license: PracticeLicense | None
    title: str
    chip: tuple[str, str, str]
    position: str
    hours: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of the week at the facility: how many are there."""

    x: int
    y: int
    count: int
    shade: str


@require_safe
def rosters(request: HttpRequest) -> HttpResponse:
    """Choose a facility; whoever is in charge of one alone goes there at once."""
    scope = scope_for(request, VIEW)
    text = " ".join(request.GET.get("q", "").split())[:120]
    rows = Organisation.objects.within(scope).current().exclude(kind__in=["ministry", "department"])
    for word in name_norm(text).split()[:8]:
        rows = rows.filter(name_norm__contains=word)
    found = list(rows.order_by("name_norm", "id")[: SHOWN + 1])
    if len(found) == 1 and not text:
        return redirect("practitioners:roster", found[0].pk)
    context = {
        "title": _("Who practises when"),
        "query": text,
        "found": found[:SHOWN],
        "has_more": len(found) > SHOWN,
    }
    return page(request, "practitioners/rosters.html", context)


@require_safe
def roster(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """List who is registered at a facility on a day (``?ngay=``), and when somebody is there."""
    facility = (
        Organisation.objects.within(scope_of(request.user, VIEW)).filter(pk=organisation_id).first()
    )
    if facility is None:
        raise Http404(_("There is no such record."))
    today = timezone.localdate()
    on = day_asked(request, today)
    rows = _registered(facility, on)
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    here = list(shown)
    responsible = [row for row in here if row.is_responsible]
    if shown.has_other_pages():  # whoever is in charge may stand on another page
        responsible = list(rows.filter(position__in=RESPONSIBLE)[:2])
    note(
        request,
        [row.practitioner_id for row in (*here, *responsible)],
        action="listed",
        ground="roster",
    )
    context = {
        "title": _("Who practises at %(place)s") % {"place": facility.name},
        "facility": facility,
        "on": on,
        "today": today,
        "page": shown,
        "lines": _lines(here, on),
        "responsible": responsible,
        "may_submit": facility.pk in scope_of(request.user, SUBMIT),
        "may_review": facility.pk in scope_of(request.user, REVIEW),
        **_coverage(facility, on),
    }
    return page(request, "practitioners/roster.html", context)


def _registered(facility: Organisation, on: date) -> Any:
    licenses: Any = PracticeLicense.objects.with_acts()
    rows = Registration.objects.holding(on).filter(facility=facility)
    return (
        rows.annotate(is_barred=barred_on(on))
        .select_related("practitioner")
        .prefetch_related(
            "slots",
            Prefetch("practitioner__licenses", queryset=licenses, to_attr="all_licenses"),
        )
        .order_by("practitioner__name_sort", "practitioner__birth_date", "id")
    )


def _lines(rows: list[Registration], on: date) -> list[RosterLine]:
    lists = lists_on((*TITLED, RULES), on)
    rules = rules_of(lists[RULES], on)
    titles = {(key, entry.code): entry.title for key in TITLED for entry in lists[key]}
    return [_line(row, on, rules, titles) for row in rows]


def _line(row: Registration, on: date, rules: Rules, titles: Any) -> RosterLine:
    held: list[PracticeLicense] = row.practitioner.all_licenses  # type: ignore[attr-defined]
    standings = [(license, license.standing_on(on, rules)) for license in held]
    standings.sort(key=lambda pair: (pair[1].state == "superseded", -pair[0].issued_on.toordinal()))
    license, standing = standings[0] if standings else (None, None)
    chip = ("warn", "none", _("no licence known"))
    if standing is not None:
        chip = (*CHIPS[standing.state], str(standing.state.label))
    if row.waits_on(on):
        chip = ("warn", "clock", _("not complete yet"))
    if said := stopped(row, on):
        chip = ("bad", "lock", said)
    slots = [s for s in row.slots.all() if s.valid_from <= on]
    slots = [s for s in slots if s.valid_until is None or s.valid_until >= on]
    return RosterLine(
        registration=row,
        license=license,
        title=titles.get(("professional_titles", license.title), license.title) if license else "",
        chip=chip,
        position=row.position_text or titles.get(("staff_positions", row.position), ""),
        hours=in_words(slots),
    )


def _coverage(facility: Organisation, on: date) -> dict[str, Any]:
    """Return the week of the facility: how many are there in each hour."""
    with connection.cursor() as cursor:
        cursor.execute(COVERAGE, [facility.pk, *[on] * 5])
        found = {(day, hour): count for day, hour, count in cursor.fetchall()}
    if not found:
        return {"cells": []}
    most = max(found.values())
    cells = [
        Cell(34 + hour * 20, 18 + (day - 2) * 24, count, "abcd"[min(count * 4 // (most + 1), 3)])
        for (day, hour), count in sorted(found.items())
    ]
    days = [("CN" if day == 8 else f"T{day}", 33 + (day - 2) * 24) for day in range(2, 9)]
    hours = [(str(hour), 34 + hour * 20) for hour in range(0, 24, 6)]
    return {"cells": cells, "days": days, "hours": hours, "most": most}


@require_http_methods(["GET", "HEAD", "POST"])
def departure(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Show what a person's leaving breaks, and end the registration when it is confirmed."""
    scope = scope_for(request, SUBMIT)
    rows = Registration.objects.within(scope).select_related("practitioner", "facility")
    row = rows.filter(pk=registration_id).first()
    if row is None:
        raise Http404(_("There is no such record."))
    note(request, [row.practitioner_id], action="opened", ground="departure")
    today = timezone.localdate()
    last = day_of(request.GET.get("ngay", ""), today) or row.valid_until or today
    form = DepartureForm(request.POST or None, initial={"last_day": last})
    if request.method == "POST" and form.is_valid():
        last = form.cleaned_data["last_day"]
        _ask_what_does_not_begin(form, row, request.POST.get("rut", ""))
    if request.method == "POST" and form.is_valid():
        try:
            ended = services.leave_facility(
                actor=request.user, registration=row, at=timezone.now(), **form.cleaned_data
            )
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            text = _("%(name)s practises at %(place)s until %(day)s.")
            if not ended:
                text = _("%(name)s does not begin to practise at %(place)s.")
            day = f"{form.cleaned_data['last_day']:%d/%m/%Y}"
            said = {"name": row.practitioner.name, "place": row.facility.name, "day": day}
            messages.success(request, text % said)
            return redirect("practitioners:roster", row.facility_id)
    withdrawn = _withdrawn(row, last)
    context = {
        "beside": [other for other in services.left_beside(row, last) if other not in withdrawn],
        "withdrawn": withdrawn,
        "withdrawn_keys": _keys(withdrawn),
        "title": _("%(name)s leaves") % {"name": row.practitioner.name},
        "registration": row,
        "form": form,
        "last": last,
        "breaks": preview_departure(row, last),
        "told_titles": told_titles(last),
        "back": reverse("practitioners:roster", args=[row.facility_id]),
    }
    return page(request, "practitioners/departure.html", context)


def _withdrawn(row: Registration, last: date) -> list[Registration]:
    """Return the posts of a person at a facility that would never begin, were this the last day."""
    return services.not_begun([row, *services.left_beside(row, last)], last, timezone.localdate())


def _keys(rows: Iterable[Registration]) -> str:
    return ",".join(sorted(str(row.pk) for row in rows))


def _ask_what_does_not_begin(form: DepartureForm, row: Registration, shown: str) -> None:
    """Ask once more where the last day withdraws other posts than the page had told."""
    last = form.cleaned_data["last_day"]
    if _keys(_withdrawn(row, last)) != shown:
        form.add_error(
            "last_day",
            _(
                "With %(day)s as the last day other posts do not begin than was shown. Read below what is"
                " withdrawn, then end the registration once more."
            )
            % {"day": f"{last:%d/%m/%Y}"},
        )
