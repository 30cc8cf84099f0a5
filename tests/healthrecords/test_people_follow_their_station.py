"""The people of a station that was merged are listed, found and opened by who continues for it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from facilities.models import FacilitySuccession
from facilities.services import Decision, Step, succeed, withdraw_succession
from healthrecords import services
from healthrecords.models import CareRelation, Citizen, Visit
from healthrecords.services import queue
from healthrecords.services.access import ground_of
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from portal.scope import scope_of
from tests.conftest import make_user
from tests.healthrecords.conftest import entry_of
from tests.healthrecords.test_queue import let_in

ON, TODAY = date(2026, 10, 1), date(2026, 11, 6)
AT = datetime(2026, 11, 6, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
Kind = FacilitySuccession.Kind
PAPER = Decision("12/QĐ-UBND", date(2026, 9, 20), "Ủy ban nhân dân tỉnh")


@pytest.fixture
def heir_clerk(other_station: Organisation) -> User:
    return make_user("mai", "Cà Thị Mai", Role.STATION_CLERK, other_station)


@pytest.fixture
def guest(lists: None, clerk: User, station: Organisation) -> Citizen:
    """Lives nowhere we know, was treated in Mường Chà."""
    entry = entry_of(None, name="Mùa A Chứ", sex="male", birth=PartialDate(1980, 2, 3), numbers=[])
    return services.register_citizen(
        actor=clerk, place=station, entry=entry, client_key=uuid7(), at=AT
    ).row


def step_of(old: Organisation, new: Organisation, kind: str = Kind.MERGE) -> FacilitySuccession:
    step = Step(old, new, kind, ON, decision=PAPER)
    return succeed(actor=None, step=step, today=TODAY)


def listed(user: User) -> set[Any]:
    scope = scope_of(User.objects.get(pk=user.pk), "view_records")
    found = set(Citizen.objects.within(scope).values_list("pk", flat=True))
    assert found == set(Citizen.objects.among(scope).values_list("pk", flat=True))
    return found


def ground(user: User, citizen: Citizen) -> str | None:
    access = services.open_access(user=user, citizen=citizen, at=AT)
    return access.ground if access else None


def test_the_heir_lists_and_opens_the_people_of_a_merged_station(
    citizen: Citizen,
    guest: Citizen,
    station: Organisation,
    other_station: Organisation,
    heir_clerk: User,
) -> None:
    assert listed(heir_clerk) == set()
    assert ground(heir_clerk, citizen) is None
    step_of(station, other_station)
    for person in (citizen, guest):
        person.refresh_from_db()
    assert (citizen.home_station, guest.home_station) == (other_station, None)
    assert listed(heir_clerk) == {citizen.pk, guest.pk}
    assert (ground(heir_clerk, citizen), ground(heir_clerk, guest)) == ("residence", "visit")


def test_the_staff_of_a_station_that_became_a_point_keep_their_people(
    citizen: Citizen,
    guest: Citizen,
    station: Organisation,
    other_station: Organisation,
    clerk: User,
    heir_clerk: User,
) -> None:
    step_of(station, other_station, Kind.DOWNGRADE)
    citizen.refresh_from_db()
    assert citizen.home_station == other_station
    assert listed(clerk) == listed(heir_clerk) == {citizen.pk, guest.pk}
    assert ground(clerk, citizen) == "residence"


@pytest.mark.parametrize("kind", [Kind.MERGE, Kind.DOWNGRADE])
def test_a_step_taken_back_gives_the_people_back_but_who_moved_elsewhere(
    citizen: Citizen,
    guest: Citizen,
    station: Organisation,
    other_station: Organisation,
    hospital: Organisation,
    clerk: User,
    heir_clerk: User,
    communes: list[Area],
    kind: str,
) -> None:
    moved = Citizen.objects.create(
        name="Lò Văn Đi", sex="male", birth_date=date(1990, 1, 1), home_station=station
    )
    native = Citizen.objects.create(
        name="Lò Văn Ở", sex="male", birth_date=date(1991, 1, 1), home_station=other_station
    )
    before = homes()
    step = step_of(station, other_station, kind)
    Citizen.objects.filter(pk=moved.pk).update(home_station=hospital)
    entry = entry_of(communes[0], name="Lò Thị Mới", numbers=[])
    newcomer = services.register_citizen(
        actor=heir_clerk, place=other_station, entry=entry, client_key=uuid7(), at=AT
    ).row
    assert newcomer.home_station == other_station
    withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=AT)
    assert homes() == before | {moved.pk: hospital.pk, newcomer.pk: station.pk}
    assert listed(heir_clerk) == {native.pk}
    assert listed(clerk) == {citizen.pk, guest.pk, newcomer.pk}


def homes() -> dict[Any, Any]:
    return dict(Citizen.objects.values_list("pk", "home_station"))


def test_care_that_the_heir_gave_itself_stays_when_the_step_is_taken_back(
    guest: Citizen,
    citizen: Citizen,
    station: Organisation,
    other_station: Organisation,
    heir_clerk: User,
    record: Callable[..., Visit],
) -> None:
    ended = CareRelation.objects.create(
        citizen=citizen,
        organisation=other_station,
        ground="insurance",
        since=date(2024, 1, 1),
        until=date(2025, 1, 1),
    )
    CareRelation.objects.create(
        citizen=citizen, organisation=station, ground="insurance", since=date(2026, 1, 1)
    )
    step = step_of(station, other_station)
    ended.refresh_from_db()
    assert ended.until is None
    record(guest, actor=heir_clerk, at=AT, started_at=AT)
    withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=AT)
    ended.refresh_from_db()
    assert ended.until == date(2025, 1, 1)
    assert listed(heir_clerk) == {guest.pk}


def test_the_people_of_a_line_of_merges_are_with_the_last(
    citizen: Citizen,
    station: Organisation,
    other_station: Organisation,
    hospital: Organisation,
) -> None:
    step_of(other_station, hospital)
    step = Step(station, other_station, Kind.MERGE, ON - timedelta(days=30), decision=PAPER)
    succeed(actor=None, step=step, today=TODAY)
    citizen.refresh_from_db()
    assert citizen.home_station == hospital


def test_who_left_the_heir_unseen_was_not_treated_there_when_the_step_is_taken_back(
    guest: Citizen, station: Organisation, other_station: Organisation, heir_clerk: User
) -> None:
    step = step_of(station, other_station)
    queue.leave(actor=heir_clerk, visit=let_in(guest, heir_clerk, at=AT), at=AT)
    assert listed(heir_clerk) == {guest.pk}
    withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=AT)
    assert listed(heir_clerk) == set()


def test_care_that_begins_with_a_card_of_the_next_year_goes_to_the_heir_on_that_day(
    guest: Citizen, station: Organisation, other_station: Organisation
) -> None:
    begins = date(2027, 1, 1)
    CareRelation.objects.create(
        citizen=guest, organisation=station, ground="insurance", since=begins
    )
    step_of(station, other_station)
    handed = CareRelation.objects.get(citizen=guest, organisation=other_station, ground="insurance")
    assert (handed.since, handed.until) == (begins, None)


def test_the_heir_cares_from_the_step_on_also_where_a_later_card_names_it(
    guest: Citizen, station: Organisation, other_station: Organisation
) -> None:
    CareRelation.objects.filter(ground="visit").delete()
    here, later = (
        CareRelation.objects.create(
            citizen=guest, organisation=place, ground="insurance", since=since, until=until
        )
        for place, since, until in (
            (station, date(2026, 1, 1), date(2026, 12, 31)),
            (other_station, date(2027, 1, 1), None),
        )
    )
    assert ground_of(station, guest, AT) == "insurance"
    step = step_of(station, other_station)
    assert ground_of(other_station, guest, AT) == "insurance"
    later.refresh_from_db()
    assert (later.since, later.until) == (ON, None)
    withdraw_succession(actor=None, step=step, reason="Nhầm trạm", at=AT)
    later.refresh_from_db()
    assert (later.since, later.until) == (date(2027, 1, 1), None)
    assert ground_of(other_station, guest, AT) == ""
    assert CareRelation.objects.get(pk=here.pk).until == date(2026, 12, 31)
