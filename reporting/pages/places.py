"""How the places under a body stand, by province, commune or one by one; and one place by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from facilities.dues import AHEAD, in_order, supplies_due
from facilities.models import OperatingLicense
from portal.places.models import Area, Organisation
from portal.scope import scope_of
from portal.site.figures import Figure
from portal.site.pages import page
from reporting.board.addresses import figure_url, line_url, places_url, week_url
from reporting.board.cards import course_at
from reporting.board.lines import (
    COMMUNE,
    NOWHERE,
    PLACE,
    PROVINCE,
    Asked,
    Line,
    lines_of,
    named,
    totals_of,
)
from reporting.board.matters import (
    BODIES,
    BY_SLUG,
    TREATING,
    last_visit,
    matters_for,
    quiet_before,
    quiet_said,
    sees_all,
)
from reporting.board.moves import with_other_base
from reporting.board.weeks import days_of
from reporting.models import PlaceStanding
from reporting.pages.due import due_lines
from reporting.pages.rights import scope_for_any
from reporting.periods import Period
from reporting.standings import last_week

PER_PAGE = 100
FIGURES = "view_figures"
# One of these at a place opens its page; each part of it asks for its own.
OPENS = (FIGURES, "view_reports", "view_supplies", "view_facilities")
WAYS = (PROVINCE, COMMUNE, PLACE)


def _body(request: HttpRequest) -> Organisation:
    """Return the place of work whose places this person looks over."""
    user: Any = request.user
    place: Organisation | None = user.place_of_work
    if place is None or not any(place.pk in scope_of(user, one) for one in OPENS):
        raise PermissionDenied(
            _("Figures of places are seen by who watches over them: the department, the ministry.")
        )
    return place


def _week(request: HttpRequest) -> Period | None:
    """Return the week that is asked for by any day of it; None is the last whole one."""
    try:
        day = date.fromisoformat(request.GET.get("tuan", ""))
    except ValueError:
        return None
    return Period.holding("week", day) if 2000 <= day.year <= 2100 else None


def _area(request: HttpRequest) -> Area | None:
    asked = request.GET.get("vung", "")
    if asked in {"", NOWHERE}:
        return None
    try:
        return Area.objects.select_related("parent").get(pk=UUID(asked))
    except (ValueError, Area.DoesNotExist) as error:
        raise Http404(_("There is no such area.")) from error


@require_safe
def places_page(request: HttpRequest) -> HttpResponse:
    """Show the places under the place of work, added up as it is asked for."""
    body, user = _body(request), request.user
    matters = matters_for(user, body)
    only = BY_SLUG.get(request.GET.get("muc", ""))
    by = request.GET.get("theo", "")
    by = by if by in WAYS else PROVINCE if body.is_root and only is None else PLACE
    asked = Asked(
        body,
        by,
        matters,
        timezone.localdate(),
        sees_sensitive=sees_all(user),
        week=_week(request),
        area=_area(request),
        only=only if only in matters else None,
        is_nowhere=request.GET.get("vung") == NOWHERE,
    )
    lines = lines_of(asked)
    shown = Paginator(lines, PER_PAGE).get_page(request.GET.get("p"))
    told = named(list(shown), asked)
    shows_figures = body.pk in scope_of(user, FIGURES)
    has_scores = shows_figures and by == PLACE
    kept = {key: request.GET[key] for key in ("muc", "tuan", "vung") if request.GET.get(key)}
    context = {
        "title": _("Places under %(body)s") % {"body": body.name},
        "asked": asked,
        "week": asked.week or last_week(asked.on),
        "shown": shown,
        "rows": [_row(line, asked) for line in told],
        "other_base": _judged_otherwise(told, asked.on) if has_scores else frozenset(),
        "totals": _totals(lines, asked),
        "ways": [
            (f"?{urlencode(kept | {'theo': way})}", word, way == by)
            for way, word in zip(
                WAYS, (_("By province"), _("By commune"), _("By facility")), strict=True
            )
        ],
        "query": urlencode(kept | {"theo": by}),
        "matters": [(m, f"?{urlencode(kept | {'theo': PLACE, 'muc': m.slug})}") for m in matters],
        "all_url": f"?{urlencode({k: v for k, v in kept.items() if k != 'muc'} | {'theo': by})}",
        "up": _up(asked),
        "shows_visits": shows_figures,
        "quiet_said": quiet_said(asked.on) if shows_figures else "",
        "counted_at": PlaceStanding.objects.filter(place=body).values_list("counted_at").first(),
        "colspan": len(matters) + 5,
    }
    return page(request, "reporting/places.html", context)


def _row(line: Line, asked: Asked) -> dict[str, Any]:
    week = {"tuan": f"{asked.week.first:%Y-%m-%d}"} if asked.week else {}
    url = line_url(line, asked.by, **week) if line.key else ""
    # A list of a province's places holds more than those that stand in none of its communes.
    opens = bool(line.key) and not line.is_of_province
    if url and asked.by == PLACE and week:
        url = f"{url}?{urlencode(week)}#tuan"
    return {
        "line": line,
        "url": url,
        "places": Figure("places", line.places, _of_places(str(line.key)) if opens else ""),
        "visits": _visits(line, asked, line.visits, _monday(asked)) if opens else None,
        "before": _visits(line, asked, line.visits_before, _monday(asked, before=True))
        if opens
        else None,
        "figures": [
            (m, Figure(m.name, line.counts[m.name], figure_url(line, asked.by, m)))
            for m in asked.matters
        ],
    }


def _monday(asked: Asked, *, before: bool = False) -> str:
    """Return the first day of the week that is shown, or of the week it is held against."""
    week = asked.week or last_week(asked.on)
    return f"{(week.year_before if before else week).first:%Y-%m-%d}"


def _visits(line: Line, asked: Asked, number: int, monday: str) -> Figure | None:
    """Return the visits of a line in a week; where its area is not known they open nothing."""
    return Figure("visits", number, week_url(line, asked.by, monday)) if line.key else None


def _of_places(area: str = "", **more: str) -> str:
    """Return the table of places one by one, of an area or of all."""
    return places_url(None, theo=PLACE, **({"vung": area} if area else {}), **more)


def _judged_otherwise(lines: Iterable[Line], on: date) -> set[UUID]:
    """Return the places whose score moved in the week while other records were judged."""
    return with_other_base([line.key for line in lines if line.key and line.change], on)


def _totals(lines: list[Line], asked: Asked) -> dict[str, Any]:
    """Return the sums of the table; those of what is narrowed to a matter are no list of their own."""
    sums = totals_of(asked)
    area = NOWHERE if asked.is_nowhere else str(asked.area.pk) if asked.area else ""
    vung = {"vung": area} if area else {}
    is_whole = asked.only is None

    def figure(name: str, number: int, url: str, *, opens: bool = True) -> Figure:
        return Figure(name, number, url if opens else "")

    visits, before = (
        sum(getattr(line, name) for line in lines) for name in ("visits", "visits_before")
    )
    return {
        "counts": [
            figure(m.name, sums.get(m.name, 0), places_url(m, theo=PLACE, **vung))
            for m in asked.matters
        ],
        "places": figure(
            "places", sum(line.places for line in lines), _of_places(area), opens=is_whole
        ),
        "visits": figure("visits", visits, _of_places(area, tuan=_monday(asked)), opens=is_whole),
        "before": figure(
            "visits", before, _of_places(area, tuan=_monday(asked, before=True)), opens=is_whole
        ),
    }


def _up(asked: Asked) -> list[tuple[str, str]]:
    """Return the steps back up: from a commune to its province, from there to all."""
    area = asked.area
    if area is None:
        return []
    here = reverse("reporting:places")
    found = [(f"{here}?theo={PROVINCE}", _("By province"))]
    if area.parent is not None:
        query = urlencode({"theo": COMMUNE, "vung": str(area.parent.pk)})
        found.append((f"{here}?{query}", area.parent.name))
    return found


@require_safe
def place_page(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Show one place as those see it who watch over it: its weeks, reports, devices, data."""
    scope = scope_for_any(request, OPENS)
    rows = Organisation.objects.within(scope).select_related("area__parent", "parent")
    place = rows.filter(pk=organisation_id).first()
    if place is None:
        raise Http404(_("There is no such place in your area."))
    user, on = request.user, timezone.localdate()
    may = {right: place.pk in scope_of(user, right) for right in (*OPENS, "view_records")}
    watches = place.pk in scope_of(user, "watch_epidemics")
    standing = _standing(place, user)
    week = _week(request)
    context: dict[str, Any] = {
        "title": place.name,
        "place": place,
        "may": may,
        "standing": standing,
        "has_other_base": may[FIGURES] and bool(with_other_base([place.pk], on)),
        "is_body": place.kind in BODIES,
        "course": course_at(
            place, user, reads_visits=may["view_records"] and place.kind not in BODIES
        )
        if may[FIGURES]
        else None,
        "reports": _reports(place, on) if may["view_reports"] else None,
        "supplies": _supplies(place, on) if may["view_supplies"] else None,
        "license": _license(place, on) if may["view_facilities"] else None,
        "week": week,
        "days": _days(place, week, user) if week is not None and may[FIGURES] else None,
        "is_quiet": _is_quiet(standing, on),
        "quiet_said": quiet_said(on),
        "cases_url": f"{reverse('reporting:cases')}?noi={place.pk}" if watches else "",
        "facility": getattr(place, "facility", None) if may["view_facilities"] else None,
        "today": on,
    }
    return page(request, "reporting/place.html", context)


