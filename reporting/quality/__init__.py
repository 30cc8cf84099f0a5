"""What each rule of data quality asks of which records, as SQL over whole tables."""

from reporting.quality.check import SOURCES, Check, Source
from reporting.quality.people import CITIZENS, IDENTITY_CHECKS, TWINS
from reporting.quality.places import FACILITIES
from reporting.quality.reports import EXPECTED, REPORTS
from reporting.quality.staff import PRACTITIONERS
from reporting.quality.visits import VISITS, VITALS

__all__ = [
    "CITIZENS",
    "EXPECTED",
    "FACILITIES",
    "IDENTITY_CHECKS",
    "PRACTITIONERS",
    "REPORTS",
    "SOURCES",
    "TWINS",
    "VISITS",
    "VITALS",
    "Check",
    "Source",
]
