"""How fast does a citizen's page open, a visit get stored, the queue of a full day get drawn?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from healthrecords.forms.visit import ASKED
from healthrecords.models import Allergy, Citizen, Visit
from healthrecords.services import VisitEntry, VitalEntry, open_access, queue, record_visit
from healthrecords.services.diagnoses import read_diagnosis
from healthrecords.services.entries import MEASURED, ArrivalEntry
from healthrecords.services.medicines import read_medicine
from portal.places.models import Organisation
from tests.bench.people import MANY, busy_station, citizen_with_visits, clinician_at, in_turn
from tests.bench.registry import Figure, NotHere, bench, measured
from tests.healthrecords.pages import fields_of

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
        asked = [
            q
            for q in queries
            if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
        ]
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
        station = busy_station(after=1)  # nobody else's visits are measured here
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


REASON = "dùng tiếp theo đơn"
MEDICINES = (("Amlodipin 5 mg", 28), ("Metformin 500 mg", 28), ("Paracetamol 500 mg", 5))
# Everything a visit for blood pressure and diabetes says, as its form sends it.
SAID = {
    "reason": "Khám tăng huyết áp, đái tháo đường",
    "pulse": "78",
    "temperature": "36,8",
    "blood_pressure": "148/90",
    "respiratory_rate": "18",
    "oxygen_saturation": "97",
    "weight": "58,5",
    "height": "156",
    "glucose": "7,1",
    "d-0-text": "I10",
    "d-1-text": "E11.9",
    "no_allergy": "on",
    "outcome": "2",
    "discharge": "1",
    "_save": "",
}


def people_of(station: Organisation) -> list[Citizen]:
    """Grown-ups of a station of whom no allergy is listed."""
    people = Citizen.objects.filter(home_station=station, birth_date__lt="1990-01-01")
    people = people.exclude(pk__in=Allergy.objects.values("citizen")).current()
    return list(people.order_by("id")[:60])


@bench("visit_save")
def visit_save() -> Iterator[Figure]:
    """The whole request, with vital signs, two diagnoses, three medicines, allergies asked."""
    station = busy_station()
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(clinician_at(station))
    with override_settings(STORAGES=settings.STORAGES | PLAIN_FILES):
        forms = [filled(client, citizen) for citizen in people_of(station)]
        with CaptureQueriesContext(connection) as queries:
            sent(client, forms.pop())
        yield Figure("visit_save_queries", len(queries), "queries")
        yield from measured(
            "visit_save", in_turn(lambda form: sent(client, form), forms), repeats=50
        )


Form = tuple[str, dict[str, Any]]


def filled(client: Client, citizen: Citizen) -> Form:
    """Return where the form of a new visit goes, and what a browser sends once it is filled in."""
    url = reverse("admin:healthrecords_visit_new", args=[citizen.pk])
    shown = fields_of(client.get(url), "visit_form")
    shown.pop("_later", None)
    doses: dict[str, str] = {}
    for row, (name, days) in enumerate(MEDICINES):
        doses |= {f"m-{row}-name": name, f"m-{row}-morning": "1", f"m-{row}-days": str(days)}
        doses[f"m-{row}-reason"] = REASON
    doses["m-TOTAL_FORMS"] = str(len(MEDICINES))
    sure = {f"sure_{name}": "on" for name in ASKED}
    return url, shown | sure | doses | SAID


def sent(client: Client, form: Form) -> None:
    url, said = form
    # As a browser sends a form without files.
    answer = client.post(url, urlencode(said), "application/x-www-form-urlencoded")
    if answer.status_code != 302:
        form_errors = getattr(answer, "context", None) and answer.context["form"].errors
        raise NotHere(f"the form of a visit answered {answer.status_code}: {form_errors}")


@bench("visit_record")
def visit_record() -> Iterator[Figure]:
    """The service alone, with checks, history and commit."""
    station = busy_station()
    user = clinician_at(station)
    people = people_of(station)
    now = timezone.now()
    on = timezone.localdate(now)
    diagnoses = [read_diagnosis(text, on=on).entry for text in ("I10", "E11.9")]
    vitals = VitalEntry(
        pulse=78, systolic=148, diastolic=90, weight=Decimal("58.5"), confirmed=frozenset(MEASURED)
    )
    medicines = [
        replace(read_medicine(name, on=on), morning=Decimal(1), days=days, reason=REASON)
        for name, days in MEDICINES
    ]
    for citizen in people:
        open_access(user=user, citizen=citizen, at=now)

    def save(citizen: Citizen) -> None:
        entry = VisitEntry(
            started_at=now - timedelta(minutes=5),
            reason=SAID["reason"],
            vitals=vitals,
            diagnoses=diagnoses,
            medicines=medicines,
        )
        record_visit(
            actor=user, citizen=citizen, facility=station, entry=entry, client_key=uuid4(), at=now
        )

    yield from measured("visit_record", in_turn(save, people), repeats=50)
