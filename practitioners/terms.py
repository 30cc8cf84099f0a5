"""Until when must a submitted profile be decided, as the law of the day says?"""

from datetime import date, timedelta

from portal.codelists.models import Code, Holiday
from portal.workdays import Calendar, Term, TermUnit

LIST = "practice_terms"
PUBLISH_REGISTRATION = "publish_registration"
CASE_STATEMENT = "case_statement"


def review_due(sent_on: date) -> date | None:
    """Return the last day for deciding on a profile, or None where no term is loaded."""
    return _due(PUBLISH_REGISTRATION, sent_on)


def statement_due(asked_on: date) -> date | None:
    """Return the last day for a side of a case to state; the department's own term, not the law's."""
    return _due(CASE_STATEMENT, asked_on)


def _due(term: str, since: date) -> date | None:
    code = Code.objects.of(LIST, since).filter(code=term).first()
    if code is None:
        return None
    found = Term(int(code.attributes["count"]), TermUnit(code.attributes["unit"]))
    return found.due(since, calendar(since, since + timedelta(days=60)))


def calendar(first: date, last: date) -> Calendar:
    """Return the days off and the exchanged working days between two days."""
    rows = Holiday.objects.filter(day__range=(first, last)).values_list("day", "kind")
    return Calendar(
        holidays=frozenset(day for day, kind in rows if kind == Holiday.Kind.OFF),
        working_saturdays=frozenset(day for day, kind in rows if kind == Holiday.Kind.WORKING),
    )
