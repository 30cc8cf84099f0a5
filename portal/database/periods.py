"""Periods of days as PostgreSQL ranges, for rules against overlap."""

from django.contrib.postgres.fields import DateRangeField
from django.db.models import F, Func, Value


class DateRange(Func):
    """A period of days; an open end is unbounded."""

    function = "DATERANGE"
    output_field = DateRangeField()


# The days of a row from its first to its last, both included.
VALIDITY = DateRange(F("valid_from"), F("valid_until"), Value("[]"))
