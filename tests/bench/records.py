"""How fast does a citizen's page open, a visit get stored, the queue of a full day get drawn?"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from healthrecords.models import Citizen, Visit
from healthrecords.services import VisitEntry, VitalEntry, open_access, queue, record_visit
from healthrecords.services.diagnoses import read_diagnosis
from healthrecords.services.entries import ArrivalEntry
from portal.places.models import Organisation
from tests.bench.people import MANY, busy_station, citizen_with_visits, clinician_at, in_turn
from tests.bench.registry import Figure, NotHere, bench, measured

PLAIN_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@bench("citizen_page")
def citizen_page() -> Iterator[Figure]:
    # No styles have been collected here; the page is measured, not its files.
    with override_settings(STORAGES=settings.STORAGES | PLAIN_FILES):
        yield from pages()


def pages() -> Iterator[Figure]:
    user = clinician_at(busy_station())
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    most = 0
    for count in (1, MANY):
        citizen = citizen_with_visits(count)
        try:
            url = reverse("admin:healthrecords_citizen_change", args=[citizen.pk])
        except NoReverseMatch:
            raise NotHere("the citizen's page is not in this house yet") from None
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
        if answer.status_code != 200:
            raise NotHere(
                f"the page answered {answer.status_code} {answer.headers.get('Location', '')}"
            )
        asked = [q for q in queries if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT"))]
        yield Figure(f"citizen_page_{count}_queries", len(asked), "queries")
        yield from measured(f"citizen_page_{count}", lambda url=url: client.get(url), repeats=20)
        most = max(most, len(asked))
    yield Figure("citizen_page_queries", most, "queries")
    yield from measured("citizen_page", lambda: client.get(url), repeats=20)


FULL_DAY = 120


@bench("queue_page")
def queue_page() -> Iterator[Figure]:
    """The desk and the doctor's view of a station where 120 people came today."""
    with override_settings(STORAGES=settings.STORAGES | PLAIN_FILES):
        station = busy_station()
        user = clinician_at(station)
        fill_the_day(station, user)
        client = Client(HTTP_HOST="127.0.0.1")
        client.force_login(user)
        for name, figure in (("queue", "queue_page"), ("doctor", "queue_doctor_page")):
            url = reverse(f"admin:healthrecords_visit_{name}")
            if client.get(url).status_code != 200:
                raise NotHere(f"{url} does not open")
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            yield Figure(f"{figure}_queries", len(queries), "queries")
            yield from measured(figure, lambda url=url: client.get(url), repeats=20)


def fill_the_day(station: Organisation, user: object) -> None:
    """Let people come to a station until its day is full: most were seen, the others wait."""
    now = timezone.now()
    here = Visit.objects.filter(facility=station, started_at__date=timezone.localdate(now))
    known = set(here.values_list("citizen", flat=True))
    people = Citizen.objects.filter(home_station=station).exclude(pk__in=known).order_by("id")
    for number, citizen in enumerate(people[: max(0, FULL_DAY - len(known))]):
        open_access(user=user, citizen=citizen, at=now)
        entry = ArrivalEntry(
            started_at=now, reason="Ho, sổ mũi", priority=("", "merit")[number % 2]
        )
        visit = queue.arrive(
            actor=user, citizen=citizen, facility=station, entry=entry, client_key=uuid4(), at=now
        ).row
        if number % 4 == 0:
            queue.take(actor=user, visit=visit, seen=1, at=now)
        elif number % 4 < 3:
            Visit.objects.filter(pk=visit.pk).update(
                status=Visit.Status.FINISHED, ended_at=now, finished_by=user
            )


@bench("visit_save")
def visit_save() -> Iterator[Figure]:
    """Through the service, with checks, history and commit."""
    station = busy_station()
    user = clinician_at(station)
    people = list(
        Citizen.objects.filter(home_station=station, birth_date__lt="1990-01-01").order_by("id")[
            :60
        ]
    )
    now = timezone.now()
    diagnosis = read_diagnosis("J06.9", on=timezone.localdate(now)).entry
    for citizen in people:
        open_access(user=user, citizen=citizen, at=now)

    def save(citizen: Citizen) -> None:
        entry = VisitEntry(
            started_at=now - timedelta(minutes=5),
            reason="Ho, sổ mũi",
            vitals=VitalEntry(pulse=80),
            diagnoses=[diagnosis],
        )
        record_visit(
            actor=user, citizen=citizen, facility=station, entry=entry, client_key=uuid4(), at=now
        )

    yield from measured("visit_save", in_turn(save, people), repeats=50)
