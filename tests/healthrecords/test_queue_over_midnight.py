"""The queue at midnight: who registered in the evening and is not finished is still in it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen, Visit
from healthrecords.queue import Day, day_of, outline_of
from healthrecords.services import queue
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import ON
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_queue import let_in, person

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
EVENING = datetime(ON.year, ON.month, ON.day, 23, 50, tzinfo=HERE)
NIGHT = EVENING + timedelta(minutes=15)
NEXT = ON + timedelta(days=1)


def at_night(place: Organisation, at: datetime = NIGHT) -> Day:
    return day_of(place, timezone.localdate(at), sees_sensitive=True, at=at)


def test_who_waits_over_midnight_is_in_the_queue_of_the_new_day(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation, communes: list[Area]
) -> None:
    waiting = let_in(citizen, clerk, at=EVENING)
    called = let_in(person(clerk, communes[0], "Lò Văn Gọi"), clerk, at=EVENING)
    queue.take(actor=clinician, visit=called, seen=1, at=EVENING)
    day = at_night(station)
    assert [row.visit for row in day.waiting] == [waiting]
    assert [row.visit for row in day.mine(clinician)] == [called]
    outline = outline_of(station, NEXT, sees_sensitive=True, at=NIGHT)
    assert outline.in_turn == [called.pk, waiting.pk]


@pytest.mark.parametrize("status", ["finished", "cancelled"])
def test_who_was_done_before_midnight_is_no_line_of_the_new_day(
    citizen: Citizen, clerk: User, station: Organisation, status: str
) -> None:
    let_in(citizen, clerk, at=EVENING)
    Visit.objects.update(status=status, ended_at=EVENING + timedelta(minutes=5))
    assert at_night(station).everybody == []


def test_who_was_forgotten_the_day_before_waits_no_longer(
    citizen: Citizen, clerk: User, station: Organisation
) -> None:
    let_in(citizen, clerk, at=EVENING)
    assert len(at_night(station, EVENING + timedelta(hours=12)).waiting) == 1
    assert at_night(station, EVENING + timedelta(hours=12, minutes=1)).everybody == []
    assert let_in(citizen, clerk, at=EVENING + timedelta(hours=12, minutes=1)).pk


def test_who_waits_over_midnight_is_not_registered_twice(citizen: Citizen, clerk: User) -> None:
    let_in(citizen, clerk, at=EVENING)
    with pytest.raises(ValidationError) as refused:
        let_in(citizen, clerk, at=NIGHT)
    assert refused.value.code == "already_waiting"
    assert Visit.objects.count() == 1


def test_who_was_let_in_after_midnight_is_not_entered_for_the_evening(
    citizen: Citizen, clerk: User
) -> None:
    let_in(citizen, clerk, at=NIGHT)
    with pytest.raises(ValidationError) as refused:
        let_in(citizen, clerk, at=NIGHT, started_at=EVENING)
    assert refused.value.code == "already_waiting"
    assert Visit.objects.count() == 1


def test_the_night_costs_no_query_more(
    citizen: Citizen, clerk: User, station: Organisation
) -> None:
    let_in(citizen, clerk, at=EVENING)
    at_night(station)  # reads the list of priorities once
    counts = []
    for at in (EVENING, NIGHT):
        with CaptureQueriesContext(connection) as asked:
            assert len(at_night(station, at).waiting) == 1
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_desk_the_doctor_and_the_first_page_show_who_came_in_the_evening(
    citizen: Citizen, clerk: User, clinician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first page does not name them a second time as a visit nobody finished."""
    real: Any = timezone.now
    today = timezone.localtime(real())
    night = today.replace(hour=0, minute=5)
    let_in(citizen, clerk, at=night - timedelta(minutes=15))
    clients = {user: logged_in(user) for user in (clerk, clinician)}
    monkeypatch.setattr(timezone, "now", lambda: night)
    pages = (
        (clerk, "healthrecords_visit_queue"),
        (clinician, "healthrecords_visit_doctor"),
        (clerk, "index"),
    )
    for user, name in pages:
        said = text_of(clients[user].get(reverse(f"admin:{name}")))
        assert "Quàng Thị Hặc" in said, name
    assert "Khám cho xong: Quàng Thị Hặc" not in said
