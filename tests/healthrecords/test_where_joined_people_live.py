"""Where two joined records say that their person lives, and what each says once they are parted."""

from datetime import date, timedelta

import pytest

from facilities.models import FacilitySuccession
from facilities.services import Decision, Step, succeed
from healthrecords.models import CareRelation, Citizen, CitizenMerge
from portal.accounts.models import User
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, Register
from tests.healthrecords.merging import fresh, join, part

pytestmark = pytest.mark.usefixtures("few_lists")
LATER = AT + timedelta(days=15)


@pytest.fixture
def two(register: Register) -> list[Citizen]:
    """One woman twice: the record that came later says that she lives elsewhere."""
    return [
        register(),
        register(name="Quàng Thị Hạc", address="Bản Hồi", numbers=[], at=AT + timedelta(days=1)),
    ]


def _merge_stations(old: Organisation, heir: Organisation) -> None:
    paper = Decision("12/QĐ-UBND", date(2026, 9, 20), "Ủy ban nhân dân tỉnh")
    step = Step(old, heir, FacilitySuccession.Kind.MERGE, date(2026, 10, 1), decision=paper)
    succeed(actor=None, step=step, today=date(2026, 11, 6))


@pytest.mark.parametrize("is_kept_before", [False, True])
def test_an_address_goes_back_although_the_station_was_merged_meanwhile(
    is_kept_before: bool,
    clerk: User,
    neighbour: User,
    two: list[Citizen],
    station: Organisation,
    other_station: Organisation,
) -> None:
    a, b = two
    merge = join(clerk, a, b, take=["address"], at=LATER)
    if is_kept_before:  # as joinings were kept that are older than this rule
        layer = {"area_id": str(a.area_id), "home_station_id": str(station.pk)}
        CitizenMerge.objects.update(
            taken={
                "address": {
                    "before": {**layer, "address": "Bản Nà Pheo 2"},
                    "after": {**layer, "address": "Bản Hồi"},
                }
            }
        )
        merge.refresh_from_db()
    _merge_stations(station, other_station)
    (a,) = fresh([a])
    assert (a.address, a.home_station) == ("Bản Hồi", other_station)
    part(neighbour, merge, at=LATER)
    a, b = fresh([a, b])
    assert (a.address, a.home_station) == ("Bản Nà Pheo 2", other_station)
    assert (b.address, b.home_station) == ("Bản Hồi", other_station)


def test_an_address_goes_back_through_two_joinings_although_the_station_was_merged(
    clerk: User,
    neighbour: User,
    two: list[Citizen],
    register: Register,
    station: Organisation,
    other_station: Organisation,
) -> None:
    a, b = two
    c = register(name="Quang Thi Hac", address="Bản Chợ", numbers=[], at=AT + timedelta(days=2))
    first = join(clerk, a, b, take=["address"], at=LATER)
    _merge_stations(station, other_station)
    second = join(neighbour, *fresh([c, a]), take=["address"], at=LATER + timedelta(minutes=5))
    part(neighbour, first, at=LATER)
    assert [one.address for one in fresh([a, b, c])] == [
        "Bản Nà Pheo 2",
        "Bản Hồi",
        "Bản Nà Pheo 2",
    ]
    part(neighbour, second, at=LATER)
    a, b, c = fresh([a, b, c])
    assert [one.address for one in (a, b, c)] == ["Bản Nà Pheo 2", "Bản Hồi", "Bản Chợ"]
    assert {one.home_station for one in (a, b, c)} == {other_station}


def test_an_address_taken_in_another_commune_goes_back_with_the_station_that_serves_there(
    clerk: User,
    register: Register,
    communes: list[Area],
    station: Organisation,
    other_station: Organisation,
) -> None:
    a = register()
    b = register(name="Quàng Thị Hạc", numbers=[], at=AT + timedelta(days=1))
    Citizen.objects.filter(pk=b.pk).update(
        address="Bản Tấu", area=communes[1], home_station=other_station
    )
    CareRelation.objects.create(
        citizen=b, organisation=station, ground="visit", since=date(2026, 11, 5)
    )
    merge = join(clerk, a, *fresh([b]), take=["address"], at=LATER)
    (a,) = fresh([a])
    assert (a.address, a.home_station) == ("Bản Tấu", other_station)
    part(clerk, merge, at=LATER)
    (a,) = fresh([a])
    assert (a.address, a.area, a.home_station) == ("Bản Nà Pheo 2", communes[0], station)
