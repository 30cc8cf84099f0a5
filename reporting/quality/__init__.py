"""What each rule of data quality asks of which records, as SQL over whole tables."""

from reporting.quality.check import SOURCES, Check, Source
from reporting.quality.communes import COMMUNES
from reporting.quality.people import CITIZENS, IDENTITY_CHECKS, TWINS
from reporting.quality.places import FACILITIES, SENDERS
from reporting.quality.reports import EXPECTED, REPORTS
from reporting.quality.staff import POSTS, PRACTITIONERS
from reporting.quality.vaccinations import DOSES
from reporting.quality.visits import VISITS, VITALS

__all__ = [
    "CITIZENS",
    "COMMUNES",
    "DOSES",
    "EXPECTED",
    "FACILITIES",
    "IDENTITY_CHECKS",
    "POSTS",
    "PRACTITIONERS",
    "REPORTS",
    "SENDERS",
    "SOURCES",
    "TWINS",
    "VISITS",
    "VITALS",
    "Check",
    "Source",
]
