"""A citizen is put to the population database over HTTP by the worker, whatever happens on the way."""

import json
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, IdentityCheck, TwinCase
from healthrecords.provenances import Provenances, words_of
from healthrecords.services import identity, numbers, open_access, record_visit
from healthrecords.services.sources import held_number
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.provenance import Sureness
from portal.verification.models import Inquiry
from portal.verification.views import signature_of
from tests.healthrecords.conftest import visit_of
from tests.verification.conftest import HELD, due_now, work

pytestmark = pytest.mark.django_db(transaction=True)


def put(citizen: Citizen, clerk: User) -> Inquiry:
    check = identity.ask_about(
        actor=clerk, citizen=citizen, place=clerk.place_of_work, at=timezone.now()
    )
    assert check is not None
    return check.inquiry


def sureness_of(citizen: Citizen, field: str, **later: Any) -> Sureness | None:
    citizen = Citizen.objects.get(pk=citizen.pk)
    on = timezone.localdate() + timedelta(**later)
    owner = Provenances(citizen, words_of(citizen), number=held_number(citizen), on=on)
    found = owner.provenance_of(field)
    return found.sureness if found else None


def test_a_match_verifies_the_number_and_marks_the_fields(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator(HELD)
    inquiry = put(citizen, clerk)
    work()
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.result, inquiry.attempts) == ("answered", "match", 0)
    assert inquiry.is_simulated
    assert inquiry.transaction.startswith("SIM-")
    number = citizen.identifiers.get()
    assert (number.is_verified, number.verified_by) == (True, clerk)
    assert sureness_of(citizen, "birth") == Sureness.VERIFIED
    assert sureness_of(citizen, "birth", days=400) == Sureness.STALE
    assert sureness_of(citizen, "ethnic_group") == Sureness.DECLARED


def test_a_mismatch_names_the_field_and_waits_for_a_person(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator({**HELD, "birth": "1963-03-12", "sex": "male"})
    inquiry = put(citizen, clerk)
    work()
    inquiry.refresh_from_db()
    assert inquiry.result == "mismatch"
    assert inquiry.differences == [
        {"field": "birth", "held": "1963-03-12"},
        {"field": "sex", "held": "male"},
    ]
    assert not citizen.identifiers.get().is_verified
    assert IdentityCheck.objects.get().open_count == 2
    assert sureness_of(citizen, "birth") == Sureness.DIFFERS
    assert sureness_of(citizen, "name") == Sureness.VERIFIED
    words = {word.field: word for word, _ours in identity.open_differences(citizen)}
    identity.settle_difference(
        actor=clerk, word=words["birth"], takes_theirs=True, at=timezone.now()
    )
    with pytest.raises(ValidationError):
        identity.settle_difference(
            actor=clerk, word=words["sex"], takes_theirs=False, reason=" ", at=timezone.now()
        )
    assert IdentityCheck.objects.get().open_count == 1
    identity.settle_difference(
        actor=clerk,
        word=words["sex"],
        takes_theirs=False,
        reason="Đã xem giấy khai sinh",
        at=timezone.now(),
    )
    citizen.refresh_from_db()
    assert (citizen.birth.iso(), citizen.sex) == ("1963-03-12", "female")
    assert IdentityCheck.objects.get().open_count == 0
    # What a person kept against the register leaves the number claimed.
    assert not citizen.identifiers.get().is_verified
    with pytest.raises(ValidationError) as refused:
        identity.settle_difference(
            actor=clerk, word=words["sex"], takes_theirs=True, at=timezone.now()
        )
    assert refused.value.code == "difference_settled"


def test_taking_every_difference_over_verifies_the_number(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator({**HELD, "name": "Quàng Thị Hoa"})
    put(citizen, clerk)
    work()
    ((word, ours),) = identity.open_differences(citizen)
    assert (ours, word.value) == ("Quàng Thị Hặc", "Quàng Thị Hoa")
    identity.settle_difference(actor=clerk, word=word, takes_theirs=True, at=timezone.now())
    citizen.refresh_from_db()
    assert (citizen.name, citizen.name_norm) == ("Quàng Thị Hoa", "quang thi hoa")
    assert citizen.identifiers.get().is_verified
    word.refresh_from_db()
    assert word.confirmed_by == clerk


def test_somebody_who_keeps_another_record_settles_nothing(
    simulator: Callable[..., str], citizen: Citizen, clerk: User, neighbour: User
) -> None:
    simulator({**HELD, "sex": "male"})
    put(citizen, clerk)
    work()
    ((word, _ours),) = identity.open_differences(citizen)
    with pytest.raises(PermissionDenied):
        identity.settle_difference(actor=neighbour, word=word, takes_theirs=True, at=timezone.now())
    citizen.refresh_from_db()
    assert citizen.sex == "female"


def test_a_number_cancelled_there_is_reissued_here(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator({**HELD, "successor": "011162009999"})
    put(citizen, clerk)
    work()
    ((word, _ours),) = identity.open_differences(citizen)
    identity.settle_difference(actor=clerk, word=word, takes_theirs=True, at=timezone.now())
    old = citizen.identifiers.get(value="011162004137")
    assert old.ending == "cancelled"
    assert old.successor is not None
    assert (old.successor.value, held_number(citizen)) == ("011162009999", "011162009999")


def test_nobody_by_that_number_changes_nothing(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator()
    inquiry = put(citizen, clerk)
    work()
    inquiry.refresh_from_db()
    assert inquiry.result == "not_found"
    assert not citizen.identifiers.get().is_verified
    assert sureness_of(citizen, "name") == Sureness.DECLARED


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("503", "register_failed"),
        ("500", "register_failed"),
        ("timeout", "timeout"),
        ("429", "rate_limited"),
        ("garbage", "answer_unreadable"),
    ],
)
def test_what_goes_wrong_is_tried_again_later(
    simulator: Callable[..., str], citizen: Citizen, clerk: User, fault: str, trouble: str
) -> None:
    simulator({**HELD, "faults": [fault]})
    begun = timezone.now()
    inquiry = put(citizen, clerk)
    work()
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.trouble, inquiry.attempts) == ("waiting", trouble, 1)
    assert inquiry.next_attempt_at is not None
    assert inquiry.next_attempt_at > begun
    work()  # not due yet: nobody asks
    inquiry.refresh_from_db()
    assert inquiry.attempts == 1
    due_now()
    work()
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.result, inquiry.trouble) == ("answered", "match", "")


