"""What must a place of care make public, and by when?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from facilities.models import Facility, Publication, ServicePrice
from facilities.rules import DUTIES, Rule, rules_of
from facilities.staff import Staffing
from portal.codelists.holidays import calendar_between
from portal.places.models import Organisation
from portal.workdays import Term, TermUnit

AHEAD = timedelta(days=60)
SPAN = timedelta(days=60)
Changes = Mapping[str, Collection[date]]


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty to publish, as it stands on a day."""

    code: str
    title: str
    article: str
    published: Publication | None
    due_on: date | None  # None where nothing has to be done now
    is_met: bool
    said: StrOrPromise

    def chip(self, on: date) -> tuple[str, str, str]:
        """Return the duty as kind, icon and word."""
        if self.is_met:
            return "ok", "ok", _("Published")
        if self.due_on is None:
            return "", "none", _("Nothing to publish yet")
        days = (self.due_on - on).days
        if days < 0:
            return "bad", "warn", _("Overdue by %(n)d days") % {"n": -days}
        return (
            "warn" if days <= AHEAD.days else "",
            "clock",
            _("Due %(day)s") % {"day": f"{self.due_on:%d/%m/%Y}"},
        )


def duties_of(facility: Facility, on: date, staffing: Staffing | None) -> list[Duty]:
    """Return the duties of this form of facility; the latest publication of each is read at once."""
    place = facility.organisation
    latest: dict[str, Publication] = {}
    for row in place.publication_rows.filter(published_on__lte=on).order_by("published_on", "id"):
        latest[row.duty] = row
    changes = _changes(facility, on, staffing)
    rules = [rule for rule in rules_of(DUTIES, on) if rule.is_about(facility.form)]
    return [_duty(rule, latest.get(rule.code), changes, place, on) for rule in rules]


def _changes(facility: Facility, on: date, staffing: Staffing | None) -> Changes:
    """Return the days up to a day on which what is to be published changed."""
    place = facility.organisation
    prices = ServicePrice.objects.filter(service__facility=place, valid_from__lte=on).order_by()
    hours = place.openingschedule_rows.filter(valid_from__lte=on).order_by()
    return {
        "prices": list(prices.values_list("valid_from", flat=True).distinct()),
        "hours": list(hours.values_list("valid_from", flat=True).distinct()),
        "staff": staffing.changes if staffing else (),
    }


def _duty(
    rule: Rule, published: Publication | None, changes: Changes, place: Organisation, on: date
) -> Duty:
    if rule.said("clock") == "yearly":
        due, met = _yearly(rule, published, place, on)
    else:
        due, met = _after_change(rule, published, changes.get(rule.said("source"), ()))
    return Duty(
        code=rule.code,
        title=rule.title,
        article=rule.article,
        published=published,
        due_on=due,
        is_met=met,
        said=_said(published),
    )


def _said(published: Publication | None) -> StrOrPromise:
    if published is None:
        return _("never published")
    return _("%(day)s, %(place)s") % {
        "day": f"{published.published_on:%d/%m/%Y}",
        "place": published.place,
    }


def _after_change(
    rule: Rule, published: Publication | None, changed: Iterable[date]
) -> tuple[date | None, bool]:
    """Return the last day for the first change nobody published: a later one does not move it."""
    told = published.published_on if published is not None else date.min
    first = min((day for day in changed if day > told), default=None)
    if first is None:
        return None, published is not None
    term = Term(int(rule.number("count") or 0), TermUnit(rule.said("unit")))
    return term.due(first, calendar_between(first, first + SPAN)), False


def _yearly(
    rule: Rule, published: Publication | None, place: Organisation, on: date
) -> tuple[date | None, bool]:
    """Return the day of this year, or of last year where that was missed; met by this year's."""
    told = published.published_on.year if published is not None else 0
    if told == on.year:
        return None, True
    due = date.fromisoformat(f"{on.year}-{rule.said('due')}")
    missed = due.replace(year=on.year - 1)
    since = max(rule.entry.valid_from or date.min, place.valid_from)
    return (missed if told < missed.year and since <= missed else due), False
