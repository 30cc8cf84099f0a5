"""A month's reports of every commune: from ten million visits of the month, and from what was counted by day.

Among those ten million people the home pages are opened too, from what the worker keeps of them.

`make bench WHAT=report` makes a database of its own (tests/bench/month.py: 12 GB, a quarter of an
hour) and drops it afterwards; VISITS=200000 in the environment proves in three minutes that it runs
through, KEEP=1 leaves the database for the next run.
"""

import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from config.cluster import ConnectionSettings, connection_settings
from tests.bench import database
from tests.bench.registry import Figure, bench, note

VISITS = 10_000_000
MAIN = "BC02"
LINE = re.compile(r"bench (\w+) ([\d.]+) (.+)")


def month_of(way: ConnectionSettings, visits: int) -> str:
    """Return the database with so many visits in one month, made unless it is there."""
    name = database.name_of(f"month{visits}")
    if database.is_ready(way, name):
        return name
    note(f"making {name}")
    database.drop(way, name)
    database.make(way, name)
    run(way, name, "fill", str(visits))
    database.mark_ready(way, name)
    return name


def run(way: ConnectionSettings, name: str, *argv: str) -> str:
    return database.child(way, name, "tests.bench.reports", *argv)


@bench("report", short=False, figures=(r"report_\w+", r"home_\w+_\d+[km]"))
def report() -> Iterator[Figure]:
    way = connection_settings()
    name = month_of(way, int(os.environ.get("VISITS") or VISITS))
    for what, value, unit in LINE.findall(run(way, name, "measure")):
        yield Figure(what, float(value), unit)
    if not os.environ.get("KEEP"):
        database.drop(way, name)


def figures() -> Iterator[Figure]:
    from reporting.days import count_anew
    from reporting.definitions import load_definitions
    from reporting.models import ReportDefinition
    from reporting.periods import Period
    from tests.bench.month import FIRST

    load_definitions()
    month = Period.holding("month", FIRST)
    begun = time.perf_counter()
    count_anew(month.first, month.last)
    yield Figure("report_days_counted_s", time.perf_counter() - begun, "s")
    vacuum()
    yield Figure("report_floor_s", floor(month), "s")
    forms = ReportDefinition.objects.holding(month.last).exclude(periods=[])
    for definition in forms.order_by("code"):
        yield from of_form(definition, month)
    yield from homes()


def homes() -> Iterator[Figure]:
    """Open the home pages in this database; their figures tell among how many people."""
    from healthrecords.models import Citizen
    from tests.bench.home import home

    people = Citizen.objects.count() // 1000
    size = f"{people // 1000}m" if people >= 1000 else f"{people}k"
    for figure in home():
        yield Figure(f"{figure.name}_{size}", figure.value, figure.unit)


def of_form(definition: Any, month: Any) -> Iterator[Figure]:
    """Measure a form over all places, both ways where it is counted by day; prove them equal."""
    from reporting.computing import form_for
    from reporting.periods import Period
    from reporting.senders import senders_of

    period = Period.holding(definition.periods[0], month.last)
    form = form_for(definition, period)
    sources = {measure.partition(":")[0] for _row, _column, measure in form.cells_with_source()}
    if not sources:
        return
    places = list(senders_of(period).order_by("path"))
    name = "" if definition.code == MAIN else f"_{definition.code.lower()}"
    note(f"{definition.code}: {', '.join(sorted(sources))}; {period.label}, {len(places):,} places")
    seconds, rows = timed(definition, period, places)
    yield Figure(f"report{name}_rows_s", seconds, "s")
    if "visits" not in sources:
        return
    note(f"{definition.code}: {total(rows):,} counted")
    seconds, days = timed(definition, period, places, from_days=True)
    yield Figure(f"report{name}_aggregates_s", seconds, "s")
    yield Figure(f"report{name}_agree", float(rows == days), "1 = equal in every cell")


def timed(definition: Any, period: Any, places: Sequence[Any], **how: bool) -> tuple[float, Any]:
    from reporting.computing import compute

    begun = time.perf_counter()
    found = compute(definition, period, places, **how)
    return time.perf_counter() - begun, found


def total(found: Any) -> int:
    """Add up the first figure of every row: visits, out-patients."""
    return sum(
        next((v for v in cells.values() if isinstance(v, int)), 0)
        for whole in found.values()
        for cells in whole.values()
    )


def floor(month: Any) -> float:
    """Return how long the server takes only to read the visits of the month, counting nothing."""
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(citizen_id), count(facility_id), max(kind) FROM healthrecords_visit"
            " WHERE started_at >= %s AND started_at < %s",
            [month.begin, month.end],
        )
        note(f"{cursor.fetchone()[0]:,} visits began in the month")
    return time.perf_counter() - begun


def vacuum() -> None:
    with connection.as_owner(), connection.cursor() as cursor:
        for table in ("facilityday", "diseaseday"):
            cursor.execute(f"VACUUM (ANALYZE) reporting_{table}")


def main(deed: str, *argv: str) -> None:
    import django

    django.setup()
    from portal.database.context import acting
    from tests.bench.month import make
    from tests.bench.registry import say

    with acting(command="bench"):
        if deed == "fill":
            make(int(argv[0]))
            return
        for figure in figures():
            say(figure)


if __name__ == "__main__":
    main(*sys.argv[1:])
