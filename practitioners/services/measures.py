"""A licence is suspended, given back, revoked, and what was revoked is reinstated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.dates import months_later
from practitioners.models import (
    LicenseEvent,
    PracticeLicense,
)
from practitioners.rules import rules_on
from practitioners.services.license_events import Decision, note_event, require_standing
from practitioners.states import State

Kind = LicenseEvent.Kind

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Measure:
    """Why a licence is suspended or revoked; until when and with which duty, where it ends."""

    ground_code: str
    ground: str = ""
    valid_until: date | None = None
    duty: str = ""


@transaction.atomic
def suspend_license(
    *,
    actor: Any,
    license: PracticeLicense,
    decision: Decision,
    measure: Measure,
    at: datetime,
) -> LicenseEvent:
    """Suspend a licence for as long as the law allows (Law 15/2023/QH15, article 34)."""
    license = PracticeLicense.objects.select_for_update().get(pk=license.pk)
    require_standing(
        license, decision.valid_from, {State.ACTIVE, State.RENEWING}, "suspension_not_possible"
    )
    require_suspension_length(decision.valid_from, measure.valid_until)
    return _measure(license, Kind.SUSPENDED, decision, measure, actor=actor, at=at)


@transaction.atomic
def finish_duty(
    *, actor: Any, license: PracticeLicense, decision: Decision, at: datetime
) -> LicenseEvent:
    """Note that what a suspension asked for was done; the licence returns when the days are over too."""
    require_standing(license, decision.valid_from, {State.SUSPENDED}, "not_suspended")
    return note_event(license, Kind.DUTY_DONE, decision, actor=actor, at=at)


@transaction.atomic
def lift_suspension(
    *, actor: Any, license: PracticeLicense, decision: Decision, ground: str = "", at: datetime
) -> LicenseEvent:
    """Let a suspended licence hold again before its days are over, by a decision."""
    license = PracticeLicense.objects.select_for_update().get(pk=license.pk)
    require_standing(license, decision.valid_from, {State.SUSPENDED}, "not_suspended")
    return note_event(license, Kind.RESUMED, decision, actor=actor, at=at, ground=ground)


@transaction.atomic
def revoke_license(
    *,
    actor: Any,
    license: PracticeLicense,
    decision: Decision,
    measure: Measure,
    at: datetime,
) -> LicenseEvent:
    """Revoke a licence (Law 15/2023/QH15, article 35)."""
    license = PracticeLicense.objects.select_for_update().get(pk=license.pk)
    usable = {State.ACTIVE, State.RENEWING, State.SUSPENDED, State.EXPIRED}
    require_standing(license, decision.valid_from, usable, "revocation_not_possible")
    return _measure(license, Kind.REVOKED, decision, measure, actor=actor, at=at)


@transaction.atomic
def reinstate_license(
    *, actor: Any, license: PracticeLicense, decision: Decision, ground: str, at: datetime
) -> LicenseEvent:
    """Annul a revocation, by a court or on a complaint."""
    require_standing(license, decision.valid_from, {State.REVOKED}, "not_revoked")
    return note_event(license, Kind.REINSTATED, decision, actor=actor, at=at, ground=ground)


def _measure(
    license: PracticeLicense,
    kind: LicenseEvent.Kind,
    decision: Decision,
    measure: Measure,
    *,
    actor: Any,
    at: datetime,
) -> LicenseEvent:
    return note_event(
        license,
        kind,
        decision,
        actor=actor,
        at=at,
        ground_code=measure.ground_code,
        ground=measure.ground,
        valid_until=measure.valid_until,
        duty=measure.duty,
    )


def last_day_kept(planned: date, last: date, first: date) -> date:
    """Return the last day of a suspension that begins on another day than planned, as long as planned.

    It is counted in whole months and the days over them, as its decision writes it.
    """
    months = 0
    while months_later(planned, months + 1) - ONE_DAY <= last:
        months += 1
    over = last - (months_later(planned, months) - ONE_DAY)
    next_month = months_later(first, months + 1) - ONE_DAY
    return min(months_later(first, months) - ONE_DAY + over, next_month)


def require_suspension_length(first: date, last: date | None) -> None:
    """Hold a suspension within the months the law of its day names."""
    rules = rules_on(first)
    shortest, longest = rules.get("suspension_shortest"), rules.get("suspension_longest")
    if shortest is None or longest is None:
        return
    least = months_later(first, shortest.number) - ONE_DAY
    most = months_later(first, longest.number) - ONE_DAY
    if last is not None and least <= last <= most:
        return
    raise ValidationError(
        {
            "valid_until": ValidationError(
                _(
                    "A suspension lasts %(least)d to %(most)d months (%(article)s): write a last day"
                    " from %(first)s to %(last)s."
                ),
                code="suspension_length",
                params={
                    "least": shortest.number,
                    "most": longest.number,
                    "article": longest.article,
                    "first": f"{least:%d/%m/%Y}",
                    "last": f"{most:%d/%m/%Y}",
                },
            )
        }
    )
