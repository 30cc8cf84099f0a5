"""An appointment is kept by the visit it was made for, and by none that came for something else."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from healthrecords import services
from healthrecords.models import Appointment, Citizen, Visit
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.test_queue import let_in

DAY = date(2026, 12, 3)
Record = Callable[..., Visit]


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def planned(citizen: Citizen, record: Record) -> Appointment:
    record(citizen, next_visit_on=DAY)
    return Appointment.objects.get()


def come(record: Record, citizen: Citizen, illness: str, days: int, **said: object) -> Visit:
    """Be seen so many days after the day of the appointment."""
    moment = AT + (DAY - ON) + timedelta(days=days)
    return record(citizen, illness, started_at=moment, at=moment, medicines=(), **said)


@pytest.mark.parametrize(
    ("illness", "days", "keeps"),
    [
        ("I10", -7, True),
        ("I10", 30, True),
        ("I10", -8, False),
        ("I10", 31, False),
        ("J02.9", -3, False),  # a cold three days before
        ("J02.9", 5, False),
        ("J02.9", 0, True),  # whoever comes on the day has come
    ],
)
def test_it_is_kept_near_its_day_by_the_same_illness_and_on_its_day_by_any(
    illness: str, days: int, keeps: bool, planned: Appointment, record: Record, citizen: Citizen
) -> None:
    visit = come(record, citizen, illness, days)
    planned.refresh_from_db()
    assert planned.kept_by == (visit if keeps else None)


@pytest.mark.parametrize(("room", "keeps"), [("K03", False), ("K01", True), ("", True)])
def test_another_department_keeps_none(
    room: str, keeps: bool, planned: Appointment, record: Record, citizen: Citizen
) -> None:
    Visit.objects.filter(pk=planned.visit_id).update(department="K01;K02")
    visit = come(record, citizen, "I10", 0, department=room)
    planned.refresh_from_db()
    assert planned.kept_by == (visit if keeps else None)


def test_who_waits_a_day_early_keeps_it_once_it_is_written_what_they_came_for(
    planned: Appointment, citizen: Citizen, clerk: User
) -> None:
    moment = AT + (DAY - ON) - timedelta(days=1)
    visit = let_in(citizen, clerk, at=moment)
    planned.refresh_from_db()
    assert planned.kept_by is None
    for illness, keeper in (("I10", visit), ("J02.9", None)):
        visit.refresh_from_db()
        entry = visit_of(illness, started_at=moment, medicines=())
        said = {"actor": clerk, "visit": visit, "entry": entry, "version": version_of(visit)}
        services.correct_visit(**said, at=moment)
        planned.refresh_from_db()
        assert planned.kept_by == keeper
