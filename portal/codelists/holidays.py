"""Which days does nobody work, and what is the working calendar of a span of days?"""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from portal.codelists.models import Holiday
from portal.workdays import Calendar, vietnam_holidays, vietnam_makeup_days

SEEDED_YEARS = range(2025, 2029)
LABOUR_CODE = "Bộ luật Lao động 45/2019/QH14, Điều 112"
MAKE_UP = "Ngày làm bù"


@transaction.atomic
def load_holidays(years: Iterable[int] = SEEDED_YEARS) -> int:
    """Write the holidays that are missing; a day that someone entered or mended stays as it is."""
    known = set(Holiday.objects.values_list("day", flat=True))
    rows: dict[date, Holiday] = {}
    for year in years:
        for day, name in vietnam_holidays(year):
            rows[day] = Holiday(day=day, name=name[:120], legal_basis=LABOUR_CODE)
        for day in vietnam_makeup_days(year):
            rows[day] = Holiday(day=day, name=MAKE_UP, kind=Holiday.Kind.WORKING)
    missing = [row for day, row in rows.items() if day not in known]
    Holiday.objects.bulk_create(missing)
    return len(missing)


def calendar_between(first: date, last: date) -> Calendar:
    """Return the calendar of a span, as the editable table has it."""
    rows = Holiday.objects.filter(day__range=(first, last)).values_list("day", "kind")
    off: set[date] = set()
    working: set[date] = set()
    for day, kind in rows:
        (working if kind == Holiday.Kind.WORKING else off).add(day)
    return Calendar(holidays=frozenset(off), working_saturdays=frozenset(working))
