"""kill -9 of the worker in the middle of a job: the next worker heals it, and the job is done once."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.proof.house import House, end_group, house, wait_until

pytestmark = pytest.mark.proof
Prove = Callable[[str, float, str], None]
# A heartbeat is missed for a minute, and the healing runs at every full minute.
HEALED_WITHIN = 200
CAST = """
from datetime import date
from portal.accounts.models import Assignment, OrganisationGrant, User
from portal.accounts import services
from portal.accounts.roles import Role
from portal.database.context import acting
from portal.places import services as places
from django.utils import timezone
with acting(command="proof"):
    root = places.create_organisation(name="Bộ Y tế", kind="ministry", parent=None, valid_from=date(2025, 7, 1))
    user = User.objects.create_user("duyen", "mat-khau-kiem-thu", full_name="Lường Thị Duyên")
    today = timezone.localdate()
    services.give_role(actor=None, user=user, role=Role.STATION_CLERK, organisation=root, valid_from=today, today=today)
    OrganisationGrant.objects.all().delete()
"""
DEFER = """
from portal.accounts.jobs import write_out_grants
print(write_out_grants.defer())
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
WORKER = ("manage.py", "procrastinate", "worker")


@pytest.fixture(scope="module")
def place() -> Iterator[House]:
    with house() as made:
        made.manage("migrate", "--verbosity=0")
        made.manage("shell", "--no-imports", "-c", CAST)
        yield made


def value(place: House, query: str) -> object:
    with place.look() as connection:
        row = connection.execute(query).fetchone()
        return row and row[0]


def test_a_job_of_a_killed_worker_is_done_by_the_next_one(place: House, prove: Prove) -> None:
    job = int(place.manage("shell", "--no-imports", "-c", DEFER).split()[-1])
    status = f"SELECT status::text FROM procrastinate_jobs WHERE id = {job}"
    grants = "SELECT count(*) FROM accounts_organisationgrant"
    assert (value(place, status), value(place, grants)) == ("todo", 0)
    first = place.begin(*WORKER)
    second = None
    try:
        with place.look() as busy:
            busy.autocommit = False
            # The job must wait for this row, in the middle of its own transaction.
            busy.execute("SELECT id FROM accounts_user FOR UPDATE")
            wait_until(lambda: value(place, status) == "doing", 60)
            wait_until(lambda: value(place, WAITING) == 1, 30)
            end_group(first)
            killed = time.monotonic()
            busy.rollback()
        time.sleep(2)
        assert (value(place, status), value(place, grants)) == ("doing", 0)
        second = place.begin(*WORKER)
        wait_until(lambda: value(place, status) == "succeeded", HEALED_WITHIN)
        healed = time.monotonic() - killed
    finally:
        end_group(first)
        if second is not None:
            end_group(second)
    assert value(place, grants) > 0
    assert value(place, grants) == value(
        place,
        "SELECT count(DISTINCT (user_id, permission_id, content_object_id)) FROM accounts_organisationgrant",
    )
    prove("seconds_until_healed", round(healed), "s")
