"""What becomes of the jobs of a worker that died: they go back to the queue, and none stands in the way."""

from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection

from portal.jobs import retry_stalled_jobs

pytestmark = pytest.mark.django_db(transaction=True)
HEALER = "portal.jobs.retry_stalled_jobs"


@pytest.fixture(autouse=True)
def _queue_of_its_own(transactional_db: None) -> Iterator[None]:
    """The tables of the queue are nobody's model, so no flush empties them."""
    forget()
    yield
    forget()


def forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")


def run_sql(sql: str, *params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def worker(silent: int) -> int:
    """A worker that was last heard of so many seconds ago."""
    sql = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id"
    return run_sql(sql, silent)[0][0]


def job(
    name: str, status: str, by: int | None = None, *, lock: str = "", only_one: str = ""
) -> int:
    sql = """INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, lock, queueing_lock)
             VALUES ('default', %s, %s, %s, nullif(%s, ''), nullif(%s, '')) RETURNING id"""
    return run_sql(sql, name, status, by, lock, only_one)[0][0]


def states() -> dict[int, str]:
    return dict(run_sql("SELECT id, status::text FROM procrastinate_jobs"))


def heal() -> None:
    async_to_sync(retry_stalled_jobs.func)(0)


def test_jobs_of_a_dead_worker_wait_again_and_those_of_a_living_one_go_on() -> None:
    dead, alive = worker(settings.STALLED_AFTER + 30), worker(settings.STALLED_AFTER - 30)
    lost = job("read_file", "doing", dead, lock="batch 1")
    at_work = job("read_file", "doing", alive, lock="batch 2")
    heal()
    assert states() == {lost: "todo", at_work: "doing"}


def test_a_job_whose_worker_is_gone_altogether_waits_again() -> None:
    lost = job("read_file", "doing", None, lock="batch 1")
    heal()
    assert states() == {lost: "todo"}


@pytest.mark.parametrize("twin_comes_first", [True, False])
def test_a_dead_healer_whose_twin_waits_is_given_up_and_the_others_are_healed(
    twin_comes_first: bool,
) -> None:
    dead = worker(settings.STALLED_AFTER + 30)
    before = [job("read_file", "doing", dead, lock="batch 1")] if twin_comes_first else []
    healer = job(HEALER, "doing", dead, only_one="retry_stalled_jobs")
    twin = job(HEALER, "todo", only_one="retry_stalled_jobs")
    after = job("write_file", "doing", dead, lock="batch 2")
    heal()
    wanted = {**dict.fromkeys(before, "todo"), healer: "aborted", twin: "todo", after: "todo"}
    assert states() == wanted


def test_of_two_dead_healers_one_waits_again() -> None:
    dead = worker(settings.STALLED_AFTER + 30)
    healers = [job(HEALER, "doing", dead, only_one="retry_stalled_jobs") for _time in range(2)]
    lost = job("read_file", "doing", dead, lock="batch 1")
    heal()
    found = states()
    assert sorted(found[key] for key in healers) == ["aborted", "todo"]
    assert found[lost] == "todo"
