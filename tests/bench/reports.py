"""A month's report of every commune: from the records, and from what was counted by day.

`make bench WHAT="report_rows_s report_aggregates_s" SIZE=10m`; SIZE=20k proves in two minutes that it
runs through. A generated register spreads its visits over years: the note says how many lie in the
busiest month, and the bar of 20 s is one for 10 M visits of the month.
"""

import time
from collections.abc import Iterator

from django.db import connection

from portal.places.models import Organisation
from reporting.computing import compute
from reporting.days import count_anew
from reporting.definitions import load_definitions
from reporting.models import FacilityDay, ReportDefinition
from reporting.periods import Period
from reporting.senders import senders_of
from tests.bench.registry import Figure, bench, note

CODE = "BC02"


def busiest_month() -> Period:
    """Return the month with the most visits: a generated register spreads them over many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT date_trunc('month', started_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, count(*)"
            " FROM healthrecords_visit GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
        )
        first, visits = cursor.fetchone()
    note(f"reports: {visits:,} visits in {first:%m/%Y}")
    return Period.holding("month", first)


def prepared() -> tuple[ReportDefinition, Period, list[Organisation]]:
    load_definitions()
    period = busiest_month()
    stations = list(senders_of(period).filter(kind=Organisation.Kind.STATION))
    note(f"reports: {len(stations):,} stations")
    definition = ReportDefinition.objects.filter(code=CODE).order_by("-valid_from").first()
    held = ReportDefinition.objects.holding(period.last).filter(code=CODE).first()
    return held or definition, period, stations


@bench("report_rows_s")
def report_rows_s() -> Iterator[Figure]:
    definition, period, stations = prepared()
    begun = time.perf_counter()
    found = compute(definition, period, stations)
    yield Figure("report_rows_s", time.perf_counter() - begun, "s")
    note(f"reports: {sum(f['own'].get('kham', 0) for f in found.values()):,} visits counted")


@bench("report_aggregates_s")
def report_aggregates_s() -> Iterator[Figure]:
    definition, period, stations = prepared()
    if not FacilityDay.objects.filter(day__range=(period.first, period.last)).exists():
        begun = time.perf_counter()
        count_anew(period.first, period.last)
        note(f"reports: days counted in {time.perf_counter() - begun:.1f} s")
    begun = time.perf_counter()
    from_days = compute(definition, period, stations, from_days=True)
    yield Figure("report_aggregates_s", time.perf_counter() - begun, "s")
    names = ("kham", "kham_f", "kham_u15", "nt", "ngay")
    rows = compute(definition, period, stations)
    same = all(
        from_days[pk]["own"].get(name) == rows[pk]["own"].get(name) for pk in rows for name in names
    )
    note("reports: both ways agree" if same else "reports: THE TWO WAYS DIFFER")
    yield Figure("report_aggregates_agree", float(same), "1 = equal")
