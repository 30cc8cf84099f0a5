"""Who has not practised for so long that the department is to look, and whose licence may be revoked?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce, Greatest

from portal.dates import months_later
from portal.scope import Scope
from practitioners.continuity import REVOKING, Continuity, begun_anew, continuity_on
from practitioners.models import (
    LicenseEvent,
    PracticeLicense,
    PracticePeriod,
    Practitioner,
    Registration,
)
from practitioners.querysets import holding_on
from practitioners.rules import Rules

ONE_DAY = timedelta(days=1)
MINE = {"practitioner": OuterRef("pk")}


def away_for_long(scope: Scope, on: date, rules: Rules) -> Any:
    """Return the people of a scope who have not practised for months, the longest first.

    It counts from the last day of practice; of whom none is known, from the first licence, for 24
    months without practice begin where practice could (Law 15/2023/QH15, article 35(1)); anew from a
    licence given after another was revoked. A
    registration the department has not completed, or that begins later, is no practice yet.
    Training in a speciality only lengthens the clock: whom it stops is told by ``clock_of``.
    """
    months = rules.number("continuity_warning")
    people: Any = Practitioner.objects.within(scope)
    if months is None:
        return people.none()
    begun = Q(valid_from__lte=on)
    registrations = Registration.objects.filter(begun, **MINE).complete(on)
    periods = PracticePeriod.objects.filter(begun, kind="practice", **MINE)
    practises = Exists(registrations.filter(holding_on(on))) | Exists(
        periods.filter(holding_on(on))
    )
    rows = people.filter(Exists(_unrevoked(on)), ~practises, died_on=None)
    last = Greatest(_first_of(registrations, "-valid_until"), _first_of(periods, "-valid_until"))
    licensed = _first_of(PracticeLicense.objects.filter(**MINE), "issued_on")
    anew = _first_of(_after_revocation(on), "-issued_on")
    rows = rows.annotate(last_practice=Greatest(Coalesce(last, licensed), anew))
    return rows.filter(last_practice__lte=_latest(on, months)).order_by(
        "last_practice", "name_sort", "id"
    )


def _unrevoked(on: date) -> Any:
    """Return the licences of a person that somebody could still revoke."""
    acts = LicenseEvent.objects.filter(
        license=OuterRef("pk"), kind__in=REVOKING, valid_from__lte=on
    )
    held = PracticeLicense.objects.current().filter(issued_on__lte=on, **MINE)
    held = held.annotate(last_act=_first_of(acts, "-valid_from", "-id", value="kind"))
    return held.filter(Q(last_act=None) | ~Q(last_act="revoked"))


def _after_revocation(on: date) -> Any:
    """Return the licences of a person that were given after another one had been revoked."""
    acts = LicenseEvent.objects.filter(
        license=OuterRef("pk"),
        kind__in=REVOKING,
        valid_from__lte=OuterRef(OuterRef("issued_on")),
    )
    former: Any = PracticeLicense.objects.filter(practitioner=OuterRef("practitioner"))
    former = former.exclude(pk=OuterRef("pk"))
    former = former.annotate(last_act=_first_of(acts, "-valid_from", "-id", value="kind"))
    given = PracticeLicense.objects.filter(issued_on__lte=on, **MINE)
    return given.filter(Exists(former.filter(last_act="revoked")))


def _first_of(rows: Any, *order: str, value: str = "") -> Subquery:
    return Subquery(rows.order_by(*order).values(value or order[0].lstrip("-"))[:1])


def _latest(on: date, months: int) -> date:
    """Return the latest day from which so many months are over on a day; months end on their last."""
    latest = months_later(on, -months)
    while months_later(latest + ONE_DAY, months) <= on:
        latest += ONE_DAY
    return latest


def clock_of(person: Practitioner, on: date, rules: Rules) -> Continuity:
    """Return the clock of a person whose registrations, times and licences are at hand."""
    periods: Iterable[PracticePeriod] = person.practice_periods.all()
    practised = [
        (row.valid_from, row.valid_until)
        for row in person.registrations.all()
        if not row.waits_on(on)
    ]
    practised += [(p.valid_from, p.valid_until) for p in periods if p.kind == "practice"]
    learnt = [(p.valid_from, p.valid_until) for p in periods if p.kind == "specialist"]
    licenses = list(person.licenses.all())
    if len(licenses) > 1:
        prefetch_related_objects(licenses, "events")
    licensed = min((row.issued_on for row in licenses), default=None)
    return continuity_on(
        on,
        practised,
        learnt,
        licensed_on=licensed,
        rules=rules,
        anew_on=begun_anew(licenses, on),
    )
