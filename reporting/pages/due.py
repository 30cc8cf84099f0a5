"""What is due: for who sends, form by form; for who decides, what waits and who has not sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.codelists.holidays import calendar_between
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.home import Chip
from portal.site.pages import page
from portal.workdays import Calendar
from reporting.figures_of import period_of
from reporting.models import Report, ReportDefinition
from reporting.models.definition import PeriodKind
from reporting.pages.access import (
    APPROVE,
    name_of,
    require_reports,
    sending_place,
    waiting_for,
    waiting_for_another,
    watching_place,
)
from reporting.pages.outages_page import outages_to_confirm
from reporting.periods import Period
from reporting.querysets import StatutoryReportQuerySet
from reporting.senders import Owed, Senders, owed_by, owed_by_all, senders_of

SHOWN = 100
AROUND = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class DueLine:
    """One report that is owed, as the list shows it."""

    owed: Owed
    chip: Chip
    period_name: str
    is_late: bool = False

    @property
    def is_urgent(self) -> bool:
        return self.chip.kind == "bad"


def calendar_around(on: date) -> Calendar:
    """Return the working calendar that deadlines near a day are counted by."""
    return calendar_between(on - AROUND, on + AROUND)


def due_lines(place: Organisation, on: date) -> list[DueLine]:
    """Return what a place owes, the soonest due first, what is done last."""
    known = calendar_around(on)
    return [
        DueLine(one, one.chip(on, known), name_of(one.period), one.is_late(on))
        for one in owed_by(place, on)
    ]


def for_a_colleague() -> Chip:
    """Say of what somebody sent, and could decide on, that somebody else does."""
    return Chip("act", "clock", _("waits for a colleague’s approval"))


def _told(rows: StatutoryReportQuerySet) -> StatutoryReportQuerySet:
    return rows.select_related("definition", "organisation").defer("figures", "sources")


def _with_own(lines: list[DueLine], own: list[Report]) -> list[DueLine]:
    """Say of the lines that the reader sent and could decide on whom they wait for."""
    keys = {report.pk for report in own}
    return [
        replace(line, chip=for_a_colleague())
        if line.owed.report is not None and line.owed.report.pk in keys
        else line
        for line in lines
    ]


@require_safe
def due_page(request: HttpRequest) -> HttpResponse:
    """Show what is due now to whoever asks."""
    scope = require_reports(request)
    on = timezone.localdate()
    place = sending_place(request)
    lines = due_lines(place, on) if place is not None else []
    watched = watching_place(request)
    decides = bool(scope_of(request.user, APPROVE))
    rows = waiting_for(request.user)
    if watched is not None and not decides:
        rows = Report.objects.within(scope).waiting()
    own = list(_told(waiting_for_another(request.user)).order_by("due_on", "id"))
    done_lines = _with_own([line for line in lines if line.owed.is_done], own)
    shown = {line.owed.report.pk for line in done_lines if line.owed.report}
    own_lines = [(one, period_of(one), for_a_colleague()) for one in own if one.pk not in shown]
    waiting = Paginator(_told(rows).order_by("due_on", "id"), SHOWN).get_page(
        request.GET.get("trang")
    )
    context = {
        "title": _("Reports"),
        "place": place or watched,
        "open_lines": [line for line in lines if not line.owed.is_done],
        "done_lines": done_lines,
        "own_lines": own_lines,
        "sent_count": len(done_lines) + len(own_lines),
        "waiting": waiting,
        "to_confirm": outages_to_confirm(request.user) if decides else [],
        "progress": progress_of(watched, on) if watched is not None else [],
        "sends": place is not None,
        "decides": decides or watched is not None,
        "watches": watched is not None,
    }
    return page(request, "reporting/due.html", context)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the senders of an organisation are with one form and period."""

    definition: ReportDefinition
    period: Period
    period_name: str
    owed: int
    sent: int
    approved: int
    late: int
    overdue: int


def progress_of(organisation: Organisation, on: date) -> list[Progress]:
    """Return the forms of the latest closed periods with how many have sent."""
    found = []
    for kind in PeriodKind.values:
        period = Period.last_closed(kind, on)
        senders = Senders.of(period, senders_of(period).below(organisation).order_by("path"))
        rows = ReportDefinition.objects.holding(period.last)
        for definition in rows.filter(periods__contains=[kind]).order_by("code"):
            owed = owed_by_all(definition, period, senders)
            if owed:
                found.append(_progress(definition, period, owed, on))
    return found


def _progress(definition: ReportDefinition, period: Period, owed: list[Owed], on: date) -> Progress:
    return Progress(
        definition=definition,
        period=period,
        period_name=name_of(period),
        owed=len(owed),
        sent=sum(one.is_done for one in owed),
        approved=sum(one.report is not None and one.report.status == "approved" for one in owed),
        late=sum(one.was_late for one in owed),
        overdue=sum(one.is_late(on) for one in owed),
    )
