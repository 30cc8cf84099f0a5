"""Which term is still to come for a dossier, and when are all of them over?"""

from __future__ import annotations

from datetime import date, timedelta

from portal.codelists.holidays import calendar_between
from portal.dossiers.definitions import CountedFrom, TermRule, term_on
from portal.dossiers.models import Dossier
from portal.workdays import Calendar, Term

MARGIN = timedelta(days=60)


def calendar_of(term: Term, first: date, last: date) -> Calendar:
    """Return the working calendar around a term, wide enough for whatever is left of it."""
    reach = timedelta(days=2 * term.count) + MARGIN
    return calendar_between(first - reach, last + reach)


def decided_within(dossier: Dossier) -> TermRule | None:
    """Return the term that begins with the appraisal by the law of the filing, None when it has begun."""
    if dossier.term_from in {"", CountedFrom.APPRAISAL}:
        return None
    rule = term_on(dossier.procedure, dossier.case, dossier.filed_on)
    return rule.then if rule else None


def last_day_of(dossier: Dossier) -> date | None:
    """Return the day to appoint for the result: the last one of every term that is still to come."""
    due, then = dossier.due_on, decided_within(dossier)
    if due is None or then is None or then.term is None:
        return due
    return then.term.due(due, calendar_of(then.term, due, due))
