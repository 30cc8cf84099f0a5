"""Modules of the home page that list reports and cases, and their counts in the menu."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count as Tally
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.audit.reads import note
from portal.scope import scope_of
from portal.site.home import Chip, Link, WorkList, WorkRow
from portal.site.menu import Count
from reporting.board.here import COUNTED_AT_MOST, cases_here, lines_here
from reporting.diseases import titles_of
from reporting.pages.access import sending_place, waiting_for
from reporting.pages.cases import clock_chip

if TYPE_CHECKING:
    from django.http import HttpRequest

SHOWN = 7


def reports_due(request: "HttpRequest") -> WorkList | None:
    """Show the reports that this place has to send, the soonest due first."""
    place = sending_place(request)
    if place is None:
        return None
    lines = lines_here(request)
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
    more = Link(_("All reports"), f"{reverse('reporting:due')}#h-due")
    empty = _("Every report that is due has been sent.")
    return WorkList(title=_("Reports to send"), rows=rows, more=more, empty=empty)


def reports_to_decide(request: "HttpRequest") -> WorkList | None:
    """Show the reports that wait for this person's decision."""
    number = waiting_count(request)
    shown = (
        waiting_for(request.user)
        .select_related("definition", "organisation")
        .defer("figures", "sources")
    )
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
    more = Link(_("All reports"), f"{reverse('reporting:due')}#h-wait")
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
    return Count(waiting_count(request)) if scope else None


def waiting_count(request: "HttpRequest") -> int:
    """Count the reports that wait for this person's decision; once per request."""
    kept: int | None = request.__dict__.get("_reports_waiting")
    if kept is None:
        kept = waiting_for(request.user).order_by().count()
        request.__dict__["_reports_waiting"] = kept
    return kept


def cases_card(request: "HttpRequest") -> WorkList | None:
    """Show the cases that must be reported against their clock; nothing where there are none."""
    rows = cases_here(request.user).select_related("citizen").order_by("due_at", "id")
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
    total = len(cases)
    if total == SHOWN:
        total = rows.order_by().values("pk")[: COUNTED_AT_MOST + 1].count()
    place = request.user.place_of_work.pk  # type: ignore[union-attr]
    more = Link(
        pgettext("disease", "All cases"), f"{reverse('reporting:cases')}?noi={place}&loc=cho"
    )
    return WorkList(
        title=_("Cases to report"),
        rows=lines,
        total=min(total, COUNTED_AT_MOST),
        is_cut=total > COUNTED_AT_MOST,
        more=more,
    )


def cases_count(request: "HttpRequest") -> Count:
    """Count the cases that wait, behind the menu's word."""
    late = Q(due_at__lt=timezone.now())
    found = (
        cases_here(request.user)
        .order_by()
        .aggregate(all=Tally("pk"), late=Tally("pk", filter=late))
    )
    return Count(found["all"] or 0, bool(found["late"]))
