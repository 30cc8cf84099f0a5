"""Modules of the home page that show figures."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count as Tally
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.audit.reads import note
from portal.scope import Scope, scope_of
from portal.site.home import Cell, Chip, Column, Link, Table, Tile, Tiles, WorkList, WorkRow
from portal.site.menu import Count
from reporting.diseases import titles_of
from reporting.figures import month_so_far, quietest_facilities
from reporting.models import CaseNotification, Report
from reporting.pages.access import sending_place
from reporting.pages.cases import clock_chip
from reporting.pages.due import due_lines

if TYPE_CHECKING:
    from django.http import HttpRequest

QUIET_AFTER = timedelta(days=7)
SHOWN = 7


def figures_of_place(request: "HttpRequest") -> Tiles | None:
    """Show this month's visits at the place of work; the figure opens its rows."""
    if not request.user.is_authenticated:
        return None
    place = request.user.place_of_work
    scope = scope_of(request.user, "view_records")
    if place is None or place.pk not in scope:
        return None
    here = Scope(ids=frozenset({place.pk}))
    today = timezone.localdate()
    sees = request.user.has_capability("see_sensitive", place.pk)
    month = month_so_far(here, today, sees_sensitive=sees)
    rows = reverse("admin:healthrecords_visit_changelist")
    tile = Tile(
        title=_("Visits in month %(month)s") % {"month": today.month},
        value=number_format(month.number),
        url=f"{rows}?started_at__gte={month.first:%Y-%m-%d}",
        trend=month.trend,
        comparison=_("Same days of the month before: %(number)s")
        % {"number": number_format(month.before)},
    )
    return Tiles(title=_("Figures of this place"), tiles=[tile], note=_("until now"))


def quiet_facilities(request: "HttpRequest") -> Table | None:
    """Show which facilities have sent or typed nothing for longest: data that is not living."""
    today = timezone.localdate()
    rows = quietest_facilities(scope_of(request.user, "view_figures"))[:SHOWN]
    lines = []
    for row in rows:
        last = row.last_visit_at  # type: ignore[attr-defined]
        day = timezone.localtime(last).date() if last else None
        is_quiet = day is None or today - day > QUIET_AFTER
        state = Chip("warn", "clock", _("quiet")) if is_quiet else Chip("ok", "ok", _("living"))
        lines.append(
            [
                Cell(text=row.name),
                Cell(text=date_format(day, "d/m/Y") if day else _("no visit yet")),
                Cell(chip=state),
            ]
        )
    return Table(
        title=_("Facilities that have been quiet longest"),
        columns=[
            Column(_("Facility")),
            Column(_("Last visit"), is_number=True),
            Column(_("State")),
        ],
        rows=lines,
        note=_("quiet: no visit for more than %(days)s days") % {"days": QUIET_AFTER.days},
        empty=_("No facility is registered in your area yet."),
    )


def reports_due(request: "HttpRequest") -> WorkList | None:
    """Show the reports that this place has to send, the soonest due first."""
    place = sending_place(request)
    if place is None:
        return None
    lines = [line for line in due_lines(place, timezone.localdate()) if not line.owed.is_done]
    rows = [
        WorkRow(
            due=line.chip,
            what=f"{line.owed.definition.form_number}, {line.owed.period.label}",
            why=line.owed.definition.title,
            url=reverse("reporting:due"),
            deed=_("Continue") if line.owed.report else _("Make"),
            deed_url=reverse("reporting:report", args=[line.owed.report.pk])
            if line.owed.report
            else reverse("reporting:due"),
        )
        for line in lines
    ]
    more = Link(_("All reports"), reverse("reporting:due"))
    empty = _("Every report that is due has been sent.")
    return WorkList(title=_("Reports to send"), rows=rows, more=more, empty=empty)


def reports_to_decide(request: "HttpRequest") -> WorkList | None:
    """Show the reports that wait for this person's decision."""
    rows = Report.objects.within(scope_of(request.user, "approve_reports")).waiting()
    number = rows.count()
    shown = rows.select_related("definition", "organisation").defer("figures", "sources")
    lines = [
        WorkRow(
            due=Chip("act", "clock", _("sent on %(day)s") % {"day": _day(report.submitted_at)}),
            what=f"{report.definition.form_number}, {report.organisation.name}",
            why=report.definition.title,
            url=reverse("reporting:report", args=[report.pk]),
            deed=_("Look at it"),
            deed_url=reverse("reporting:report", args=[report.pk]),
        )
        for report in shown.order_by("due_on", "id")[:SHOWN]
    ]
    more = Link(_("All reports"), reverse("reporting:due"))
    empty = _("No report waits for a decision.")
    return WorkList(
        title=_("Reports to decide on"), rows=lines, total=number, more=more, empty=empty
    )


def _day(moment: "datetime | None") -> str:
    return f"{timezone.localtime(moment):%d/%m}" if moment else ""


def reports_count(request: "HttpRequest") -> Count | None:
    """Count what waits for a decision, behind the menu's word: one query on every page.

    What is to be sent takes several and stands on the first page.
    """
    scope = scope_of(request.user, "approve_reports")
    return Count(Report.objects.within(scope).waiting().count()) if scope else None


def _cases_here(request: "HttpRequest") -> Any:
    """Return the cases that this person's place of work must report; sensitive ones with the right."""
    user: Any = request.user
    place = user.place_of_work
    if place is None or place.pk not in scope_of(user, "enter_records"):
        return CaseNotification.objects.none()
    rows = CaseNotification.objects.at([place.pk]).waiting()
    return rows.open_to(sees_sensitive=user.has_capability("see_sensitive", place.pk))


def cases_card(request: "HttpRequest") -> WorkList | None:
    """Show the cases that must be reported against their clock; nothing where there are none."""
    rows = _cases_here(request).select_related("citizen").order_by("due_at", "id")
    cases = list(rows[:SHOWN])
    if not cases:
        return None
    now = timezone.now()
    titles = titles_of({case.disease for case in cases}, timezone.localdate())
    note(request, [case.citizen_id for case in cases], action="listed", ground="epidemic")
    lines = [
        WorkRow(
            due=clock_chip(case, now),
            what=f"{titles[case.disease]}: {case.citizen.name}",
            why=case.code,
            url=reverse("reporting:case", args=[case.pk]),
            deed=_("Report the case"),
            deed_url=reverse("reporting:case", args=[case.pk]),
        )
        for case in cases
    ]
    more = Link(pgettext("disease", "All cases"), reverse("reporting:cases"))
    return WorkList(title=_("Cases to report"), rows=lines, total=rows.count(), more=more)


def cases_count(request: "HttpRequest") -> Count:
    """Count the cases that wait, behind the menu's word."""
    late = Q(due_at__lt=timezone.now())
    found = (
        _cases_here(request).order_by().aggregate(all=Tally("pk"), late=Tally("pk", filter=late))
    )
    return Count(found["all"] or 0, bool(found["late"]))