def _reports(place: Organisation, on: date) -> list[Any]:
    """Return what the place owes and has not done, or has sent and waits for: the page marks each."""
    found = []
    for line in due_lines(place, on):
        status = line.owed.report.status if line.owed.report else ""
        names = [
            name
            for name, holds in (
                ("reports_due", not line.owed.is_done),
                ("reports_late", line.owed.is_late(on)),
                ("reports_returned", status == "returned"),
                ("reports_waiting", status == "submitted"),
            )
            if holds
        ]
        if names:
            found.append((line, " ".join(names)))
    return found


def _supplies(place: Organisation, on: date) -> list[Any]:
    """Return what is due of supplies, each with the figures it is counted in."""
    found = []
    for due in in_order(supplies_due(place, on)):
        whats = ["supplies", "equipment"] if due.where == "equipment" else ["supplies"]
        parts = ["due", "late"] if due.is_over(on) else ["due"]
        found.append((due, due.chip(on), " ".join(f"{w}_{part}" for w in whats for part in parts)))
    return found


def _license(place: Organisation, on: date) -> Any:
    """Return the operating licence that ends within the warning time, with the figures it is of."""
    rows = OperatingLicense.objects.filter(
        facility=place, superseded_on=None, valid_until__lte=on + AHEAD
    ).prefetch_related("events")
    for license in rows:
        if license.state_on(on) != OperatingLicense.State.REVOKED:
            is_over = license.valid_until is not None and license.valid_until < on
            return license, "licenses_due licenses_late" if is_over else "licenses_due"
    return None


def _standing(place: Organisation, user: Any) -> Any:
    """Return how a place was last counted, with the last visit that the person may know of."""
    rows = PlaceStanding.objects.filter(place=place).select_related("place")
    return rows.annotate(last_visit=last_visit(sees_sensitive=sees_all(user))).first()


def _is_quiet(standing: Any, on: date) -> bool:
    """Say whether a place that should see people every week has not for longer."""
    if standing is None or standing.place.kind not in TREATING:
        return False
    last, day = standing.last_visit, quiet_before(on)
    return day is not None and (last is None or last < day)


def _days(place: Organisation, week: Period, user: Any) -> list[tuple[date, int]]:
    found = days_of(place, [(week.first, week.last)], sees_sensitive=sees_all(user))
    days = [week.first + timedelta(days=n) for n in range(7)]
    return [(day, found.get(day, 0)) for day in days]
