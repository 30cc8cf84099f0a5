"""Periods of days as PostgreSQL ranges, for rules against overlap."""

from datetime import date

from django.contrib.postgres.fields import DateRangeField
from django.db.models import F, Func, Q, Value


class DateRange(Func):
    """A period of days; an open end is unbounded."""

    function = "DATERANGE"
    output_field = DateRangeField()


# The days of a row from its first to its last, both included.
VALIDITY = DateRange(F("valid_from"), F("valid_until"), Value("[]"))


def not_over(day: date, row: str = "") -> Q:
    """Return the condition of a row whose last day, where it has one, has not passed by a day.

    ``row`` is the way of lookups to the row, as ``identifiers__``.
    """
    return Q(**{f"{row}valid_until": None}) | Q(**{f"{row}valid_until__gte": day})


def holds_on(day: date, row: str = "") -> Q:
    """Return the condition of a row with a validity that holds on a day; ``row`` as in ``not_over``."""
    return Q(**{f"{row}valid_from__lte": day}) & not_over(day, row)
