"""Declare an outbreak, tell its days, end it: each within 24 hours (Circular 15/2026/TT-BYT, article 26)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.places.models import Organisation
from portal.scope import scope_of
from reporting.limits import surveillance_on
from reporting.models import CaseNotification, Outbreak, OutbreakDay


def tell_until(determined_at: datetime) -> datetime:
    """Return until when a beginning or an end that was determined then must be told."""
    terms = surveillance_on(timezone.localdate(determined_at))
    return determined_at + (terms.hours("outbreak.tell") or timedelta())


def missing_days(outbreak: Outbreak, at: datetime) -> list[date]:
    """Return the days since an active outbreak was determined, before today, that nobody told."""
    first, today = timezone.localdate(outbreak.determined_at), timezone.localdate(at)
    told = set(outbreak.days.order_by().values_list("day", flat=True))
    days = [first + timedelta(days=n) for n in range((today - first).days)]
    return [day for day in days if day not in told]


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What one hamlet had on one day."""

    day: date
    hamlet: str
    cases: int = 0
    deaths: int = 0
    samples: int = 0
    positives: int = 0


@transaction.atomic
def open_outbreak(
    *, actor: Any, station: Organisation, said: Mapping[str, Any], at: datetime
) -> Outbreak:
    """Open an outbreak that was determined; its cases of the commune are joined to it."""
    require_watcher(actor, station)
    determined = said.get("determined_at") or at
    _require_determined(determined, said["first_onset_on"], at)
    for name in ("first_onset_on", "entered_country_on", "arrived_on", "first_told_on"):
        _require_past(name, said.get(name), at)
    outbreak = Outbreak(
        station=station,
        area=station.area,
        opened_by=actor,
        **{**said, "determined_at": determined},
    )
    outbreak.full_clean()
    outbreak.save()
    cases = CaseNotification.objects.standing().filter(
        disease=outbreak.disease, citizen__home_station=station, outbreak=None
    )
    since = outbreak.first_onset_on - timedelta(days=1)
    cases.filter(noticed_at__date__gte=since).update(outbreak=outbreak)
    return outbreak


@transaction.atomic
def declare(*, actor: Any, outbreak: Outbreak, paper: str, at: datetime) -> Outbreak:
    """Tell the commune's chair, the department and the centre that there is an outbreak."""
    outbreak = _held(actor, outbreak)
    if outbreak.declared_at is not None:
        raise ValidationError(_("This outbreak was declared already."), code="declared_before")
    outbreak.declared_at, outbreak.declared_paper = at, " ".join(paper.split())
    outbreak.full_clean()
    outbreak.save(update_fields=["declared_at", "declared_paper"])
    return outbreak


@transaction.atomic
def tell_day(*, actor: Any, outbreak: Outbreak, figures: DayFigures, at: datetime) -> OutbreakDay:
    """Write the figures of a day and hamlet; told again, the later word stands."""
    outbreak = _held(actor, outbreak)
    if not outbreak.is_active:
        raise ValidationError(_("This outbreak has ended."), code="outbreak_ended")
    _require_past("day", figures.day, at)
    hamlet = " ".join(figures.hamlet.split()) or outbreak.place
    row = outbreak.days.filter(day=figures.day, hamlet=hamlet).first() or OutbreakDay(
        outbreak=outbreak, day=figures.day, hamlet=hamlet
    )
    for name in ("cases", "deaths", "samples", "positives"):
        setattr(row, name, getattr(figures, name))
    row.entered_by, row.entered_at = actor, at
    row.full_clean()
    row.save()
    _require_deaths_among_cases(outbreak)
    return row


def _require_deaths_among_cases(outbreak: Outbreak) -> None:
    cases = deaths = 0
    for row in outbreak.days.order_by("day"):
        cases, deaths = cases + row.cases, deaths + row.deaths
        if deaths > cases:
            message = _("Until %(day)s more people died than fell ill; check both figures.")
            params = {"day": f"{row.day:%d/%m/%Y}"}
            raise ValidationError(
                {"deaths": ValidationError(message, "deaths_above_cases", params)}
            )


@transaction.atomic
def end_outbreak(
    *,
    actor: Any,
    outbreak: Outbreak,
    last_onset_on: date,
    ended_on: date,
    paper: str,
    at: datetime,
    determined_at: datetime | None = None,
) -> Outbreak:
    """End an outbreak: the onset of its last case, the day of its end, the document that tells it.

    Its hours count from when the end was determined, not from when it is typed.
    """
    outbreak = _held(actor, outbreak)
    if not outbreak.is_active:
        raise ValidationError(_("This outbreak has ended."), code="outbreak_ended")
    determined = determined_at or at
    _require_determined(determined, last_onset_on, at)
    _require_past("last_onset_on", last_onset_on, at)
    _require_past("ended_on", ended_on, at)
    outbreak.last_onset_on, outbreak.ended_on = last_onset_on, ended_on
    outbreak.end_determined_at = determined
    outbreak.end_paper = " ".join(paper.split())
    outbreak.end_told_at = at if outbreak.end_paper else None
    outbreak.full_clean()
    outbreak.save()
    return outbreak


def _require_determined(determined: datetime, onset: date, at: datetime) -> None:
    if determined > at:
        message = _("This is still to come; write when the outbreak was determined.")
        raise ValidationError({"determined_at": ValidationError(message, code="day_in_future")})
    if timezone.localdate(determined) < onset:
        message = _("The illness began on %(day)s only; check both days.")
        params = {"day": f"{onset:%d/%m/%Y}"}
        raise ValidationError({"determined_at": ValidationError(message, "before_onset", params)})


def _require_past(field: str, day: date | None, at: datetime) -> None:
    if day is not None and day > timezone.localdate(at):
        message = _("%(day)s is still to come; check the day.")
        params = {"day": f"{day:%d/%m/%Y}"}
        raise ValidationError({field: ValidationError(message, "day_in_future", params)})


def _held(actor: Any, outbreak: Outbreak) -> Outbreak:
    require_watcher(actor, outbreak.station)
    return Outbreak.objects.select_for_update().get(pk=outbreak.pk)


def require_watcher(actor: Any, station: Organisation) -> None:
    """Refuse who neither enters records at the station nor follows epidemics above it."""
    if actor is None:
        return
    if station.pk not in scope_of(actor, "enter_records") and station.pk not in scope_of(
        actor, "watch_epidemics"
    ):
        raise PermissionDenied(
            _("Outbreaks are told by the station, or by those who follow epidemics.")
        )
