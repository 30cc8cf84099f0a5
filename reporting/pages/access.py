"""Which reports may this request see, and what may the person do with one?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from portal.places.models import Organisation
from portal.scope import scope_of
from reporting.models import Report, ReportDefinition
from reporting.models.definition import PeriodKind
from reporting.periods import Period
from reporting.querysets import StatutoryReportQuerySet

VIEW, SUBMIT, APPROVE = "view_reports", "submit_reports", "approve_reports"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do with one organisation's reports."""

    may_send: bool
    may_decide: bool


def require_reports(request: HttpRequest) -> Any:
    """Return where this person sees reports, or refuse."""
    scope = scope_of(request.user, VIEW)
    if not scope:
        raise PermissionDenied(
            _("Reports are seen by heads, data officers and the department's statisticians.")
        )
    return scope


def report_of(request: HttpRequest, report_id: UUID) -> Report:
    """Return a report in sight; out of sight there is none."""
    scope = require_reports(request)
    rows = Report.objects.within(scope).select_related(
        "definition",
        "organisation__area__parent",
        "submitted_by",
        "decided_by",
        "begun_by",
        "outage",
    )
    found = rows.filter(pk=report_id).first()
    if found is None:
        raise Http404(_("There is no such record."))
    return found


def rights_on(request: HttpRequest, organisation_id: UUID) -> Rights:
    """Return what this person may do with the reports of an organisation."""
    return Rights(
        may_send=organisation_id in scope_of(request.user, SUBMIT),
        may_decide=organisation_id in scope_of(request.user, APPROVE),
    )


def sending_place(request: HttpRequest) -> Organisation | None:
    """Return the place of work where this person makes reports, if there is one."""
    user: Any = request.user
    place: Organisation | None = user.place_of_work
    return place if place is not None and place.pk in scope_of(user, SUBMIT) else None


def watching_place(request: HttpRequest) -> Organisation | None:
    """Return the place of work whose senders this person looks over: a department, a ministry.

    Who sends for a place looks over nobody there, unless they decide on reports there as well.
    """
    user: Any = request.user
    place: Organisation | None = user.place_of_work
    if place is None or place.pk not in scope_of(user, VIEW):
        return None
    decides, sends = (place.pk in scope_of(user, right) for right in (APPROVE, SUBMIT))
    return place if decides or not sends else None


def waiting_for(user: Any) -> StatutoryReportQuerySet:
    """Return the reports that wait for this person's decision, wherever they may decide.

    What they sent themselves waits for somebody else.
    """
    return Report.objects.within(scope_of(user, APPROVE)).waiting_for(user)


def waiting_for_another(user: Any) -> StatutoryReportQuerySet:
    """Return the reports that this person could decide on had they not sent them themselves."""
    return Report.objects.within(scope_of(user, APPROVE)).waiting_for_another(user)


def period_named(text: str) -> Period:
    """Read a period from an address: month-2026-10-01; what cannot be read does not exist."""
    kind, _dash, day = text.partition("-")
    try:
        first = date.fromisoformat(day)
    except ValueError:
        raise Http404(_("There is no such period.")) from None
    if kind not in PeriodKind.values or not 2000 <= first.year <= 2100:
        raise Http404(_("There is no such period."))
    return Period.holding(kind, first)


def name_of(period: Period) -> str:
    """Write a period for an address."""
    return period.slug


def definition_named(code: str, period: Period) -> ReportDefinition:
    """Return the form of an address as it holds for the period."""
    rows = ReportDefinition.objects.holding(period.last)
    found = rows.filter(code=code, periods__contains=[period.kind]).first()
    if found is None:
        raise Http404(_("No version of this form holds for this period."))
    return found