def test_a_limit_holds_for_every_inquiry(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator({**HELD, "faults": ["429"]})
    first = put(citizen, clerk)
    work()
    citizen.name = "Quàng Thị Hạc"
    citizen.save()
    second = put(citizen, clerk)
    work()
    second.refresh_from_db()
    # The second waits for the first one's moment without having been asked.
    first.refresh_from_db()
    assert (second.attempts, second.state) == (0, "waiting")
    assert second.next_attempt_at is not None
    assert first.next_attempt_at is not None
    assert abs(second.next_attempt_at - first.next_attempt_at) < timedelta(seconds=1)


def test_it_is_given_up_after_so_many_attempts_and_care_goes_on(
    simulator: Callable[..., str], citizen: Citizen, clerk: User, settings: Any
) -> None:
    settings.POPULATION_ATTEMPTS = 2
    simulator({**HELD, "faults": ["503", "503", "503"]})
    inquiry = put(citizen, clerk)
    work()
    due_now()
    work()
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.result) == ("given_up", "unavailable")
    at = timezone.now()
    open_access(user=clerk, citizen=citizen, at=at)
    saved = record_visit(
        actor=clerk,
        citizen=citizen,
        facility=clerk.place_of_work,
        entry=visit_of(started_at=at),
        client_key=uuid7(),
        at=at,
    )
    assert saved.is_new


def test_a_register_that_is_not_there_is_no_error(
    citizen: Citizen, clerk: User, settings: Any
) -> None:
    settings.POPULATION_URL, settings.POPULATION_KEY = "http://127.0.0.1:9", "x"
    inquiry = put(citizen, clerk)
    work()
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.trouble) == ("waiting", "not_reached")


def test_a_later_answer_is_fetched(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator({**HELD, "faults": ["later"]}, arguments=("--later-after", "0.2"))
    inquiry = put(citizen, clerk)
    work()
    inquiry.refresh_from_db()
    assert inquiry.state == "pending"
    time.sleep(0.3)
    due_now()
    work()
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.result) == ("answered", "match")


def test_an_answer_sent_twice_is_kept_once(
    simulator: Callable[..., str], citizen: Citizen, clerk: User, live_server: Any, settings: Any
) -> None:
    settings.POPULATION_CALLBACK_URL = live_server.url + reverse("verification:answers")
    simulator(
        {**HELD, "sex": "male", "faults": ["later_twice"]}, arguments=("--later-after", "0.1")
    )
    inquiry = put(citizen, clerk)
    work()
    for _moment in range(100):
        inquiry.refresh_from_db()
        if inquiry.times_answered == 2:
            break
        time.sleep(0.1)
    assert (inquiry.state, inquiry.times_answered) == ("answered", 2)
    assert citizen.sources.filter(source="register", field="sex").count() == 1
    due_now()
    work()  # the look that was due finds it answered
    inquiry.refresh_from_db()
    assert inquiry.times_answered == 2


