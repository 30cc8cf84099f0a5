"""A question that nothing works on any more is put again, and its answer counts once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone

from healthrecords.models import Citizen
from healthrecords.services.sources import held_number
from portal.accounts.models import User
from portal.verification.contract import Answer, Difference
from portal.verification.jobs import take_up_forgotten
from portal.verification.models import Inquiry
from portal.verification.services import keep_answer
from tests.verification.conftest import HELD, due_now, work
from tests.verification.test_population_database import put

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _queue_of_its_own(transactional_db: None) -> Iterator[None]:
    yield
    lose_jobs()


def lose_jobs() -> None:
    """Let every job be gone, as when a worker died between two attempts."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def later(inquiry: Inquiry, minutes: int) -> None:
    """Let so many minutes pass since the moment of an inquiry."""
    moment = timezone.now() - timedelta(minutes=minutes)
    name = "asked_at" if inquiry.next_attempt_at is None else "next_attempt_at"
    Inquiry.objects.filter(pk=inquiry.pk).update(**{name: moment})
    inquiry.refresh_from_db()


def forgotten(inquiry: Inquiry) -> None:
    inquiry.refresh_from_db()
    lose_jobs()
    later(inquiry, configured.POPULATION_FORGOTTEN_MINUTES + 1)


@pytest.mark.parametrize("state", ["waiting", "pending"])
def test_a_question_whose_job_is_lost_is_put_again(
    simulator: Callable[..., str], citizen: Citizen, clerk: User, state: str
) -> None:
    faults = ["later"] if state == "pending" else ["503"]
    simulator({**HELD, "faults": faults}, arguments=("--later-after", "0"))
    inquiry = put(citizen, clerk)
    work()
    forgotten(inquiry)
    assert (inquiry.state, inquiry.attempts) == (state, 1)
    work()
    inquiry.refresh_from_db()
    assert inquiry.state == state
    assert take_up_forgotten() == 1
    work()
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.result, inquiry.attempts) == ("answered", "match", 2)
    assert citizen.identifiers.get().is_verified


def test_what_a_job_works_on_or_is_not_late_is_left_alone(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator({**HELD, "faults": ["503"]})
    inquiry = put(citizen, clerk)
    work()
    inquiry.refresh_from_db()
    later(inquiry, configured.POPULATION_FORGOTTEN_MINUTES + 1)
    assert take_up_forgotten() == 0  # its job waits
    lose_jobs()
    later(inquiry, configured.POPULATION_FORGOTTEN_MINUTES - 1)
    assert take_up_forgotten() == 0  # not late enough
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.attempts) == ("waiting", 1)


def test_a_question_forgotten_again_and_again_is_given_up(
    citizen: Citizen, clerk: User, settings: Any
) -> None:
    settings.POPULATION_URL, settings.POPULATION_KEY = "http://127.0.0.1:9", "x"
    settings.POPULATION_ATTEMPTS = 2
    inquiry = put(citizen, clerk)
    for _time in range(2):
        forgotten(inquiry)
        assert take_up_forgotten() == 1
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.result, inquiry.trouble) == (
        "given_up",
        "unavailable",
        "forgotten",
    )
    assert take_up_forgotten() == 0


def test_without_a_register_nothing_is_taken_up(
    citizen: Citizen, clerk: User, settings: Any
) -> None:
    settings.POPULATION_URL, settings.POPULATION_KEY = "http://127.0.0.1:9", "x"
    inquiry = put(citizen, clerk)
    forgotten(inquiry)
    settings.POPULATION_URL = ""
    assert take_up_forgotten() == 0
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.attempts) == ("waiting", 0)


def test_a_question_that_the_register_lost_is_put_once_more(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator({**HELD, "faults": ["later"]}, arguments=("--later-after", "60"))
    inquiry = put(citizen, clerk)
    work()
    inquiry.refresh_from_db()
    assert inquiry.state == "pending"
    simulator(HELD)  # another one, that knows nothing of it
    due_now()
    work()
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.trouble) == ("waiting", "question_unknown")
    due_now()
    work()
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.result) == ("answered", "match")


def test_an_answer_that_comes_late_besides_the_new_one_counts_once(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator({**HELD, "sex": "male", "faults": ["later"]}, arguments=("--later-after", "0"))
    inquiry = put(citizen, clerk)
    work()
    forgotten(inquiry)
    take_up_forgotten()
    held = (Difference("sex", "male"),)
    late = Answer(str(inquiry.pk), "SIM-LATE", "mismatch", held)
    keep_answer(late, at=timezone.now())
    work()
    keep_answer(late, at=timezone.now())
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.transaction) == ("answered", "SIM-LATE")
    assert citizen.sources.filter(source="register", field="sex").count() == 1
    assert citizen.identity_checks.get().open_count == 1


def test_an_answer_to_an_older_question_changes_nothing_after_the_newer_one(
    citizen: Citizen, clerk: User, settings: Any
) -> None:
    settings.POPULATION_URL, settings.POPULATION_KEY = "http://127.0.0.1:9", "x"
    older = put(citizen, clerk)
    number = citizen.identifiers.get()
    number.value = "011162009999"
    number.save()
    newer = put(citizen, clerk)
    assert newer != older
    keep_answer(Answer(str(newer.pk), "T2", "match"), at=timezone.now())
    keep_answer(Answer(str(older.pk), "T1", "match"), at=timezone.now())
    older.refresh_from_db()
    assert (older.state, older.result) == ("answered", "match")
    said = citizen.sources.filter(source="register", field="personal_number")
    assert [word.value for word in said] == ["011162009999"] == [held_number(citizen)]
    assert citizen.identifiers.get().is_verified
