"""Alarms, outbreaks, and their days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.admin.deeds import take_refusal
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.pages import page
from portal.templatetags.portal import number
from reporting.diseases import diseases_on, titles_of
from reporting.forms import DeclareForm, EndForm, OutbreakDayForm, OutbreakForm
from reporting.models import Outbreak
from reporting.outbreaks import Level, Rules, rules_on
from reporting.pages.cases import may_be_known, sight
from reporting.services.epidemics import (
    DayFigures,
    declare,
    end_outbreak,
    missing_days,
    open_outbreak,
    tell_day,
    tell_until,
)
from reporting.watching import signals


def rule_words(rules: Rules) -> dict[str, str]:
    """Say each rule in words, with the figures of the day's list."""
    told = {
        "years": rules.years,
        "outbreak": number(rules.outbreak_deviations),
        "alarm": number(rules.alarm_deviations),
        "outbreak_linked": rules.outbreak_linked,
        "alarm_linked": rules.alarm_linked,
    }
    return {
        "above_two_deviations": _("above the mean of %(years)s years and %(outbreak)s deviations")
        % told,
        "five_linked": _("%(outbreak_linked)s or more linked cases in the month") % told,
        "group_a": _("a disease of group A"),
        "never_seen": _("never seen here before"),
        "three_linked": _("%(alarm_linked)s or more linked cases") % told,
        "above_one_deviation": _("above the mean of %(years)s years and %(alarm)s deviations")
        % told,
    }


def station_of(request: HttpRequest) -> Organisation | None:
    """Return the station where this person opens outbreaks."""
    user: Any = request.user
    place: Organisation | None = user.place_of_work
    is_station = place is not None and place.kind == Organisation.Kind.STATION
    return place if place and is_station and place.pk in scope_of(user, "enter_records") else None


@require_safe
def outbreaks_page(request: HttpRequest) -> HttpResponse:
    """Show the signals of this month and every outbreak, active ones first."""
    scope = sight(request)
    on = timezone.localdate()
    stations = Organisation.objects.within(scope).current().filter(kind="station").order_by("path")
    rows = Outbreak.objects.within(scope).select_related("station").order_by("-determined_at")
    known = may_be_known(request, "cases__")
    rows = rows.annotate(case_count=Count("cases", filter=known))[:100]
    listed = list(rows)
    titles = titles_of({row.disease for row in listed}, on)
    words = rule_words(rules_on(on))
    found = signals(stations, on, sees=scope_of(request.user, "see_sensitive"))
    context = {
        "title": _("Outbreaks"),
        "signals": [(signal, words[signal.verdict.rule]) for signal in found],
        "active": [(row, titles[row.disease]) for row in listed if row.is_active],
        "ended": [(row, titles[row.disease]) for row in listed if not row.is_active],
        "may_open": station_of(request) is not None,
        "outbreak_level": Level.OUTBREAK,
    }
    return page(request, "reporting/outbreaks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def open_page(request: HttpRequest) -> HttpResponse:
    """Open an outbreak at the station."""
    station = station_of(request)
    if station is None:
        raise PermissionDenied(_("An outbreak is opened by the commune's station."))
    form = OutbreakForm(
        request.POST if request.method == "POST" else None,
        diseases=diseases_on(timezone.localdate()),
        initial={"disease": request.GET.get("benh", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            outbreak = open_outbreak(
                actor=request.user, station=station, said=form.cleaned_data, at=timezone.now()
            )
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            messages.success(request, _("The outbreak is open; declare it within 24 hours."))
            return HttpResponseRedirect(reverse("reporting:outbreak", args=[outbreak.pk]))
    context = {"title": _("Open an outbreak"), "form": form, "button": _("Open the outbreak")}
    return page(
        request, "reporting/outbreak_form.html", context, status=400 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def outbreak_page(request: HttpRequest, outbreak_id: UUID) -> HttpResponse:
    """Show one outbreak; the station declares it, tells its days and ends it."""
    outbreak = (
        Outbreak.objects.within(sight(request))
        .select_related("station")
        .filter(pk=outbreak_id)
        .first()
    )
    if outbreak is None:
        raise Http404(_("There is no such record."))
    writes = any(
        outbreak.station_id in scope_of(request.user, capability)
        for capability in ("enter_records", "watch_epidemics")
    )
    deed = request.POST.get("deed", "") if request.method == "POST" else ""
    forms: dict[str, Any] = {
        "declare": DeclareForm(request.POST if deed == "declare" else None),
        "day": OutbreakDayForm(
            request.POST if deed == "day" else None, initial={"hamlet": outbreak.place}
        ),
        "end": EndForm(request.POST if deed == "end" else None),
    }
    if deed:
        if not writes:
            raise PermissionDenied(
                _("Outbreaks are told by the station, or by those who follow epidemics.")
            )
        done = _done(request, outbreak, deed, forms)
        if done is not None:
            return done
    days = list(outbreak.days.order_by("-day", "hamlet")[:200])
    now, declare_by = timezone.now(), tell_until(outbreak.determined_at)
    context = {
        "title": outbreak.name,
        "outbreak": outbreak,
        "disease": titles_of([outbreak.disease], timezone.localdate())[outbreak.disease],
        "days": days,
        "sums": outbreak.days.aggregate(
            cases=Sum("cases"),
            deaths=Sum("deaths"),
            samples=Sum("samples"),
            positives=Sum("positives"),
        ),
        "case_count": outbreak.cases.standing().filter(may_be_known(request)).count(),
        "declare_by": declare_by,
        "is_declared_late": (outbreak.declared_at or now) > declare_by,
        "is_end_late": bool(
            outbreak.end_determined_at
            and (outbreak.end_told_at or now) > tell_until(outbreak.end_determined_at)
        ),
        "missing_days": missing_days(outbreak, now) if outbreak.is_active else [],
        "writes": writes,
        **{f"{name}_form": form for name, form in forms.items()},
    }
    bad = any(form.is_bound and form.errors for form in forms.values())
    return page(request, "reporting/outbreak.html", context, status=400 if bad else 200)


def _done(
    request: HttpRequest, outbreak: Outbreak, deed: str, forms: dict[str, Any]
) -> HttpResponse | None:
    form = forms.get(deed)
    if form is None or not form.is_valid():
        return None
    at, said = timezone.now(), form.cleaned_data
    deeds: dict[str, Callable[[], Any]] = {
        "declare": lambda: declare(actor=request.user, outbreak=outbreak, at=at, **said),
        "day": lambda: tell_day(
            actor=request.user, outbreak=outbreak, figures=DayFigures(**said), at=at
        ),
        "end": lambda: end_outbreak(actor=request.user, outbreak=outbreak, at=at, **said),
    }
    try:
        deeds[deed]()
    except ValidationError as refused:
        take_refusal(form, refused)
        return None
    words = {
        "declare": _("The outbreak is declared."),
        "day": _("The figures of the day are kept."),
        "end": _("The outbreak has ended."),
    }
    messages.success(request, words[deed])
    return HttpResponseRedirect(reverse("reporting:outbreak", args=[outbreak.pk]))
