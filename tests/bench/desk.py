"""How fast does the review desk open and lead on, with 400 profiles waiting beside a whole register?"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse
from django.utils import timezone

from portal.accounts.roles import Role
from portal.places.models import Organisation
from practitioners.models import ProfileSubmission
from tests.bench.database import REGISTER
from tests.bench.people import person_at
from tests.bench.practitioners import world
from tests.bench.records import PLAIN_FILES
from tests.bench.registry import Figure, NotHere, bench, measured
from tests.practitioners.many import fill_desk
from tests.queries import questions

DECIDED_AT_MOST = 20
# What a bench is told of its database and its settings, and a test is not.
OF_A_BENCH = frozenset(
    {"DATABASE_URL", "DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE", "DEBUG", "MACH_DEMO"}
)
UNITS = {"ms": "ms", "keys": "keys"}


@bench(
    "desk_page",
    within=REGISTER,
    figures=(r"desk_(cold|first|next)_queries", r"desk_next_server\w*"),
)
def desk_page() -> Iterator[Figure]:
    """The page of one profile among those that wait, and the way from a decision to the next."""
    with TemporaryDirectory() as media:
        settings_now = {"MEDIA_ROOT": media, "STORAGES": settings.STORAGES | PLAIN_FILES}
        with override_settings(**settings_now):
            yield from pages(Path(media))


def pages(folder: Path) -> Iterator[Figure]:
    world()
    department = Organisation.objects.filter(kind="department").order_by("id").first()
    if department is None:
        raise NotHere("no department of health in this database")
    below = Organisation.objects.below(department).exclude(pk=department.pk).current()
    facilities = list(below.order_by("id")[:40])
    sender = person_at(facilities[0], Role.HOSPITAL_DATA_OFFICER)
    fill_desk(facilities=facilities, sender=sender, at=timezone.now(), folder=folder)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(person_at(department, Role.LICENSING_OFFICER))
    queue = reverse("practitioners:desk-queue") + "?risk=pass"
    first = client.get(queue).headers["Location"]
    yield Figure("desk_cold_queries", _asked(client, first), "queries")  # a process reads its lists
    waiting = ProfileSubmission.objects.waiting().filter(worst="pass", assignee=None)
    unseen = waiting.exclude(pk=first.split("/")[2])[:1].get()
    another = reverse("practitioners:desk", args=[unseen.pk]) + "?risk=pass"
    yield Figure("desk_first_queries", _asked(client, another), "queries")
    yield Figure("desk_page_queries", _asked(client, first), "queries")
    onward = _verified(client, queue)
    yield Figure("desk_next_queries", _asked(client, onward), "queries")
    yield from measured("desk_page", lambda: client.get(first), repeats=20)
    yield from measured("desk_next_server", lambda: _decide(client, queue), repeats=DECIDED_AT_MOST)


def _asked(client: Client, address: str) -> int:
    """Count what a page of the desk asks of the database."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    if answer.status_code != 200:
        raise NotHere(f"the desk answered {answer.status_code}")
    return questions(queries)


def _decide(client: Client, queue: str) -> None:
    """Verify what passes of the profile in sight, and open the next one."""
    client.get(_verified(client, queue))


def _verified(client: Client, queue: str) -> str:
    """Verify what passes of the profile in sight; return the address it leads to."""
    here = client.get(queue).headers["Location"]
    pk = here.split("/")[2]
    version = ProfileSubmission.objects.values_list("version", flat=True).get(pk=pk)
    onward = client.post(here, {"_verify_passing": "1", "version": str(version)})
    return onward.headers["Location"].split("#")[0]


def _as_tests_run() -> dict[str, str]:
    """Return the environment of a test of the browser: a database of its own, and the bar itself."""
    told = {name: value for name, value in os.environ.items() if name not in OF_A_BENCH}
    return {**told, "MACH_FAST": "1", "BROWSER_SLACK": "1"}


@bench(
    "desk_verify_keys",
    short=False,
    within=REGISTER,
    figures=("desk_return_keys", "desk_next_ms", "desk_next_worst_ms", "desk_crowding"),
)
def desk_keys() -> Iterator[Figure]:
    """Keys and times as a real browser counts them (tests/browser)."""
    test = (
        "tests/browser/test_desk_of_four_hundred.py::test_keys_and_times_hold_and_the_filter_stays"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", test],
        cwd=settings.BASE_DIR,
        env=_as_tests_run(),
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"bench (desk_\w+) ([\d.]+)", done.stdout)
    if not found:
        raise NotHere("the browser test did not run here")
    for name, value in found:
        yield Figure(name, float(value), UNITS.get(name.rsplit("_", 1)[-1], "times"))
