"""What must a place of care make public, and by when?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from facilities.models import Facility, Publication, ServicePrice
from facilities.rules import DUTIES, Rule, rules_of
from facilities.staff import Staffing
from portal.codelists.holidays import calendar_between
from portal.workdays import Term, TermUnit

AHEAD = timedelta(days=60)
SPAN = timedelta(days=60)


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
        return "warn", "clock", _("Due %(day)s") % {"day": f"{self.due_on:%d/%m/%Y}"}


def duties_of(facility: Facility, on: date, staffing: Staffing | None) -> list[Duty]:
    """Return the duties of this form of facility; the latest publication of each is read at once."""
    place = facility.organisation
    latest: dict[str, Publication] = {}
    for row in place.publication_rows.filter(published_on__lte=on).order_by("published_on", "id"):
        latest[row.duty] = row
    changes = _changes(facility, on, staffing)
    rules = [rule for rule in rules_of(DUTIES, on) if rule.is_about(facility.form)]
    return [_duty(rule, latest.get(rule.code), changes, on) for rule in rules]


def _changes(facility: Facility, on: date, staffing: Staffing | None) -> dict[str, date | None]:
    """Return when what is to be published last changed."""
    place = facility.organisation
    prices = ServicePrice.objects.filter(service__facility=place, valid_from__lte=on)
    hours = place.openingschedule_rows.filter(valid_from__lte=on)
    return {
        "prices": prices.aggregate(last=Max("valid_from"))["last"],
        "hours": hours.aggregate(last=Max("valid_from"))["last"],
        "staff": staffing.changed_on if staffing else None,
    }


def _duty(
    rule: Rule, published: Publication | None, changes: dict[str, date | None], on: date
) -> Duty:
    if rule.said("clock") == "yearly":
        due, met = _yearly(rule, published, on)
    else:
        due, met = _after_change(rule, published, changes.get(rule.said("source")))
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
    rule: Rule, published: Publication | None, changed: date | None
) -> tuple[date | None, bool]:
    if changed is None:
        return None, published is not None
    if published is not None and published.published_on >= changed:
        return None, True
    term = Term(int(rule.number("count") or 0), TermUnit(rule.said("unit")))
    return term.due(changed, calendar_between(changed, changed + SPAN)), False


def _yearly(rule: Rule, published: Publication | None, on: date) -> tuple[date | None, bool]:
    """Return the day of this year, met by anything published in this year."""
    due = date.fromisoformat(f"{on.year}-{rule.said('due')}")
    if published is not None and published.published_on.year == on.year:
        return None, True
    return (due if due - AHEAD <= on else None), False