def test_a_match_with_what_was_mended_meanwhile_verifies_nothing(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    """The question waits in the queue; somebody mends the record before the answer comes."""
    simulator(HELD)
    inquiry = put(citizen, clerk)
    Citizen.objects.filter(pk=citizen.pk).update(birth_date="1963-03-12")
    work()
    inquiry.refresh_from_db()
    assert inquiry.result == "match"
    assert not citizen.identifiers.get().is_verified
    citizen.refresh_from_db()
    ((word, ours),) = identity.open_differences(citizen)
    assert (word.field, word.value, ours) == ("birth", "1962-03-12", "1963-03-12")
    assert citizen.identity_checks.get().open_count == 1


def test_two_records_with_one_true_number_become_a_twin_case(
    simulator: Callable[..., str], citizen: Citizen, clerk: User, communes: Any
) -> None:
    simulator(HELD)
    other = Citizen.objects.create(
        name="Quàng Thị Hặc",
        birth_date="1962-03-12",
        sex="female",
        home_station=clerk.place_of_work,
    )
    theirs = other.identifiers.create(kind="personal", value=HELD["personal_number"])
    numbers.verify_number(theirs, at=timezone.now())
    TwinCase.objects.all().delete()
    put(citizen, clerk)
    work()
    assert not citizen.identifiers.get().is_verified
    case = TwinCase.objects.get()
    assert ({case.older, case.newer}, case.ground) == ({citizen, other}, "number")


def test_the_same_question_is_not_asked_twice_at_once(
    simulator: Callable[..., str], citizen: Citizen, clerk: User
) -> None:
    simulator(HELD)
    assert put(citizen, clerk) == put(citizen, clerk)
    assert Inquiry.objects.count() == 1


def test_without_a_register_nothing_is_asked(citizen: Citizen, clerk: User) -> None:
    found = identity.ask_about(actor=clerk, citizen=citizen, place=None, at=timezone.now())
    assert found is None
    assert not Inquiry.objects.exists()


def test_an_unsigned_answer_is_not_taken(
    citizen: Citizen, clerk: User, settings: Any, client: Client
) -> None:
    settings.POPULATION_URL, settings.POPULATION_CALLBACK_SECRET = "http://127.0.0.1:9", "bi-mat"
    inquiry = put(citizen, clerk)
    body = json.dumps({"request_id": str(inquiry.pk), "result": "match"})
    url, moment = reverse("verification:answers"), str(int(time.time()))
    sent: dict[str, Any] = {"data": body, "content_type": "application/json"}
    good = signature_of("bi-mat", moment, body.encode())
    old = str(int(time.time()) - 3600)
    for headers in (
        {},
        {"X-Timestamp": moment, "X-Signature": "0" * 64},
        {"X-Timestamp": old, "X-Signature": signature_of("bi-mat", old, body.encode())},
    ):
        assert client.post(url, headers=headers, **sent).status_code == 401
    inquiry.refresh_from_db()
    assert inquiry.state == "waiting"
    signed = {"X-Timestamp": moment, "X-Signature": good}
    assert client.post(url, headers=signed, **sent).status_code == 204
    inquiry.refresh_from_db()
    assert inquiry.result == "match"


def test_the_simulator_says_what_it_is_and_listens_here_alone(
    simulator: Callable[..., str],
) -> None:
    address = simulator(HELD)
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(address, timeout=5) as page:
        assert page.headers["X-Simulator"] == "1"
        assert "MÔ PHỎNG" in page.read().decode()


def test_the_key_of_a_request_answers_once(simulator: Callable[..., str]) -> None:
    address = simulator(HELD)

    def ask(**changed: str) -> tuple[int, dict[str, Any]]:
        said = {"request_id": "r-1", **HELD, **changed}
        request = urllib.request.Request(
            f"{address}/v1/verifications",
            json.dumps(said).encode(),
            {"Authorization": "Bearer khoa-kiem-thu"},
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    first, again = ask(), ask()
    assert first == again
    assert first[1]["simulator"] is True
    assert ask(name="Khác Hẳn") == (409, {"code": "key_reused", "simulator": True})
    assert ask(request_id="r-2", personal_number="12")[0] == 422
