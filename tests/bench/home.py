"""How fast does the server answer a home page: station, hospital, department, ministry?"""

import time
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Visit
from portal.accounts.roles import Role
from portal.places.models import Organisation
from reporting.days import count_anew
from reporting.definitions import load_definitions
from reporting.models import ArrivalWeek
from reporting.standings import keep_standings
from tests.bench.people import busy_station, person_at
from tests.bench.records import PLAIN_FILES
from tests.bench.registry import Figure, bench, measured, note

# Counted for the pictures: the weeks that are shown, and those of the year before.
SHOWN = timedelta(days=460)


@bench("home")
def home() -> Iterator[Figure]:
    """The slowest kind and the most queries stand for all, beside each kind's own."""
    prepare()
    slowest = most = 0.0
    with override_settings(STORAGES=settings.STORAGES | PLAIN_FILES):
        for kind, role, place in kinds():
            client = Client(HTTP_HOST="127.0.0.1")
            client.force_login(person_at(place, role))
            url = reverse("admin:index")
            assert client.get(url).status_code == 200
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            for query in sorted(queries, key=lambda one: -float(one["time"]))[:3]:
                note(f"home {kind}: {query['time']} s {query['sql'][:160]}")
            number = len(queries)  # the log is emptied by the next request
            yield Figure(f"home_{kind}_queries", number, "queries")
            figures = list(measured(f"home_{kind}", lambda client=client: client.get("/")))
            yield from figures
            slowest, most = max(slowest, figures[0].value), max(most, number)
    yield Figure("home_ms", slowest, "ms")
    yield Figure("home_queries", most, "queries")


def kinds() -> Iterator[tuple[str, str, Organisation]]:
    """Yield each kind of home with a role that is shown all of it, at the busiest place there is."""
    station = busy_station()
    yield "station", Role.STATION_HEAD, station
    hospital = Organisation.objects.filter(kind="hospital").order_by("path").first()
    if hospital is not None:
        yield "hospital", Role.HOSPITAL_DATA_OFFICER, hospital
    department = station.parent
    yield "department", Role.EPIDEMIOLOGIST, department
    yield "ministry", Role.OVERSEER, Organisation.objects.get(parent=None)


def prepare() -> None:
    """Count what the worker would have counted; the generated register went past its history."""
    load_definitions()
    last = Visit.objects.order_by("-started_at").values_list("started_at", flat=True).first()
    assert last is not None
    until = max(timezone.localdate(last), timezone.localdate())
    if not ArrivalWeek.objects.exists():
        begun = time.perf_counter()
        count_anew(until - SHOWN, until)
        note(f"home: days counted in {time.perf_counter() - begun:.1f} s")
    begun = time.perf_counter()
    number = keep_standings(at=timezone.now())
    note(f"home: {number:,} places counted")
    note(f"home: standings counted in {time.perf_counter() - begun:.2f} s")
