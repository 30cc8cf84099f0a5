"""How does the visit form open while a file is imported? `python -m tests.bench.intake_neighbour ...`

This process is the web server, what it starts the worker, as nice as in production. Every argument
goes to tests.bench.intake_run. Prints one line of JSON.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable

from tests.bench.registry import NotHere, p95, say

PAUSE = 0.1  # seconds between two forms
IDLE = 150  # forms opened before the import begins
NICE = 10  # the worker's, see config/run.py
PEOPLE = 40


def opener() -> Callable[[], float]:
    """Return a function that opens the visit form of the next citizen and says how long it took."""
    from django.test import Client
    from django.urls import reverse

    from healthrecords.models import Citizen
    from tests.bench.people import busy_station, clinician_at, in_turn

    station = busy_station()
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(clinician_at(station))
    people = Citizen.objects.filter(home_station=station, birth_date__lt="1990-01-01")
    forms = [
        reverse("admin:healthrecords_visit_new", args=[pk])
        for pk in people.order_by("id").values_list("pk", flat=True)[:PEOPLE]
    ]

    def open_form(url: str) -> float:
        begun = time.perf_counter()
        answer = client.get(url)
        seconds = time.perf_counter() - begun
        if answer.status_code != 200:
            message = f"the form answered {answer.status_code} {answer.headers.get('Location', '')}"
            raise NotHere(message)
        return seconds * 1000

    return in_turn(open_form, forms)


def measured(argv: list[str]) -> dict[str, float]:
    open_form = opener()
    for _n in range(10):
        open_form()
    idle = []
    for _n in range(IDLE):
        idle.append(open_form())
        time.sleep(PAUSE)
    command = [sys.executable, "-m", "tests.bench.intake_run", *argv, "--nice", str(NICE)]
    busy: list[tuple[float, float]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        while worker.poll() is None:
            busy.append((time.time(), open_form()))
            time.sleep(PAUSE)
        told = worker.stdout.read() if worker.stdout else ""
    if worker.returncode:
        message = f"the import ended with {worker.returncode}"
        raise NotHere(message)
    run = json.loads(told)
    meanwhile = [took for at, took in busy if run["began_at"] <= at <= run["ended_at"]]
    return {
        "idle_p95_ms": p95(idle),
        "p95_ms": p95(meanwhile),
        "worst_ms": max(meanwhile),
        "forms": len(meanwhile),
        "seconds": run["seconds"],
    }


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import override_settings

    from portal.database.context import acting
    from tests.bench.records import PLAIN_FILES

    with acting(command="bench"), override_settings(STORAGES=settings.STORAGES | PLAIN_FILES):
        say(json.dumps(measured(sys.argv[1:])))


if __name__ == "__main__":
    main()
