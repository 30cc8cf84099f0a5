"""Tables of a body's home page: how places stand, whose data moved, who has been quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.figures import Figure
from portal.site.home import Cell, Chip, Column, Link, Table
from portal.templatetags.portal import number, signed
from reporting.board.addresses import figure_url, line_url, places_url, week_url
from reporting.board.lines import COMMUNE, PLACE, PROVINCE, Asked, Line, lines_of, named
from reporting.board.matters import (
    BODIES,
    BY_NAME,
    Matter,
    is_quiet,
    last_visit,
    matters_for,
    quiet_said,
    sees_all,
)
from reporting.board.moves import moved, with_other_base
from reporting.models import PlaceStanding
from reporting.standings import last_week

if TYPE_CHECKING:
    from django.http import HttpRequest

SHOWN = 8
# What a table of places tells on a home page, the gravest first.
COLUMNS = ("reports_late", "cases_late", "licenses_late", "equipment_late", "quiet", "worse")


def _body(request: HttpRequest) -> Organisation | None:
    """Return the body a person works at and sees the figures of, if it is one."""
    user: Any = request.user
    place: Organisation | None = user.place_of_work if user.is_authenticated else None
    if place is None or place.kind not in BODIES:
        return None
    return place if place.pk in scope_of(user, "view_figures") else None


def by_province(request: HttpRequest) -> Table | None:
    """Show the ministry how the provinces stand, those with most overdue first."""
    body = _body(request)
    return _table(request, body, PROVINCE) if body is not None and body.is_root else None


def by_place(request: HttpRequest) -> Table | None:
    """Show how the places under a body stand, those with most overdue first."""
    body = _body(request)
    return _table(request, body, PLACE) if body is not None else None


def _table(request: HttpRequest, body: Organisation, by: str) -> Table:
    matters = [m for m in matters_for(request.user, body) if m.name in COLUMNS]
    on = timezone.localdate()
    asked = Asked(body, by, matters, on, sees_sensitive=sees_all(request.user))
    lines = named(lines_of(asked, at_most=SHOWN), asked)
    title = _("By province") if by == PROVINCE else _("By facility")
    return Table(
        title=title,
        columns=[
            Column(_("Province") if by == PROVINCE else _("Facility")),
            *(Column(m.title, is_number=True) for m in matters),
            Column(_("Visits last week"), is_number=True),
        ],
        rows=[_row(line, by, matters) for line in lines],
        note=_("most overdue first"),
        more=Link(_("All of them"), places_url(theo=by)),
        foot=[
            Link(word, places_url(theo=way))
            for way, word in (
                (PROVINCE, _("By province")),
                (COMMUNE, _("By commune")),
                (PLACE, _("By facility")),
            )
        ],
        empty=_("No facility is registered in your area yet."),
    )


def _row(line: Line, by: str, matters: list[Matter]) -> list[Cell]:
    here = line_url(line, by)
    numbers = [
        Cell(figure=Figure(m.name, line.counts[m.name], figure_url(line, by, m))) for m in matters
    ]
    monday = f"{last_week(timezone.localdate()).first:%Y-%m-%d}"
    visits = Figure("visits", line.visits, week_url(line, by, monday))
    return [Cell(line.title, here), *numbers, Cell(figure=visits)]


def movers(request: HttpRequest) -> Table | None:
    """Show whose data became better and whose worse in a week, the largest moves first."""
    body = _body(request)
    if body is None:
        return None
    found = [*moved(body, upwards=False), *moved(body, upwards=True)]
    other = with_other_base([row.place_id for row in found], timezone.localdate())
    return Table(
        title=_("Data quality: worse and better in a week"),
        columns=[Column(_("Facility")), Column(_("Score"), is_number=True), Column(_("In a week"))],
        rows=[
            [
                Cell(row.place.name, f"{reverse('reporting:quality')}?noi={row.place_id}"),
                Cell(
                    number(row.quality, 1),
                    reverse("reporting:place", args=[row.place_id]) + "#so-lieu",
                    told=number(row.quality, 1),
                ),
                Cell(
                    chip=move_chip(row.move),
                    note=_("other records judged") if row.place_id in other else "",
                    url=reverse("reporting:place", args=[row.place_id]) + "#so-lieu",
                    told=signed(row.move, 1),
                ),
            ]
            for row in found
        ],
        more=Link(_("Data quality"), reverse("reporting:quality")),
        empty=_("No score has moved in a week."),
    )


def move_chip(move: Any) -> Chip:
    """Say by how much a score moved."""
    return Chip("ok", "ok", signed(move, 1)) if move > 0 else Chip("bad", "warn", signed(move, 1))


def quiet(request: HttpRequest) -> Table | None:
    """Show which places have been quiet longest: data that is not living."""
    body = _body(request)
    if body is None:
        return None
    on, sees = timezone.localdate(), sees_all(request.user)
    rows: Any = PlaceStanding.objects.below(body).filter(is_quiet(on, sees_sensitive=sees))
    rows = rows.annotate(last_visit=last_visit(sees_sensitive=sees)).select_related("place")
    found = list(rows.order_by(F("last_visit").asc(nulls_first=True), "place__path")[:SHOWN])
    return Table(
        title=_("Facilities that have been quiet longest"),
        columns=[Column(_("Facility")), Column(_("Last visit"), is_number=True)],
        rows=[
            [
                Cell(row.place.name, reverse("reporting:place", args=[row.place_id])),
                Cell(f"{row.last_visit:%d/%m/%Y}" if row.last_visit else _("no visit yet")),
            ]
            for row in found
        ],
        note=quiet_said(on),
        more=Link(_("All of them"), places_url(BY_NAME["quiet"])),
        empty=_("Every facility has had a visit in these days."),
    )
