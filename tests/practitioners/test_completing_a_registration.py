"""A registration is completed once, by somebody else, from today on: past days stay as they were."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.known_later import recorded_later
from practitioners.models import ProfileSource, Registration
from practitioners.practising import Answer, Verdict, may_practise
from practitioners.words import COMPLETED
from tests.practitioners.given import World
from tests.practitioners.law import AT, day, load_law, when

Complete = Callable[..., Registration]


@pytest.fixture
def world(hospital: Organisation, station: Organisation) -> World:
    load_law()
    world = World(hospital, station)
    world.licensed()
    return world


@pytest.fixture
def waiting(world: World) -> Registration:
    """Announced on 01/10/2026; AT is the morning of 05/11/2026."""
    row = world.registered(since="01/10/2026")
    return services.announce_registration(actor=None, registration=row, on=day("01/10/2026"))


@pytest.fixture
def complete(waiting: Registration, licensing_officer: User) -> Complete:
    def act(on: str, actor: User = licensing_officer, days_later: int = 0) -> Registration:
        return services.complete_registration(
            actor=actor, registration=waiting, on=day(on), at=AT + timedelta(days=days_later)
        )

    return act


def asked(world: World, at: str) -> Answer:
    return may_practise(practitioner=world.who, facility=world.here, moments=[when(at)])


def completed_on(row: Registration) -> date | None:
    return Registration.objects.get(pk=row.pk).completed_on


def refused(complete: Complete, *said: object, **more: object) -> str:
    words = ProfileSource.objects.filter(field=COMPLETED)
    before = list(words.values())
    with pytest.raises(ValidationError) as error:
        complete(*said, **more)
    assert list(words.values()) == before
    at_fields = error.value.error_dict if hasattr(error.value, "error_dict") else {}
    ((said_of,),) = at_fields.values() or [[error.value]]
    return said_of.code or ""


def test_a_registration_completed_today_says_by_whom_and_counts_from_today(
    world: World, waiting: Registration, complete: Complete, licensing_officer: User
) -> None:
    complete("05/11/2026")
    word = ProfileSource.objects.get(row_id=waiting.pk, field=COMPLETED)
    assert (word.value, word.source) == ("2026-11-05", "decision")
    assert (word.verified_by, word.verified_at) == (licensing_officer, AT)
    assert asked(world, "05/11/2026 09:00").verdict == Verdict.YES
    assert asked(world, "04/11/2026 09:00").verdict == Verdict.NO


def test_a_registration_is_not_complete_on_a_day_gone_by(
    world: World, waiting: Registration, complete: Complete
) -> None:
    assert refused(complete, "01/10/2026") == "completed_in_the_past"
    assert refused(complete, "04/11/2026") == "completed_in_the_past"
    assert completed_on(waiting) is None
    assert asked(world, "05/10/2026 09:00").verdict == Verdict.NO


def test_nobody_completes_their_own_registration(
    world: World, waiting: Registration, complete: Complete, licensing_officer: User
) -> None:
    services.link_account(
        actor=None, practitioner=world.who, user=licensing_officer, on=day("01/01/2026")
    )
    assert refused(complete, "05/11/2026") == "registration_own"
    assert completed_on(waiting) is None


@pytest.mark.parametrize("again", ["05/11/2026", "06/11/2026", "30/12/2026"])
def test_what_is_complete_is_not_completed_again(
    world: World, waiting: Registration, complete: Complete, again: str
) -> None:
    complete("05/11/2026")
    assert refused(complete, again, days_later=1) == "registration_complete"
    assert completed_on(waiting) == day("05/11/2026")
    assert asked(world, "06/11/2026 09:00").verdict == Verdict.YES


def test_a_day_to_come_may_be_put_right_until_it_comes(
    world: World, waiting: Registration, complete: Complete
) -> None:
    complete("30/12/2026")
    complete("10/11/2026", days_later=1)
    assert completed_on(waiting) == day("10/11/2026")
    assert refused(complete, "20/11/2026", days_later=5) == "registration_complete"


def test_nothing_is_completed_after_the_registration_ends(
    world: World, waiting: Registration, complete: Complete
) -> None:
    Registration.objects.filter(pk=waiting.pk).update(valid_until=day("30/11/2026"))
    assert refused(complete, "01/12/2026") == "completed_after_the_end"
    assert completed_on(waiting) is None


def test_an_answer_that_rests_on_a_completion_knows_when_it_was_recorded(
    world: World, waiting: Registration, complete: Complete
) -> None:
    """As where an earlier day was written before such days were refused."""
    ProfileSource.objects.update(said_at=AT - timedelta(days=90))
    type(world.who).objects.update(verified_at=AT - timedelta(days=90))
    complete("05/11/2026")
    Registration.objects.filter(pk=waiting.pk).update(completed_on=day("03/11/2026"))
    for model in (world.license.versions, world.license.events):
        model.update(recorded_at=AT - timedelta(days=90))
    world.who.refresh_from_db()
    said = {
        on: recorded_later(asked(world, f"{on} 09:00"), day(on))
        for on in ("02/11/2026", "03/11/2026", "05/11/2026")
    }
    assert said == {"02/11/2026": None, "03/11/2026": day("05/11/2026"), "05/11/2026": None}


def test_the_page_says_why_a_day_gone_by_is_refused(
    waiting: Registration, licensing_officer: User
) -> None:
    client = Client()
    client.force_login(licensing_officer)
    url = reverse("admin:practitioners_registration_hoan_tat", args=[waiting.pk])
    today = timezone.localdate()
    past = f"{today - timedelta(days=1):%d/%m/%Y}"
    page = client.post(url, {"on": past}).content.decode()
    assert f"{past} đã qua" in page
    assert completed_on(waiting) is None
    assert client.post(url, {"on": f"{today:%d/%m/%Y}"}).status_code == 302
    assert completed_on(waiting) == today
    page = client.post(url, {"on": f"{today:%d/%m/%Y}"}).content.decode()
    assert f"đã hoàn tất từ ngày {today:%d/%m/%Y}" in page
