"""A visit ends when it ended: a stay as it is written, any other on the day the person came."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.models import Citizen, Visit
from healthrecords.services.kinds import end_of
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from tests.healthrecords.conftest import AT, visit_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EVENING = datetime(2026, 11, 4, 20, 30, tzinfo=ZONE)
MORNING = datetime(2026, 11, 5, 9, 30, tzinfo=ZONE)


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def correct(clerk: User) -> Callable[..., Visit]:
    def correct_it(visit: Visit, at: datetime, **said: Any) -> Visit:
        services.open_access(user=clerk, citizen=visit.citizen, at=at)
        version = version_of(visit)
        entry = visit_of(**said)
        return services.correct_visit(actor=clerk, visit=visit, entry=entry, version=version, at=at)

    return correct_it


@pytest.mark.parametrize("kind", ["02", "06"])
def test_a_stay_over_night_is_finished_with_its_end_and_counts_both_days(
    citizen: Citizen, record: Callable[..., Visit], correct: Callable[..., Visit], kind: str
) -> None:
    """SO_NGAY_DTRI of kinds 02 and 06 is NGAY_RA − NGAY_VAO + 1 (QĐ 4750/QĐ-BYT, table 1)."""
    visit = record(citizen, kind=kind, started_at=EVENING, is_finished=False)
    with pytest.raises(ValidationError) as refused:
        correct(visit, MORNING, kind=kind, started_at=EVENING)
    assert [error.code for error in refused.value.error_dict["ended_at"]] == ["ended_at_missing"]
    visit.refresh_from_db()
    assert (visit.status, visit.ended_at) == ("in_progress", None)
    correct(visit, MORNING, kind=kind, started_at=EVENING, ended_at=MORNING)
    visit.refresh_from_db()
    assert (visit.ended_at, visit.care_days) == (MORNING, 2)


def test_a_stay_that_began_today_ends_when_it_is_finished(
    citizen: Citizen, record: Callable[..., Visit], correct: Callable[..., Visit]
) -> None:
    visit = record(citizen, kind="06", is_finished=False)
    later = AT + timedelta(hours=5)
    correct(visit, later, kind="06")
    visit.refresh_from_db()
    assert (visit.ended_at, visit.care_days) == (later, 1)


def test_the_end_follows_a_day_of_arrival_that_is_corrected(
    citizen: Citizen, record: Callable[..., Visit], correct: Callable[..., Visit]
) -> None:
    visit = record(citizen)
    came = AT - timedelta(days=2)
    correct(visit, AT + timedelta(minutes=30), started_at=came)
    visit.refresh_from_db()
    assert (visit.started_at, visit.ended_at) == (came, came)


def test_an_hour_of_arrival_that_is_corrected_leaves_the_end(
    citizen: Citizen, record: Callable[..., Visit], correct: Callable[..., Visit]
) -> None:
    visit = record(citizen, at=AT + timedelta(minutes=30))
    ended = visit.ended_at
    correct(visit, AT + timedelta(hours=3), started_at=AT - timedelta(minutes=10))
    visit.refresh_from_db()
    assert visit.ended_at == ended == AT + timedelta(minutes=30)


def test_a_kind_is_judged_by_the_day_a_visit_is_corrected_to(
    citizen: Citizen, record: Callable[..., Visit], correct: Callable[..., Visit]
) -> None:
    """Kind 11 holds from 01/08/2026 (QĐ 1804/QĐ-BYT): the day before, it is in no list."""
    at = datetime(2026, 8, 1, 9, tzinfo=ZONE)
    place = {"kind": "11", "held_at": "Bản Nà Pheo", "medicines": ()}
    visit = record(citizen, started_at=at, **place)
    with pytest.raises(ValidationError) as refused:
        correct(visit, at, started_at=at - timedelta(days=1), **place)
    assert "code_unknown" in [error.code for error in refused.value.error_dict["kind"]]
    visit.refresh_from_db()
    assert timezone.localdate(visit.started_at) == date(2026, 8, 1)


minutes = st.integers(0, 5 * 24 * 60)


@given(came=minutes, first=minutes)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_corrected_visit_ends_on_the_day_it_would_if_entered_at_once(
    few_lists: None, came: int, first: int
) -> None:
    at = MORNING + timedelta(days=1)
    moments = [at - timedelta(minutes=ago) for ago in (first, came)]
    before, entry = (visit_of(started_at=moment) for moment in moments)
    stored = Visit(started_at=moments[0], ended_at=end_of(None, before, at))
    ends = [end_of(visit, entry, at) for visit in (None, stored)]
    days = [timezone.localdate(end) for end in ends if end]
    assert days == [timezone.localdate(moments[1])] * 2
