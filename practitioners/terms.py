"""Until when must a submitted profile be decided, as the law of the day says?"""

from datetime import date, timedelta

from portal.codelists.models import Code, Holiday
from portal.workdays import Calendar, Term, TermUnit

LIST = "practice_terms"
PUBLISH_REGISTRATION = "publish_registration"


def review_due(sent_on: date) -> date | None:
    """Return the last day for deciding on a profile, or None where no term is loaded."""
    code = Code.objects.of(LIST, sent_on).filter(code=PUBLISH_REGISTRATION).first()
    if code is None:
        return None
    term = Term(int(code.attributes["count"]), TermUnit(code.attributes["unit"]))
    return term.due(sent_on, calendar(sent_on, sent_on + timedelta(days=60)))


def calendar(first: date, last: date) -> Calendar:
    """Return the days off and the exchanged working days between two days."""
    rows = Holiday.objects.filter(day__range=(first, last)).values_list("day", "kind")
    return Calendar(
        holidays=frozenset(day for day, kind in rows if kind == Holiday.Kind.OFF),
        working_saturdays=frozenset(day for day, kind in rows if kind == Holiday.Kind.WORKING),
    )
