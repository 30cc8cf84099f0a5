"""Where two joined records say that their person lives, and what each says once they are parted."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from facilities.models import FacilitySuccession
from facilities.services import Decision, Step, succeed
from healthrecords.models import CareRelation, Citizen, CitizenAddress, CitizenMerge
from healthrecords.services.addresses import keep_address, mark_present
from healthrecords.services.entries import AddressEntry
from healthrecords.services.guests import with_homes
from healthrecords.services.sources import Spoken
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Area, Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, Register
from tests.healthrecords.merging import fresh, join, mended, part
from tests.healthrecords.pages import logged_in

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


@pytest.fixture
def next_clinician(other_station: Organisation) -> User:
    return make_user("mo", "Thào Thị Mo", Role.STATION_CLINICIAN, other_station)


@pytest.mark.parametrize("is_kept_before", [False, True])
def test_an_address_goes_back_although_the_station_was_merged_meanwhile(
    is_kept_before: bool,
    clerk: User,
    next_clinician: User,
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
    part(next_clinician, merge, at=LATER)
    a, b = fresh([a, b])
    assert (a.address, a.home_station) == ("Bản Nà Pheo 2", other_station)
    assert (b.address, b.home_station) == ("Bản Hồi", other_station)


def test_an_address_goes_back_through_two_joinings_although_the_station_was_merged(
    clerk: User,
    next_clinician: User,
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
    part(next_clinician, first, at=LATER)
    assert [one.address for one in fresh([a, b, c])] == [
        "Bản Nà Pheo 2",
        "Bản Hồi",
        "Bản Nà Pheo 2",
    ]
    part(next_clinician, second, at=LATER)
    a, b, c = fresh([a, b, c])
    assert [one.address for one in (a, b, c)] == ["Bản Nà Pheo 2", "Bản Hồi", "Bản Chợ"]
    assert {one.home_station for one in (a, b, c)} == {other_station}


def test_an_address_taken_in_another_commune_goes_back_with_the_station_that_serves_there(
    clerk: User,
    clinician: User,
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
    part(clinician, merge, at=LATER)
    (a,) = fresh([a])
    assert (a.address, a.area, a.home_station) == ("Bản Nà Pheo 2", communes[0], station)


Said = list[tuple[str, str | None]]


def residences(citizen: Citizen, kind: str = "residence") -> Said:
    """Return the addresses that stand with a record, and until when."""
    rows = citizen.addresses.filter(kind=kind).order_by("pk")
    return [(row.text, row.valid_until and f"{row.valid_until:%d/%m}") for row in rows]


def present(citizen: Citizen, kind: str = "residence") -> list[str]:
    """Return the addresses that the page shows as those of now."""
    (citizen,) = fresh([citizen])
    rows = mark_present(citizen, with_homes(citizen.addresses.filter(kind=kind)))
    return [row.text for row in rows if not row.is_over]


def test_of_two_joined_residences_the_one_is_present_that_the_record_says(
    clerk: User, clinician: User, two: list[Citizen]
) -> None:
    a, b = two
    merge = join(clerk, a, b, at=LATER)
    assert present(a) == ["Bản Nà Pheo 2"]
    page = logged_in(clerk).get(reverse("admin:healthrecords_citizen_identity", args=[a.pk]))
    rows = [row for row in page.content.decode().split("<tr") if "Bản Hồi" in row]
    assert len(rows) == 1
    assert rows[0].startswith(' class="over"')
    part(clinician, merge, at=LATER)
    assert (present(a), present(b)) == (["Bản Nà Pheo 2"], ["Bản Hồi"])
    join(clerk, *fresh([a, b]), take=["address"], at=LATER)
    assert present(a) == ["Bản Hồi"]


@pytest.mark.parametrize("take", [[], ["address"]])
def test_who_moves_while_joined_leaves_the_residence_of_the_joined_record_as_it_is(
    take: list[str], clerk: User, clinician: User, two: list[Citizen], communes: list[Area]
) -> None:
    a, b = two
    before = residences(b)
    merge = join(clerk, a, b, take=take)
    a = mended(clerk, a, communes[0], address="Bản Mới", at=LATER)
    assert present(a) == ["Bản Mới"]
    part(clinician, merge, at=LATER + timedelta(days=1))
    a, b = fresh([a, b])
    assert residences(a) == [("Bản Nà Pheo 2", "19/11"), ("Bản Mới", None)]
    assert residences(b) == before == [("Bản Hồi", None)]
    assert (a.address, b.address) == ("Bản Mới", "Bản Hồi")


def test_who_moves_back_to_where_their_own_record_says_has_one_residence(
    clerk: User, clinician: User, two: list[Citizen], communes: list[Area]
) -> None:
    a, b = two
    merge = join(clerk, a, b, take=["address"])
    mended(clerk, a, communes[0], address="Bản Nà Pheo 2", at=LATER)
    assert present(a) == ["Bản Nà Pheo 2"]
    part(clinician, merge, at=LATER + timedelta(days=1))
    assert residences(a) == [("Bản Nà Pheo 2", None)]


def test_a_record_that_never_said_where_it_lives_closes_nobody_s_residence(
    clerk: User, clinician: User, two: list[Citizen], communes: list[Area]
) -> None:
    a, b = two
    a.addresses.all().delete()  # as of a record from before residences were kept
    merge = join(clerk, a, b)
    mended(clerk, a, communes[0], address="Bản Mới", at=LATER)
    assert present(a) == ["Bản Mới"]
    part(clinician, merge, at=LATER + timedelta(days=1))
    assert residences(a) == [("Bản Nà Pheo 2", "19/11"), ("Bản Mới", None)]
    assert residences(b) == [("Bản Hồi", None)]


@pytest.mark.parametrize("has_own", [True, False])
def test_the_permanent_address_of_a_joined_record_is_neither_closed_nor_lost(
    has_own: bool,
    clerk: User,
    clinician: User,
    station: Organisation,
    two: list[Citizen],
    communes: list[Area],
) -> None:
    a, b = two
    spoken = Spoken("typed", AT, clerk, station)
    if has_own:
        keep_address(a, AddressEntry("permanent", "Bản A", communes[0]), spoken=spoken)
    keep_address(b, AddressEntry("permanent", "Bản B", communes[0]), spoken=spoken)
    merge = join(clerk, a, b, at=LATER)
    (a,) = fresh([a])
    assert present(a, "permanent") == (["Bản A"] if has_own else ["Bản B"])
    now = Spoken("typed", LATER, clerk, station)
    keep_address(a, AddressEntry("permanent", "Bản Mới", communes[0]), spoken=now)
    assert present(a, "permanent") == ["Bản Mới"]
    keep_address(a, AddressEntry("permanent", "", None), spoken=now)
    assert present(a, "permanent") == []
    part(clinician, merge, at=LATER + timedelta(days=1))
    assert present(a, "permanent") == []
    assert residences(b, "permanent") == [("Bản B", None)]


def test_a_permanent_address_that_only_the_joined_record_says_is_taken_off_for_the_person_alone(
    clerk: User, clinician: User, station: Organisation, two: list[Citizen], communes: list[Area]
) -> None:
    a, b = two
    spoken = Spoken("typed", AT, clerk, station)
    keep_address(b, AddressEntry("permanent", "Bản B", communes[0]), spoken=spoken)
    merge = join(clerk, a, b, at=LATER)
    (a,) = fresh([a])
    now = Spoken("typed", LATER, clerk, station)
    keep_address(a, AddressEntry("permanent", "", None), spoken=now)
    assert present(a, "permanent") == []
    part(clinician, merge, at=LATER + timedelta(days=1))
    assert residences(b, "permanent") == [("Bản B", None)]
    assert not CitizenAddress.objects.filter(citizen=a, kind="permanent", valid_until=None).exists()
