"""Pages of data quality: a place's score, what to mend, and how places compare."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from portal.audit.reads import note
from portal.jobs import busy
from portal.places.models import Organisation
from portal.scope import Scope, scope_of
from portal.site.pages import page
from reporting.jobs import ask_to_measure, measure_place
from reporting.limits import limits_on
from reporting.models import QualityIssue, QualityRule, QualityRun, QualityScore
from reporting.pages.rights import scope_for_any
from reporting.quality.by_field import fields_of
from reporting.quality.chart import chart_of
from reporting.quality.home import SEES
from reporting.quality.league import league_of
from reporting.quality.overview import Overview, chip_of, policy_on
from reporting.quality.worklist import (
    groups_of,
    hidden_from,
    issues_for,
    lines_of,
    people_of,
)
from reporting.services.measuring import measure_again
from reporting.services.mending import give_back, take

PER_PAGE = 50
WORST_PLACES = 20
AGAIN_AT_MOST = 500
MEASURED_AT_MOST = 60


def _place(request: HttpRequest, scope: Scope) -> Organisation:
    """Return the place that is asked for, else where the person works."""
    asked = request.GET.get("noi") or request.POST.get("noi")
    user: Any = request.user
    if not asked:
        here = user.place_of_work
        if here is not None and here.pk in scope:
            found: Organisation = here
            return found
        first = Organisation.objects.within(scope).current().order_by("path").first()
        if first is None:
            raise Http404(_("There is no such place in your area."))
        return first
    try:
        return Organisation.objects.within(scope).get(pk=UUID(asked))
    except (ValueError, Organisation.DoesNotExist) as error:
        raise Http404(_("There is no such place in your area.")) from error


def _rules(day: date) -> dict[str, QualityRule]:
    return {rule.code: rule for rule in QualityRule.objects.holding(day)}


@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """Show the score of a place, its criteria, its course, and what to mend first."""
    scope = scope_for_any(request, SEES)
    place, day = _place(request, scope), timezone.localdate()
    policy = policy_on(day)
    if policy is None:
        return page(request, "reporting/quality.html", {"title": _("Data quality"), "place": place})
    shown, rules, limits = Overview(place, day, policy), _rules(day), limits_on(day)
    has_below = shown.unit == "below"
    groups = {} if has_below else groups_of(issues_for(request.user, place))
    hidden = hidden_from(request.user, place)
    rule_lines = shown.rule_lines(rules, hidden)
    lines = [(line, groups.get(line.rule.code)) for line in rule_lines if line.failed]
    run, later = _measured(place)
    context = {
        "title": _("Data quality, %(place)s") % {"place": place.name},
        "place": place,
        "shown": shown,
        "policy": policy,
        "lines": shown.lines(rules),
        "rule_lines": lines,
        "chart": chart_of(shown.weeks, policy),
        "league": None if has_below else league_of(place, day, policy),
        "fields": fields_of(place, shown.score, rules, policy, sees=not hidden)
        if shown.score and not has_below
        else [],
        "below": _worst_below(place, day, policy) if has_below else [],
        "has_below": has_below,
        "unmeasured": [rule for rule in rules.values() if rule.not_measured_because],
        "bounds": limits.told(),
        "lacking": limits.lacking(),
        "run": run,
        "later": later,
        "is_measuring": bool(busy(measure_place, "place_id", [place.pk])),
        "may_measure": _may_be_measured(place),
        "today": day,
    }
    return page(request, "reporting/quality.html", context)


def _measured(place: Organisation) -> tuple[QualityRun | None, QualityRun | None]:
    """Return the last measuring that looked at a place with all under it, and a later one of a part."""
    run = QualityRun.objects.covering(place).order_by("-started_at", "-id").first()
    if run is None:
        return None, None
    parts = QualityRun.objects.of_parts(place).filter(started_at__gt=run.started_at)
    return run, parts.order_by("-started_at", "-id").first()


def _worst_below(place: Organisation, day: date, policy: Any) -> list[Any]:
    under = Organisation.objects.current().below(place).exclude(pk=place.pk)
    rows = QualityScore.objects.filter(organisation__in=under).standing("facility", day)
    worst = (
        QualityScore.objects.filter(pk__in=rows.values("pk"), value__isnull=False)
        .select_related("organisation")
        .order_by("value", "organisation__name_norm")[:WORST_PLACES]
    )
    return [(row, chip_of(row.value, policy, holds_gates=row.holds_gates)) for row in worst]


@require_safe
def league(request: HttpRequest) -> HttpResponse:
    """Compare the place with its peers: same kind, form and level."""
    scope = scope_for_any(request, SEES)
    place, day = _place(request, scope), timezone.localdate()
    policy = policy_on(day)
    found = league_of(place, day, policy) if policy else None
    context = {
        "title": _("League of data quality"),
        "place": place,
        "league": found,
        "policy": policy,
    }
    return page(request, "reporting/quality_league.html", context)


@require_safe
def mend(request: HttpRequest) -> HttpResponse:
    """List the records to mend, the worst first; each line opens the record at its field."""
    scope = scope_for_any(request, SEES)
    place, day = _place(request, scope), timezone.localdate()
    rules = _rules(day)
    issues = issues_for(request.user, place)
    chosen = {
        "quy-tac": request.GET.get("quy-tac", ""),
        "xem": request.GET.get("xem", ""),
    }
    if chosen["quy-tac"] in rules:
        issues = issues.filter(rule__code=chosen["quy-tac"])
    if chosen["xem"] == "cua-toi":
        issues = issues.filter(taken_by=request.user.pk)
    elif chosen["xem"] == "qua-han":
        issues = issues.filter(due_on__lt=day)
    in_order = issues.order_by("due_on", "id") if chosen["xem"] else issues.worst_first()
    shown = Paginator(in_order.select_related("rule", "taken_by"), PER_PAGE).get_page(
        request.GET.get("trang")
    )
    rows = list(shown)
    lines = lines_of(rows, sees=scope_of(request.user, "see_sensitive"))
    note(request, people_of(rows), action="listed", ground="scope")
    kept = {name: value for name, value in {**chosen, "noi": str(place.pk)}.items() if value}
    context = {
        "title": _("Records to mend, %(place)s") % {"place": place.name},
        "place": place,
        "page": shown,
        "lines": lines,
        "rule": rules.get(chosen["quy-tac"]),
        "chosen": chosen["xem"],
        "query": urlencode(kept),
        "address": request.get_full_path(),
        "today": day,
    }
    return page(request, "reporting/quality_mend.html", context)


@require_POST
def deed(request: HttpRequest) -> HttpResponse:
    """Take issues, give them back, or have their records measured again."""
    scope = scope_for_any(request, SEES)
    place = _place(request, scope)
    keys = [key for key in map(_key, request.POST.getlist("viec")) if key]
    rows = list(issues_for(request.user, place).filter(pk__in=keys[:AGAIN_AT_MOST]))
    what = request.POST.get("lam", "")
    now = timezone.now()
    if not rows:
        messages.warning(request, _("Mark the records first, then choose what to do."))
    elif what == "nhan":
        number = take(issues=rows, actor=request.user, at=now)
        text = ngettext("%(count)d record is yours.", "%(count)d records are yours.", number)
        messages.success(request, text % {"count": number})
    elif what == "tra":
        number = give_back(issues=rows, actor=request.user)
        text = ngettext("%(count)d record is free.", "%(count)d records are free.", number)
        messages.success(request, text % {"count": number})
    else:
        _measure_again(request, place, rows)
    kept = {"noi": str(place.pk)} | {
        name: request.POST[name] for name in ("quy-tac", "xem") if request.POST.get(name)
    }
    return redirect(f"{reverse('reporting:mend')}?{urlencode(kept)}")


@require_POST
def measure_now(request: HttpRequest) -> HttpResponse:
    """Have the worker measure a place, whatever changed; the score follows in a while."""
    place = _place(request, scope_for_any(request, SEES))
    if not _may_be_measured(place):
        raise PermissionDenied(
            _("A whole country is measured at night; ask for one of its places.")
        )
    ask_to_measure(place)
    messages.success(request, _("Being measured. The scores follow in a few minutes."))
    return redirect(f"{reverse('reporting:quality')}?{urlencode({'noi': str(place.pk)})}")


def _may_be_measured(place: Organisation) -> bool:
    """Say whether a place is measured when asked; what has more under it waits for the night."""
    under = Organisation.objects.below(place).values("pk")[: MEASURED_AT_MOST + 1]
    return len(under) <= MEASURED_AT_MOST


def _measure_again(request: HttpRequest, place: Organisation, rows: list[QualityIssue]) -> None:
    measured = measure_again(issues=rows, at=timezone.now())
    # So that the scores follow what was mended, where it was.
    if _may_be_measured(place):
        ask_to_measure(place)
    else:
        there = {row.facility_id for row in rows if row.facility_id}
        for one in Organisation.objects.filter(pk__in=there):
            ask_to_measure(one)
    text = ngettext(
        "Measured again: %(count)d issue is mended.",
        "Measured again: %(count)d issues are mended.",
        measured.closed,
    )
    messages.success(request, text % {"count": measured.closed})


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
